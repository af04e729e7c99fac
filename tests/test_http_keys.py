"""Keys of providers on their way out, against a server on the loopback; and what headers say is granted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from no_pace import NoPace
from servers.pages import Answer, Asked, PageServer, redirect
from urllib3.util import parse_url

from monitor.errors import FetchError
from monitor.http import Client, allowance, keys
from monitor.types import Key, Request, Response

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
SECRET = "s3cret/+&=key"
IN_QUERY, AS_BEARER = Key("EXAMPLE_API_KEY", parameter="api_key"), Key("EXAMPLE_API_KEY")


def fetch(url: str, key: Key | None, value: str = SECRET, pacer: NoPace | None = None) -> Response:
    with Client(pacer or NoPace(), user_agent="t", env={"EXAMPLE_API_KEY": value}, deadline=5.0) as client:
        return client.get(Request(url, key=key), pace=0.5, allow_private=True)


def serve(answer: Callable[[Asked], Answer]) -> AbstractContextManager[PageServer]:
    return PageServer(answer)


@pytest.mark.parametrize("key", [IN_QUERY, AS_BEARER])
def test_a_key_reaches_its_provider_and_stays_out_of_the_response(key: Key) -> None:
    with serve(lambda asked: Answer(b"x")) as server:
        response = fetch(f"{server.url}/works?a=1", key)
        (asked,) = server.asked
    sent = (
        asked.query.get("api_key") if key.parameter else asked.headers.get("authorization", "").removeprefix("Bearer ")
    )
    assert sent == SECRET
    assert asked.query["a"] == "1"
    assert response.url == f"{server.url}/works?a=1"
    assert SECRET not in repr(response)


@pytest.mark.parametrize(("key", "value"), [(None, SECRET), (IN_QUERY, ""), (AS_BEARER, "  ")])
def test_without_a_key_nothing_is_sent(key: Key | None, value: str) -> None:
    with serve(lambda asked: Answer(b"x")) as server:
        fetch(f"{server.url}/works", key, value)
        (asked,) = server.asked
    assert asked.query == {}
    assert "authorization" not in asked.headers


@pytest.mark.parametrize("key", [IN_QUERY, AS_BEARER])
def test_a_key_goes_along_within_its_origin_and_is_not_kept_from_what_the_server_repeats(key: Key) -> None:
    def answer(asked: Asked) -> Answer:
        return redirect(f"/new?{asked.query_string}") if asked.path == "/old" else Answer(b"x")

    with serve(answer) as server:
        response = fetch(f"{server.url}/old?a=1", key)
        old, new = server.asked
    assert response.url == f"{server.url}/new?a=1"
    assert new.headers.get("authorization") == old.headers.get("authorization")
    assert new.query == old.query


@pytest.mark.parametrize("key", [IN_QUERY, AS_BEARER])
def test_a_key_stays_behind_when_a_redirect_leaves_the_origin(key: Key) -> None:
    with (
        serve(lambda asked: Answer(b"x")) as other,
        serve(lambda asked: redirect(f"{other.url}/x?{asked.query_string}")) as server,
    ):
        fetch(f"{server.url}/works?a=1", key)
        (asked,) = other.asked
    assert asked.query == {"a": "1"}
    assert "authorization" not in asked.headers


def test_a_key_is_in_no_error_and_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(lambda asked: Answer(b"", status=500)) as server, pytest.raises(FetchError) as failed:
        fetch(f"{server.url}/works", IN_QUERY)
    with pytest.raises(FetchError) as refused:
        fetch("http://127.0.0.1:9/works", IN_QUERY)
    for error in (failed.value, refused.value):
        assert SECRET not in f"{error} {error.__cause__!r} {error.__context__!r}"
    assert SECRET not in caplog.text
    assert "s3cret" not in caplog.text


def test_who_refuses_for_want_of_a_key_is_told_with_its_name() -> None:
    with serve(lambda asked: Answer(b"", status=401)) as server, pytest.raises(FetchError) as refused:
        fetch(f"{server.url}/works", IN_QUERY, "")
    assert str(refused.value).endswith("answered 401 Unauthorized; $EXAMPLE_API_KEY is not set")
    assert refused.value.state == "blocked"


def test_a_key_does_not_go_over_the_net_in_the_clear() -> None:
    with pytest.raises(
        FetchError, match=r"refused to send the key of \$EXAMPLE_API_KEY to api\.example\.org"
    ) as refused:
        keys.find(IN_QUERY, {"EXAMPLE_API_KEY": SECRET}, parse_url("http://api.example.org/works"), private=False)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "two words", "schlüssel"])
def test_what_is_no_key_is_not_sent(value: str) -> None:
    with pytest.raises(FetchError, match="EXAMPLE_API_KEY is no key") as refused:
        keys.find(AS_BEARER, {"EXAMPLE_API_KEY": value}, parse_url("https://api.example.org/"), private=False)
    assert value not in str(refused.value)


@given(st.text("ab&=%+/ é", max_size=12), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_signing_is_undone(query: str, value: str) -> None:
    secret = keys.Secret(value, "api_key")
    url = parse_url(f"https://api.example.org/works?{query}")
    assert secret.unsigned(secret.signed(url)).query == (url.query or None)
    assert SECRET not in repr(keys.Secret(SECRET, "api_key"))


# --- what is granted -------------------------------------------------------------------------


def budget(limit: str, remaining: str, **more: str) -> dict[str, str]:
    return {"x-ratelimit-limit": limit, "x-ratelimit-remaining": remaining} | {
        f"x-ratelimit-{name}".replace("_", "-"): value for name, value in more.items()
    }


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        (budget("100000", "10001", reset="3600"), None),
        (budget("100000", "10000", reset="3600"), 3600.0),
        (budget("1", "0.05", reset="43200"), 43200.0),
        (budget("60", "0", reset="1784548860"), 60.0),
        (budget("60", "0", reset="1784548000"), 0.0),
        (budget("10", "1", retry_after="2026-07-20T12:00:30+0000"), 30.0),
        (budget("10", "0", reset="Mon, 20 Jul 2026 12:01:00 GMT"), 60.0),
        (budget("10", "0"), None),
        (budget("10", "0", reset="soon"), None),
        (budget("ten", "0", reset="5"), None),
        (budget("-1", "0", reset="5"), None),
    ],
)
def test_a_budget_that_is_nearly_used_up(headers: dict[str, str], seconds: float | None) -> None:
    assert allowance.pause(headers, NOW) == seconds


@given(st.dictionaries(st.sampled_from([*budget("", "", reset="", retry_after="")]), st.text(max_size=20)))
def test_whatever_the_headers_say_a_pause_is_a_number_of_seconds(headers: dict[str, str]) -> None:
    pause = allowance.pause(headers, NOW)
    assert pause is None or pause >= 0


@pytest.mark.parametrize(
    ("limit", "interval", "pace"),
    [
        ("50", "1s", 0.02),
        ("1", "1s", 1.0),
        ("5", "10", 2.0),
        ("1", "3600s", 60.0),
        ("0", "1s", 0.0),
        ("", "1s", 0.0),
        ("5", "x", 0.0),
    ],
)
def test_a_pace_that_is_asked_for(limit: str, interval: str, pace: float) -> None:
    assert allowance.pace({"x-rate-limit-limit": limit, "x-rate-limit-interval": interval}) == pace


def test_a_slower_pace_than_ours_is_kept_and_a_faster_one_is_no_licence() -> None:
    pacer = NoPace()
    limits = iter(["1", "50"])
    with serve(
        lambda asked: Answer(b"x", headers={"X-Rate-Limit-Limit": next(limits), "X-Rate-Limit-Interval": "2s"})
    ) as server:
        fetch(f"{server.url}/1", None, pacer=pacer)
        fetch(f"{server.url}/2", None, pacer=pacer)
    assert pacer.settled == [2.0, 0.5]


def test_a_response_says_how_long_to_spare_its_provider() -> None:
    headers = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "999999"}
    with serve(lambda asked: Answer(b"x", headers=headers)) as server:
        assert fetch(f"{server.url}/works", None).pause == 86_400.0
    with serve(lambda asked: Answer(b"", status=429, headers=headers | {"X-RateLimit-Reset": "70"})) as server:
        with pytest.raises(FetchError) as throttled:
            fetch(f"{server.url}/works", None)
        assert throttled.value.retry_after == 70.0
