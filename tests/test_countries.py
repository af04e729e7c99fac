"""Which codes are countries."""

import pytest
from babel import Locale

from monitor.countries import COUNTRIES, is_place


@pytest.mark.parametrize("code", ["ZZ", "UN", "EZ", "QO", "XA", "IC", "UK", "us", "", "unknown"])
def test_what_is_no_country(code: str) -> None:
    assert not is_place(code)


def test_every_country_has_a_name_and_the_union_is_a_place_besides() -> None:
    assert len(COUNTRIES) == 250, "the 249 of ISO 3166-1, and XK"
    assert set(Locale("en").territories) >= COUNTRIES
    assert is_place("EU")
    assert "EU" not in COUNTRIES
