"""From a registry file to countries and institutions, on a small invented registry."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from origin.registry import RECORDS

from monitor.errors import GazetteerError
from monitor.origin import FILE, Gazetteer, Institution, Organisation, Resolver, gazetteer, read, stamp
from monitor.origin.compile import compiled

BUILT = "2026-01-02T03:04:05Z"


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return file.getvalue()


ARRAY = json.dumps(RECORDS)
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)


@pytest.fixture(scope="module")
def organisations(tmp_path_factory: pytest.TempPathFactory) -> list[Organisation]:
    return list(read(written(tmp_path_factory.mktemp("ror") / "dump", ARRAY)))


@pytest.fixture(scope="module")
def resolver(organisations: list[Organisation]) -> Resolver:
    return Resolver(Gazetteer.loads(gazetteer.pack(compiled(organisations), release="v9", built=BUILT)))


@pytest.mark.parametrize(
    "content",
    [
        LINES,
        "\ufeff" + ARRAY,
        gzip.compress(LINES.encode()),
        zipped(v9_ror__json=ARRAY),
        zipped(readme__txt="x", v1__json='[{"country": {}}]', v2__json=ARRAY),
    ],
    ids=["lines", "array", "gzip", "zip", "zip of both schemas"],
)
def test_every_shape_of_file_reads_the_same(
    content: str | bytes, tmp_path: Path, organisations: list[Organisation]
) -> None:
    assert list(read(written(tmp_path / "file", content))) == organisations


def test_a_record_is_mapped(organisations: list[Organisation]) -> None:
    assert organisations[1] == Organisation(
        id="000000002",
        names=("Quillhaven Institute of Tides",),
        acronyms=(),
        countries=("NZ",),
        cities=("Quillhaven",),
        regions=("Quillhavenshire",),
        types=frozenset({"education"}),
        parents=("000000001",),
        title="Quillhaven Institute of Tides",
        relations=1,
    )
    assert organisations[0].acronyms == ("QHUN",)
    assert organisations[0].hosts == ("quillhaven.test",)


def test_plainer_files_are_read(tmp_path: Path) -> None:
    mapped = {
        "id": "01",
        "countries": ["NO"],
        "names": [["Fjell Høgskole", ["Label"], "no"]],
        "rel": [["Parent", "02"]],
    }
    (found,) = read(written(tmp_path / "mapped", json.dumps(mapped)))
    assert (found.id, found.names, found.parents) == ("01", ("Fjell Høgskole",), ("02",))
    (found,) = read(written(tmp_path / "table", "Fjell\u2028Høgskole\tNO\r\n"))
    assert (found.id, found.names, found.countries) == ("", ("Fjell\u2028Høgskole",), ("NO",))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        (ARRAY[:-40], "is not JSON|cut short"),
        (ARRAY[:-1], "cut short"),
        ('[{"id": "x", "country": {"country_code": "US"}, "addresses": []}]', "schema v1"),
        ('{"id": "x", "locations": []}', "lacks 'names'"),
        ("[1]", "not an object"),
        ("Oslo University\tNorway", "line 1: neither JSON nor a name"),
        (zipped(a__txt="x"), "no JSON file of ROR's schema v2"),
        (zipped(v9__json=ARRAY)[:-60], "cannot be read"),
        (gzip.compress(ARRAY.encode())[:-20], "cannot be read"),
        (b"\xff\xfe[", "cannot be read"),
        ("[" * 200_000, "nested too deeply"),
        (gzip.compress(ARRAY.encode())[:12] + b"\xff" * 90, "cannot be read"),
        (zipped(v9__json=ARRAY).replace(b"\x14\x03\x14\0\0\0\0", b"\x14\x03\x14\0\0\0\x63"), "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(content: str | bytes, says: str, tmp_path: Path) -> None:
    path = written(tmp_path / "bad", content)
    with pytest.raises(GazetteerError, match=says) as caught:
        list(read(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:1 \t\n', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(GazetteerError):
        list(read(written(Path(folder) / "any", content)))


@pytest.mark.parametrize(
    ("text", "country", "method", "evidence"),
    [
        ("Dept. of Physics, Univ. of Quillhaven", "NZ", "institution", "Univ. of Quillhaven"),
        ("Université de Quillhaven", "NZ", "institution", "Université de Quillhaven"),
        ("Quillhaven University", "NZ", "institution", "Quillhaven University"),
        ("The U. of Quillhaven", "NZ", "institution", "The U. of Quillhaven"),
        ("Faculty of Law, U of Quillhaven", "NZ", "institution", "U of Quillhaven"),
        ("QHUN, Room 3", "NZ", "acronym", "QHUN"),
        ("Some Lab, Brackmoor", "IE", "city", "Brackmoor"),
        ("Saint Orvile College, Brackmoor", "IE", "city", "Brackmoor"),
        ("Saint Orvile College, Orvile", "CA", "city", "Orvile"),
        ("Lab of Widgets, Tornberg", "SE", "city", "Tornberg"),
        ("Muellerstadt Universitaet", "AT", "institution", "Muellerstadt Universitaet"),
        ("Lab X, Orvileshire", "CA", "region", "Orvileshire"),
        ("北岭大学物理系", "IE", "institution", "北岭大学"),
        ("Dept. of Physics, a.b@cs.quillhaven.test", "NZ", "domain", "cs.quillhaven.test"),
    ],
)
def test_what_a_registry_tells(resolver: Resolver, text: str, country: str, method: str, evidence: str) -> None:
    resolution = resolver.resolve(text)
    assert (resolution.countries, resolution.method, resolution.evidence) == ((country,), method, evidence)
    (finding,) = resolution.findings
    assert text[finding.start : finding.end] == evidence


@pytest.mark.parametrize("text", ["Department of Physics", "Saint Orvile College", "qhun", "Trinity College", "arXiv"])
def test_what_it_does_not_tell(resolver: Resolver, text: str) -> None:
    assert resolver.resolve(text).findings == ()


def test_a_named_country_wins_over_the_registry(resolver: Resolver) -> None:
    assert resolver.resolve("University of Quillhaven, Oslo, Norway").countries == ("NO",)


def test_the_institution_with_its_parents(resolver: Resolver) -> None:
    whole = Institution("https://ror.org/000000001")
    part = Institution("https://ror.org/000000002", (whole.id,))
    assert resolver.resolve("Univ. of Quillhaven, New Zealand").place == whole
    both = resolver.resolve("Quillhaven Institute of Tides, University of Quillhaven, New Zealand")
    assert (both.place, both.institution) == (part, part.id)


@pytest.mark.parametrize(
    "text",
    [
        "University of Quillhaven, Oslo, Norway",
        "University of Quillhaven, New Zealand; Brackmoor Polytechnic, Ireland",
        "Saint Orvile College; Brackmoor Polytechnic, Ireland",
        "Oslo, Norway",
        "",
    ],
)
def test_an_uncertain_institution_is_none(resolver: Resolver, text: str) -> None:
    assert resolver.resolve(text).institution is None


def test_a_withdrawn_record_gives_way_to_its_successor(resolver: Resolver) -> None:
    resolution = resolver.resolve("Old Academy of Fennick")
    assert (resolution.countries, resolution.institution) == (("EE",), "https://ror.org/000000009")


def test_the_release_is_part_of_the_version(resolver: Resolver) -> None:
    assert (resolver.registry, resolver.version) == ("v9", f"{Resolver().version}/v9")


def test_a_file_is_stamped_and_loads_the_same(organisations: list[Organisation], tmp_path: Path) -> None:
    content = gazetteer.pack(compiled(organisations), release="v9", built=BUILT)
    put = gazetteer.install(content, tmp_path)
    assert put == stamp(tmp_path / FILE)
    assert (put.release, put.built, put.organisations, put.hosts) == ("v9", BUILT, 9, 1)
    assert Resolver(Gazetteer.load(tmp_path / FILE)).resolve("Brackmoor Polytechnic").countries == ("IE",)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def other_format(content: bytes) -> bytes:
    now, then = (f'"format": {number}'.encode() for number in (gazetteer.FORMAT, gazetteer.FORMAT - 1))
    assert now in content
    return content.replace(now, then)


def other_method(content: bytes) -> bytes:
    """Another way of compression in the zip file's directory (APPNOTE.TXT, 4.3.12)."""
    place = content.index(b"PK\x01\x02") + 10
    return content[:place] + b"\x63" + content[place + 1 :]


def other_array(content: bytes) -> bytes:
    return content.replace(b"host_countries.npy", b"host_countriez.npy")


@pytest.mark.parametrize(
    "damage",
    [lambda c: c[:-200], lambda c: b"", lambda c: b"x" * 500, other_format, other_method, other_array],
)
def test_a_damaged_file_says_what_to_do(
    damage: Callable[[bytes], bytes], organisations: list[Organisation], tmp_path: Path
) -> None:
    content = gazetteer.pack(compiled(organisations), release="v9", built=BUILT)
    path = written(tmp_path / FILE, damage(content))
    with pytest.raises(GazetteerError, match="monitor gazetteer update"):
        Gazetteer.load(path)


WORDS = st.sampled_from(
    ["University of", "Quillhaven", "Brackmoor", "Polytechnic", ",", ";", "and", "QHUN", "Orvile", "Norway", "北岭大学"]
)


@given(st.lists(WORDS | st.text(max_size=3), max_size=20).map(" ".join))
def test_any_text_is_answered_with_evidence_in_its_place(resolver: Resolver, text: str) -> None:
    resolution = resolver.resolve(text)
    for finding in resolution.findings:
        assert len(finding.country) == 2
        assert text[finding.start : finding.end] == finding.evidence
    assert resolution.institution is None or resolution.institution.startswith("https://ror.org/")


@given(
    st.permutations(["Dept. of Tides", "Brackmoor Polytechnic", "Building 7", "Room 3"]),
    st.sampled_from([", ", "\n", " (", " | "]),
)
def test_order_does_not_matter(resolver: Resolver, parts: list[str], joint: str) -> None:
    assert resolver.resolve(joint.join(parts)).countries == ("IE",)


@given(st.sampled_from([str.upper, str.lower, str.title]))
def test_case_does_not_matter(resolver: Resolver, case: Callable[[str], str]) -> None:
    assert resolver.resolve(case("University of Quillhaven")).countries == ("NZ",)


def test_the_country_of_an_id_is_that_of_its_record(resolver: Resolver) -> None:
    assert resolver.country_of("https://ror.org/000000003") == resolver.country_of("000000003") == "IE"
    assert resolver.country_of("https://ror.org/099999999") is None
    assert Resolver().country_of("https://ror.org/000000003") is None


@pytest.mark.parametrize("text", ["ORCID", "orcid 0000-0002-1825-0097", "Ana Lima (ORCID: 0000-0002-1825-0097)"])
def test_what_is_named_beside_authors_is_not_where_they_work(resolver: Resolver, text: str) -> None:
    assert resolver.resolve(text).countries == ()


def test_an_id_is_called_what_the_registry_shows(resolver: Resolver) -> None:
    assert resolver.name_of("https://ror.org/000000003") == resolver.name_of("000000003") == "Brackmoor Polytechnic"
    assert resolver.name_of("000000009") == "New Academy of Fennick", "also where a withdrawn record became it"
    assert resolver.name_of("099999999") is None
    assert Resolver().name_of("000000003") is None


def test_the_name_that_is_shown_need_not_stand_first(tmp_path: Path) -> None:
    names = [["TU", ["acronym"]], ["Tornberg", ["alias"]], ["Tornberg \n University", ["Label", "ROR_display"]]]
    lines = [{"id": "01", "countries": ["SE"], "names": names}, {"id": "02", "countries": ["SE"], "names": names[:2]}]
    found = read(written(tmp_path / "mapped", "\n".join(map(json.dumps, lines))))
    assert [organisation.title for organisation in found] == ["Tornberg University", "TU"]


def test_a_university_is_known_in_the_other_order_only_where_that_is_nobody_else() -> None:
    def university(number: int, name: str, country: str) -> Organisation:
        return Organisation(f"{number:09}", (name,), (), (country,), types=frozenset({"education"}))

    found = compiled(
        [
            university(1, "University of Brackmoor", "IE"),
            university(2, "Brackmoor University", "CA"),
            university(3, "University of Fennick", "FI"),
            university(4, "University of Fennick", "EE"),
            university(5, "University of Orvile", "CA"),
            university(6, "International University", "KE"),
        ]
    )
    assert found.names["brackmoor university"][1] == (("CA", 3.0),)
    assert "fennick university" not in found.names
    assert "university international" not in found.names
    assert found.names["orvile university"] == found.names["university orvile"]
    assert found.bearers["orvile university"] == [4]
