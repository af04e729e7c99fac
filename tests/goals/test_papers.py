from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.goals.papers import CHARACTERS, MOST_CHARACTERS, Paper, refusal

FRONT_MATTER = "not a paper: front matter or a notice of its journal"
TOO_LONG = "not a title and an abstract: longer than 50,000 characters"
FOREIGN = "not in English, which alone the model can read: it looks like "


@pytest.mark.parametrize(
    ("paper", "text"),
    [
        (Paper("Bread\n rises", "  It  does. "), "Bread rises. It does."),
        (Paper("Title only"), "Title only"),
        (Paper("", "Abstract only"), "Abstract only"),
        (Paper(" ", "\n"), ""),
    ],
)
def test_title_and_abstract_become_one_text(paper: Paper, text: str) -> None:
    assert paper.text == text


@given(st.text(), st.text())
def test_any_text_is_capped_and_judged_or_refused(title: str, abstract: str) -> None:
    paper = Paper(title, abstract)
    assert len(paper.text) <= CHARACTERS
    reason = refusal(paper)
    assert reason is None or (reason and "\n" not in reason)


def test_a_huge_abstract_is_capped() -> None:
    assert len(Paper("Title", "word " * 1_000_000).text) == CHARACTERS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no text"),
        ("17 + 4 = 21; 3.1415 (2026) ???", "not prose: most of it is not letters"),
        ("Iris", "too short to judge"),
        ("a b c d e f g h i j k", "too short to judge"),
        ("雪崩预警系统的设计与评估 一种新的方法", "not in a Latin script, which the model cannot read"),
        ("Оценка лавинной опасности", "not in a Latin script, which the model cannot read"),
        ("Iris recognition", None),
        ("Two words", "too short to judge"),
        ("Two wordss", "too short to judge"),
        ("Three wordss", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(text: str, reason: str | None) -> None:
    assert refusal(Paper(text)) == reason
    assert refusal(Paper("", text)) == reason


# --- front matter -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "Editorial Board",
        "  editorial board and publication information ",
        "Front Matter",
        "Back Matter",
        "Table of Contents",
        "Contents",
        "Contents list",
        "Masthead",
        "Issue Information",
        "Author Index",
        "Subject index",
        "List of Reviewers",
        "Call for Papers: resilience of cities",
        "Cover Image, Volume 12",
        "Publisher's Note",
        "Publisher’s note: flood maps",
        "Erratum: Flood maps of the Rhine",
        "Errata to flood maps",
        "Corrigendum to “Flood maps of the Rhine”",
        "Correction to: Flood maps of the Rhine",
        "Correction: Flood maps of the Rhine",
        "Retraction Note: Flood maps of the Rhine",
        "RETRACTION: Flood maps of the Rhine",
        "Expression of Concern: Flood maps of the Rhine",
        "Thanks to Reviewers",
        "Thank to reviewers",
    ],
)
def test_front_matter_and_notices_are_refused(title: str) -> None:
    assert refusal(Paper(title, "In the issue of May, figure 2 was printed twice.")) == FRONT_MATTER


@pytest.mark.parametrize("title", ["Table of Contents", "Correction to: Flood maps", "Erratum: Flood maps"])
def test_front_matter_with_the_abstract_of_a_paper_is_read(title: str) -> None:
    abstract = "The flood of the river is mapped for each of its towns. "
    assert refusal(Paper(title, abstract * 4)) is None
    assert refusal(Paper(title, abstract)) == FRONT_MATTER
    lacking = 40 - len(title.split())
    body = ("the flood of rivers " * 20).split()
    assert refusal(Paper(title, " ".join(body[:lacking]))) is None
    assert refusal(Paper(title, " ".join(body[: lacking - 1]))) == FRONT_MATTER


@pytest.mark.parametrize(
    "title",
    [
        "Correction of motion blur in images of the retina",
        "Corrections by quantum codes for the toric lattice",
        "Covering arrays for the testing of software",
        "An editorial board for the age of language models",
        "Frontal lobes and the matter of attention",
        "Quantum error correction: a survey",
        "Retraction dynamics of axons",
        "Contents of magma chambers",
    ],
)
def test_titles_of_papers_are_not_front_matter(title: str) -> None:
    assert refusal(Paper(title)) is None


# --- length -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "paper",
    [
        Paper("Flood maps of the Rhine", "The flood " * 5_000),
        Paper("The flood " * 5_001),
        Paper("The flood " * 2_501, "of the Rhine" * 2_501),
        Paper("Flood maps of the Rhine", "x" * 1_000_000),
        Paper("Flood maps of the Rhine", "The flood of the Rhine. " * 45_000),
        Paper("Flood maps of the Rhine", "\0" * 1_000_000),
        Paper("Flood maps of the Rhine", " " * 1_000_000),
    ],
)
def test_whole_documents_are_refused(paper: Paper) -> None:
    assert refusal(paper) == TOO_LONG


def test_the_longest_text_that_is_read() -> None:
    title = "Flood maps of the Rhine"
    abstract = ("The flood of the river. " * MOST_CHARACTERS)[: MOST_CHARACTERS - len(title)]
    assert refusal(Paper(title, abstract)) is None
    assert refusal(Paper(title, f"{abstract}.")) == TOO_LONG


# --- languages --------------------------------------------------------------------------------

OTHERS = {
    "es": (
        "Estimación de la calidad del agua en ríos mediante sensores remotos y aprendizaje automático",
        "Se presenta un método para detectar incendios forestales a partir de imágenes de satélite y se evalúa con "
        "datos de tres regiones de España.",
    ),
    "de": (
        "Die Auswirkungen der Digitalisierung auf die öffentliche Verwaltung in Deutschland",
        "Wir untersuchen, wie Feuerwehren bei Bränden in Tunneln vorgehen, und vergleichen die Ergebnisse mit "
        "numerischen Simulationen.",
    ),
    "fr": (
        "Détection d'incendies de forêt à l'aide de drones et de réseaux de neurones",
        "Nous présentons une méthode qui permet de prévoir les crues des rivières et nous la comparons avec les "
        "mesures de trois stations.",
    ),
    "pl": (
        "Analiza bezpieczeństwa sieci komputerowych w małych przedsiębiorstwach",
        "W artykule przedstawiono metodę wykrywania pożarów lasów na podstawie zdjęć satelitarnych oraz wyniki badań "
        "przeprowadzonych w trzech województwach.",
    ),
    "pt": (
        "Avaliação da qualidade do ar em cidades brasileiras por meio de sensores de baixo custo",
        "Este trabalho apresenta um método para a previsão de inundações e discute os resultados obtidos em três "
        "municípios do estado de São Paulo.",
    ),
}


@pytest.mark.parametrize("code", OTHERS)
def test_other_languages_are_refused_by_their_code(code: str) -> None:
    title, abstract = OTHERS[code]
    for paper in (Paper(title), Paper("", abstract), Paper(title, abstract)):
        assert refusal(paper) == FOREIGN + code


@pytest.mark.parametrize(
    "title",
    [
        "DraDDP: A Multimodal Multi-Party Dialogue Discourse Parsing Dataset",
        "ProtStructQA: A Denotation Threshold in Protein Structural Reasoning",
        "One (Thread) Can Keep a (PRNG) Secret, but not Two",
        "Agentic Clustering: Controllable Text Taxonomies via Multi-Agent Refinement",
        "Query-Limited Community Recovery in Stochastic Block Models",
        "WAXAL-NET: Finetuned Edge ASR Across 19 African Languages",
        "Can Generalist Agents Automate Data Curation?",
        "Parthenon Law: A Self-Evolving Legal-Agent Framework",
        "M$^3$Eval: Multi-Modal Memory Evaluation through Cognitively-Grounded Video Tasks",
        "Unpaired RGB-Thermal Gaussian-Splatting Using Visual Geometric Transformers",
        "TARPO: Token-Wise Latent-Explicit Reasoning via Action-Routing Policy Optimization",
        "Accelerated Fourier SAT (AFSAT): Fully Realising a GPU-based Symmetric Pseudo-Boolean SAT Solver",
        "Phantom transitions in language model fine-tuning",
        "Lattice QCD",
    ],
)
def test_english_titles_without_function_words_are_read(title: str) -> None:
    assert refusal(Paper(title)) is None


@pytest.mark.parametrize(
    "abstract",
    [
        "Attackers exploit bugs in drivers to gain privileges. Our fuzzer found 41 vulnerabilities, 12 of which are "
        "exploitable, and helped vendors patch them.",
        "Floods threaten the communities of a river. We map the inundation from images of a radar within hours and "
        "warn households downstream; damage to roads and power lines is estimated too.",
        "We prove a vanishing theorem for the cohomology of a moduli space.",
    ],
)
def test_english_abstracts_are_read_whatever_the_title(abstract: str) -> None:
    for title in ("", "Pożary", "Gödel, Escher, Bach", OTHERS["de"][0]):
        assert refusal(Paper(title, abstract)) is None


@pytest.mark.slow
def test_a_month_of_arxiv_is_read_but_for_a_handful(arxiv_folder: Path) -> None:
    with gzip.open(arxiv_folder / "2026-06.jsonl.gz", "rt", encoding="utf-8") as file:
        papers = [Paper.from_record(json.loads(line)) for line in file]
    assert len(papers) == 9_186
    refused = [(reason, paper.title) for paper in papers if (reason := refusal(paper)) is not None]
    assert len(refused) <= 5, refused
    alone = [
        (reason, title) for title in (paper.title for paper in papers) if (reason := refusal(Paper(title))) is not None
    ]
    assert len(alone) <= 5, alone


# --- records ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"title": "T"}, "the record has no 'id'"),
        ({"id": "", "title": "T"}, "the record has no 'id'"),
        ({"id": "1"}, "the record has no 'title', or it is not a text"),
        ({"id": "1", "title": 7}, "the record has no 'title', or it is not a text"),
        ({"id": "1", "title": "T", "abstract": ["a"]}, "the record's 'abstract' is not a text"),
    ],
)
def test_records_that_are_no_papers(record: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        Paper.from_record(record)


def test_a_record_may_lack_its_abstract() -> None:
    assert Paper.from_record({"id": 1, "title": "T"}) == Paper.from_record({"id": 1, "title": "T", "abstract": None})
