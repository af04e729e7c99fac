"""The section `affiliations`: routes by name, their providers' terms, keys from the environment, mistakes told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.config import Affiliations, Config, RouteSettings, load
from monitor.errors import ConfigError


@dataclass
class _Route:
    URL: str
    PACE: float = 3.0
    BUDGET: int = 100
    KEY: str | None = None


ROUTES = {
    "page-html": _Route("https://pages.provider.org/html/"),
    "index": _Route("https://api.index.org/works/", 0.2, KEY="MONITOR_INDEX_KEY"),
}

Read = Callable[..., Affiliations]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reads(section: str, **env: str) -> Affiliations:
        path = tmp_path / "feeds.yaml"
        path.write_text(f"feeds: {{}}\n{section}", encoding="utf-8")
        config: Config = load(path, kinds=(), kind={}.__getitem__, outputs=(), env=env, routes=ROUTES)
        return config.affiliations

    return reads


@pytest.fixture
def complaint(read: Read, tmp_path: Path) -> Callable[[str], str]:
    def complained(section: str) -> str:
        with pytest.raises(ConfigError) as caught:
            read(section)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return complained


def test_without_the_section_nothing_is_looked_up(read: Read) -> None:
    assert read("") == read("affiliations:\n") == Affiliations(everything=False, routes=())


def test_routes_have_the_defaults_of_their_kind_and_the_order_of_the_file(read: Read) -> None:
    found = read("affiliations:\n  look_up: all\n  routes:\n    index:\n    page-html: {}\n", MONITOR_INDEX_KEY="k")
    assert found == Affiliations(
        everything=True,
        routes=(
            RouteSettings("index", "https://api.index.org/works/", 0.2, 100, key="k"),
            RouteSettings("page-html", "https://pages.provider.org/html/", 3.0, 100),
        ),
    )


def test_all_keys(read: Read) -> None:
    own = "{url: 'http://127.0.0.1:8000/', pace: 0, budget: 7, allow_private: true}"
    [route] = read(f"affiliations:\n  routes:\n    page-html: {own}\n").routes
    assert route == RouteSettings("page-html", "http://127.0.0.1:8000/", 0.0, 7, allow_private=True)
    assert read("affiliations:\n  routes:\n    page-html: {enabled: false}\n").routes == ()


def test_a_route_without_its_key_is_idle_at_its_provider_and_not_at_a_mirror(read: Read) -> None:
    [route] = read("affiliations:\n  routes:\n    index: {}\n").routes
    assert route.idle == "index.org answers only with a key, and $MONITOR_INDEX_KEY is not set"
    [route] = read("affiliations:\n  routes:\n    index: {url: 'https://mirror.example/'}\n").routes
    assert route.idle == ""


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (
            "affiliations:\n  routes:\n    page-htm: {}\n",
            "feeds.yaml, line 4: 'affiliations.routes.page-htm': there is no route 'page-htm'; did you mean"
            " 'page-html'?",
        ),
        (
            "affiliations:\n  routes:\n    zzz: {}\n",
            "feeds.yaml, line 4: 'affiliations.routes.zzz': there is no route 'zzz'; the routes are page-html, index",
        ),
        (
            "affiliations:\n  routes:\n    index:\n      budgt: 3\n",
            "feeds.yaml, line 5: unknown key 'budgt' in 'affiliations.routes.index'; did you mean 'budget'?",
        ),
        (
            "affiliations:\n  look_up: select\n",
            "feeds.yaml, line 3: 'affiliations.look_up' should be 'selected' or 'all', not 'select'; did you mean"
            " 'selected'?",
        ),
        (
            "affiliations:\n  routes:\n    page-html: {pace: 1}\n",
            "feeds.yaml, line 4: 'affiliations.routes.page-html.pace': 1 is less than the 3 seconds between requests"
            " that provider.org asks for",
        ),
        (
            "affiliations:\n  routes:\n    index: {budget: 0}\n",
            "feeds.yaml, line 4: 'affiliations.routes.index.budget' should be greater than or equal to 1, not 0",
        ),
        (
            "affiliations:\n  routes:\n    index: {url: ftp://x.example}\n",
            "feeds.yaml, line 4: 'affiliations.routes.index.url': 'ftp://x.example' is not an address that begins with"
            " https:// or http:// and names a host",
        ),
        (
            "affiliations:\n  rotes: {}\n",
            "feeds.yaml, line 3: unknown key 'rotes' in 'affiliations'; did you mean 'routes'?",
        ),
        (
            "affiliations:\n  routes:\n    index: yes\n",
            "feeds.yaml, line 4: 'affiliations.routes.index' should be keys with values, not 'yes'",
        ),
    ],
)
def test_mistakes_are_told_with_line_and_suggestion(
    complaint: Callable[[str], str], section: str, sentence: str
) -> None:
    assert complaint(section) == sentence
