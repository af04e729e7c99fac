"""The dictionary of the store: whole, in step with the store and the documents, and true of what views hold."""

import json
import re
from pathlib import Path

import pytest

from monitor import cli
from monitor.app import App
from monitor.store import Store, dictionary
from monitor.store.dictionary import BEGIN, END, Column, Dictionary, Table

VIEWS_MD = Path(__file__).parents[2] / "docs" / "views.md"
TOLD = dictionary.load()

FORMS = {
    "UTC stamp": r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ",
    "UTC day": r"\d{4}-[01]\d-[0-3]\d",
    "day": r"\d{4}-[01]\d-[0-3]\d",
    "ISO 8601 week, UTC": r"\d{4}-W[0-5]\d",
    "0 to 1": r"0|1|0?\.\d+|[01]\.0|0\.\d+",
    "0 or 1": r"0|1",
    "1 to 3": r"[1-3]",
    "1 to 6": r"[1-6]",
    "ISO 3166-1 alpha-2": r"[A-Z]{2}",
    "ISO 3166-1 alpha-2, or EU": r"[A-Z]{2}",
    "ISO 3166-1 alpha-2, EU, or unknown": r"[A-Z]{2}|unknown",
    "SCHEME:VALUE": r"[a-z]+:\S+",
    "address": r"https://\S+",
    "address, or unknown": r"https://\S+|unknown",
    "JSON list": r"\[.*\]",
    "HTTP status": r"[1-5]\d\d",
    "year": r"\d{4}",
    "RFC 5322": r"<\S+@\S+>",
    "days": r"\d+(\.\d+)?",
    "bits": r"\d+(\.\d+)?",
    "works": r"\d+(\.\d+)?",
    **dict.fromkeys(
        (
            "records",
            "requests",
            "bytes",
            "times",
            "statements",
            "citations",
            "windows",
            "fetches",
            "pieces",
            "characters",
        ),
        r"\d+",
    ),
}
"""How the values of each unit look."""


def test_every_view_table_and_column_is_described_and_nothing_else() -> None:
    with Store.memory() as store:
        differ = dictionary.undescribed(store.connection, TOLD)
    assert not differ, (
        f"monitor/store/dictionary.yaml and the store differ in {', '.join(differ)}: describe what is new, then run "
        "`make dictionary`"
    )


def test_what_is_not_described_is_named() -> None:
    known = [t for t in TOLD.tables if t.name not in ("item_goals", "labels")]
    uid_alone = Table("item_goals", "", columns=(Column("uid", "a name"), Column("smell", "none")))
    with Store.memory() as store:
        assert dictionary.undescribed(store.connection, Dictionary((*known, uid_alone), ())) == [
            "labels",
            *(f"item_goals.{name}" for name in ("evidence", "goal", "model", "probability", "selected", "smell")),
        ]


def test_the_page_for_analysts_says_what_the_dictionary_says() -> None:
    page = VIEWS_MD.read_text("utf-8")
    assert page == dictionary.written_into(page, TOLD), "run `make dictionary`"


def test_a_document_without_the_lines_is_refused() -> None:
    assert dictionary.written_into(f"a\n{BEGIN}old\n{END}b\n", TOLD).startswith(f"a\n{BEGIN}## item_overview")
    with pytest.raises(ValueError, match="are not in the document"):
        dictionary.written_into("a page", TOLD)


@pytest.mark.parametrize("table", TOLD.contract, ids=lambda t: t.name)
def test_every_column_has_a_meaning_and_an_example_of_its_unit(table: Table) -> None:
    for c in table.columns:
        assert c.means, c.name
        assert not c.unit or c.unit in FORMS, f"{c.name}: there is no form for {c.unit!r}"
        assert not c.unit or not c.example or re.fullmatch(FORMS[c.unit], c.example), f"{c.name}: {c.example}"
        assert "|" not in c.means + c.unit + c.example, f"{c.name} would break the table of docs/views.md"


@pytest.mark.parametrize("query", TOLD.queries, ids=lambda q: q.name)
def test_every_query_runs(query: dictionary.Query) -> None:
    with Store.memory() as store:
        store.connection.rows(query.sql)


def test_datasette_is_told_of_every_column() -> None:
    told = dictionary.datasette(TOLD, "store")["databases"]["store"]
    assert told["tables"]["item_goals"]["columns"]["probability"] == "that the goal applies, as the model says (0 to 1)"
    assert told["tables"]["item_goals"]["description"].startswith("One row a work and goal. The newest tags")
    assert told["tables"]["hosts"] == {
        "description": "One row a host, and when it may be asked again.",
        "columns": {},
        "hidden": True,
    }
    assert told["queries"].keys() == {q.name for q in TOLD.queries}
    assert json.loads(json.dumps(told)) == told


def test_the_command_tells_all_or_what_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = App(tmp_path, env={})
    assert cli.run(["db", "schema", "--json"], app) == 0
    told = json.loads(capfd.readouterr().out)
    assert [t["name"] for t in told["tables"]] == [t.name for t in TOLD.tables]
    assert cli.run(["db", "schema", "item_goals"], app) == 0
    assert "    probability        that the goal applies, as the model says (0 to 1)" in capfd.readouterr().out
    assert cli.run(["db", "schema", "item_gaols"], app) == 2
    assert "item_gaols" in capfd.readouterr().err


@pytest.mark.slow  # a whole scan, with the encoder
def test_values_of_a_real_store_look_as_their_unit_says(demo_home: Path) -> None:
    with Store.open(demo_home / "store" / "monitor.db", read_only=True) as store:
        for table in TOLD.contract:
            rows = store.connection.rows(f"SELECT * FROM {table.name} LIMIT 500")
            for c in (c for c in table.columns if c.unit):
                odd = [row[c.name] for row in rows if row[c.name] is not None and not _fits(row[c.name], c.unit)]
                assert not odd, f"{table.name}.{c.name} is said to be {c.unit!r}: {odd[:3]}"


def _fits(value: object, unit: str) -> bool:
    if isinstance(value, float):
        return value >= 0 and (unit != "0 to 1" or value <= 1.000001)
    return re.fullmatch(FORMS[unit], str(value)) is not None
