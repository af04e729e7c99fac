"""Who is sent what, by which way, and what is done when it does not arrive: from forms to settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from monitor.config.document import Place
from monitor.config.forms import BouncesForm, DigestForm, MailForm, SubscriberForm, address, web_address
from monitor.config.problems import Problems
from monitor.config.settings import Bounces, Imap
from monitor.errors import ConfigError
from monitor.recipients import recipient_key
from monitor.types import Mail, Subscriber

RESERVED = "all"
"""The name under which the digest of everything is kept."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
"""Message submission (RFC 6409), submission over TLS (RFC 8314), and plain SMTP."""

_FOLDERS = frozenset({"file", "maildir"})
"""Outputs whose recipients are folders."""


def _web_address(value: str) -> str:
    """An address on the web, or the environment variable, written `$NAME`, that holds one."""
    name = value.removeprefix("$")
    if value.startswith("$"):
        if not (name.isascii() and name.isidentifier()):
            raise ValueError(f"{value!r} is not the name of an environment variable")
        return value
    return web_address(value)


_RECIPIENTS: Mapping[str, Callable[[str], str]] = {"email": address, "webhook": _web_address}
"""How the recipients of an output are checked."""


def check(place: Place, form: SubscriberForm, problems: Problems, *, mail: bool) -> None:
    """Hold the recipients of a subscriber against its output; `mail` says whether there is a section of that name."""
    if place[-1] == RESERVED:
        problems.add(place, f": {RESERVED!r} is the digest of everything; choose another name")
    if form.output == "email" and not form.to:
        problems.add(place, " has no address under 'to' that mail could go to")
    if form.output == "webhook" and not form.to:
        problems.add(place, " has no address under 'to' that could be posted to")
    if form.output == "maildir" and not form.to:
        problems.add(place, " has no folder under 'to' that is a Maildir or could become one")
    if form.output == "email" and not mail:
        problems.add(place, " is sent by mail, but there is no 'mail' section that says how")
    one = _RECIPIENTS.get(form.output, str)
    seen: set[str] = set()
    for position, text in enumerate(form.to):
        if recipient_key(text) in seen:
            problems.add((*place, "to", position), f": {text!r} is there already, and would get each digest twice")
        seen.add(recipient_key(text))
        try:
            one(text)
        except ValueError as error:
            problems.add((*place, "to", position), f": {error}")


def subscriber(name: str, form: SubscriberForm, folder: Path, digest: DigestForm) -> Subscriber:
    """The subscriber; folders are looked for beside feeds.yaml. A day, an hour or a zone of its own takes what it
    leaves open from `schedule.digest`."""
    own_time = bool(form.weekday or form.hour is not None or form.timezone)
    return Subscriber(
        name=name,
        output=form.output,
        addresses=tuple(str(folder / to) if form.output in _FOLDERS else to for to in form.to),
        goals=tuple(form.goals),
        countries=tuple(form.countries),
        minimum=form.minimum,
        most=form.most,
        weekday=WEEKDAYS.index(form.weekday or digest.weekday) if own_time else None,
        hour=(digest.hour if form.hour is None else form.hour) if own_time else None,
        zone=form.timezone or "UTC",
        formats=tuple(form.formats),
        language=form.language,
        allow_private=form.allow_private,
        searches=tuple(form.searches),
    )


def mail(form: MailForm, env: Mapping[str, str]) -> Mail:
    """How mail leaves."""
    return Mail(
        host=form.host,
        sender=form.sender,
        port=form.port or _PORTS[form.security],
        security=form.security,
        user=form.user,
        password=secret(env, "MONITOR_SMTP_PASSWORD"),
        timeout=form.timeout,
        bounces_to=form.bounces.to if form.bounces else None,
        unsubscribe_to=form.unsubscribe,
        most=form.most,
    )


def bounces(form: MailForm, folder: Path, env: Mapping[str, str]) -> Bounces:
    """Where reports are read."""
    place = form.bounces or BouncesForm()
    imap = None
    if box := place.imap:
        imap = Imap(box.host, box.user, box.port, box.folder, secret(env, "MONITOR_IMAP_PASSWORD"))
    return Bounces(folder / place.maildir if place.maildir else None, imap, place.rest_after)


def webhook_secrets(subscribers: Iterable[Subscriber | None], env: Mapping[str, str]) -> dict[str, str]:
    """The secrets that webhooks need: the key that signs, and the addresses that feeds.yaml names as `$NAME`."""
    hooks = [to for s in subscribers if s and s.output == "webhook" for to in s.addresses]
    names = ["MONITOR_WEBHOOK_SECRET", *(to[1:] for to in hooks if to.startswith("$"))] if hooks else []
    found = {name: secret(env, name) for name in names}
    return {name: value for name, value in found.items() if value}


def secret(env: Mapping[str, str], name: str) -> str | None:
    """The environment variable `name`, or what is in the file that `<name>_FILE` names.

    Raises ConfigError when that file cannot be read.
    """
    if env.get(name):
        return env[name]
    file = env.get(f"{name}_FILE")
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise ConfigError(f"the file {file!r} that {name}_FILE names cannot be read: {error}") from error
