"""Charts made on the server."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from monitor.web import svg

TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=40)


def texts(chart: str) -> list[str]:
    return ["".join(t.itertext()) for t in ElementTree.fromstring(chart).iter("text")]


@given(st.lists(st.tuples(TEXTS, st.integers(0, 10**6)), max_size=8), TEXTS)
def test_bars_are_well_formed_whatever_they_are_called(rows: list[tuple[str, float]], title: str) -> None:
    assert len(texts(svg.bars(rows, title))) == 2 * len(rows)


def test_names_stay_text() -> None:
    chart = svg.heat(["<b>"], ["</svg><script>"], {("<b>", "</svg><script>"): 3}, "<i>")
    assert "<script>" not in chart
    assert texts(chart) == ["</svg><script>", "<b>", "3"]


def test_a_heat_map_is_darkest_where_there_is_most() -> None:
    assert svg.shade_of(0, 10) == 0
    assert svg.shade_of(1, 10_000) == 1
    assert svg.shade_of(10, 10) == svg.SHADES
    assert [svg.shade_of(n, 100) for n in range(101)] == sorted(svg.shade_of(n, 100) for n in range(101))


def test_a_line_tells_its_numbers_to_screen_readers() -> None:
    chart = svg.line(["2026-W29", "2026-W30"], [1, 1200], "Works")
    assert ElementTree.fromstring(chart).findtext("desc") == "2026-W29 1; 2026-W30 1,200"
    assert ElementTree.fromstring(svg.line([], [], "Works")).findtext("title") == "Works"
