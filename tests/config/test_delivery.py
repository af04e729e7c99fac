"""The sections `subscribers`, `mail`, `alarm`, `schedule`: what each key takes, and its sentence where it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from monitor import outputs
from monitor.config import Config, Schedule, load
from monitor.config.forms import AlarmForm, BouncesForm, DigestForm, ImapForm, MailForm, ScheduleForm, SubscriberForm
from monitor.config.settings import Alarm, Bounces, Imap
from monitor.errors import ConfigError
from monitor.types import Mail, Subscriber

MAIL = "mail: {host: smtp.example.org, from: m@example.org"

Read = Callable[..., Config]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reads(text: str, **env: str) -> Config:
        path = tmp_path / "feeds.yaml"
        path.write_text(f"feeds: {{}}\n{text}\n", encoding="utf-8")
        goals = ("cyber", "decision")
        return load(path, kinds=(), kind={}.__getitem__, outputs=outputs.kinds(), env=env, goals=lambda model: goals)

    return reads


@pytest.fixture
def complaint(read: Read, tmp_path: Path) -> Callable[[str], str]:
    def complained(text: str) -> str:
        with pytest.raises(ConfigError) as caught:
            read(text)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return complained


def test_everything_a_subscriber_may_say(read: Read) -> None:
    assert read(
        MAIL + "}\nsubscribers:\n  desk: {output: email, to: [a@example.org], goals: [cyber], "
        "countries: [partner, KR], minimum: 0.5, most: 3, weekday: tue, hour: 8, timezone: Europe/Berlin, "
        "formats: [html, pdf], language: pt-BR, allow_private: true}"
    ).subscribers == (
        Subscriber(
            "desk",
            "email",
            ("a@example.org",),
            ("cyber",),
            ("partner", "KR"),
            0.5,
            3,
            weekday=1,
            hour=8,
            zone="Europe/Berlin",
            formats=("html", "pdf"),
            language="pt_BR",
            allow_private=True,
        ),
    )


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("", (None, None, "UTC")),
        ("weekday: fri", (4, 5, "UTC")),
        ("hour: 0", (2, 0, "UTC")),
        ("timezone: Asia/Tokyo", (2, 5, "Asia/Tokyo")),
    ],
)
def test_what_is_left_open_of_day_and_hour_comes_from_the_schedule(
    read: Read, own: str, expected: tuple[int | None, int | None, str]
) -> None:
    found = read(f"schedule: {{digest: {{weekday: wed, hour: 5}}}}\nsubscribers: {{a: {{{own}}}}}").subscribers[0]
    assert (found.weekday, found.hour, found.zone) == expected


def test_everything_mail_may_say(read: Read, tmp_path: Path) -> None:
    found = read(
        MAIL + ", port: 2525, security: tls, user: u, timeout: 5, unsubscribe: out@example.org, most: 9, "
        "bounces: {to: back@example.org, imap: {host: '::1', user: v, port: 9993, folder: Back}, rest_after: 3}}",
        MONITOR_SMTP_PASSWORD="secret-1",
        MONITOR_IMAP_PASSWORD="secret-2",
    )
    assert found.mail == Mail(
        "smtp.example.org", "m@example.org", 2525, "tls", "u", "secret-1", 5, "back@example.org", "out@example.org", 9
    )
    assert found.bounces == Bounces(None, Imap("::1", "v", 9993, "Back", "secret-2"), 3)
    assert "secret-" not in repr(found)
    assert read(MAIL + ", bounces: {maildir: box}}").bounces == Bounces(tmp_path / "box")


def test_everything_alarm_and_schedule_may_say(read: Read) -> None:
    found = read(
        MAIL + "}\nalarm: {to: [o@example.org], heartbeat: 'http://watch.example/x', allow_private: true}\n"
        "schedule: {scan: 30m, digest: {weekday: sun, hour: 23, grace: 1d}}"
    )
    assert found.alarm == Alarm(("o@example.org",), "http://watch.example/x", True)
    assert found.schedule == Schedule(timedelta(minutes=30), "sun", 23, timedelta(days=1))


SUBSCRIBER = {
    "output": ("output: mial", "there is no output 'mial'; did you mean 'email'?"),
    "output, by mail": (
        "output: email, to: [a@b.org]",
        " is sent by mail, but there is no 'mail' section that says how",
    ),
    "to": ("to: x", "should be a list, such as [one, two], not 'x'"),
    "to, a number": ("to: [3]", "should be text; put it in quotes if it is, not 3"),
    "to, nothing": ('to: [""]', "there is nothing in it"),
    "to, a line": ('to: ["a\\nb"]', "'a\\nb' has a line break or another control character in it"),
    "to, no Maildir": ("output: maildir", " has no folder under 'to' that is a Maildir or could become one"),
    "to, twice": ("to: [out, in, out]", "'out' is there already, and would get each digest twice"),
    "to, no webhook": ("output: webhook", " has no address under 'to' that could be posted to"),
    "to, a bare host": (
        "output: webhook, to: [chat.example]",
        "is not an address that begins with https:// or http://",
    ),
    "to, a variable": ("output: webhook, to: [$1x]", "'$1x' is not the name of an environment variable"),
    "goals": ("goals: [cybr]", "there is no goal 'cybr'; did you mean 'cyber'?"),
    "goals, a slug": ("goals: [Cyber]", "'Cyber' is not a slug"),
    "goals, a list": ("goals: cyber", "should be a list, such as [one, two], not 'cyber'"),
    "countries": ("countries: [XX]", "'XX' is not a country code of ISO 3166-1; the groups are home, partner, ec"),
    "countries, a union": (
        "countries: [UN]",
        "'UN' is not a country code of ISO 3166-1; the groups are home, partner, ec",
    ),
    "countries, a list": ("countries: PT", "should be a list, such as [one, two], not 'PT'"),
    "minimum": ("minimum: -1", "should be greater than or equal to 0, not -1"),
    "minimum, a number": ("minimum: .nan", "should be a number, not '.nan'"),
    "most": ("most: 0", "should be greater than or equal to 1, not 0"),
    "most, whole": ("most: 2.5", "should be a whole number, not 2.5"),
    "weekday": ("weekday: monday", "'sat' or 'sun', not 'monday'; did you mean 'mon'?"),
    "hour": ("hour: 24", "should be less than or equal to 23, not 24"),
    "hour, a time": ("hour: 08:00", "should be a whole number, not '08:00'"),
    "timezone": ("timezone: Europe/Berlni", "there is no time zone 'Europe/Berlni'; did you mean 'Europe/Berlin'?"),
    "timezone, a path": ("timezone: ../etc", "there is no time zone '../etc'"),
    "formats": ("formats: [doc]", "should be 'html', 'txt', 'md', 'json' or 'pdf', not 'doc'"),
    "formats, a list": ("formats: pdf", "should be a list, such as [one, two], not 'pdf'"),
    "language": ("language: xx", "'xx' is not a language that dates can be written in, such as en, de or pt-BR"),
    "language, nothing": ("language: ''", "'' is not a language that dates can be written in"),
    "allow_private": ("allow_private: 'yes'", "should be true or false, not 'yes'"),
    "searches": ("searches: [cargo]", "there is no saved search 'cargo'"),
    "": ("frequency: daily", "unknown key 'frequency' in subscriber 'a'"),
}

IN_MAIL = {
    "host": ("host: 'smtp.example.org:587'", "is not the name or the address of a host; a port is a key of its own"),
    "host, blanks": ("host: 'a b'", "'a b' is not the name or the address of a host"),
    "from": ("from: nobody", "'nobody' is not a mail address"),
    "port": ("port: 0", "should be greater than or equal to 1, not 0"),
    "security": ("security: ssl", "should be 'starttls', 'tls' or 'none', not 'ssl'"),
    "user": ("user: 3", "should be text; put it in quotes if it is, not 3"),
    "password": (
        "password: x",
        "unknown key 'password' in 'mail'; the password comes from the environment variable MONITOR_SMTP_PASSWORD",
    ),
    "timeout": ("timeout: 601", "should be less than or equal to 600, not 601"),
    "unsubscribe": ("unsubscribe: 'A <a@b.org>'", "'A <a@b.org>' is more than a mail address; leave out the name"),
    "most": ("most: 0", "should be greater than or equal to 1, not 0"),
    "bounces": ("bounces: x", "should be keys with values, not 'x'"),
    "bounces.to": ("bounces: {to: x}", "'x' is not a mail address"),
    "bounces.maildir": ("bounces: {maildir: ''}", "there is nothing in it"),
    "bounces.imap": ("bounces: {maildir: x, imap: {host: h, user: u}}", "from 'maildir' or from 'imap', not from both"),
    "bounces.rest_after": ("bounces: {rest_after: 0}", "should be greater than or equal to 1, not 0"),
    "bounces, a key": ("bounces: {too: x}", "unknown key 'too' in 'mail.bounces'; did you mean 'to'?"),
    "bounces.imap.host": ("bounces: {imap: {host: 'h:993', user: u}}", "a port is a key of its own"),
    "bounces.imap.user": ("bounces: {imap: {host: h}}", "'mail.bounces.imap' has no 'user'"),
    "bounces.imap.port": ("bounces: {imap: {host: h, user: u, port: 99999}}", "should be less than or equal to 65535"),
    "bounces.imap.folder": ("bounces: {imap: {host: h, user: u, folder: Zurück}}", "has letters outside ASCII"),
    "bounces.imap.password": (
        "bounces: {imap: {host: h, user: u, password: x}}",
        "the password comes from the environment variable MONITOR_IMAP_PASSWORD",
    ),
}

OTHERS = {
    "mail, no host": ("mail: {from: a@b.org}", "'mail' has no 'host'"),
    "mail, no from": ("mail: {host: h}", "'mail' has no 'from'"),
    "alarm.to": ("alarm: {to: a@b.org}", "'alarm.to' should be a list"),
    "alarm.to, no mail": ("alarm: {to: [a@b.org]}", "'alarm.to' needs the section 'mail', by which an alarm is sent"),
    "alarm.to, nobody": ("alarm: {to: [nobody]}", "'alarm.to': 'nobody' is not a mail address"),
    "alarm.heartbeat": ("alarm: {heartbeat: x.example}", "'alarm.heartbeat': 'x.example' is not an address"),
    "alarm.allow_private": ("alarm: {allow_private: 1}", "'alarm.allow_private' should be true or false, not 1"),
    "alarm, a key": ("alarm: {too: x}", "unknown key 'too' in 'alarm'; did you mean 'to'?"),
    "base_url": ("base_url: http://monitor.example", "'http://monitor.example' should begin with https://"),
    "schedule.scan": ("schedule: {scan: 6}", "'schedule.scan': 6 is not a span of time; write a number and its unit"),
    "schedule.digest": ("schedule: {digest: mon}", "'schedule.digest' should be keys with values, not 'mon'"),
    "schedule.digest.weekday": ("schedule: {digest: {weekday: 1}}", "'sat' or 'sun', not 1"),
    "schedule.digest.hour": ("schedule: {digest: {hour: 6.5}}", "'schedule.digest.hour' should be a whole number"),
    "schedule.digest.grace": ("schedule: {digest: {grace: 12}}", "'schedule.digest.grace': 12 is not a span of time"),
    "schedule.train": ("schedule: {train: weekly}", "'schedule.train': 'weekly' is not a span of time"),
    "schedule, a key": ("schedule: {digest: {graze: 1h}}", "unknown key 'graze' in 'schedule.digest'; did you mean"),
    "subscribers, a list": ("subscribers: [a]", "'subscribers' should be keys with values, not ['a']"),
    "subscribers, a name": ("subscribers: {A: {}}", "'A' is not a name; use up to 64 small letters"),
    "subscribers, all": ("subscribers: {all: {}}", "'all' is the digest of everything; choose another name"),
    "subscribers, nothing": ("subscribers: {a: }", "subscriber 'a' should be keys with values, but nothing is there"),
}


@pytest.mark.parametrize(("text", "sentence"), SUBSCRIBER.values(), ids=SUBSCRIBER)
def test_a_mistake_in_a_subscriber(complaint: Callable[[str], str], text: str, sentence: str) -> None:
    one_sentence(complaint(f"subscribers: {{a: {{{text}}}}}"), sentence)


def test_two_spellings_of_an_address_are_one_recipient(complaint: Callable[[str], str]) -> None:
    told = complaint("mail: {host: h, from: m@a.org}\nsubscribers: {a: {output: email, to: [a@b.org, A@B.org]}}")
    assert "'A@B.org' is there already" in told


@pytest.mark.parametrize(("text", "sentence"), IN_MAIL.values(), ids=IN_MAIL)
def test_a_mistake_in_mail(complaint: Callable[[str], str], text: str, sentence: str) -> None:
    rest = [one for one in ("host: smtp.example.org", "from: m@example.org") if one[:4] != text[:4]]
    one_sentence(complaint(f"mail: {{{', '.join([*rest, text])}}}"), sentence)


@pytest.mark.parametrize(("text", "sentence"), OTHERS.values(), ids=OTHERS)
def test_a_mistake_in_alarm_schedule_and_around(complaint: Callable[[str], str], text: str, sentence: str) -> None:
    one_sentence(complaint(text), sentence)


def one_sentence(told: str, sentence: str) -> None:
    assert sentence in told
    assert told.startswith("feeds.yaml, line 2: ")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("form", "mistakes", "place"),
    [
        (SubscriberForm, SUBSCRIBER, ""),
        (MailForm, IN_MAIL, ""),
        (BouncesForm, IN_MAIL, "bounces."),
        (ImapForm, IN_MAIL, "bounces.imap."),
        (AlarmForm, OTHERS, "alarm."),
        (ScheduleForm, OTHERS, "schedule."),
        (DigestForm, OTHERS, "schedule.digest."),
    ],
)
def test_every_key_has_a_mistake_here(form: type[BaseModel], mistakes: dict[str, tuple[str, str]], place: str) -> None:
    keys = {f"{place}{field.alias or name}" for name, field in form.model_fields.items()}
    assert keys <= set(mistakes), "add one to the table"
