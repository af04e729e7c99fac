from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from monitor.errors import ParseError
from monitor.sources import pmlr
from monitor.types import Feed, Page, Request, Response


def parse(body: str, path: str = "/v9/assets/bib/bibliography.bib", **options: Any) -> Page:
    plain = pmlr.Options(**(options or {"volume": 9})).model_dump()
    feed = Feed("icml", "pmlr", pmlr.URL, pmlr.EVERY, 2.0, options=plain)
    return pmlr.parse(feed, Request(f"{pmlr.URL}{path}"), Response(f"{pmlr.URL}{path}", body.encode()))


@pytest.mark.parametrize(
    "options", [{}, {"conference": "ICML", "volume": 9}, {"volume": 0}, {"conference": "I"}, {"x": 1}]
)
def test_options_that_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        pmlr.Options(**options)


@pytest.mark.parametrize(
    "body", ["", "<html>404</html>", "@Proceedings{ICML-2026, year = {2026}}", "@misc{a, title = {T}}"]
)
def test_what_is_no_volume_is_refused(body: str) -> None:
    with pytest.raises(ParseError, match="is no bibliography of a volume"):
        parse(body)


def test_a_bibliography_that_is_not_read_to_its_end_is_refused() -> None:
    whole = "@InProceedings{a, title = {T}}\n"
    page = parse(whole + 3 * "@InProceedings{b, title = {T\n" + whole)
    assert (len(page.entries), page.refused) == (2, 3)
    with pytest.raises(ParseError, match="20 records without an end; what follows was not read"):
        parse(whole + 20 * "@InProceedings{b, title = {T\n" + whole)


@pytest.mark.parametrize(
    ("conference", "volume"),
    [("ICML", 306), ("the International Conference on Machine Learning", 5), ("CoRL", 270), ("C++", 12)],
)
def test_the_newest_volume_of_a_conference(conference: str, volume: int) -> None:
    lines = {
        306: "Proceedings of ICML 2026",
        235: "Proceedings of ICML 2024",
        310: "Proceedings of GRaM at ICML 2026",
        270: "Proceedings of corl 2024",
        5: "Proceedings of the International Conference on Machine Learning",
        12: "Proceedings of C++",
    }
    items = "".join(f'<li><a href="v{n}"><b>Volume {n}</b></a> {words}</li>' for n, words in lines.items())
    page = parse(f"<html><ul>{items}</ul></html>", "/", conference=conference)
    assert page.following is not None
    assert page.following.url == f"{pmlr.URL}/v{volume}/assets/bib/bibliography.bib"


def test_a_conference_that_is_not_listed() -> None:
    with pytest.raises(ParseError, match="lists no volume that begins 'Proceedings of ICML'"):
        parse("<html><a href='v1'>Volume 1</a> Gaussian Processes</html>", "/", conference="ICML")
