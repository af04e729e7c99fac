"""The nouns of the monitor: frozen values that the rooms hand to each other.

Times are aware and in UTC. Countries are ISO 3166-1 alpha-2. An absent value is None or an empty
tuple, never a stand-in date or string.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import combinations
from operator import attrgetter
from typing import Any, Literal

from monitor.weekly import Context

FetchState = Literal["ok", "unchanged", "empty", "short", "stale", "throttled", "blocked", "failed", "skipped"]
"""How a fetch ended. `empty`: the source announced nothing; `short`: fewer than it announced; `stale`: it answered,
and has had nothing new for far longer than it usually goes without."""

Announcement = Literal["new", "cross", "replace", "replace-cross"]
"""arXiv's words (https://info.arxiv.org/help/rss_specifications.html): a new paper, one of another category first, and
new versions of both."""

DeliveryState = Literal["queued", "sending", "sent", "deferred", "bounced", "given-up", "withdrawn"]

RelationKind = Literal["version", "about", "volume"]
"""How a work stands to another that its record names. `version`: both are one work (preprint, postprint, translation,
any version); `about`: a work of its own that corrects, retracts, reviews, answers or supplements it, or is so treated
by it; `volume`: the journal, proceedings or series that it stands in."""

PartnerGroup = Literal["home", "partner", "ec", "other", "unknown"]

GROUPS: tuple[PartnerGroup, ...] = ("home", "partner", "ec", "other", "unknown")
"""In the order in which they are shown."""

COLLABORATIONS = (
    *("home-partner", "home-ec", "home-other", "partner-partner", "partner-ec", "partner-other"),
    *("ec-other", "other-other", "domestic", "single-country", "unknown"),
)
"""Kinds of collaboration; of the kinds that hold for a work the first is its kind."""

EU = "EU"
"""Where bodies of the European Union count: the code that ISO 3166-1 reserves for the Union. It is no country."""


def stamp(moment: datetime) -> str:
    """`moment` as the store writes it: ISO 8601 in UTC, whole seconds, ending in Z."""
    return f"{moment.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def moment(stamp: str) -> datetime:
    """The inverse of `stamp`."""
    return datetime.fromisoformat(stamp)


# --- what is watched -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """A configured source: one named entry under `feeds:` in feeds.yaml."""

    name: str
    kind: str
    url: str
    """Base address of the provider, or of the mirror that stands in for it; a path for kind `jsonl`."""
    every: timedelta
    """How often it is due."""
    pace: float
    """Seconds between two requests to its host."""
    enabled: bool = True
    allow_private: bool = False
    """Whether its host may be on a private or loopback address."""
    first_days: int = 7
    """How many days before the first fetch the first window reaches back."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What only this kind knows, already checked: `categories`, `set`, ..."""
    why: str = ""
    """For people: why it is watched."""
    goals: tuple[str, ...] = ()
    """For people: slugs of the goals it is watched for. Tags come from the text, never from here."""
    checks: str | None = None
    """Name of another feed through which every record of this one ought to come as well."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span `[since, until)` that a fetch or a digest covers."""

    since: datetime
    until: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True)
class Key:
    """By what a provider recognises a client: where it is kept and how it is sent, never the key itself."""

    variable: str
    """Environment variable that holds it."""
    parameter: str | None = None
    """Query parameter that carries it."""
    header: str | None = None
    """Header that carries it, without a parameter; None as well: it is sent as a bearer token (RFC 6750)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One document to ask for. Requests are stored, so nothing secret is in them."""

    url: str
    """A part behind `#` is the asker's own note on where it stands; it is not sent."""
    accept: str = "*/*"
    key: Key | None = None
    """What is sent along when the environment holds it."""
    body: str | None = None
    """JSON to send; the request is a POST then, and is never repeated to where a redirect leads."""
    also: tuple[int, ...] = ()
    """Statuses beside success that bring a document to read: some OAI-PMH servers say with 422 that nothing matches."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "has it changed?" (RFC 9110, section 8.8), and the hash of the last body."""

    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One document as it came: bytes, and the few headers that matter."""

    url: str
    """Where the bytes came from in the end, after redirects."""
    body: bytes
    content_type: str = ""
    """The Content-Type header as it came, with its charset."""
    validators: Validators = Validators()
    unchanged: bool = False
    """The server said 304, or the bytes are those of the last time; `body` is empty then."""
    following: str | None = None
    """Only for local files: the address of the next part."""
    pause: float | None = None
    """Seconds until the provider grants anew; None while there is enough left of what it grants."""
    moved: str | None = None
    """Where permanent redirects (301, 308) alone led from the address that was asked for; None without any."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one response says: entries, and where to go on."""

    entries: tuple[Entry, ...] = ()
    following: Request | None = None
    """The next request of the same window; None when this page was the last."""
    announced: int | None = None
    """How many records the source says the whole window has; None when it does not say."""
    restart: bool = False
    """The source no longer knows the position asked for: begin the window again."""
    problems: tuple[str, ...] = ()
    """Records or fields that could not be read, one sentence each."""
    refused: int = 0
    """How many records were left out because they could not be read; each is named in `problems`."""


# --- what was found --------------------------------------------------------------------------


class Sent:
    """Mixed into nouns that parsers send by the thousand: pickled as their fields in order.

    What dataclasses with slots bring for that asks each object for its fields by reflection, on both sides.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        kind: type = type(self)
        return kind, _values(kind)(self)


@cache
def _values(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """Takes all fields of a dataclass that has several."""
    return attrgetter(*_names(kind))


@dataclass(frozen=True, slots=True, order=True)
class Identifier(Sent):
    """A name that another system gave to a work. `scheme` is lower case: doi, arxiv, pmid, openalex, dblp, ..."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, slots=True, order=True)
class Relation:
    """Another thing that a record names, and how the work stands to it; `monitor.relations` makes it."""

    kind: RelationKind
    identifier: Identifier
    word: str = ""
    """What the source calls the relation, such as `is-preprint-of`."""


@dataclass(frozen=True, slots=True)
class Affiliation(Sent):
    """Where an author works, in the words of the record."""

    text: str
    ror: str | None = None
    """ROR id (https://ror.org), where the record itself attaches one."""


@dataclass(frozen=True, slots=True)
class Author(Sent):
    """One author, in the order of the byline."""

    name: str
    """As displayed: given names before family name."""
    affiliations: tuple[Affiliation, ...] = ()
    orcid: str | None = None
    domain: str | None = None
    """Host part of an e-mail address; the address itself is never kept."""


@dataclass(frozen=True, slots=True)
class Entry(Sent):
    """One record as a feed gave it."""

    key: str
    """Its identity within the feed: guid, OAI identifier, arXiv id without version."""
    title: str = ""
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    url: str | None = None
    published: datetime | None = None
    """When the work first appeared, as far as the record says."""
    updated: datetime | None = None
    """When the record or the work last changed, as far as the record says."""
    year: int | None = None
    venue: str | None = None
    type: str | None = None
    """preprint, article, proceedings-article, ...: Crossref's words where one fits."""
    categories: tuple[str, ...] = ()
    comment: str | None = None
    language: str | None = None
    version: int | None = None
    deleted: bool = False
    """The source says that the record was withdrawn from it."""
    relations: tuple[Relation, ...] = ()
    """What the record says of other records; `identifiers` are names of this very work only."""
    announced: Announcement | None = None
    """As what arXiv's daily list announced it. A `replace` is a new version of an older work, and no news."""
    licence: str | None = None
    """Address of the licence that the full text is under, where the record names one."""

    def digest(self) -> str:
        """Hash of the content, hexadecimal: equal for records that say the same.

        `updated` is left out, so that a feed which stamps the time of day does not change for ever;
        empty fields are left out, so that a field added later does not change old hashes.
        """
        return content_digest(to_json(self))


def content_digest(record: Mapping[str, Any]) -> str:
    """`Entry.digest` of an entry that is plain JSON already."""
    content = {k: v for k, v in record.items() if v and k != "updated"}
    return "1" + hashlib.sha256(_SORTED.encode(content).encode()).hexdigest()[:39]


_SORTED = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Item:
    """One scholarly work, whatever feeds it came through."""

    id: int
    """Row in this store; means nothing elsewhere."""
    uid: str
    """Stable public name, such as `arxiv:2606.00002` or `doi:10.1000/xyz`."""
    title: str
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    url: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    first_seen: datetime | None = None
    """When this monitor first saw it: the date that decides which digest it belongs to."""
    year: int | None = None
    venue: str | None = None
    type: str | None = None
    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    content: str = ""
    """Hash of the text that tags rest on."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One country of a work, or of one author of it, with the reason."""

    country: str
    method: str
    """Rule that decided, such as `country-name`, `us-state`, `domain`."""
    confidence: float
    """How often this method was seen to be right, 0 to 1."""
    evidence: str
    """The words that decided."""
    institution: str | None = None
    """ROR id, where it is certain."""
    fraction: float = 1.0
    """Share of the work that falls to this country; the shares of a work add up to at most 1."""
    author: int | None = None
    """Position of the author in the byline, from 0; None for the work as a whole."""
    institution_name: str | None = None
    """What the registry calls the institution, where it is known to it."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of one facet on a work, with the probability that it holds."""

    facet: str
    label: str
    probability: float
    selected: bool
    """Whether the probability reaches the label's threshold; nothing selected means the model abstained."""
    model: str
    evidence: tuple[str, ...] = ()
    """Phrases of the work itself that carried the decision."""
    said: bool = False
    """Whether a person decided `selected`; the probability stays the model's."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A row of the coverage ledger: what one feed was asked in one run, and what came of it."""

    feed: str
    kind: str
    state: FetchState
    started_at: datetime
    finished_at: datetime
    window: Window | None = None
    announced: int | None = None
    seen: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    requests: int = 0
    bytes: int = 0
    error: str | None = None
    refused: int = 0
    """Records that came and could not be read."""
    backlog: int = 0
    """Of the new ones, those taken in as old stock: kept, and not announced as news."""
    http_status: int | None = None
    """What the server answered when it refused or failed; None when it did not, or did not answer."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A window that was not answered in full: what may have been missed."""

    feed: str
    window: Window
    state: Literal["open", "given-up"]
    cause: FetchState
    """How the last asking ended."""
    reason: str
    """The same as a sentence."""
    tries: int
    opened_at: datetime
    next_at: datetime | None = None
    """When it is asked again, at the earliest; None for one that was given up."""


# --- what is told ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Goal:
    """One label of a taxonomy, as it is shown to people."""

    slug: str
    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """An item with everything a reader is told about it."""

    item: Item
    tags: tuple[Tag, ...] = ()
    origins: tuple[Origin, ...] = ()
    origin_state: str | None = None
    """How the search for its origins stands (`monitor.evidence.State`); None before the first."""

    def probability(self, label: str) -> float:
        """Probability of `label`, 0 when it was not considered."""
        return next((tag.probability for tag in self.tags if tag.label == label), 0.0)


@dataclass(frozen=True, slots=True)
class Section:
    """The part of a digest that belongs to one goal."""

    goal: Goal
    works: tuple[Work, ...]
    """The best, in order."""
    total: int
    """How many works were selected for the goal, shown or not."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How works fall to the groups of partners, each group named."""

    works: int
    by_group: Mapping[str, int]
    """group → works with a place in it, a work counted once for each of its groups; `unknown`: no place is known."""
    authors: Mapping[str, float]
    """group → mean share of the authors of a work, 0 to 1; they add up to 1, `unknown` among them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two places that have works together."""

    one: str
    other: str
    works: int


@dataclass(frozen=True, slots=True)
class Digest:
    """The weekly document, the same content whatever the format."""

    subscriber: str
    week: str
    """ISO 8601 week, such as 2026-W30."""
    window: Window
    made_at: datetime
    sections: tuple[Section, ...]
    countries: Mapping[str, Mapping[str, int]]
    """goal slug → country (or `unknown`) → number of works, a work counted once for each of its countries."""
    seen: int
    """How many works were first seen in the window."""
    tagged: int
    """How many of them carry at least one goal."""
    unknown: int
    """How many of the tagged ones have no known country."""
    coverage: tuple[Fetch, ...]
    """Every fetch of the window."""
    silent: tuple[str, ...]
    """Feeds that were to be watched and were not fetched at all in the window."""
    groups: Mapping[str, PartnerGroup] = field(default_factory=dict)
    """country → group, for the countries that occur."""
    models: tuple[str, ...] = ()
    running: bool = False
    """The week is not over yet."""
    selected: int = 0
    """How many of the tagged ones fit the subscriber's goals, countries and minimum: the works this digest is about."""
    by_group: Mapping[str, int] = field(default_factory=dict)
    """group → number of selected works, a work counted once for each of its groups."""
    marks: Mapping[str, Mapping[str, PartnerGroup]] = field(default_factory=dict)
    """uid of a shown work → country → group on the day of that work."""
    shares: Mapping[str, Shares] = field(default_factory=dict)
    """goal slug → how its works fall to the groups."""
    shares_of_all: Shares | None = None
    """The same for all selected works, each counted once."""
    collaborations: Mapping[str, int] = field(default_factory=dict)
    """kind of collaboration → number of selected works; each has one kind."""
    pairs: tuple[Pair, ...] = ()
    """Places that have selected works together, the most frequent pairs first."""
    asked: tuple[str, ...] = ()
    """Countries and groups that the subscriber restricts the digest to; empty means all."""
    minimum: float = 0.0
    """Least probability that the subscriber asked for."""
    gaps: tuple[Gap, ...] = ()
    """What may have been missed: windows that are open, and those given up in this window."""
    possibly_missed: Mapping[str, int] = field(default_factory=dict)
    """feed → works that another feed brought and it ought to have brought too."""
    language: str = "en"
    """Locale in which dates are written (CLDR)."""
    notable: Mapping[str, tuple[Work, ...]] = field(default_factory=dict)
    """`partner`, `together` (home and partners) and `other` (neither) → the best of these works, over all goals."""
    context: Context = field(default_factory=Context)
    """How the week compares with those before, and what the figures rest on."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One digest on its way to one recipient."""

    id: int
    digest_id: int
    subscriber: str
    week: str
    output: str
    recipient: str
    message_id: str
    attempts: int = 0
    state: DeliveryState = "queued"
    error: str | None = None
    queued_at: datetime | None = None
    made_at: datetime | None = None
    """When the digest was made."""


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered digest: its subject line, and the bytes of each format (`html`, `txt`, `md`, `json`, `pdf`)."""

    subject: str
    formats: Mapping[str, bytes]
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """PNG images that the HTML shows where a message carries them (`cid:` and the name, RFC 2392)."""


# --- who it is for ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Partner:
    """A nation with which research is shared, for a span of time; `until` None means to this day."""

    country: str
    since: date
    until: date | None = None

    def on(self, day: date) -> bool:
        """Whether `day` is in the half-open span `[since, until)`."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Body:
    """An institution that counts as itself, apart from the country it stands in: one of the European Union's."""

    name: str
    also: tuple[str, ...] = ()
    """Other names it signs with: in other languages, former ones, acronyms that nobody else uses."""
    rors: tuple[str, ...] = ()
    """ROR ids (https://ror.org), the body's own first, then those of its sites."""
    near: tuple[str, ...] = ()
    """Words one of which must stand in the affiliation as well, where others bear the same name; empty: none."""


@dataclass(frozen=True, slots=True)
class Partners:
    """The lens through which countries are seen."""

    home: str = "US"
    nations: tuple[Partner, ...] = ()
    commission: Partner | None = None
    """The European Commission's own agreement; its `country` is EU."""
    bodies: tuple[Body, ...] = ()
    """What counts as the European Commission, whatever the day."""

    def group(self, country: str | None, on: date) -> PartnerGroup:
        """Group of `country` on a day, the day being that of the paper and not today."""
        if country is None:
            return "unknown"
        if country == self.home:
            return "home"
        if any(p.country == country and p.on(on) for p in self.nations):
            return "partner"
        if self.commission and country == self.commission.country and self.commission.on(on):
            return "ec"
        return "other"


def collaboration(groups: Mapping[str, PartnerGroup]) -> str:
    """Kind of collaboration of a work, one of COLLABORATIONS, from the group of each of its known places.

    Every two places make a pair of groups, and of the pairs the first in that order counts: a work of the USA,
    Germany and China is `home-partner`. One place makes `domestic` at home and `single-country` elsewhere.
    """
    if len(groups) < 2:
        return "unknown" if not groups else "domestic" if "home" in groups.values() else "single-country"
    ranked = sorted(groups.values(), key=GROUPS.index)
    pairs = {f"{one}-{other}" for one, other in combinations(ranked, 2)}
    return next(kind for kind in COLLABORATIONS if kind in pairs)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who gets a digest, and which part of it."""

    name: str
    output: str = "file"
    """Kind of output: `email`, `file`, `maildir` or `webhook`."""
    addresses: tuple[str, ...] = ()
    """E-mail addresses, folders, or addresses on the web."""
    goals: tuple[str, ...] = ()
    """Slugs; empty means all."""
    countries: tuple[str, ...] = ()
    """ISO codes or groups (`home`, `partner`, `ec`, `other`, `unknown`); empty means all."""
    minimum: float = 0.0
    """Least probability shown."""
    most: int = 10
    """Most works shown for each goal."""
    weekday: int | None = None
    """Day after the week on which the digest is due, 0 for Monday; None: when all digests are."""
    hour: int | None = None
    """Hour of that day, on the clocks of `zone`."""
    zone: str = "UTC"
    """Name in the IANA time zone database."""
    formats: tuple[str, ...] = ()
    """Formats that are sent; empty means those that are usual for the output."""
    language: str = "en"
    """Locale in which dates are written (CLDR)."""
    allow_private: bool = False
    """Whether a webhook may be on a private or loopback address."""
    searches: tuple[str, ...] = ()
    """Names of saved searches whose new works the digest tells too."""


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail leaves. The password comes from the environment only."""

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` is refused unless the host is a loopback address."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 30.0
    bounces_to: str | None = None
    """Envelope sender, to which reports of what did not arrive go; None: the sender."""
    unsubscribe_to: str | None = None
    """Where mail goes with which a reader ends a subscription."""
    most: int = 500
    """Most deliveries of one run: a brake on runaway mail."""


# --- as JSON ---------------------------------------------------------------------------------


def to_json(value: Any) -> Any:
    """`value` as plain JSON types: dataclasses become objects, times become stamps."""
    kind: type = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [to_json(v) for v in value] if value else []
    if names := _names(kind):
        return {name: v if type(v := getattr(value, name)) in _PLAIN else to_json(v) for name in names}
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(v) for v in value]
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Names of the fields of a dataclass; none of any other type."""
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def entry_from_json(data: Mapping[str, Any]) -> Entry:
    """The inverse of `to_json` for an `Entry`; fields that are missing take their defaults."""
    plain = dict(data)
    for name in ("published", "updated"):
        if plain.get(name):
            plain[name] = moment(plain[name])
    plain["authors"] = tuple(author_from_json(a) for a in plain.get("authors", ()))
    plain["identifiers"] = tuple(Identifier(**i) for i in plain.get("identifiers", ()))
    plain["categories"] = tuple(plain.get("categories", ()))
    plain["relations"] = tuple(
        Relation(r["kind"], Identifier(**r["identifier"]), r["word"]) for r in plain.get("relations", ())
    )
    return Entry(**plain)


def author_from_json(data: Mapping[str, Any]) -> Author:
    """The inverse of `to_json` for an `Author`."""
    plain = dict(data)
    plain["affiliations"] = tuple(Affiliation(**a) for a in plain.get("affiliations", ()))
    return Author(**plain)
