"""States of the USA and Australia, provinces of Canada, and postcodes: patterns that tell a country without naming it.

Every pattern was kept only where it was right on labelled affiliations; what was tried and dropped is said
beside it. Postcode formats: https://www.upu.int/en/postal-solutions/programmes-services/addressing-solutions
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """A part of a country that was recognised."""

    country: str
    method: str
    begin: int
    """Where in the text the words begin that say so, and where they end."""
    end: int


# Georgia is told from the country in `context`; Victoria is also in British Columbia; DE is Germany as well,
# unless a ZIP code of Delaware follows.
_US_NAMES = """Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Hawaii Idaho Illinois
Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana
Nebraska Nevada New_Hampshire New_Jersey New_Mexico New_York(?!_University_Shanghai) North_Carolina North_Dakota
Ohio Oklahoma Oregon Pennsylvania Rhode_Island South_Carolina South_Dakota Tennessee Texas Utah Vermont Virginia
Washington Wisconsin Wyoming District_of_Columbia"""
_US_CAPITALS = """AL AK AZ AR CA CO CT DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC
ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"""
_US_CODES = frozenset(_US_CAPITALS.split())
_CA_NAMES = """Alberta British_Columbia Manitoba New_Brunswick Newfoundland Nova_Scotia Nunavut Ontario
Prince_Edward_Island Qu[eé]bec Saskatchewan Yukon"""
_CA_CODES = frozenset({"BC", "MB", "NB", "NS", "ON", "QC", "SK"})
_AU_NAMES = """New_South_Wales Queensland South_Australia Tasmania Western_Australia Northern_Territory
Australian_Capital_Territory"""


def _any_of(names: str) -> str:
    """A pattern for `names`, grouped by their first letters so that few alternatives are tried at each word."""
    groups: dict[str, list[str]] = {}
    for name in names.split():
        groups.setdefault(name[0], []).append(name[1:].replace("_", r"\s+"))
    return "|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in groups.items())


_STATE = re.compile(
    rf"""(?<!\w)(?<!du\ )(?<!le\ ) (?:
        (?P<US>{_any_of(_US_NAMES)}) | (?P<CA>{_any_of(_CA_NAMES)}) | (?P<AU>{_any_of(_AU_NAMES)})
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
"""Names of states anywhere; "du" and "le" leave out the Université du Maine, which is in France."""

_US_SPELLED = frozenset(re.sub(r"\(.*\)", "", name).replace("_", " ").lower() for name in _US_NAMES.split())
US_STATES = _US_SPELLED | {code.lower() for code in _US_CODES}
"""The states of the USA in lower case, spelled out or as two capitals."""

_HINTS = frozenset(
    word
    for names in (_US_NAMES, _CA_NAMES.replace("[eé]", "e"), _AU_NAMES)
    for name in re.sub(r"\([^)]*\)", "", names).split()
    for word in [name.rpartition("_")[2].lower()]
) | {"qld", "nsw"}
"""The last words of the names of states: a text without one of these names none."""
_CODES = frozenset(code.lower() for code in _US_CODES | _CA_CODES)

_ZIP = re.compile(rf"\b(?:(?:{'|'.join(sorted(_US_CODES))})\.?,?\s+\d{{5}}|DE\s+19[7-9]\d\d)(?:-\d{{4}})?\b")
_AU_POSTCODE = re.compile(r"\b(?:NSW|QLD|VIC|TAS|ACT|WA|SA|NT),?\s+\d{4}\b(?!-)", re.IGNORECASE)
_AU_CODE = re.compile(r"\b(?:QLD|NSW)\b", re.IGNORECASE)
_DIGIT = re.compile("[0-9]")

_AU_TOWN = re.compile(r"\b(?:Perth|Crawley|Nedlands|Murdoch|Joondalup)\b", re.IGNORECASE)
_CODE = re.compile(r"(?:(?<=\w),\s*|(?<=[a-z])(?P<glued>\s)\s*)(?P<code>[A-Z]{2})\.?\s*(?=[,;)\]\n]|$)")
_ROMANCE = re.compile(r"\b(?:universidade?|universit[àa]|[ií]stituto|faculdade|dipartimento)\b", re.IGNORECASE)
"""Italian provinces and Brazilian states have two capitals too: "Selargius, CA", "Belém, PA"."""

# Not kept: Polish 00-000 (5 in 6 right), six digits (Chinese in 2 of 3), Dutch 0000 AA (also a house
# number and street in the USA).
_POSTCODE = re.compile(
    r"""(?<![\w-]) (?:
        (?P<GB>[A-Z]{1,2}\d[A-Z\d]?\ ?\d[ABD-HJLNP-UW-Z]{2})
      | (?P<CA>[ABCEGHJ-NPRSTVXY]\d[A-CEGHJ-NPRSTV-Z][\ -]?\d[A-CEGHJ-NPRSTV-Z]\d)
      | (?P<DE>DE?-\d{5}) | (?P<FR>FR?-\d{5}) | (?P<IT>IT?-\d{5}) | (?P<ES>ES?-\d{5}) | (?P<CH>CH-?\d{4})
      | (?P<AT>AT?-\d{4}) | (?P<BE>BE?-\d{4}) | (?P<SE>SE?-\d{3}\ ?\d{2}) | (?P<FI>FIN?-\d{5}) | (?P<DK>DK-\d{4})
      | (?P<NO>NO?-\d{4}) | (?P<HU>HU?-\d{4}) | (?P<NL>NL-?\d{4}(?:\ ?[A-Z]{2})?) | (?P<PL>PL-?\d{2}-\d{3})
      | (?P<CZ>CZ-\d{3}\ ?\d{2}) | (?P<SK>SK-\d{3}\ ?\d{2}) | (?P<SI>SI-\d{4}) | (?P<HR>HR-\d{5}) | (?P<LT>LT-\d{5})
      | (?P<LV>LV-\d{4}) | (?P<GR>GR-\d{3}\ ?\d{2}) | (?P<LU>L[U]?-\d{4})
      | (?P<JP>\d{3}-\d{4}) | (?P<BR>\d{5}-\d{3}) | (?P<PT>\d{4}-\d{3})
    )(?![\w-])""",
    re.VERBOSE,
)
_CEDEX = re.compile(r"\bcedex\b", re.IGNORECASE)


def is_us_state(segment: str) -> bool:
    """Whether the whole segment is a state of the USA, spelled out or as its two capitals."""
    match = _STATE.fullmatch(segment)
    return segment in _US_CODES or bool(match and match["US"])


def hint(words: Sequence[str]) -> str:
    """What the folded `words` of a segment give reason to look for: "code ", "name " or both, of a state; or ""."""
    code = "code " if words[-1] in _CODES else ""
    return code if _HINTS.isdisjoint(words) else code + "name "


def find(piece: str, hint: str) -> Place | None:
    """What the postcode of `piece` tells, else the state or province that it mentions, where the `hint` of its segments
    gives reason to look for one."""
    numbered = _DIGIT.search(piece) is not None
    return _postcode(piece, numbered) or (_numbered_state(piece) if numbered else None) or _state(piece, hint)


def _numbered_state(piece: str) -> Place | None:
    """The state that a postcode follows."""
    if match := _ZIP.search(piece):
        return Place("US", "us-state", *match.span())
    if match := _AU_POSTCODE.search(piece):
        return Place("AU", "au-state", *match.span())
    return None


def _state(piece: str, hint: str) -> Place | None:
    """The state or province that stands alone; the last one, as in an address."""
    if "code" in hint and (place := _code(piece)):
        return place
    return _name(piece) if "name" in hint else None


def _code(piece: str) -> Place | None:
    """The last "City, ST" or "City ST"."""
    found = list(_CODE.finditer(piece))
    if not found or _ROMANCE.search(piece):
        return None
    for match in reversed(found):
        code = match["code"]
        if code == "WA" and _AU_TOWN.search(piece):
            return Place("AU", "au-state", *match.span("code"))
        if code in _US_CODES and not (match["glued"] and code == "CO"):  # "Building Science CO., Ltd."
            return Place("US", "us-state", *match.span("code"))
        if code in _CA_CODES and not match["glued"]:
            return Place("CA", "ca-province", *match.span("code"))
    return None


def _name(piece: str) -> Place | None:
    if match := _AU_CODE.search(piece):
        return Place("AU", "au-state", *match.span())
    found = list(_STATE.finditer(piece))
    if not found:
        return None
    country = found[-1].lastgroup or ""
    return Place(country, {"US": "us-state", "CA": "ca-province", "AU": "au-state"}[country], *found[-1].span())


def _postcode(piece: str, numbered: bool) -> Place | None:
    """The country whose postcode `piece` has; one without digits may still say "cedex"."""
    if numbered and (match := _POSTCODE.search(piece)):
        return Place(match.lastgroup or "", "postcode", *match.span())
    if "edex" in piece or "EDEX" in piece:
        match = _CEDEX.search(piece)
        return Place("FR", "postcode", *match.span()) if match else None
    return None
