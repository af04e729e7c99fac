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


REFERENCE = b'<!DOCTYPE Set PUBLIC "-//NLM//DTD Set//EN" "https://dtd.example.org/set.dtd">'


def test_a_mere_reference_to_a_known_document_type_is_passed_over() -> None:
    body = b"<?xml version='1.0'?>\n" + REFERENCE + b"<Set><a>1</a></Set>"
    assert xml.words(xml.parse(body, "it", doctypes=("Set",))) == "1"
    for unknown in ((), ("Other",)):
        with pytest.raises(ParseError, match="document type declaration"):
            xml.parse(body, "it", doctypes=unknown)


@pytest.mark.parametrize(
    "declaration",
    [
        REFERENCE * 2,
        REFERENCE.replace(b">", b" [<!ENTITY e 'x'>]>"),
        b'<!DOCTYPE Set SYSTEM "file:///etc/passwd">',
        b"<!DOCTYPE Set [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
    ],
)
def test_a_declaration_that_does_more_is_refused_whatever_its_name(declaration: bytes) -> None:
    with pytest.raises(ParseError, match="document type declaration"):
        xml.parse(declaration + b"<Set>&e;</Set>", "it", doctypes=("Set",))


def test_a_path_leads_through_all_that_bear_the_names() -> None:
    root = xml.parse(b"<a><b><c>1</c><c>2</c></b><b><c>3</c></b><d><c>4</c></d></a>", "it")
    assert [xml.words(c) for c in xml.path(root, "b", "c")] == ["1", "2", "3"]
    assert [xml.words(c) for c in xml.path(root, "*", "c")] == ["1", "2", "3", "4"]
    assert list(xml.path(None, "b", "c")) == []


@given(st.binary(max_size=300))
def test_nothing_but_a_parse_error(body: bytes) -> None:
    with contextlib.suppress(ParseError):
        xml.parse(body, "it")
