"""The port: every kind offers what `monitor.sources.Source` asks for, and is found by its name."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from monitor import sources
from monitor.errors import ConfigError
from monitor.text import AUTHORS_LIMIT
from monitor.types import Feed, Request, Response


@pytest.mark.parametrize("kind", sources.kinds())
def test_a_kind_holds_what_the_port_asks_for(kind: str) -> None:
    module = sources.load(kind)
    assert isinstance(module.URL, str)
    assert module.PACE >= 0
    assert module.EVERY.total_seconds() > 0
    assert module.LOOKBACK is None or module.LOOKBACK.total_seconds() >= 0
    assert issubclass(module.Options, BaseModel)
    assert module.Options.model_config.get("extra") == "forbid"
    assert module.__doc__
    assert callable(module.first)
    assert callable(module.parse)


def test_a_kind_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"there is no source kind 'gopher'; the kinds are .*feed"):
        sources.load("gopher")


def test_a_kind_is_found_by_the_name_of_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken_kind.py").write_text("import a_library_that_is_not_there\n")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    assert "broken-kind" in sources.kinds()
    with pytest.raises(ModuleNotFoundError, match="a_library_that_is_not_there"):
        sources.load("broken-kind")


def test_naming_the_kinds_and_asking_for_their_first_page_loads_no_parser() -> None:
    code = (
        "import sys; from monitor import sources; [sources.load(kind) for kind in sources.kinds()];"
        "sys.exit(' '.join(sorted({'feedparser', 'lxml', 'numpy', 'torch', 'requests'} & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_a_byline_that_is_longer_than_is_kept_says_how_long_it_was() -> None:
    authors = [f"A. Example{n}" for n in range(AUTHORS_LIMIT + 5)]
    body = json.dumps({"id": "2606.00001", "title": "T", "authors": authors}).encode()
    feed = Feed("archive", "jsonl", "file:///x", timedelta(days=1), 0.0)
    page = sources.parse(feed, Request("file:///x"), Response("file:///x", body))
    assert len(page.entries[0].authors) == AUTHORS_LIMIT
    assert page.problems == ("'2606.00001' names 20,005 authors, and 20,000 are kept",)
