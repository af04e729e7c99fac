from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.origin import Resolution, Resolver
from monitor.origin.resolver import LIMIT

RESOLVER = Resolver()


def countries(text: str) -> set[str]:
    return set(RESOLVER.resolve(text).countries)


@pytest.mark.parametrize(
    ("text", "country", "method", "evidence"),
    [
        ("Dept. of Physics, Univ. of Oslo, Oslo, Norway", "NO", "country-name", "Norway"),
        ("Institute of Optics, Xi'an 710119, P. R. China.", "CN", "country-name", "P. R. China"),
        ("School of Software, Hangzhou, P.R.China", "CN", "country-name", "P.R.China"),
        ("Peking Univ., Beijing, People’s Republic of China", "CN", "country-name", "People’s Republic of China"),
        ("Nowhere University, Smallville, U.S.A.", "US", "country-name", "U.S.A"),
        ("Nowhere University, Smallville, U. S. A.", "US", "country-name", "U. S. A"),
        ("Dept. of Chemistry, York, U.K.", "GB", "country-name", "U.K"),
        ("University of Bath, Bath, England", "GB", "country-name", "England"),
        ("University of Glasgow, Scotland", "GB", "country-name", "Scotland"),
        ("Bangor, Wales (UK)", "GB", "country-name", "Wales"),
        ("Universität Wien, Wien, Österreich", "AT", "country-name", "Österreich"),
        ("Universidade de Lisboa, Lisboa, PORTUGAL", "PT", "country-name", "PORTUGAL"),
        ("КубГУ, Краснодар, Россия", "RU", "country-name", "Россия"),
        ("Univ. of Prishtina, Prishtina, Republic of Kosovo", "XK", "country-name", "Republic of Kosovo"),
        ("Politecnico di Milano Italy", "IT", "country-ending", "Italy"),
        ("CWI Amsterdam The Netherlands 1098", "NL", "country-ending", "Netherlands"),
        ("University of Science and Technology of China", "CN", "country-ending", "China"),
        ("KAIST Daejeon Rep. of Korea", "KR", "country-ending", "Korea"),
        ("中国科学院", "CN", "country-ending", "中国"),
        ("Japan Agency for Marine Science", "JP", "country-inside", "Japan"),
        ("The U.S. Naval Laboratory of Nowhere", "US", "country-inside", "U.S."),
        ("Office of Tides, U. S. Department of Everything", "US", "country-inside", "U. S."),
        ("US Army Corps of Engineers", "US", "country-inside", "US"),
        ("US Naval Hospital, Rota, Spain", "ES", "country-name", "Spain"),
        ("MIT, Cambridge, MA 02139", "US", "us-state", "MA 02139"),
        ("MIT, Cambridge, MA", "US", "us-state", "MA"),
        ("Some Lab, Cambridge MA", "US", "us-state", "MA"),
        ("University of North Carolina at Chapel Hill", "US", "us-state", "North Carolina"),
        ("University of Delaware, Newark, DE 19716", "US", "us-state", "DE 19716"),
        ("University of British Columbia", "CA", "ca-province", "British Columbia"),
        ("University of Waterloo, Waterloo, ON", "CA", "ca-province", "ON"),
        ("Université Laval, Québec", "CA", "ca-province", "Québec"),
        ("University of Queensland", "AU", "au-state", "Queensland"),
        ("UWA, Crawley, WA 6009", "AU", "au-state", "WA 6009"),
        ("Curtin University, Perth, WA", "AU", "au-state", "WA"),
        ("King's College London, London SE5 9RS", "GB", "postcode", "SE5 9RS"),
        ("Univ. Heidelberg, D-69120 Heidelberg", "DE", "postcode", "D-69120"),
        ("Univ. of Tsukuba, Tsukuba 305-8577", "JP", "postcode", "305-8577"),
        ("Ecole X, Palaiseau Cedex", "FR", "postcode", "Cedex"),
        ("Dept. of CS, someone@cs.ox.ac.uk", "GB", "domain", "cs.ox.ac.uk"),
        ("Dept. of CS, {ann, bob}@tum.de", "DE", "domain", "tum.de"),
        ("http://www.ntnu.no/ime", "NO", "domain", "www.ntnu.no"),
        ("someone@mit.edu", "US", "domain", "mit.edu"),
        ("大学院工学系研究科 ロボット", "JP", "script", "ロボット"),
        ("서울대학교", "KR", "script", "서울대학교"),
        ("จุฬาลงกรณ์มหาวิทยาลัย", "TH", "script", "จุฬาลงกรณ์มหาวิทยาลัย"),
    ],
)
def test_one_country_with_its_evidence(text: str, country: str, method: str, evidence: str) -> None:
    resolution = RESOLVER.resolve(text)
    assert (resolution.countries, resolution.method, resolution.evidence) == ((country,), method, evidence)
    assert 0.9 < resolution.confidence < 1
    assert evidence in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        ",;,",
        "Trinity College",
        "arXiv",
        "Independent Researcher",
        "Contact US for help",
        "CONTACT US FOR HELP",
        "on behalf of Planck Collaboration",
        "x@gmail.com",
        "x@qq.com",
        "x@yahoo.co.uk",
        "x@mail.ru",
        "x@startup.io",
        "x@lab.ai",
        "x@cern.ch.example.com",
        "Northwest University",
        "York University",
        "Cambridge",
        "Mérida",
        "Córdoba",
        "Université du Maine",
        "University of Victoria",
        "University of Benin",
        "Universidade Federal do Pará, Belém, PA",
        "Building Science CO., Ltd.",
        "Av. Brasil 4365, Manguinhos",
        "Hospital in Granada",
        "Universidade Federal da Bahia, Salvador",
        "Faculdade X, Franca",
        "Università di Monaco di Baviera",
        "[email protected]",
        "Dept. of Physics, 12345",
        "https://orcid.org/0000-0002-1825-0097",
    ],
)
def test_unknown_is_an_answer(text: str) -> None:
    assert RESOLVER.resolve(text) == Resolution()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("University of Tbilisi, Tbilisi, Georgia", {"GE"}),
        ("Ilia State University, Georgia", {"GE"}),
        ("Emory University, Atlanta, Georgia", {"US"}),
        ("University of Georgia, Athens, GA, USA", {"US"}),
        ("Department of Plant Biology, University of Georgia", {"US"}),
        ("Georgia Institute of Technology", {"US"}),
        ("Savannah, Georgia 31404", {"US"}),
        ("Dartmouth College, Lebanon, NH, United States", {"US"}),
        ("Lebanon, NH 03756", {"US"}),
        ("American University of Beirut, Beirut, Lebanon", {"LB"}),
        ("University of New Mexico, Albuquerque, New Mexico", {"US"}),
        ("Rutgers, New Brunswick, New Jersey, USA", {"US"}),
        ("Princeton University, Princeton, New Jersey", {"US"}),
        ("University of Queensland, St Lucia, QLD 4072", {"AU"}),
        ("University of Queensland, St. Lucia, Brisbane, Australia", {"AU"}),
        ("Sir Arthur Lewis College, Castries, Saint Lucia", {"LC"}),
        ("Universidad de Granada, Granada, Spain", {"ES"}),
        ("UFBA, Salvador, Brazil", {"BR"}),
        ("LMU, Monaco di Baviera, Germania", {"DE"}),
        ("Aristotle University, Thessaloniki, Macedonia, Greece", {"GR"}),
        ("University of Macedonia, Thessaloniki", {"GR"}),
        ("Ss. Cyril and Methodius University, Skopje, Macedonia", {"MK"}),
        ("Skopje, Republic of North Macedonia", {"MK"}),
        ("Queen's University, Belfast, Northern Ireland", {"GB"}),
        ("Queen's University, Belfast, Northern Ireland, Ireland", {"GB"}),
        ("Trinity, Dublin, Ireland", {"IE"}),
        ("University of Kinshasa, Kinshasa, Congo", {"CD"}),
        ("Kinshasa, D.R. Congo", {"CD"}),
        ("Kinshasa, Congo (DRC)", {"CD"}),
        ("Marien Ngouabi University, Brazzaville, Congo", {"CG"}),
        ("Seoul, Korea (South)", {"KR"}),
        ("Pyongyang, Democratic People's Republic of Korea", {"KP"}),
        ("University of Hong Kong, Hong Kong, PR China", {"HK"}),
        ("The Chinese University of Hong Kong, Shenzhen, China", {"CN"}),
        ("University of Macau, Taipa, Macau SAR, China", {"MO"}),
        ("National Taiwan University, Taipei, Taiwan, Republic of China", {"TW"}),
        ("National Taiwan University, Taipei, Republic of China", {"TW"}),
        ("Fudan University, People's Republic of China", {"CN"}),
        ("Fudan University Shanghai People's Republic of China", {"CN"}),
        ("University of Puerto Rico, San Juan, Puerto Rico, USA", {"PR"}),
        ("Université de La Réunion, Saint-Denis, La Réunion, France", {"RE"}),
        ("University of Greenland, Nuuk, Greenland, Denmark", {"GL"}),
        ("Inner Mongolia University, Hohhot, China", {"CN"}),
        ("University of Papua New Guinea", {"PG"}),
        ("Malabo, Equatorial Guinea", {"GQ"}),
        ("University of New South Wales", {"AU"}),
        ("Rhode Island Hospital, Providence", {"US"}),
        ("Landspitali, Reykjavik, Island", {"IS"}),
        ("Beth Israel Deaconess Medical Center, Boston, MA", {"US"}),
        ("Beth Israel, Boston, MA", {"US"}),
        ("Indiana University, Bloomington, IN", {"US"}),
        ("Vienna, VA", {"US"}),
        ("Paris, TX", {"US"}),
        ("Museu Goeldi, Belém, Brazil, PA", {"BR"}),
        ("Sorbonne Université Abu Dhabi", {"AE"}),
        ("Texas A&M University at Qatar", {"QA"}),
        ("New York University Shanghai", {"CN"}),
        ("Department of Ancient Egypt and Sudan, British Museum, London WC1B 3DG, UK", {"GB"}),
        ("Department of Physics University of Oslo Norway", {"NO"}),
        ("Institut X, Sud-Luxembourg, Belgium", {"BE"}),
        ("UNESP, Franca", {"BR"}),
        ("Carnegie Mellon University Africa", {"RW"}),
        ("Microsoft Research, Beijing", {"CN"}),
        ("Saudi Arabian Oil Company", {"SA"}),
        ("Aramco Services Company, Houston, TX", {"US"}),
        ("INRIA and KAIST", {"FR", "KR"}),
        ("北京大学", {"CN"}),
        ("東京大学大学院", {"JP"}),
        ("Московский государственный университет", {"RU"}),
    ],
)
def test_names_that_mean_several_places(text: str, expected: set[str]) -> None:
    assert countries(text) == expected


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Lomonosov University, Moscow, USSR", "RU"),
        ("Institut X Novi Sad Yugoslavia", "RS"),
        ("Charles University, Prague, Czechoslovakia", "CZ"),
    ],
)
def test_a_dissolved_state_is_a_weak_hint_at_its_successor(text: str, country: str) -> None:
    resolution = RESOLVER.resolve(text)
    assert (resolution.countries, resolution.method) == ((country,), "former-country")
    assert resolution.confidence < RESOLVER.resolve("Oslo, Norway").confidence


def test_a_country_of_today_wins_over_a_dissolved_state() -> None:
    assert countries("Academy of Sciences of the Ukrainian SSR, Kiev, USSR") == {"UA"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Libreville, Gabon - France", {"GA", "FR"}),
        ("Univ. of Leeds, UK and MIT, Cambridge, MA, USA", {"GB", "US"}),
        ("(a) Univ. of Oslo, Norway (b) Univ. of Turku, Finland", {"NO", "FI"}),
        ("1) Univ. of Oslo, Norway 2) Stanford, CA 94305", {"NO", "US"}),
        ("CNRS, Paris, France#N#INFN, Roma, Italy", {"FR", "IT"}),
        ("Univ. Wien, Austria. Present address: ETH, Zürich, Switzerland", {"AT", "CH"}),
        ("Univ. of Leeds, Leeds, UK; MIT, Cambridge, MA", {"GB", "US"}),
        ("Department of Physics\nCurtin University\nPerth, WA\nAustralia", {"AU"}),
        ("HKU, Hong Kong; Fudan University, Shanghai, China", {"HK", "CN"}),
        ("Univ. of Bonn, Germany. Electronic address: a.b@uni-bonn.de", {"DE"}),
        ("Univ. of Bonn, Germany E-mail: a.b@example.fr", {"DE"}),
    ],
)
def test_glued_affiliations(text: str, expected: set[str]) -> None:
    assert countries(text) == expected


ALSO_TOWNS = {
    "Albania": "AL",
    "Armenia": "AM",
    "Bangladesh": "BD",
    "Bolivia": "BO",
    "Colombia": "CO",
    "Egypt": "EG",
    "England": "GB",
    "India": "IN",
    "Jamaica": "JM",
    "Palestine": "PS",
    "Peru": "PE",
    "Sudan": "SD",
    "Venezuela": "VE",
}


@pytest.mark.parametrize(("name", "country"), ALSO_TOWNS.items())
@pytest.mark.parametrize("joint", ["; ", "\n", ", "])
def test_two_countries_in_one_text_are_two_answers(name: str, country: str, joint: str) -> None:
    text = f"National University, Capital, {name}{joint}Univ of Lyon, Lyon, France"
    resolution = RESOLVER.resolve(text)
    assert resolution.countries == (country, "FR")
    assert resolution.evidence == f"{name}; France"
    assert [finding.evidence for finding in resolution.findings] == [name, "France"]


def test_the_least_certain_country_decides_the_confidence() -> None:
    resolution = RESOLVER.resolve("Univ. of Oslo, Norway; Politecnico di Milano Italy")
    assert (resolution.countries, resolution.method) == (("NO", "IT"), "country-ending")
    assert resolution.confidence == min(finding.confidence for finding in resolution.findings)


@pytest.mark.parametrize(
    ("text", "domain", "expected"),
    [
        ("Univ. of Oslo, Norway", "cs.ox.ac.uk", ("NO",)),
        ("Department of Computer Science", "cs.ox.ac.uk", ("GB",)),
        ("", "someone@uni-bonn.de", ("DE",)),
        ("", "gmail.com", ()),
        ("", "example.com", ()),
        ("", "uk", ()),
        ("", "", ()),
        ("", None, ()),
        ("Dept., a@ntnu.no", "cs.ox.ac.uk", ("NO",)),
    ],
)
def test_the_domain_is_asked_last(text: str, domain: str | None, expected: tuple[str, ...]) -> None:
    resolution = RESOLVER.resolve(text, domain=domain)
    assert resolution.countries == expected
    assert "@" not in resolution.evidence


ISO = RESOLVER.resolve("Norway").countries  # one known answer, so that an empty table cannot pass the properties


@given(st.text())
def test_any_text_gets_iso_codes_or_nothing(text: str) -> None:
    resolution = RESOLVER.resolve(text, domain=text)
    assert ISO == ("NO",)
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in resolution.countries)
    assert bool(resolution.countries) == (resolution.method != "none") == (resolution.confidence > 0)


BITS = (
    "Italy U. S. A. China, and ; - St. Rep. of Korea @ x@uni.de 1) MA 02139 Göttingen Côte d’Ivoire Ⅷ ´ $ 中国 ﬁ é "
    "New Mexico Rhode Island Hong Kong Georgia Atlanta Av. Brasil Republic P.R.China http://x.de (UK) \t"
)
WORDS = st.sampled_from([*BITS.split(" "), "\n"])


@given(st.lists(WORDS | st.text(max_size=3), max_size=25).map(" ".join))
def test_evidence_stands_in_the_text_and_is_never_an_address(text: str) -> None:
    for finding in RESOLVER.resolve(text).findings:
        assert finding.evidence in text
        assert "@" not in finding.evidence


KNOWN = st.sampled_from(
    [
        ("Univ. of Oslo, Oslo, Norway", "NO"),
        ("Universidad de Guadalajara, Jalisco, México", "MX"),
        ("Univ. d'Abidjan, Côte d'Ivoire", "CI"),
        ("Fudan University, P. R. China", "CN"),
        ("Politecnico di Milano Italia", "IT"),
        ("İstanbul Üniversitesi, Türkiye", "TR"),
        ("Czech Technical University, Česká republika", "CZ"),
    ]
)


@given(KNOWN, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]), st.booleans())
def test_case_and_accents_do_not_matter(known: tuple[str, str], case: Callable[[str], str], bare: bool) -> None:
    text, country = known
    text = case(text)
    if bare:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    assert countries(text) == {country}


SAYS_NOTHING = st.sampled_from(
    ["Department of Physics", "Independent Researcher", "Trinity College", "12345", "arXiv", "x@gmail.com", "†", "ext."]
)


@given(KNOWN, st.lists(SAYS_NOTHING), st.lists(SAYS_NOTHING), st.sampled_from([", ", "; ", "\n", " (", " - "]))
def test_segments_that_say_nothing_change_nothing(
    known: tuple[str, str], before: list[str], after: list[str], joint: str
) -> None:
    text, country = known
    assert countries(joint.join([*before, text, *after])) == {country}


@pytest.mark.parametrize(
    "unit", ["x", "a, ", "Italy; ", "@", "{", "A1", "North ", "\n", "é ", "a@", "MA, ", "-1", ". "]
)
def test_of_a_megabyte_only_the_beginning_is_read(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    assert RESOLVER.resolve(text) == RESOLVER.resolve(text[:LIMIT])
    assert RESOLVER.resolve(text + ", Norway").countries == RESOLVER.resolve(text).countries


def test_no_answer_depends_on_what_was_asked_before() -> None:
    texts = ["INRIA", "inria", "Univ. X, MIT", "univ. x, mit", "TU Wien", "Wien", "INRIA and KAIST", "Austin, Texas"]
    forward, backward = Resolver(), Resolver()
    assert [forward.resolve(text) for text in texts] == [backward.resolve(text) for text in reversed(texts)][::-1]
    assert forward.resolve("INRIA").countries == ("FR",)
    assert forward.resolve("inria") == Resolution()
