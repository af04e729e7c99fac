"""The judge of labels: only a country's name in the author's own text speaks against one."""

from __future__ import annotations

import pytest

from monitor.origin.naming import Naming

NAMING = Naming()


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Shell, Houston Texas USA", {"US"}),
        ("Universität Wien, Österreich", {"AT"}),
        ("Amstelveen, the Netherlands; Oslo", {"NL"}),
        ("MIT, Cambridge, MA", set()),
        ("Contact us", {"US"}),
        ("北京, 中国", {"CN"}),
        ("Omanization Ltd", set()),
        ("", set()),
    ],
)
def test_a_country_is_named_by_whole_words(text: str, countries: set[str]) -> None:
    assert NAMING.named(text, {"US", "AT", "NL", "CN", "OM", "NO"}) == countries


@pytest.mark.parametrize(
    ("label", "told", "texts", "corrected"),
    [
        ("NL", "US", ["Shell, Houston Texas USA"], "US"),
        ("NL US", "US", ["Shell, Houston Texas USA"], "US"),
        ("PK", "NL", ["Amstelveen, The Netherlands"], "NL"),
        ("NL", "US", ["Shell, Houston, TX"], "NL"),
        ("NL US", "US", ["Shell, Houston, USA", "Shell"], "NL US"),
        ("NL", "", ["Shell, Houston, USA"], "NL"),
        ("NL", "NL", ["TU Delft"], "NL"),
        ("ID", "NL", ["TNO, Utrecht, The Netherlands", "Applied Geosciences"], "ID NL"),
        ("NL US", "US", ["Oslo, Norway"], "NL US"),
        ("GB", "SA", ["Saudi Arabia and United Kingdom"], "GB SA"),
        ("NL", "US", [], "NL"),
    ],
)
def test_a_label_yields_to_what_every_text_names(label: str, told: str, texts: list[str], corrected: str) -> None:
    found = NAMING.corrected(frozenset(label.split()), frozenset(told.split()), texts)
    assert found == frozenset(corrected.split())
