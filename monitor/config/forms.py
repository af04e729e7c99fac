"""What may stand in feeds.yaml: one form a section, and the checks of single values.

A check raises ValueError with a short clause; `monitor.config.problems` puts file, line and key in front of it.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import date, timedelta
from email.errors import MessageError
from email.policy import default as mail_policy
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from monitor.config.places import country, country_or_group, place, ror
from monitor.errors import suggestion
from monitor.types import PartnerGroup

FILE_KINDS = frozenset({"jsonl"})
"""Source kinds whose `url` is the path of a file, beginning at the folder of feeds.yaml."""

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"([1-9][0-9]{0,3})\s*([mhdw])")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
"""A name in ASCII, an address of IPv4, or one of IPv6, which has two colons at least."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def duration(value: Any) -> timedelta:
    """`30m`, `6h`, `1d` or `2w` as a span of time."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a span of time; write a number and its unit, such as 30m, 6h, 1d or 2w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def name(value: str) -> str:
    """The name of a feed or of a subscriber: it becomes part of file names and of mail headers."""
    if not _NAME.fullmatch(value) or len(value) > 64:
        raise ValueError(
            f"{value!r} is not a name; use up to 64 small letters, digits, dots, hyphens and underscores, "
            "and begin with a letter or a digit"
        )
    return value


def slug(value: str) -> str:
    """The slug of a goal, or the name of a taxonomy."""
    if not _SLUG.fullmatch(value):
        raise ValueError(f"{value!r} is not a slug; slugs are small letters and digits, with hyphens between them")
    return value


def line_of_text(value: str) -> str:
    """Text that may stand in a header: no control characters, nothing around it."""
    if _CONTROL.search(value):
        raise ValueError(f"{value!r} has a line break or another control character in it")
    if not value.strip():
        raise ValueError("there is nothing in it")
    return value.strip()


def host(value: str) -> str:
    """The name or the address of a machine, and nothing else."""
    if not _HOST.fullmatch(value):
        raise ValueError(f"{value!r} is not the name or the address of a host; a port is a key of its own")
    return value


def imap_folder(value: str) -> str:
    """A folder's name as it stands between quotation marks (RFC 9051, section 4.3)."""
    if not value.isascii() or '"' in value or "\\" in value:
        raise ValueError(f"{value!r} has letters outside ASCII, a quotation mark or a backslash in it; choose another")
    return line_of_text(value)


def mailbox(value: str) -> str:
    """One mail address, with or without a display name (RFC 5322, section 3.4), in ASCII but for the name."""
    text = line_of_text(value)
    try:
        header: Any = mail_policy.header_factory("To", text)
        (group,) = header.groups
        (found,) = header.addresses
        good = not header.defects and group.display_name is None and not _CONTROL.search(str(header))
        good = good and bool(found.username and found.domain) and found.addr_spec.isascii()
    except (MessageError, ValueError, IndexError, AttributeError):  # what its parser raises for broken text
        good = False
    if not good:
        raise ValueError(f"{value!r} is not a mail address")
    return text


def address(value: str) -> str:
    """One bare mail address (RFC 5322, section 3.4.1)."""
    text = mailbox(value)
    if "<" in text or " " in text:
        raise ValueError(f"{value!r} is more than a mail address; leave out the name")
    return text


def web_address(value: str) -> str:
    """An address that http(s) can reach."""
    text = line_of_text(value)
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or " " in text:
        raise ValueError(f"{value!r} is not an address that begins with https:// or http:// and names a host")
    return text


def https_address(value: str) -> str:
    """A page that readers reach: over TLS, or on this machine."""
    text = web_address(value)
    if not text.startswith("https://") and not _is_loopback(urlsplit(text).hostname or ""):
        raise ValueError(f"{value!r} should begin with https://")
    return text


def time_zone(value: str) -> str:
    """A zone of the IANA database, such as Europe/Berlin."""
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
        raise ValueError(f"there is no time zone {value!r}{suggestion(value, known)}") from None


def language(value: str) -> str:
    """A locale of CLDR, such as de or pt-BR."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(value, sep="-" if "-" in value else "_"))
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"{value!r} is not a language that dates can be written in, such as en, de or pt-BR") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def contact_address(value: str) -> str:
    """How a provider can reach whoever runs this monitor: a mail address, or a page."""
    return web_address(value) if "://" in value else address(value)


Duration = Annotated[timedelta, BeforeValidator(duration)]
Slug = Annotated[str, AfterValidator(slug)]
Country = Annotated[str, BeforeValidator(country)]
Ror = Annotated[str, AfterValidator(ror)]
Host = Annotated[str, AfterValidator(host)]
DateLanguage = Annotated[str, AfterValidator(language)]
Text = Annotated[str, AfterValidator(line_of_text)]
Day = Annotated[date, Field(strict=False)]


class Form(BaseModel):
    """A section: it says which keys there are, and takes no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Hour = Annotated[int, Field(ge=0, le=23)]


class DigestForm(Form):
    """`schedule.digest`: when the week's digest is made, in UTC, and how late it may be without an alarm."""

    weekday: Weekday = "mon"
    hour: Hour = 6
    grace: Duration = timedelta(hours=12)


class ScheduleForm(Form):
    """`schedule`."""

    scan: Duration = timedelta(minutes=15)
    digest: DigestForm = DigestForm()
    train: Duration | None = None


class SpanForm(Form):
    """The days of an agreement, `[since, until)`."""

    since: Day
    until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise ValueError(
                f"until {self.until} is not after since {self.since}; "
                "until is the first day on which it no longer holds"
            )
        return self


class NationForm(SpanForm):
    """One of `partners.nations`."""

    country: Country


class BodyForm(Form):
    """One of `partners.ec.bodies`."""

    name: Text
    also: list[Text] = []
    ror: list[Ror] = []
    near: list[Text] = []


class CommissionForm(SpanForm):
    """`partners.ec`: the European Commission as a partner of its own, with the bodies that count as it."""

    bodies: list[BodyForm] = []


class PartnersForm(Form):
    """`partners`."""

    home: Country = "US"
    nations: list[NationForm] = []
    ec: CommissionForm | None = None


class ImapForm(Form):
    """`mail.bounces.imap`: a mailbox; its password comes from the environment."""

    host: Host
    user: Text
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    folder: Annotated[str, AfterValidator(imap_folder)] = "INBOX"


class BouncesForm(Form):
    """`mail.bounces`: where reports of mail that did not arrive go, and where they are read."""

    to: Annotated[str, AfterValidator(address)] | None = None
    maildir: Text | None = None
    imap: ImapForm | None = None
    rest_after: Annotated[int, Field(ge=1, le=100)] = 2

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.maildir and self.imap:
            raise ValueError("reports are read from 'maildir' or from 'imap', not from both")
        return self


class AlarmForm(Form):
    """`alarm`: who is told when a digest is late, and what is called while all is well."""

    to: list[Annotated[str, AfterValidator(address)]] = []
    heartbeat: Annotated[str, AfterValidator(web_address)] | None = None
    allow_private: bool = False


class MailForm(Form):
    """`mail`. There is no key for the password: it comes from the environment."""

    host: Host
    sender: Annotated[str, AfterValidator(mailbox), Field(alias="from")]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Text | None = None
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0
    unsubscribe: Annotated[str, AfterValidator(address)] | None = None
    most: Annotated[int, Field(ge=1, le=100_000)] = 500
    bounces: BouncesForm | None = None

    @model_validator(mode="after")
    def _nothing_secret_in_the_clear(self) -> MailForm:
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError("security 'none' sends mail in the clear and is only for a server on this machine")
        if self.security == "none" and self.user:
            raise ValueError("security 'none' would send the password of 'user' in the clear")
        return self


class SubscriberForm(Form):
    """One of `subscribers`."""

    output: str = "file"
    to: list[Text] = []
    goals: list[Slug] = []
    countries: list[Annotated[str, BeforeValidator(country_or_group)]] = []
    minimum: Annotated[float, Field(ge=0, le=1)] = 0.0
    most: Annotated[int, Field(ge=1, le=1000)] = 10
    weekday: Weekday | None = None
    hour: Hour | None = None
    timezone: Annotated[str, AfterValidator(time_zone)] | None = None
    formats: list[Literal["html", "txt", "md", "json", "pdf"]] = []
    language: DateLanguage = "en"
    allow_private: bool = False
    searches: list[str] = []


def network_address(value: str) -> str:
    """An address of the Internet Protocol, in its usual form."""
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError(f"{value!r} is not an IP address, such as 127.0.0.1") from None


def header_name(value: str) -> str:
    """The name of a request header, in small letters (RFC 9110, section 5.1)."""
    if not _HEADER.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of a header, such as X-Forwarded-User")
    return value.lower()


class ServeForm(Form):
    """`serve`: who may do what in the analysts' pages."""

    reviewers: list[Annotated[Text, Field(max_length=100)]] = []
    header: Annotated[str, AfterValidator(header_name)] | None = None
    proxies: list[Annotated[str, AfterValidator(network_address)]] = []
    hosts: list[Text] = []
    read: Literal["everyone", "reviewers"] = "everyone"
    links: bool = False

    @model_validator(mode="after")
    def _from_somewhere(self) -> Self:
        if bool(self.header) != bool(self.proxies):
            raise ValueError("'header' and 'proxies' go together: the header is believed from these addresses only")
        return self


Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class RankingForm(Form):
    """`ranking`: what decides the order of works in a digest beside their probability."""

    novelty: Part = 0.10
    partner: Part = 0.05
    source: Part = 0.10
    weights: dict[str, Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)]] = {}
    per_feed: Annotated[int, Field(ge=1, le=10)] = 6
    per_author: Annotated[int, Field(ge=1, le=10)] = 2


class SavedForm(Form):
    """One of `search.saved`."""

    query: Annotated[Text, Field(max_length=1000)]
    mode: Literal["text", "both"] = "text"
    goals: list[Slug] = []
    countries: list[Annotated[str, BeforeValidator(place)]] = []
    groups: list[PartnerGroup] = []
    venues: list[Text] = []
    feeds: list[str] = []
    least: Part = 0.4


class SearchForm(Form):
    """`search`: what a scan has the encoder read for search alone, and searches to come back to."""

    encode: Annotated[int, Field(ge=0, le=1_000_000)] = 1000
    saved: dict[Annotated[str, AfterValidator(name)], SavedForm] = {}


class RouteForm(Form):
    """One of `affiliations.routes`."""

    url: Annotated[str, AfterValidator(web_address)] | None = None
    pace: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] | None = None
    budget: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    enabled: bool = True
    allow_private: bool = False


class AffiliationsForm(Form):
    """`affiliations`; a route of which nothing more is to be said may be left without a value."""

    look_up: Literal["selected", "all"] = "selected"
    routes: dict[str, RouteForm | None] = {}


class FeedForm(Form):
    """What one of `feeds` may say whatever its kind."""

    kind: str
    url: Text | None = None
    every: Duration | None = None
    pace: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] | None = None
    enabled: bool = True
    allow_private: bool = False
    first_days: Annotated[int, Field(ge=0, le=3650)] = 7
    why: str = ""
    goals: list[Slug] = []
    checks: str | None = None


class FileForm(Form):
    """The whole file; each feed and subscriber is checked by itself, so that one mistake does not hide another."""

    contact: Annotated[str, AfterValidator(contact_address)] | None = None
    model: Slug = "goals"
    schedule: ScheduleForm = ScheduleForm()
    partners: PartnersForm = PartnersForm()
    base_url: Annotated[str, AfterValidator(https_address)] | None = None
    mail: MailForm | None = None
    alarm: AlarmForm = AlarmForm()
    affiliations: AffiliationsForm = AffiliationsForm()
    ranking: RankingForm = RankingForm()
    serve: ServeForm = ServeForm()
    search: SearchForm = SearchForm()
    subscribers: dict[str, dict[str, Any]] = {}
    feeds: dict[str, dict[str, Any]]
