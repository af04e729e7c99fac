from __future__ import annotations

import pytest

from monitor.origin import domains

CODES = frozenset({"US", "GB", "DE", "FR", "RU", "IO", "AI", "JP"})


@pytest.mark.parametrize(
    ("host", "country"),
    [
        ("cs.ox.ac.uk", "GB"),
        ("MIT.EDU", "US"),
        ("nist.gov.", "US"),
        ("navy.mil", "US"),
        ("jinr.su", "RU"),
        ("tum.de", "DE"),
        ("u-tokyo.ac.jp", "JP"),
        ("example.com", None),
        ("cern.int", None),
        ("deepmind.ai", None),
        ("startup.io", None),
        ("ec.europa.eu", None),
        ("web.de", None),
        ("mail.yahoo.co.uk", None),
        ("orange.fr", None),
        ("uk", None),
        ("", None),
        (".", None),
    ],
)
def test_country_of_a_host(host: str, country: str | None) -> None:
    assert domains.country(host, CODES) == country


def test_addresses_are_taken_out() -> None:
    text, hosts = domains.take_out("Dept. X, {a,b}@cs.example.edu and c.d@Example.DE, see https://www.example.fr/x y")
    assert hosts == ("cs.example.edu", "Example.DE", "www.example.fr")
    assert "@" not in text
    assert "c.d" not in text
    assert "{a" not in text
    assert "@" not in domains.take_out("room@പേര്, a@b, @")[0]


def test_text_without_addresses_stays() -> None:
    assert domains.take_out("Univ. of Oslo, Norway") == ("Univ. of Oslo, Norway", ())
