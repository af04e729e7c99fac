"""Countries, groups and institutions as feeds.yaml writes them: the checks of single values.

A check raises ValueError with a short clause; `monitor.config.problems` puts file, line and key in front of it.
"""

from __future__ import annotations

import re
from typing import Any

from monitor.countries import COUNTRIES
from monitor.types import EU, GROUPS

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_ROR = re.compile(rf"(?:https?://ror\.org/)?(0[{_CROCKFORD}]{{6}})([0-9]{{2}})")


def country(value: Any) -> str:
    """An ISO 3166-1 alpha-2 code."""
    if isinstance(value, str) and value in COUNTRIES:
        return value
    raise ValueError(f"{value!r} is not a country code of ISO 3166-1{_hint(value) if isinstance(value, str) else ''}")


def place(value: Any) -> str:
    """A country code, or EU for the bodies of the European Union."""
    return EU if value == EU else country(value)


def _hint(value: str) -> str:
    """What was likely meant: a code in small letters, a code of the European Union, a name in English."""
    if value.upper() in ("EU", "EC"):
        return "; the European Commission has a section of its own, 'partners.ec'"
    code = {"UK": "GB", "EL": "GR", "USA": "US", "ENGLAND": "GB"}.get(value.upper(), value.upper())
    if code not in COUNTRIES:
        from babel import Locale

        names = {str(name).casefold(): key for key, name in Locale("en").territories.items()}
        code = names.get(value.casefold(), "")
    return f"; did you mean {code!r}?" if code in COUNTRIES else ""


def ror(value: str) -> str:
    """A ROR id, with or without its address, as its nine characters.

    The last two are a check sum (ISO/IEC 7064, MOD 97-10) over the number that the others write in Crockford's
    base 32 (https://ror.readme.io/docs/identifier).
    """
    text = value.strip().lower()
    found = _ROR.fullmatch(text)
    if found is None:
        raise ValueError(f"{value!r} is not a ROR id; write its nine characters, such as 00k4n6c32")
    number = 0
    for letter in found[1]:
        number = number * 32 + _CROCKFORD.index(letter)
    if (98 - number * 100 % 97) != int(found[2]):
        raise ValueError(f"{value!r} has a slip in it: it is not a ROR id by its check sum; look it up at ror.org")
    return found[1] + found[2]


def country_or_group(value: Any) -> str:
    """A country code, or one of the groups that partners make of the countries."""
    if value in GROUPS:
        return str(value)
    if value in ("EU", "EC"):
        raise ValueError(f"{value!r} is no country; did you mean the group 'ec'?")
    try:
        return country(value)
    except ValueError as error:
        raise ValueError(f"{error}; the groups are {', '.join(GROUPS)}") from None
