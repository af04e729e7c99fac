"""Organisations → evidence: what the names, acronyms, towns, regions, hosts and telling words of a registry say.

A name's weight rests on its rarest word. "Department of Physics" is a name too, of one body or another; what makes a
name tell where it is, is a word that few names have, or that the names of one country have, or a
town's name there. Namesakes share the weight by size.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from monitor.origin import known
from monitor.origin.evidence import ACRONYM, COMPANY_WEIGHT, LONGEST, NAME, REGION, TOWN, WORD, Entry
from monitor.origin.records import Organisation
from monitor.origin.text import fold
from monitor.origin.tokens import key, tokens

_GENERIC = """national federal american army naval veterans royal state international european general central public
university institute hospital college center laboratory academy school research science technology medical health"""
GENERIC = frozenset(_GENERIC.split())
"""Words that never tell, however they are spread."""

NO_PLACES = frozenset(
    map(fold, ("arXiv", "ORCID", "OpenAlex", "Crossref", "Zenodo", "GitHub", "ResearchGate", "Google Scholar"))
)
"""Bodies that are named beside authors and are hardly ever where they work."""

COMMON = 1_000
"""Rarity of a word that tells nothing."""
TELLING = 0.6
"""Share of a word's uses in one country from which on it tells that country."""
LEAST_USES = 4
LONE_UNIVERSITY, SOLE = 1.4, 0.95
"""The least weight of a university without namesakes abroad, and the share of one country from which on it has none."""
TURNS = 2.6
"""The least weight of a university's name that counts in the other order, too: "education university" does not."""
SPREAD = 4
"""A word in the names of more countries is rather a subject than a name."""
MERE_NAME = 6.0
"""Size of an organisation of which only the name is known."""
LEAST_WEIGHT = 0.1
"""Votes below are dropped."""

Votes = dict[str, float]


@dataclass(slots=True)
class Compiled:
    """What is kept of a registry."""

    names: dict[str, Entry] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    bearers: dict[str, list[int]] = field(default_factory=dict)
    """Canonical name → the organisations that bear it, by index."""
    organisations: list[Organisation] = field(default_factory=list)
    """Those with an id."""


def compiled(organisations: Iterable[Organisation]) -> Compiled:
    """The evidence of a registry; some 20 s for 150,000 organisations."""
    census = _Census()
    for organisation in census.heirs(list(organisations)):
        census.count(organisation)
    return Compiled(census.entries(), census.sole_hosts(), dict(census.bearers), census.organisations)


def size(organisation: Organisation) -> float:
    """How much an organisation counts beside its namesakes: a prior for how often it is written."""
    if not organisation.id:
        return MERE_NAME
    kinds = {"education": 4.0, "healthcare": 1.5, "facility": 1.5, "government": 1.5}
    kind = max((kinds.get(kind, 0.5) for kind in organisation.types), default=1.0)
    return kind * (1 + organisation.relations + 0.5 * (len(organisation.names) + len(organisation.hosts)))


_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "å": "aa", "Å": "Aa"})


def spellings(name: str) -> Iterator[str]:
    """How a name may be written, folded: whole, without a part in parentheses, with umlauts spelled out."""
    yield fold(name)
    bare, parenthesis, _ = name.partition("(")
    if parenthesis and bare.strip():
        yield fold(bare)
    spelled = name.translate(_SPELLED_OUT)
    if spelled != name:
        yield fold(spelled)


class _Census:
    """Counts all organisations, then weighs what each name says."""

    def __init__(self) -> None:
        self.organisations: list[Organisation] = []
        self.bearers: dict[str, list[int]] = defaultdict(list)
        self._names: dict[str, Votes] = defaultdict(dict)
        self._institutes: set[str] = set()
        """Names that others than companies bear, too; those have sites everywhere."""
        self._acronyms: dict[str, Votes] = defaultdict(dict)
        self._towns: dict[str, Votes] = defaultdict(dict)
        self._regions: dict[str, Votes] = defaultdict(dict)
        self._words: dict[str, Counter[str]] = defaultdict(Counter)
        self._hosts: dict[str, set[str]] = defaultdict(set)

    def heirs(self, organisations: list[Organisation]) -> Iterator[Organisation]:
        """Every organisation, withdrawn ones with id and countries of what they became, where that is told."""
        by_id = {o.id: o for o in organisations if o.id}
        for organisation in organisations:
            heir = by_id.get(organisation.successors[0]) if organisation.successors else None
            if organisation.status == "withdrawn" and heir:
                organisation = organisation.become(heir)
            yield organisation

    def count(self, organisation: Organisation) -> None:
        """Take `organisation` in."""
        countries = organisation.countries
        weight = size(organisation) / max(len(countries), 1)
        found = [tokens(folded) for name in organisation.names for folded in spellings(name)]
        names = {" ".join(words) for words in found if 0 < len(words) <= LONGEST}
        acronyms = {key(fold(acronym)) for acronym in organisation.acronyms} - names - {""}
        for word in {word for words in found for word in words}:
            self._words[word].update(countries)
        if organisation.types != {"company"}:
            self._institutes |= names
        towns = {key(folded) for town in organisation.cities for folded in spellings(town)} - {""}
        regions = {key(folded) for region in organisation.regions for folded in spellings(region)} - {""}
        pairs = ((self._names, names), (self._acronyms, acronyms), (self._towns, towns), (self._regions, regions))
        for table, keys in pairs:
            for name in keys:
                for code in countries:
                    table[name][code] = table[name].get(code, 0.0) + weight
        for host in organisation.hosts:
            self._hosts[host].update(countries)
        if organisation.id:
            for name in names:
                self.bearers[name].append(len(self.organisations))
            self.organisations.append(organisation)

    def sole_hosts(self) -> dict[str, str]:
        """Host → country, those of several countries left out."""
        return {host: next(iter(codes)) for host, codes in self._hosts.items() if len(codes) == 1}

    def entries(self) -> dict[str, Entry]:
        """What each name says; a town is more than a body of the same name, and that is more than a mere word."""
        put = {word: entry for word, uses in self._words.items() if (entry := _word(uses))}
        for name, votes in self._acronyms.items():
            if (entry := _acronym(name, votes)) and _agree(put.get(name), entry):
                put[name] = entry
        put |= {name: self._name(name, votes, put) for name, votes in self._names.items()}
        for turned, name in self._turned(put).items():
            put.setdefault(turned, put[name])
            self.bearers[turned] = self.bearers[name]
        for name, votes in self._regions.items():
            both = Counter(votes) + Counter(self._towns.get(name, {}))
            if self._is_place(name, both):
                put[name] = _spread(REGION, both, 2.0)
        for name, votes in self._towns.items():
            if name not in self._regions and self._is_place(name, votes):
                put[name] = _spread(TOWN, votes, 2.0)
        for name, entry in known.entries():
            if entry[0] != TOWN or put.get(name, entry)[0] != TOWN:
                put[name] = entry
        return {name: entry for name, entry in put.items() if name.count(" ") < LONGEST and name not in NO_PLACES}

    def _name(self, name: str, votes: Votes, put: Mapping[str, Entry]) -> Entry:
        words = name.split()
        if len(words) == 1 and (told := put.get(name)) and told[0] == WORD and told[1][0][0] in votes:
            votes = {told[1][0][0]: 1.0}
        base = self._base(words, votes)
        return _spread(NAME, votes, base if name in self._institutes else min(base, COMPANY_WEIGHT))

    def _turned(self, put: Mapping[str, Entry]) -> dict[str, str]:
        """ "Rajshahi University" for "University of Rajshahi" and the reverse, where that can only be the one body.

        A university of the other name, or a name that bodies share, stands in the way: York University is not the
        University of York.
        """
        found: dict[str, str] = {}
        for name, bearers in self.bearers.items():
            turned = _turn(name)
            alone = len(bearers) == len(self._names[name]) == 1 and turned not in self._names
            if turned and alone and sum(weight for _, weight in put[name][1]) >= TURNS:
                found[turned] = name
        return found

    def _base(self, words: list[str], votes: Votes) -> float:
        """The weight of a name for all countries together."""
        rarity = min(self._rarity(word, votes) for word in words)
        if len(words) == 1:
            return 0.0 if rarity >= COMMON or len(words[0]) < 3 else 1.6 if rarity <= 30 else 0.6
        if rarity <= 40:
            return 3.0 if rarity <= 8 else 2.6
        if rarity <= 100 and len(words) > 2:
            return 2.0
        return max(LONE_UNIVERSITY if self._is_lone(words, votes) else 0.0, min(0.6 + 0.3 * (len(words) - 2), 1.5))

    def _is_lone(self, words: list[str], votes: Votes) -> bool:
        """Whether this is a university without namesakes abroad, and not one called after a town with namesakes."""
        top = max(votes, key=lambda code: votes[code], default="")
        return (
            "university" in words
            and not GENERIC.issuperset(words)
            and votes.get(top, 0.0) > SOLE * sum(votes.values())
            and all(town == top for word in words for town in self._towns.get(word, ()))
        )

    def _rarity(self, word: str, votes: Votes) -> float:
        """How many names have `word`; 0 where it tells the country that most of `votes` are for.

        It counts for more where many countries have it: subjects are spread, family names and places are not.
        """
        if word in GENERIC or len(word) < 2:
            return COMMON
        uses, top = self._words[word], max(votes, key=lambda code: votes[code], default="")
        total = uses.total()
        telling = total >= LEAST_USES and uses[top] > TELLING * total
        return 0 if telling or top in self._towns.get(word, ()) else total * max(1.0, len(uses) / SPREAD)

    def _is_place(self, name: str, votes: Mapping[str, float]) -> bool:
        """Whether the name of a town or region is not a common word elsewhere."""
        uses = self._words.get(name)
        if name in GENERIC or not uses or uses.total() < 8:
            return name not in GENERIC
        return sum(uses[code] for code in votes) > 0.15 * uses.total()


def _turn(name: str) -> str:
    """The canonical name of a university with that word at its other end; "" where it stands at neither, or at both."""
    first, _, rest = name.partition(" ")
    most, _, last = name.rpartition(" ")
    if rest and (first == "university") != (last == "university"):
        return f"{rest} university" if first == "university" else f"university {most}"
    return ""


def _spread(kind: str, votes: Mapping[str, float], base: float) -> Entry:
    total = sum(votes.values())
    shares = ((code, round(base * weight / total, 1)) for code, weight in sorted(votes.items()))
    return kind, tuple((code, weight) for code, weight in shares if weight >= LEAST_WEIGHT)


def _word(uses: Counter[str]) -> Entry | None:
    total = uses.total()
    code, most = min(uses.items(), key=lambda use: (-use[1], use[0]), default=("", 0))
    if total < LEAST_USES or most <= TELLING * total:
        return None
    return WORD, ((code, 0.9 if most >= 0.97 * total and total >= 8 else 0.6 if most >= 0.85 * total else 0.3),)


def _acronym(name: str, votes: Votes) -> Entry | None:
    if " " in name or len(name) < 3:
        return None
    return _spread(ACRONYM, votes, 1.3 if len(name) > 3 else 0.9)


def _agree(known_entry: Entry | None, entry: Entry) -> bool:
    """Whether an acronym is not also a word that tells another country."""
    votes = entry[1]
    return known_entry is None or not votes or known_entry[1][0][0] == max(votes, key=lambda vote: vote[1])[0]
