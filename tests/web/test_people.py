"""Who is let in: tokens, sessions, proxies, forms."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor import opinion
from monitor.config import Serve
from monitor.web.asked import onward
from monitor.web.people import COOKIE, FORM, SESSION, Gate

NOW = datetime(2026, 7, 22, 9, tzinfo=UTC)
GATE = Gate(Serve(("ana", "ben")), "key", "secret")


def reviewer(gate: Gate, cookie: str = "", peer: str = "10.0.0.1", now: datetime = NOW, **headers: str) -> str | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return gate.reviewer({COOKIE: cookie} if cookie else {}, named, peer, now)


def test_a_token_lets_in_until_its_day() -> None:
    token = GATE.token("ana", date(2026, 7, 23))
    assert GATE.bearer(token, NOW) == "ana"
    assert GATE.bearer(f" {token}\n", NOW) == "ana"
    assert GATE.bearer(token, NOW + timedelta(days=1)) is None


@pytest.mark.parametrize("change", [lambda t: t[:-1] + "A", lambda t: "x" + t, lambda t: t.split(".")[0], lambda t: ""])
def test_a_forged_token_lets_nobody_in(change) -> None:
    assert GATE.bearer(change(GATE.token("ana", date(2027, 1, 1))), NOW) is None


def test_a_token_of_another_purpose_or_secret_lets_nobody_in() -> None:
    until = "2027-01-01"
    assert GATE.bearer(GATE.session("ana", NOW), NOW) is None
    assert GATE.bearer(Gate(Serve(("ana",)), "key", "other").token("ana", date.fromisoformat(until)), NOW) is None
    link = opinion.Links("https://m.example", "secret").link(opinion.Opinion("ana", until, "x"))
    assert GATE.bearer(link.partition("token=")[2], NOW) is None


def test_without_a_secret_there_are_no_tokens() -> None:
    gate = Gate(Serve(("ana",)), "key", None)
    with pytest.raises(ValueError, match="no secret"):
        gate.token("ana", date(2027, 1, 1))
    assert gate.bearer(GATE.token("ana", date(2027, 1, 1)), NOW) is None


def test_who_is_taken_off_the_list_is_out_at_once() -> None:
    token, session = GATE.token("ben", date(2027, 1, 1)), GATE.session("ben", NOW)
    without = Gate(Serve(("ana",)), "key", "secret")
    assert GATE.bearer(token, NOW) == reviewer(GATE, session) == "ben"
    assert without.bearer(token, NOW) is None
    assert reviewer(without, session) is None


def test_a_session_ends() -> None:
    session = GATE.session("ana", NOW)
    assert reviewer(GATE, session) == "ana"
    assert reviewer(GATE, session, now=NOW + SESSION) is None
    assert reviewer(GATE, session + "x") is None


def test_a_header_is_believed_from_the_proxy_alone() -> None:
    gate = Gate(Serve(("ana",), "x-user", ("127.0.0.1",)), "key")
    assert reviewer(gate, peer="127.0.0.1", x_user="ana") == "ana"
    assert reviewer(gate, peer="10.0.0.1", x_user="ana") is None
    assert reviewer(gate, peer="127.0.0.1", x_user="eve") is None
    assert reviewer(GATE, peer="127.0.0.1", x_user="ana") is None


def test_a_form_is_good_for_whom_it_was_made_and_not_for_long() -> None:
    form = GATE.form("ana", NOW)
    assert GATE.is_ours(form, "ana", NOW)
    assert not GATE.is_ours(form, "ben", NOW)
    assert not GATE.is_ours(form, "", NOW)
    assert not GATE.is_ours(form, "ana", NOW + FORM)
    assert not GATE.is_ours("", "ana", NOW)
    assert not GATE.is_ours(GATE.session("ana", NOW), "ana", NOW)


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "", "javascript:x", "/a\nb"]
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert onward(path) == "/"


def test_paths_of_these_pages_are_followed() -> None:
    assert onward("/item/doi:10.5555/x?saved=1") == "/item/doi:10.5555/x?saved=1"


def test_a_link_of_a_digest_is_about_one_work_of_one_reader() -> None:
    said = opinion.Opinion("staff", "2026-W30", "doi:10.5555/x")
    token = opinion.Links("https://m.example/", "secret").link(said).removeprefix("https://m.example/opinion?token=")
    assert opinion.about("secret", token) == said
    assert opinion.about("other", token) is None
    assert opinion.about("secret", token[:-2]) is None
    assert opinion.about(None, token) is None
