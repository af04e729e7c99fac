"""feeds.yaml → `Config`: defaults filled in, and a sentence with line and suggestion for every mistake."""

from __future__ import annotations

import contextlib
import string
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from monitor.config import Config, Schedule, load
from monitor.errors import ConfigError, ModelError
from monitor.selection import Asked, Selection
from monitor.types import Body, Feed, Mail, Partner, Subscriber


class _NoOptions(BaseModel):
    pass


class _SearchOptions(BaseModel):
    model_config = ConfigDict(extra="forbid")

    categories: list[str] = Field(min_length=1)
    page: int = 500


@dataclass
class _Kind:
    URL: str = ""
    PACE: float = 1.0
    EVERY: timedelta = timedelta(hours=6)
    Options: type[BaseModel] = _NoOptions


KINDS = {
    "feed": _Kind(),
    "jsonl": _Kind(),
    "search": _Kind("https://export.provider.org/api", 3.0, timedelta(days=1), _SearchOptions),
}
GOALS = ("cyber", "decision")


def _load(path: Path, env: dict[str, str] | None = None) -> Config:
    return load(
        path,
        kinds=tuple(KINDS),
        kind=KINDS.__getitem__,
        outputs=("email", "file"),
        env=env or {},
        goals=lambda model: GOALS,
    )


@pytest.fixture
def config(tmp_path: Path):
    def read(text: str, env: dict[str, str] | None = None) -> Config:
        path = tmp_path / "feeds.yaml"
        path.write_text(text, encoding="utf-8")
        return _load(path, env)

    return read


@pytest.fixture
def complaint(config, tmp_path: Path):
    def complained(text: str) -> str:
        with pytest.raises(ConfigError) as caught:
            config(text)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return complained


FEED = "feeds:\n  one:\n    kind: feed\n    url: https://example.org/rss\n"


# --- what is understood ----------------------------------------------------------------------


def test_defaults_are_those_of_the_kind(config):
    assert config("feeds: {one: {kind: search, categories: [cs.CR]}}").feeds == (
        Feed(
            name="one",
            kind="search",
            url="https://export.provider.org/api",
            every=timedelta(days=1),
            pace=3.0,
            options={"categories": ["cs.CR"], "page": 500},
        ),
    )


def test_a_feed_says_everything_itself(config):
    text = FEED + (
        "    every: 30m\n    pace: 0.5\n    enabled: false\n    allow_private: true\n    first_days: 30\n"
        "    why: because\n    goals: [cyber]\n"
    )
    assert config(text).feeds == (
        Feed(
            name="one",
            kind="feed",
            url="https://example.org/rss",
            every=timedelta(minutes=30),
            pace=0.5,
            enabled=False,
            allow_private=True,
            first_days=30,
            why="because",
            goals=("cyber",),
        ),
    )


def test_a_feed_may_check_another(config):
    feeds = config(FEED + "    checks: two\n" + FEED.partition("\n")[2].replace("one", "two")).feeds
    assert [feed.checks for feed in feeds] == ["two", None]


@pytest.mark.parametrize(
    ("word", "span"),
    [
        ("30m", timedelta(minutes=30)),
        ("6 h", timedelta(hours=6)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_spans_of_time(config, word, span):
    assert config(f"{FEED}    every: {word}\n").feeds[0].every == span


def test_a_file_is_looked_for_beside_feeds_yaml(config, tmp_path):
    feeds = config("feeds: {a: {kind: jsonl, url: data/a.jsonl}, b: {kind: jsonl, url: /srv/b.jsonl}}").feeds
    assert [feed.url for feed in feeds] == [str(tmp_path / "data/a.jsonl"), "/srv/b.jsonl"]


def test_another_host_may_be_asked_at_any_pace(config):
    text = "feeds: {one: {kind: search, categories: [a], url: 'http://127.0.0.1:8000/api', pace: 0}}"
    assert config(text).feeds[0].pace == 0


def test_everything_but_feeds_has_a_default(config):
    read = config(FEED)
    assert (read.subscribers, read.mail, read.contact, read.model) == ((), None, None, "goals")
    assert read.schedule == Schedule(timedelta(minutes=15), "mon", 6)
    assert (read.partners.home, read.partners.nations) == ("US", ())


def test_a_section_whose_entries_are_commented_out_says_nothing(config):
    assert config(FEED + "subscribers:\n  # staff: {output: file}\nmail:\npartners:\n").subscribers == ()


def test_a_file_whose_feeds_are_all_commented_out_watches_nothing(config):
    assert config("feeds:\n  # a: {kind: feed}\n").feeds == ()


def test_partners_are_dated(config):
    text = (
        "partners:\n  home: GB\n  nations:\n    - {country: US, since: 2016-01-01}\n"
        "    - {country: NO, since: 2020-01-01, until: 2024-07-01}\n"
    )
    partners = config(FEED + text).partners
    assert partners.nations == (
        Partner("US", date(2016, 1, 1)),
        Partner("NO", date(2020, 1, 1), date(2024, 7, 1)),
    )
    assert partners.home == "GB"
    assert (partners.commission, partners.bodies) == (None, ())


def test_a_partner_may_leave_and_come_back(config):
    text = (
        "partners:\n  nations:\n    - {country: NO, since: 2020-01-01, until: 2022-01-01}\n"
        "    - {country: NO, since: 2022-01-01, until: 2024-01-01}\n"
    )
    partners = config(FEED + text).partners
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2021, 12, 31), date(2022, 1, 1), date(2024, 1, 1)]
    assert [partners.group("NO", day) for day in days] == ["other", "partner", "partner", "partner", "other"]


def test_the_commission_is_a_partner_with_bodies_of_its_own(config):
    text = (
        "partners:\n  ec:\n    since: 2016-01-01\n    until: 2030-01-01\n    bodies:\n"
        "      - {name: Joint Research Centre, ror: [https://ror.org/04j5wtv36], also: [JRC], near: [Ispra]}\n"
    )
    partners = config(FEED + text).partners
    assert partners.commission == Partner("EU", date(2016, 1, 1), date(2030, 1, 1))
    assert partners.bodies == (Body("Joint Research Centre", ("JRC",), ("04j5wtv36",), ("Ispra",)),)
    days = [date(2015, 12, 31), date(2016, 1, 1), date(2030, 1, 1)]
    assert [partners.group("EU", day) for day in days] == ["other", "ec", "other"]


def test_subscribers(config, tmp_path):
    read = config(
        FEED + "mail: {host: smtp.example.org, from: Monitor <monitor@example.org>}\n"
        "subscribers:\n"
        "  staff: {to: [shared]}\n"
        "  desk: {output: email, to: [a@example.org], goals: [cyber], countries: [home, KR], minimum: 0.5, most: 3}\n"
    )
    assert read.subscribers == (
        Subscriber("staff", addresses=(str(tmp_path / "shared"),)),
        Subscriber("desk", "email", ("a@example.org",), ("cyber",), ("home", "KR"), 0.5, 3),
    )


def test_saved_searches(config):
    read = config(
        FEED + "search:\n  encode: 5\n  saved:\n    muons: {query: muon, mode: both, groups: [partner], feeds: [one]}\n"
        "    eu: {query: x, countries: [EU, KR], goals: [cyber], venues: [Risk], least: 0.2}\n"
        "subscribers: {staff: {searches: [muons]}}\n"
    )
    assert read.encode == 5
    assert read.searches == {
        "muons": Asked("muon", Selection(groups=("partner",), feeds=("one",)), "both", least=0.4),
        "eu": Asked("x", Selection(("cyber",), ("EU", "KR"), venues=("Risk",)), "text", least=0.2),
    }
    assert read.subscribers[0].searches == ("muons",)
    assert config(FEED).encode == 1000


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465)])
def test_the_usual_port_of_each_kind_of_security(config, security, port):
    mail = config(f"{FEED}mail: {{host: smtp.example.org, from: a@example.org, security: {security}}}").mail
    assert mail == Mail("smtp.example.org", "a@example.org", port, security)


def test_the_password_comes_from_the_environment(config, tmp_path):
    text = FEED + "mail: {host: smtp.example.org, from: a@example.org, user: monitor}"
    secret = tmp_path / "secret"
    secret.write_text("from the file\n")
    assert config(text).mail.password is None
    assert config(text, {"MONITOR_SMTP_PASSWORD": "secret"}).mail.password == "secret"
    assert config(text, {"MONITOR_SMTP_PASSWORD_FILE": str(secret)}).mail.password == "from the file"
    with pytest.raises(ConfigError, match="MONITOR_SMTP_PASSWORD_FILE names cannot be read"):
        config(text, {"MONITOR_SMTP_PASSWORD_FILE": str(tmp_path / "none")})


def test_feeds_and_subscribers_are_found_by_name(config):
    read = config(FEED + "subscribers: {staff: {}}")
    assert read.feed("one").name == "one"
    assert read.subscriber("staff").name == "staff"
    with pytest.raises(ConfigError, match=r"has no feed 'onne'; did you mean 'one'\?"):
        read.feed("onne")
    with pytest.raises(ConfigError, match=r"has no subscriber 'x'$"):
        read.subscriber("x")


# --- what is refused -------------------------------------------------------------------------

MISTAKES = [
    (
        FEED + "search: {saved: {a: {query: x, goals: [y]}}}\n",
        "line 5: 'search.saved.a.goals': there is no goal 'y'; the goals are cyber, decision",
    ),
    (
        FEED + "search: {saved: {a: {query: x, feeds: [on]}}}\n",
        "there is no feed 'on'; did you mean 'one'?",
    ),
    (FEED + "search: {saved: {a: {query: ''}}}\n", "there is nothing in it"),
    (FEED + "search: {saved: {a: {query: x, mode: meaning}}}\n", "'text' or 'both'"),
    (
        FEED + "search: {saved: {muons: {query: x}}}\nsubscribers: {a: {searches: [muon]}}\n",
        "line 6: 'searches' in subscriber 'a': there is no saved search 'muon'; did you mean 'muons'?",
    ),
    # keys
    (FEED + "    evry: 6h\n", "line 5: unknown key 'evry' in feed 'one'; did you mean 'every'?"),
    ("fedes: {}\nfeeds: {}", "line 1: unknown key 'fedes'; did you mean 'feeds'?"),
    (FEED + "    categories: [a]\n", "line 5: unknown key 'categories' in feed 'one'"),
    (
        "feeds: {a: {kind: search, categories: [x], pgae: 5}}",
        "line 1: unknown key 'pgae' in feed 'a'; did you mean 'page'?",
    ),
    (
        FEED + "schedule:\n  digest:\n    wekday: mon\n",
        "line 7: unknown key 'wekday' in 'schedule.digest'; did you mean 'weekday'?",
    ),
    (
        FEED + "subscribers:\n  a:\n    goal: [cyber]\n",
        "line 7: unknown key 'goal' in subscriber 'a'; did you mean 'goals'?",
    ),
    (
        FEED + "mail:\n  host: h\n  from: a@b.org\n  password: x\n",
        "line 8: unknown key 'password' in 'mail'; the password comes from the environment variable MONITOR_",
    ),
    ("contact: a@b.org\n", "line 1: the file has no 'feeds'"),
    ("feeds:\n  one:\n    url: https://example.org/rss\n", "line 2: feed 'one' has no 'kind'"),
    (FEED + "mail:\n  host: h\n", "line 5: 'mail' has no 'from'"),
    (FEED + "    url: https://example.org/b\n", "line 5: 'url' in feed 'one' is given twice, first on line 4"),
    (FEED + "  one: {kind: feed, url: 'https://b.org'}\n", "line 5: feed 'one' is given twice, first on line 2"),
    # types
    ("- a\n", "line 1: the file should be keys with values, such as 'feeds:'"),
    ("feeds: [a]\n", "line 1: 'feeds' should be keys with values, not ['a']"),
    ("feeds:\n  one:\n", "line 2: feed 'one' should be keys with values, but nothing is there"),
    (FEED + "    enabled: 'yes'\n", "line 5: 'enabled' in feed 'one' should be true or false, not 'yes'"),
    (FEED + "    why: 12\n", "line 5: 'why' in feed 'one' should be text; put it in quotes if it is, not 12"),
    (FEED + "    first_days: soon\n", "line 5: 'first_days' in feed 'one' should be a whole number, not 'soon'"),
    (FEED + "    pace: fast\n", "line 5: 'pace' in feed 'one' should be a number, not 'fast'"),
    (FEED + "    goals: cyber\n", "line 5: 'goals' in feed 'one' should be a list, such as [one, two], not 'cyber'"),
    (
        "feeds:\n  a:\n    kind: search\n    categories: []\n",
        "line 4: 'categories' in feed 'a' list should have at least 1 item",
    ),
    (
        "feeds: {a: {kind: search, categories: [x], url: 'http://[', pace: 0}}",
        "line 1: 'url' in feed 'a': 'http://[' is not an address",
    ),
    # values
    (
        FEED + "    every: 6 hours\n",
        "line 5: 'every' in feed 'one': '6 hours' is not a span of time; write a number and its unit",
    ),
    (FEED + "    every: 0h\n", "line 5: 'every' in feed 'one': '0h' is not a span of time"),
    (FEED + "    every: 6\n", "line 5: 'every' in feed 'one': 6 is not a span of time"),
    (FEED + "    pace: -1\n", "line 5: 'pace' in feed 'one' should be greater than or equal to 0, not -1"),
    (
        FEED + "    goals: [cyber, decison]\n",
        "line 5: 'goals' in feed 'one': there is no goal 'decison'; did you mean 'decision'?",
    ),
    (
        "feeds:\n  Upper:\n    kind: feed\n    url: http://a.org\n",
        "line 2: feed 'Upper': 'Upper' is not a name; use up to 64 small",
    ),
    ("feeds: {a: {kind: fed}}", "line 1: 'kind' in feed 'a': there is no source kind 'fed'; did you mean 'feed'?"),
    (
        "feeds: {a: {kind: x}}",
        "line 1: 'kind' in feed 'a': there is no source kind 'x'; the kinds are feed, jsonl, search",
    ),
    ("feeds: {a: {kind: feed}}", "line 1: feed 'a' has no 'url', and kind 'feed' has none of its own"),
    (
        "feeds: {a: {kind: feed, url: 'ftp://a.org/x'}}",
        "line 1: 'url' in feed 'a': 'ftp://a.org/x' is not an address that begins",
    ),
    (
        "feeds: {a: {kind: feed, url: 'file:///etc/x'}}",
        "line 1: 'url' in feed 'a': 'file:///etc/x' is not an address that begins",
    ),
    (
        "feeds: {a: {kind: feed, url: 'https://'}}",
        "line 1: 'url' in feed 'a': 'https://' is not an address that begins",
    ),
    (
        "feeds: {a: {kind: feed, url: 'http://[1/x'}}",
        "line 1: 'url' in feed 'a': 'http://[1/x' is not an address that begins",
    ),
    (
        'feeds: {a: {kind: feed, url: "http://a.org/\\nx"}}',
        "line 1: 'url' in feed 'a': 'http://a.org/\\nx' has a line break",
    ),
    (
        "feeds: {a: {kind: jsonl, url: 'http://a.org/x'}}",
        "line 1: 'url' in feed 'a': 'http://a.org/x' is an address; kind 'jsonl'",
    ),
    (
        "feeds:\n  a:\n    kind: search\n    categories: [x]\n    pace: 1\n",
        "line 5: 'pace' in feed 'a': 1 is less than the 3 seconds between requests that provider.org asks for",
    ),
    (
        "feeds:\n  a:\n    kind: search\n    categories: [x]\n    url: https://www.provider.org/api\n    pace: 1\n",
        "line 6: 'pace' in feed 'a': 1 is less than the 3 seconds",
    ),
    (
        FEED + "schedule: {digest: {weekday: monday}}\n",
        "line 5: 'schedule.digest.weekday' should be 'mon', 'tue', 'wed', 'thu'",
    ),
    (FEED + "schedule: {digest: {weekday: mno}}\n", "did you mean 'mon'?"),
    (
        FEED + "schedule: {digest: {hour: 24}}\n",
        "line 5: 'schedule.digest.hour' should be less than or equal to 23, not 24",
    ),
    (
        FEED + "partners:\n  nations:\n    - {country: UK, since: 2016-01-01}\n",
        "line 7: 'partners.nations.country': 'UK' is not a country code of ISO 3166-1; did you mean 'GB'?",
    ),
    (FEED + "partners: {home: 1}\n", "line 5: 'partners.home': 1 is not a country code of ISO 3166-1"),
    (FEED + "partners: {home: USA}\n", "line 5: 'partners.home': 'USA' is not a country code of ISO 3166-1"),
    (
        FEED + "partners: {nations: [{country: FR, since: May}]}\n",
        "line 5: 'partners.nations.since' should be a day, such as 2016-01-01",
    ),
    (
        FEED + "partners: {nations: [{country: FR, since: 2020-01-01, until: 2019-01-01}]}\n",
        "line 5: 'partners.nations': until 2019-01-01 is not after since 2020-01-01; until is the first day on which",
    ),
    (
        FEED + "partners: {nations: [{country: Germany, since: 2020-01-01}]}\n",
        "line 5: 'partners.nations.country': 'Germany' is not a country code of ISO 3166-1; did you mean 'DE'?",
    ),
    (
        FEED + "partners: {nations: [{country: EU, since: 2020-01-01}]}\n",
        "the European Commission has a section of its own, 'partners.ec'",
    ),
    (
        FEED + "partners:\n  nations:\n    - {country: FR, since: 2016-01-01, until: 2020-01-01}\n"
        "    - {country: DE, since: 2016-01-01}\n    - {country: FR, since: 2019-12-31}\n",
        "line 9: 'partners.nations': FR has these days on line 7 already; let each span end with 'until'",
    ),
    (
        FEED + "partners:\n  nations:\n    - {country: FR, since: 2016-01-01}\n"
        "    - {country: FR, since: 2010-01-01, until: 2011-01-01}\n    - {country: FR, since: 2016-01-01}\n",
        "line 9: 'partners.nations': FR has these days on line 7 already",
    ),
    (
        FEED + "partners:\n  nations:\n    - {country: US, since: 2016-01-01}\n",
        "line 7: 'partners.nations': US is 'partners.home' and cannot be a partner of itself",
    ),
    (FEED + "partners: {ec: {bodies: []}}\n", "line 5: 'partners.ec' has no 'since'"),
    (
        FEED + "partners:\n  ec:\n    since: 2016-01-01\n    bodies:\n      - {name: JRC, ror: [04j5wtv63]}\n",
        "line 9: 'partners.ec.bodies.ror': '04j5wtv63' has a slip in it",
    ),
    (
        FEED + "partners: {ec: {since: 2016-01-01, bodies: [{name: JRC, ror: [EU]}]}}\n",
        "line 5: 'partners.ec.bodies.ror': 'EU' is not a ROR id; write its nine characters, such as 00k4n6c32",
    ),
    (
        FEED + "partners: {ec: {since: 2016-01-01, bodies: [{name: JRC, alias: [x]}]}}\n",
        "unknown key 'alias' in 'partners.ec.bodies'",
    ),
    (
        FEED + "partners:\n  ec:\n    since: 2016-01-01\n    bodies:\n      - {name: JRC}\n"
        "      - {name: Joint Research Centre, also: [jrc]}\n",
        "line 10: 'partners.ec.bodies': 'jrc' is the body on line 9 already",
    ),
    (FEED + "contact: nobody\n", "line 5: 'contact': 'nobody' is not a mail address"),
    (FEED + "model: ../x\n", "line 5: 'model': '../x' is not a slug"),
    (
        FEED + "subscribers: {a: {output: mial}}\n",
        "line 5: 'output' in subscriber 'a': there is no output 'mial'; did you mean 'email'?",
    ),
    (
        FEED + "subscribers: {a: {output: email, to: [a@b.org]}}\n",
        "line 5: subscriber 'a' is sent by mail, but there is no 'mail' section",
    ),
    (FEED + "    checks: one\n", "line 5: 'checks' in feed 'one': there is no other feed 'one'"),
    (
        FEED + "    checks: tow\n" + FEED.partition("\n")[2].replace("one", "two"),
        "line 5: 'checks' in feed 'one': there is no other feed 'tow'; did you mean 'two'?",
    ),
    (
        FEED + "subscribers: {a: {countries: [europe]}}\n",
        "'europe' is not a country code of ISO 3166-1; the groups are home, partner",
    ),
    (
        FEED + "subscribers: {a: {countries: [EU]}}\n",
        "line 5: 'countries' in subscriber 'a': 'EU' is no country; did you mean the group 'ec'?",
    ),
    (
        FEED + "subscribers: {a: {minimum: 2}}\n",
        "line 5: 'minimum' in subscriber 'a' should be less than or equal to 1, not 2",
    ),
    (
        FEED + "subscribers: {a: {goals: [x]}}\n",
        "line 5: 'goals' in subscriber 'a': there is no goal 'x'; the goals are cyber, decision",
    ),
    (
        FEED + "mail: {host: smtp.example.org, from: a@b.org, security: none}\n",
        "line 5: 'mail': security 'none' sends mail in the clear and is only for a server on this machine",
    ),
    (
        FEED + "mail: {host: 127.0.0.1, from: a@b.org, security: none, user: u}\n",
        "line 5: 'mail': security 'none' would send the password of 'user' in the clear",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES, ids=range(len(MISTAKES)))
def test_every_mistake_is_one_sentence_with_its_line(complaint, text, sentence):
    told = complaint(text)
    assert told.startswith("feeds.yaml, line ")
    assert sentence in told
    assert "\n" not in told


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "@b.org",
        "a@",
        "a@b.org, c@d.org",
        "a b@c.org",
        "Name <a@b.org>",
        "a@b.org\\nBcc: x@y.org",
        "a@bücher.de",
        "g: a@b.org;",
        "",
    ],
)
def test_bad_recipients(complaint, address):
    mail = "mail: {host: h, from: a@b.org}\n"
    told = complaint(f'{FEED}{mail}subscribers: {{a: {{output: email, to: ["{address}"]}}}}')
    assert told.startswith("feeds.yaml, line 6: 'to' in subscriber 'a': ")


def test_a_subscriber_by_mail_without_address(complaint):
    told = complaint(FEED + "mail: {host: h, from: a@b.org}\nsubscribers: {a: {output: email}}")
    assert told == "feeds.yaml, line 6: subscriber 'a' has no address under 'to' that mail could go to"


def test_the_empty_file(complaint):
    assert complaint("# nothing\n") == "feeds.yaml is empty; `monitor init` writes one to begin with"


def test_several_mistakes_are_told_in_the_order_of_the_file(complaint):
    text = "model: X\n" + FEED + "    every: x\n  two: {kind: fed}\nsubscribers: {A: {most: 0}}\n"
    assert [line.partition(": ")[0] for line in complaint(text).splitlines()] == [
        f"feeds.yaml, line {n}" for n in (1, 6, 7, 8, 8)
    ]


def test_no_more_than_ten_mistakes_are_told(complaint):
    told = complaint("feeds:\n" + "".join(f"  f{n}: {{kind: x}}\n" for n in range(30))).splitlines()
    assert len(told) == 11
    assert told[-1] == "feeds.yaml: and 20 more"


def test_a_taxonomy_that_cannot_be_read_is_a_mistake_of_the_key(tmp_path):
    def none(model: str) -> tuple[str, ...]:
        raise ModelError(f"there is no model {model!r}")

    path = tmp_path / "feeds.yaml"
    path.write_text("feeds: {}\nmodel: nothing\n")
    with pytest.raises(ConfigError, match="line 2: 'model': there is no model 'nothing'"):
        load(path, kinds=(), kind=KINDS.__getitem__, outputs=(), env={}, goals=none)


# --- whatever the file says ------------------------------------------------------------------

_WORDS = """
feeds subscribers mail partners schedule contact model kind url every pace goals to output host from feed search jsonl
email file home nations country since until digest weekday hour scan categories https://a.org 6h 3 -1 true ~
2016-01-01 NO a@b.org x 1e999
"""
_words = st.sampled_from(_WORDS.split())
_trees = st.recursive(
    _words | st.text(string.printable, max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=4),
    max_leaves=20,
)


def _flow(tree: object) -> str:
    """`tree` in YAML's flow style, its scalars as they are: some of them break the document."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in tree.items()) + "}"
    return "[" + ", ".join(map(_flow, tree)) + "]" if isinstance(tree, list) else str(tree)


@given(st.dictionaries(_words, _trees, max_size=5).map(_flow) | st.text(max_size=60) | st.binary(max_size=60))
def test_any_file_gives_a_config_or_a_config_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("config") / "feeds.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ConfigError):
        assert isinstance(_load(path), Config)
