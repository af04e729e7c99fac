"""arXiv on the loopback: its Atom API and its OAI-PMH interface over records that a test brings.

    with ArxivServer(records) as server:
        ... server.api_url, server.oai_url ...
        server.log

A record is a dictionary with `id`, `title` and `abstract`, and where known `authors` (names), `affiliations` (a list
of texts for each author), `categories`, `published`, `updated`, `first_seen`, `comment`, `journal_ref`, `doi`.
Records without any date are not listed by either interface, as they would not be by arXiv.

It is written against the documentation of both interfaces and shares no code with the program, so that the two may
disagree. Dates of the OAI-PMH interface (its datestamps) are `first_seen`, else `published`; those of the Atom API are
`published`, else `first_seen`.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape, quoteattr

Record = Mapping[str, Any]
Fault = Literal["unavailable", "throttled", "error", "empty", "short", "stale", "cut", "reset", "bad-token", "slow"]
"""What is to go wrong with one answer: 503 with Retry-After, 429 without, 500, a page without records (status 200), a
page with half of its records, what was known a day ago, a body that ends early, a connection that is reset, a
resumption token that is not known any more, an answer after a second."""

PREFIXES = ("oai_dc", "arXiv", "arXivRaw")
MOST_RESULTS = 2_000


@dataclass(frozen=True)
class Hit:
    """One request as the server saw it."""

    at: float
    """`time.monotonic()` when it came in."""
    interface: str
    """`api` or `oai`."""
    query: dict[str, str]
    status: int


@dataclass(frozen=True)
class Dated:
    """A record with its time for one of the interfaces, in UTC."""

    when: datetime
    record: Record


@dataclass(frozen=True)
class Listing:
    """A list that is being handed out part by part: what a resumption token stands for."""

    prefix: str
    records: Sequence[Dated]
    cursor: int


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)


class ArxivServer:
    """Serves `records` on 127.0.0.1 until the `with` block ends.

    `page` is the number of records in one part of an OAI list. `faults` names what goes wrong with which request,
    counted from 0 over both interfaces; every other request is answered properly. `granularity` is that of the OAI
    datestamps. `latency` is slept before each answer, in seconds. While `now` is set, records that are announced later
    are not known.
    """

    def __init__(
        self,
        records: Sequence[Record],
        *,
        page: int = 1_000,
        faults: Mapping[int, Fault] | None = None,
        retry_after: int = 1,
        granularity: Literal["day", "second"] = "day",
        latency: float = 0.0,
    ) -> None:
        self.page, self.faults, self.retry_after, self.latency = page, dict(faults or {}), retry_after, latency
        self.granularity = granularity
        self.now: datetime | None = None
        self.log: list[Hit] = []
        self._submitted = _dated(records, ("published", "first_seen"))
        self._announced = _dated(records, _ANNOUNCED)
        self._lists: dict[str, Listing] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def api_url(self) -> str:
        """What stands in for https://export.arxiv.org/api/query."""
        return f"{self.url}/api/query"

    @property
    def oai_url(self) -> str:
        """What stands in for https://oaipmh.arxiv.org/oai."""
        return f"{self.url}/oai"

    def gaps(self) -> list[float]:
        """Seconds between one request and the next, on the server's clock."""
        return [later.at - earlier.at for earlier, later in zip(self.log, self.log[1:], strict=False)]

    # --- answers ---------------------------------------------------------------------------

    def answer(self, path: str, query: dict[str, str]) -> tuple[Answer, Fault | None]:
        """The answer to one request, and the fault that is to befall it."""
        arrived = time.monotonic()
        interface = {"/api/query": "api", "/oai": "oai"}.get(path.rstrip("/"), "")
        with self._lock:
            fault = self.faults.get(len(self.log))
            answer = self._answer(interface, query, fault)
            self.log.append(Hit(arrived, interface, query, answer.status))
        time.sleep(self.latency + (1.0 if fault == "slow" else 0.0))
        return answer, fault

    def _answer(self, interface: str, query: dict[str, str], fault: Fault | None) -> Answer:
        if fault == "unavailable":
            return Answer(503, "come back later", {"Retry-After": str(self.retry_after)})
        if fault == "throttled":
            return Answer(429, "Rate exceeded.")
        if fault == "error":
            return Answer(500, "something went wrong")
        if interface == "api":
            return self._api(query, fault)
        return self._oai(query, fault) if interface == "oai" else Answer(404, "not found")

    def _api(self, query: dict[str, str], fault: Fault | None) -> Answer:
        try:
            start, most = int(query.get("start", "0")), int(query.get("max_results", "10"))
            if start < 0 or not 0 <= most <= MOST_RESULTS:
                raise ValueError(f"max_results must be between 0 and {MOST_RESULTS}")
            found = self._known(self._search(query), fault)
        except ValueError as error:
            return Answer(400, _api_error(str(error)))
        if query.get("sortOrder", "descending") == "descending":
            found = found[::-1]
        shown = _spoilt(found[start : start + most], fault)
        return Answer(
            200, _atom(shown, len(found), start, most), {"Content-Type": "application/atom+xml; charset=UTF-8"}
        )

    def _known(self, found: Sequence[Dated], fault: Fault | None) -> Sequence[Dated]:
        """Those of `found` that were announced by now, or for a stale answer by this time yesterday."""
        if self.now is None:
            return found
        until = self.now - timedelta(days=fault == "stale")
        return [d for d in found if (_when(d.record, _ANNOUNCED) or d.when) <= until]

    def _search(self, query: dict[str, str]) -> Sequence[Dated]:
        """The records of `id_list`, or those that match `cat:` terms joined by OR, `all:`, `ti:` and `abs:` words, and
        spans of submission."""
        if "id_list" in query:
            return [d for d in self._submitted if d.record["id"] in query["id_list"].split(",")]
        expression = query.get("search_query", "")
        found = self._submitted
        spans = re.findall(r"submittedDate:\[(\d{12}) TO (\d{12})\]", expression)
        for span in spans:
            first, last = (datetime.strptime(minute, "%Y%m%d%H%M").replace(tzinfo=UTC) for minute in span)
            minute = {"key": lambda d: d.when.replace(second=0, microsecond=0)}
            found = found[bisect_left(found, first, **minute) : bisect_right(found, last, **minute)]
        categories = re.findall(r"cat:([\w.*-]+)", expression)
        words = [word.lower() for word in re.findall(r"(?:all|ti|abs):\"?([\w -]+?)\"?(?=\)|$| AND| OR)", expression)]
        if not (spans or categories or words):
            raise ValueError("incorrect query")
        return [d for d in found if _in_category(d.record, categories) and _has_words(d.record, words)]

    def _oai(self, query: dict[str, str], fault: Fault | None) -> Answer:
        verb = query.get("verb")
        if verb == "Identify":
            content = self._identify()
        elif verb == "ListRecords":
            content = self._list_records(query, fault)
        elif verb == "GetRecord":
            content = self._get_record(query)
        else:
            content = _oai_error("badVerb", "illegal OAI verb")
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in query.items())
        return Answer(200, _OAI.format(attributes=attributes, content=content), {"Content-Type": "text/xml"})

    def _identify(self) -> str:
        form = "YYYY-MM-DD" if self.granularity == "day" else "YYYY-MM-DDThh:mm:ssZ"
        return (
            f"<Identify><repositoryName>arXiv on the loopback</repositoryName><baseURL>{self.oai_url}</baseURL>"
            "<protocolVersion>2.0</protocolVersion><adminEmail>help@example.org</adminEmail>"
            "<earliestDatestamp>2005-09-16</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
            f"<granularity>{form}</granularity></Identify>"
        )

    def _get_record(self, query: dict[str, str]) -> str:
        name = query.get("identifier", "").removeprefix("oai:arXiv.org:")
        found = self._known([d for d in self._announced if d.record["id"] == name], None)
        write = _WRITERS.get(query.get("metadataPrefix", ""))
        if not found or write is None:
            return _oai_error("idDoesNotExist" if write else "cannotDisseminateFormat", name)
        return f"<GetRecord>{self._record(found[0], write)}</GetRecord>"

    def _list_records(self, query: dict[str, str], fault: Fault | None) -> str:
        token = query.get("resumptionToken")
        if token is not None:
            listing = None if fault == "bad-token" else self._lists.get(token)
            if listing is None or set(query) != {"verb", "resumptionToken"}:
                return _oai_error("badResumptionToken", "the resumption token is not known")
            return self._part(listing, fault)
        prefix = query.get("metadataPrefix", "")
        if prefix not in PREFIXES:
            return _oai_error("cannotDisseminateFormat" if prefix else "badArgument", f"metadataPrefix {prefix!r}")
        try:
            found = self._known(self._between(query.get("from"), query.get("until")), fault)
        except ValueError as error:
            return _oai_error("badArgument", str(error))
        wanted = query.get("set")
        records = [d for d in found if wanted is None or any(_within(s, wanted) for s in _sets(d.record))]
        if not records:
            return _oai_error("noRecordsMatch", "")
        return self._part(Listing(prefix, records, 0), fault)

    def _between(self, since: str | None, until: str | None) -> Sequence[Dated]:
        """The records whose datestamp lies between two stamps, both included."""
        form = "%Y-%m-%d" if self.granularity == "day" else "%Y-%m-%dT%H:%M:%SZ"
        for stamp in (since, until):
            if stamp is not None:
                datetime.strptime(stamp, form)
        if since is not None and until is not None and since > until:
            raise ValueError("from is later than until")
        key = {"key": lambda d: d.when.strftime(form)}
        low = 0 if since is None else bisect_left(self._announced, since, **key)
        high = len(self._announced) if until is None else bisect_right(self._announced, until, **key)
        return self._announced[low:high]

    def _part(self, listing: Listing, fault: Fault | None) -> str:
        """One part of a list, with a token for the next; a list of one part has none (section 3.5 of the protocol)."""
        end = listing.cursor + self.page
        shown = listing.records[listing.cursor : end]
        records = "".join(self._record(d, _WRITERS[listing.prefix]) for d in _spoilt(shown, fault))
        if listing.cursor == 0 and end >= len(listing.records):
            return f"<ListRecords>{records}</ListRecords>"
        token = ""
        if end < len(listing.records):
            # Characters that an address must escape, as real tokens have them.
            token = f"{listing.prefix}|{len(self._lists)}&from={end} +/="
            self._lists[token] = Listing(listing.prefix, listing.records, end)
        size, cursor = len(listing.records), listing.cursor
        mark = f'<resumptionToken completeListSize="{size}" cursor="{cursor}">{escape(token)}</resumptionToken>'
        return f"<ListRecords>{records}{mark}</ListRecords>"

    def _record(self, dated: Dated, write: Callable[[Record], str]) -> str:
        form = "%Y-%m-%d" if self.granularity == "day" else "%Y-%m-%dT%H:%M:%SZ"
        sets = "".join(f"<setSpec>{escape(s)}</setSpec>" for s in _sets(dated.record))
        status = ' status="deleted"' if dated.record.get("deleted") else ""
        head = (
            f"<record><header{status}><identifier>oai:arXiv.org:{escape(dated.record['id'])}</identifier>"
            f"<datestamp>{dated.when.strftime(form)}</datestamp>{sets}</header>"
        )
        return f"{head}</record>" if status else f"{head}<metadata>{write(dated.record)}</metadata></record>"


def _handler(server: ArxivServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            answer, fault = server.answer(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)))
            if fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            body = answer.body.encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "text/plain", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
            self.close_connection = self.close_connection or fault == "cut"

        def log_message(self, *_: object) -> None:
            """Requests are kept in `ArxivServer.log` and not printed."""

    return Handler


# --- records ---------------------------------------------------------------------------------


_ANNOUNCED = ("first_seen", "published")
"""What tells when a record was announced, the best first."""


def _dated(records: Iterable[Record], keys: Sequence[str]) -> list[Dated]:
    dated = [Dated(when, r) for r in records if (when := _when(r, keys))]
    return sorted(dated, key=lambda d: (d.when, d.record["id"]))


def _when(record: Record, keys: Sequence[str]) -> datetime | None:
    return next(filter(None, (_time(record.get(key)) for key in keys)), None)


def _time(stamp: str | None) -> datetime | None:
    if not stamp:
        return None
    when = parsedate_to_datetime(stamp) if "," in stamp else datetime.fromisoformat(stamp)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _spoilt(shown: Sequence[Dated], fault: Fault | None) -> Sequence[Dated]:
    return shown[:0] if fault == "empty" else shown[: len(shown) // 2] if fault == "short" else shown


def _in_category(record: Record, categories: Sequence[str]) -> bool:
    patterns = [re.escape(c).replace(r"\*", ".*") for c in categories]
    return not categories or any(re.fullmatch(p, c) for p in patterns for c in record.get("categories", ()))


def _has_words(record: Record, words: Sequence[str]) -> bool:
    text = f"{record['title']} {record['abstract']}".lower()
    return all(word in text for word in words)


def _sets(record: Record) -> list[str]:
    """The sets of a record: `cs:cs:CR` for the category `cs.CR`, `physics:hep-th` for `hep-th`."""
    sets = []
    for category in record.get("categories", ()):
        archive, _, subject = category.partition(".")
        group = archive if archive in _GROUPS else "physics"
        sets.append(":".join(filter(None, (group, archive, subject))))
    return sets


_GROUPS = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})


def _within(spec: str, wanted: str) -> bool:
    return spec == wanted or spec.startswith(f"{wanted}:")


# --- the documents ---------------------------------------------------------------------------

_OAI = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-07-01T00:00:00Z</responseDate>'
    "<request{attributes}>http://127.0.0.1/oai</request>{content}</OAI-PMH>"
)
_FEED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
    ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom">'
    "<title>arXiv Query</title><id>http://127.0.0.1/api/query</id><updated>2026-07-01T00:00:00Z</updated>"
)


def _oai_error(code: str, said: str) -> str:
    return f'<error code="{code}">{escape(said)}</error>'


def _api_error(said: str) -> str:
    return (
        f"{_FEED}<opensearch:totalResults>1</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex>"
        "<entry><id>http://arxiv.org/api/errors#incorrect_query</id><title>Error</title>"
        f"<summary>{escape(said)}</summary></entry></feed>"
    )


def _atom(shown: Sequence[Dated], total: int, start: int, most: int) -> str:
    return (
        f"{_FEED}<opensearch:itemsPerPage>{most}</opensearch:itemsPerPage>"
        f"<opensearch:totalResults>{total}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>{''.join(map(_atom_entry, shown))}</feed>"
    )


def _atom_entry(dated: Dated) -> str:
    record = dated.record
    categories = record.get("categories", ())
    fields = [
        f"<id>http://arxiv.org/abs/{escape(record['id'])}v{record.get('version', 1)}</id>",
        f"<title>{escape(record['title'])}</title>",
        f"<updated>{(_time(record.get('updated')) or dated.when):%Y-%m-%dT%H:%M:%SZ}</updated>",
        f"<published>{dated.when:%Y-%m-%dT%H:%M:%SZ}</published>",
        f"<summary>{escape(record['abstract'])}</summary>",
        *(f"<category term={quoteattr(c)} scheme='http://arxiv.org/schemas/atom'/>" for c in categories),
        *(f"<arxiv:primary_category term={quoteattr(c)}/>" for c in categories[:1]),
        *_optional(record, {"comment": "arxiv:comment", "journal_ref": "arxiv:journal_ref", "doi": "arxiv:doi"}),
    ]
    for name, places in _people(record):
        where = "".join(f"<arxiv:affiliation>{escape(p)}</arxiv:affiliation>" for p in places)
        fields.append(f"<author><name>{escape(name)}</name>{where}</author>")
    return f"<entry>{''.join(fields)}</entry>"


def _arxiv(record: Record) -> str:
    authors = []
    for name, places in _people(record):
        given, _, family = name.rpartition(" ")
        forenames = f"<forenames>{escape(given)}</forenames>" if given else ""
        where = "".join(f"<affiliation>{escape(p)}</affiliation>" for p in places)
        authors.append(f"<author><keyname>{escape(family)}</keyname>{forenames}{where}</author>")
    days = [(tag, _time(record.get(key))) for tag, key in (("created", "published"), ("updated", "updated"))]
    return (
        f'<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{escape(record["id"])}</id>'
        + "".join(f"<{tag}>{day:%Y-%m-%d}</{tag}>" for tag, day in days if day)
        + f"<authors>{''.join(authors)}</authors>{_common(record)}</arXiv>"
    )


def _arxiv_raw(record: Record) -> str:
    byline = ", ".join(f"{n} ({'; '.join(p)})" if p else n for n, p in _people(record))
    versions = [t for key in ("published", "updated") if (t := _time(record.get(key)))]
    return (
        f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{escape(record["id"])}</id>'
        + "".join(
            f'<version version="v{n}"><date>{t:%a, %d %b %Y %H:%M:%S GMT}</date></version>'
            for n, t in enumerate(sorted(versions), 1)
        )
        + f"{_common(record)}<authors>{escape(byline)}</authors></arXivRaw>"
    )


def _common(record: Record) -> str:
    """What arXiv's two formats share."""
    categories = " ".join(record.get("categories", ()))
    return (
        f"<title>{escape(record['title'])}</title><categories>{escape(categories)}</categories>"
        + "".join(_optional(record, {"comment": "comments", "journal_ref": "journal-ref", "doi": "doi"}))
        + f"<abstract>{escape(record['abstract'])}</abstract>"
    )


def _dublin_core(record: Record) -> str:
    days = [t for key in ("published", "updated") if (t := _time(record.get(key)))]
    comment = [f"Comment: {record['comment']}"] if record.get("comment") else []
    names = [f"http://arxiv.org/abs/{record['id']}", *([f"doi:{record['doi']}"] if record.get("doi") else [])]
    fields = [
        ("title", [record["title"]]),
        ("creator", [f"{n.rpartition(' ')[2]}, {n.rpartition(' ')[0]}".rstrip(", ") for n, _ in _people(record)]),
        ("description", [record["abstract"], *comment]),
        ("date", [f"{day:%Y-%m-%d}" for day in days]),
        ("type", ["text"]),
        ("identifier", names),
    ]
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        + "".join(f"<dc:{tag}>{escape(value)}</dc:{tag}>" for tag, values in fields for value in values)
        + "</oai_dc:dc>"
    )


def _optional(record: Record, tags: Mapping[str, str]) -> list[str]:
    return [f"<{tag}>{escape(record[key])}</{tag}>" for key, tag in tags.items() if record.get(key)]


def _people(record: Record) -> list[tuple[str, Sequence[str]]]:
    names = record.get("authors") or ()
    places = list(record.get("affiliations") or ())
    return [(name, places[i] if i < len(places) else ()) for i, name in enumerate(names)]


_WRITERS: Mapping[str, Callable[[Record], str]] = {
    "oai_dc": _dublin_core,
    "arXiv": _arxiv,
    "arXivRaw": _arxiv_raw,
}
