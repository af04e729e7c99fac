from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import xml
from monitor.errors import ParseError


def test_children_are_found_in_any_namespace() -> None:
    root = xml.parse(b"<a xmlns='urn:x' xmlns:y='urn:y'><!-- no --><b>1<i>2</i>3</b><y:b>4</y:b><c/></a>", "it")
    assert xml.name(root) == "a"
    assert [xml.words(b) for b in xml.children(root, "b")] == ["123", "4"]
    assert xml.words(xml.child(root, "c")) == ""
    assert xml.child(root, "d") is None
    assert xml.words(None) == ""
    assert list(xml.children(None, "b")) == []


def test_a_forbidden_character_does_not_cost_the_page() -> None:
    root = xml.parse(b"<a>one\x0b two&#x0B;&#12; three&#65;\t</a>", "it")
    assert xml.words(root) == "one two threeA\t"


def test_utf_16_is_read() -> None:
    assert xml.words(xml.parse("<?xml version='1.0' encoding='utf-16'?><a>ä</a>".encode("utf-16"), "it")) == "ä"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the answer is empty"),
        (b" \n", "the answer is empty"),
        (b"<a><b></a>", "the answer is not well-formed XML"),
        (b"<a>cut sho", "the answer is not well-formed XML"),
        (b"plain text", "the answer is not well-formed XML"),
        (b"<?xml version='1.0' encoding='no-such-code'?><a/>", "the answer is not well-formed XML"),
        (b"<a>\xff</a>", "the answer is not well-formed XML"),
        (b"<!DOCTYPE html><html></html>", "the answer is an HTML page or carries"),
        (b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "the answer is an HTML page or carries"),
        (
            b"<!-- " + b"x" * 3_000 + b" --><!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            "the answer carries a document type",
        ),
        (
            "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>".encode("utf-16"),
            "carries a",
        ),
        (b"<a>" * 10_000, "the answer is not well-formed XML"),
    ],
)
def test_what_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        xml.parse(body, "the answer")


@given(st.binary(max_size=300))
def test_nothing_but_a_parse_error(body: bytes) -> None:
    with contextlib.suppress(ParseError):
        xml.parse(body, "it")
