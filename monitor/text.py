"""Text as it comes from the world, made fit to keep: clean words, normal identifiers, UTC times. Pure.

Nothing here raises on bad input: what cannot be read is None or an empty string.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

from monitor.latex import signs
from monitor.types import Identifier

TITLE_LIMIT = 1_000
"""Characters of a title that are kept."""

ABSTRACT_LIMIT = 20_000
"""Characters of an abstract that are kept."""

AUTHORS_LIMIT = 20_000
"""Authors of one work that are kept: the largest bylines known have some 15,000 (https://doi.org/10.1093/bjs/znab101)."""

BYLINE_LIMIT = 1_000_000
"""Characters of a byline in one text, with its affiliations."""

URL_LIMIT = 2_000
"""Characters of an address; longer ones are not addresses of papers."""

# Controls that are not blanks, soft hyphen, zero-width and bidirectional marks (a title must not turn the
# line it stands in around), annotation marks, surrogates (they cannot be written as UTF-8), and the tag
# characters that carry invisible text. Unicode 16, chapter 23.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)

_HTML_TOKEN = re.compile(r"<!--|-->|<!\[CDATA\[|\]\]>|<[!?][^<>]*>|<(/?)([A-Za-z][\w:.-]*)((?:[\s/][^<>]*)?)>")
_UNSEEN = frozenset({"script", "style", "template", "head", "svg", "annotation", "annotation-xml"})
_INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins"),
        *("kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"),
        *("math", "mi", "mn", "mo", "mrow", "msub", "msup", "msubsup", "italic", "bold"),
    }
)
_TAGS = r"(?:jats:)?(?:p|div|span|i|b|em|strong|sub|sup|a|ul|ol|li|h[1-6]|td|tr|table|blockquote|italic|bold|sec|title)"
_MARKUP = re.compile(rf"</{_TAGS}\s*>|<(?:br|p|hr)\s*/?>", re.IGNORECASE)
_ESCAPED_MARKUP = re.compile(rf"&lt;/{_TAGS}\s*&gt;|&lt;(?:br|p|hr)\s*/?&gt;", re.IGNORECASE)

_EXPONENT = re.compile(
    r"(?<=[^\s,;])<(?:\w+:)?sup>((?:[-+−]|&minus;|&#8722;|&#x2212;)?\d{1,4}[-+−]?)</(?:\w+:)?sup>", re.IGNORECASE
)

_HEADING = re.compile(r"\A(?:arXiv:\S+ Announce Type: \S+\s+)?(?:abstract\s*[:.—–-]\s*)?", re.IGNORECASE)

_DOI = re.compile(r"10\.\d{4,9}/\S+", re.ASCII)
_DOI_PREFIX = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:|urn:)?doi[:/]\s*|doi\s+", re.IGNORECASE)
_BETWEEN_DOIS = re.compile(r"[\s;,]+(?=10\.|https?://|doi)|\s+", re.IGNORECASE)
_DOI_TAIL = re.compile(r"(?:/(?:full|abstract|abs|e?pdf|html|meta|fulltext|summary))+$|\.pdf$", re.IGNORECASE)
_COLD_SPRING = re.compile(r"(10\.1101/[\d.]+)v\d+(?:\.[\w.-]*)?$")

_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga"
    "|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph"
    "|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_ARXIV = re.compile(
    rf"(?:(\d\d(?:0[1-9]|1[0-2])\.\d{{4,5}})|({_ARCHIVES})(?:\.[a-z-]{{2,}})?/(\d\d(?:0[1-9]|1[0-2])\d{{3}}))(?:v(\d{{1,3}}))?",
    re.IGNORECASE | re.ASCII,
)
_ARXIV_PREFIX = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*arxiv\.org/(?:abs|pdf|html|format|ps|src|e-print)/"
    r"|oai:arxiv\.org:|arxiv:\s*|(?:https?://(?:dx\.)?doi\.org/|doi:)?10\.48550/arxiv\.",
    re.IGNORECASE,
)
_ARXIV_TAIL = re.compile(r"(?:\.pdf|/)?(?:[?#].*)?(?:\s+\[[\w.-]+\])?", re.IGNORECASE | re.DOTALL)

_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)
_ROR = re.compile(r"(?:^|ror\.org/)(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})$", re.IGNORECASE | re.ASCII)

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.ASCII)
_NOT_IN_URLS = re.compile(r"[\s<>\"\\`]")
_YEAR = re.compile(r"(1[5-9]\d\d|20\d\d)(?!\d)", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.ASCII)
_TWO_LETTERS = {
    "eng": "en", "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt",
    "dut": "nl", "nld": "nl", "swe": "sv", "heb": "he", "chi": "zh", "zho": "zh", "jpn": "ja", "kor": "ko",
    "rus": "ru", "ukr": "uk", "pol": "pl", "tur": "tr", "ara": "ar",
}  # fmt: skip


# --- words -----------------------------------------------------------------------------------


def clean(text: str, limit: int | None = None) -> str:
    """`text` on one line, in Unicode form NFC, without invisible characters; `…` ends what was cut to `limit`."""
    line = " ".join(text.split())
    if not (line.isascii() and line.isprintable()):  # most texts need no more, and this is what takes the time
        line = " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())
    if limit is None or len(line) <= limit:
        return line
    return f"{line[: limit - 1].rstrip()}…" if limit else ""


def from_html(markup: str, limit: int | None = None) -> str:
    """The words of `markup`, which its source declares to be HTML: tags gone, entities resolved once, then `clean`.

    A `<` that opens no tag stays, since abstracts are full of `$a<b$`. Nothing of a script or a style sheet stays.
    Exponents of digits stay exponents: 10<sup>-3</sup> is not 10-3.
    """
    markup = _EXPONENT.sub(_raised, markup)
    words: list[str] = []
    unseen, end = "", 0
    for token in _HTML_TOKEN.finditer(markup):
        if not unseen:
            words.append(html.unescape(markup[end : token.start()]))
            words.append(_blank(token))
        end = token.end()
        unseen = _still_unseen(unseen, token)
    if not unseen:
        words.append(html.unescape(markup[end:]))
    return clean("".join(words), limit)


def _raised(exponent: re.Match[str]) -> str:
    return signs.raised(html.unescape(exponent[1])) or exponent[0]


def _blank(token: re.Match[str]) -> str:
    """What stands in place of a tag: nothing for one inside a line, so that H<sub>2</sub>O stays one word."""
    if token[0] == "-->":
        return token[0]
    inline = token[2] is None or token[2].lower().rpartition(":")[2] in _INLINE
    return "" if inline else " "


def _still_unseen(unseen: str, token: re.Match[str]) -> str:
    """The comment or element without words that the text after `token` is in; empty outside of one."""
    text, name = token[0], (token[2] or "").lower().rpartition(":")[2]
    if unseen:
        closed = text == "-->" if unseen == "<!--" else bool(token[1]) and name == unseen
        return "" if closed else unseen
    if text == "<!--":
        return text
    opened = name in _UNSEEN and not token[1] and not token[3].endswith("/")
    return name if opened else ""


def from_unknown(text: str, limit: int | None = None) -> str:
    """The words of `text`, of which nobody says whether it is plain or HTML: HTML only when closing tags show it.

    Some repositories escape their HTML twice; that is undone.
    """
    if not _MARKUP.search(text) and _ESCAPED_MARKUP.search(text):
        text = html.unescape(text)
    return from_html(text, limit) if _MARKUP.search(text) else clean(text, limit)


def without_heading(abstract: str) -> str:
    """`abstract` without the word "Abstract" before it, and without what arXiv's RSS puts in front of that."""
    return _HEADING.sub("", abstract)


def language(code: str) -> str | None:
    """A language tag (RFC 5646) in lower case; the commonest ISO 639-2 codes become two letters."""
    tag = clean(code).lower().replace("_", "-")
    return _TWO_LETTERS.get(tag, tag) if _LANGUAGE.fullmatch(tag) else None


# --- identifiers -----------------------------------------------------------------------------


def doi(text: str) -> str | None:
    """The DOI that `text` is: lower case (ISO 26324 ignores case), without resolver address and final punctuation."""
    name = clean(text) if len(text) <= URL_LIMIT else ""
    prefix = _DOI_PREFIX.match(name)
    if prefix:
        name = unquote(name[prefix.end() :]) if "doi.org" in prefix[0].lower() else name[prefix.end() :]
    name = _without_tail(name.lower())
    return name if _DOI.fullmatch(name) else None


def _without_tail(name: str) -> str:
    """`name` without punctuation that belongs to the sentence around it; brackets stay while they are balanced."""
    while name:
        last = name[-1]
        opening = {")": "(", "]": "[", "}": "{", ">": "<"}.get(last)
        if last not in ".,;:!?'\"" and (opening is None or name.count(opening) >= name.count(last)):
            break
        name = name[:-1]
    return name


def dois(text: str) -> tuple[str, ...]:
    """The DOIs of a field that may hold several, parted by blanks, commas or semicolons."""
    return tuple(dict.fromkeys(name for word in _BETWEEN_DOIS.split(text) if (name := doi(word))))


def doi_in_url(url: str) -> str | None:
    """The DOI in a publisher's address of a paper, such as `https://example.org/doi/full/10.5555/12345678`."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    for place in (parts.path, *parts.query.split("&")):
        found = _DOI.search(unquote(place))
        if found:
            name = _DOI_TAIL.sub("", found[0])
            return doi(_COLD_SPRING.sub(r"\1", name))
    return None


def arxiv_id(text: str) -> tuple[str, int | None] | None:
    """The arXiv identifier that `text` is, and its version: (`2606.00002`, 2), (`math/0309136`, None).

    Takes bare identifiers and those in an address, an OAI identifier or an arXiv DOI; the subject class of the
    old scheme is dropped (https://info.arxiv.org/help/arxiv_identifier.html).
    """
    name = text.strip()[:URL_LIMIT]
    prefix = _ARXIV_PREFIX.match(name)
    found = _ARXIV.match(name, prefix.end() if prefix else 0)
    if not found or not _ARXIV_TAIL.fullmatch(name, found.end()):
        return None
    new, archive, number, version = found.groups()
    return new or f"{archive.lower()}/{number}", int(version) if version else None


def identifier(text: str) -> Identifier | None:
    """The DOI or arXiv identifier that a link, a guid or a name such as `doi:10.5555/x` stands for."""
    if _ARXIV_PREFIX.match(text.strip()):
        found = arxiv_id(text)
        return Identifier("arxiv", found[0]) if found else None
    name = doi(text)
    if name is None and text.strip()[:4].lower() == "http":
        name = doi_in_url(text)
    return Identifier("doi", name) if name else None


def orcid(text: str) -> str | None:
    """The ORCID iD in an address or a bare form, as `0000-0002-1825-0097` (https://orcid.org)."""
    found = _ORCID.search(text.upper())
    return found[0] if found else None


def ror(text: str) -> str | None:
    """The ROR id that `text` is, as an address (https://ror.readme.io/docs/identifier)."""
    found = _ROR.search(text.strip().rstrip("/"))
    return f"https://ror.org/{found[1].lower()}" if found else None


def web_url(text: str) -> str | None:
    """`text` when it is a web address to link to: http or https, a host in plain ASCII, no user name."""
    url = _INVISIBLE.sub("", text).strip().replace(" ", "%20")
    if len(url) > URL_LIMIT or _NOT_IN_URLS.search(url):
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    return url


def without_credentials(url: str) -> str:
    """`url` without the name and password before its host; what is no such address stays as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.rpartition("@")[2]
    return url if host == parts.netloc else parts._replace(netloc=host).geturl()


# --- times -----------------------------------------------------------------------------------


def instant(text: str) -> datetime | None:
    """A date with at least a day, in ISO 8601 or RFC 5322, as UTC in whole seconds; without a zone it is UTC."""
    stamp = clean(text, 100)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(stamp)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            return moment.astimezone(UTC).replace(microsecond=0)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def year(text: str) -> int | None:
    """The year that a date of whatever precision begins with."""
    found = _YEAR.match(text.strip())
    return int(found[1]) if found else None
