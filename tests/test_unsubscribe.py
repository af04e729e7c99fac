"""Tokens for one purpose, and the ways out of a subscription."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import signing, unsubscribe
from monitor.unsubscribe import Links, Ways, asked_by_mail, recipient_of, token

TEXT = st.text(max_size=30).filter(lambda text: text.isprintable())


@given(st.lists(TEXT, max_size=4), st.text(min_size=1, max_size=20))
def test_a_token_says_what_was_signed_and_only_to_its_maker(fields: list[str], secret: str) -> None:
    made = signing.sign("k" + secret, "one", *fields)
    assert signing.read("k" + secret, "one", made) == tuple(fields)
    assert signing.read("k" + secret, "other", made) is None
    assert signing.read("j" + secret, "one", made) is None
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", made)


@given(st.integers(0, 200), st.sampled_from("ABab01-_."))
def test_a_token_that_was_changed_is_none(place: int, character: str) -> None:
    made = token("secret", "staff", "ana@agency.example")
    place %= len(made)
    changed = made[:place] + character + made[place + 1 :]
    # The last letter of base64 without padding has bits that say nothing; the mark is compared as text all the same.
    assert (recipient_of("secret", changed) is not None) == (changed == made)


@pytest.mark.parametrize("text", ["", ".", "a.b", "é.é", "x" * 9_000, "a" * 10 + "." + "b" * 43, "\0.\0"])
def test_nonsense_is_no_token(text: str) -> None:
    assert recipient_of("secret", text) is None


def test_without_a_secret_nothing_is_signed_or_believed() -> None:
    with pytest.raises(ValueError, match="no secret"):
        token("", "staff", "ana@agency.example")
    made = token("secret", "staff", "ana@agency.example")
    assert recipient_of(None, made) is None
    assert recipient_of("", made) is None


def test_both_ways_out_carry_the_same_token() -> None:
    links = Ways("https://monitor.example/", "stop@agency.example", "secret").links("staff", "ana@agency.example")
    assert links
    assert links.page
    assert links.mail
    page = urlsplit(links.page)
    assert (page.netloc, page.path) == ("monitor.example", unsubscribe.PATH)
    [mark] = parse_qs(page.query)["token"]
    assert recipient_of("secret", mark) == ("staff", "ana@agency.example")
    mail = urlsplit(links.mail)
    [subject] = parse_qs(mail.query)["subject"]
    assert mail.path == "stop@agency.example"
    assert asked_by_mail("secret", f"Re: {subject}") == ("staff", "ana@agency.example")
    assert links.headers() == {
        "List-Unsubscribe": f"<{links.page}>, <{links.mail}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_one_click_needs_https() -> None:
    assert "List-Unsubscribe-Post" not in Links("http://127.0.0.1/unsubscribe?token=t").headers()
    assert "List-Unsubscribe-Post" not in Links(None, "mailto:a@b.example").headers()


def test_what_is_not_configured_is_not_offered() -> None:
    assert Ways().links("staff", "a@b.example") is None
    assert Ways("https://monitor.example", None, None).links("staff", "a@b.example") is None
    links = Ways(None, "stop@agency.example", None).links("staff", "a@b.example")
    assert links == Links(None, "mailto:stop@agency.example?subject=unsubscribe%20staff")
    assert asked_by_mail("secret", "unsubscribe staff") is None
