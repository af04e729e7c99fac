"""The store as a contract: what its views and columns mean, told once in dictionary.yaml.

The documents (docs/views.md), `monitor db schema` and the web pages all read it here, so that none of them can say
something else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from monitor.store.connection import Connection

BEGIN, END = "<!-- from here: dictionary.yaml -->\n", "<!-- to here: dictionary.yaml -->\n"
"""What stands between these lines of a document is written by `python -m monitor.store.dictionary DOCUMENT`."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds."""

    name: str
    means: str
    unit: str = ""
    """Unit, form or range; empty for plain text and numbers that have none."""
    example: str = ""
    """A value as SQLite prints it; empty where NULL is the usual one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A view, or a table, of the store."""

    name: str
    row: str
    """What one row is."""
    about: str = ""
    columns: tuple[Column, ...] = ()
    """Empty for tables that are not part of the contract."""
    is_view: bool = True


@dataclass(frozen=True, slots=True)
class Query:
    """A question that analysts ask, as one SELECT."""

    name: str
    title: str
    sql: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Everything that is said of the store."""

    tables: tuple[Table, ...]
    queries: tuple[Query, ...]

    @property
    def contract(self) -> tuple[Table, ...]:
        """The views and tables whose names and columns stay."""
        return tuple(t for t in self.tables if t.columns)


@cache
def load() -> Dictionary:
    """The dictionary of this version."""
    import yaml

    told: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return Dictionary(
        (
            *(_table(name, said, is_view=True) for name, said in told["views"].items()),
            *(_table(name, said, is_view=False) for name, said in told["tables"].items()),
        ),
        tuple(Query(name, said["title"], said["sql"].strip()) for name, said in told["queries"].items()),
    )


def undescribed(connection: Connection, dictionary: Dictionary) -> list[str]:
    """Where the store and the dictionary differ: names of views, tables and `view.column`s that only one of them has.

    Tables of SQLite and of the search index are left out.
    """
    described = {t.name: t for t in dictionary.tables}
    found = {row["name"] for row in connection.rows(_TABLES)}
    differ = sorted(found ^ described.keys())
    for name in sorted(found & described.keys()):
        if described[name].is_view or described[name].columns:
            columns = {row["name"] for row in connection.rows("SELECT name FROM pragma_table_info(?)", (name,))}
            differ += [f"{name}.{column}" for column in sorted(columns ^ {c.name for c in described[name].columns})]
    return differ


def datasette(dictionary: Dictionary, database: str = "monitor") -> dict[str, Any]:
    """The dictionary as metadata of Datasette (https://docs.datasette.io/en/stable/metadata.html)."""
    tables = {
        t.name: {
            "description": f"{_sentence(t.row)} {t.about}".strip(),
            "columns": {c.name: _plain(c) for c in t.columns},
            **({} if t.columns else {"hidden": True}),
        }
        for t in dictionary.tables
    }
    queries = {q.name: {"title": q.title, "sql": q.sql} for q in dictionary.queries}
    return {"databases": {database: {"tables": tables, "queries": queries}}}


def markdown(dictionary: Dictionary) -> str:
    """The contract and the queries as a part of docs/views.md."""
    blocks = [line for table in dictionary.contract for line in _chapter(table)]
    others = ", ".join(f"`{t.name}`" for t in dictionary.tables if not t.columns)
    blocks += ["## All other tables", f"They may change with a migration: {others}."]
    blocks += ["## Examples", "```sql", "\n\n".join(f"-- {q.title}\n{q.sql};" for q in dictionary.queries), "```"]
    return "\n".join(blocks) + "\n"


def written_into(document: str, dictionary: Dictionary) -> str:
    """`document` with the part between BEGIN and END as it should be; raises ValueError when they are not there."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the lines {BEGIN.strip()!r} and {END.strip()!r} are not in the document")
    return before + BEGIN + markdown(dictionary) + END + after


_TABLES = r"""
    SELECT name FROM sqlite_master
     WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE '\_%' ESCAPE '\'
       AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')"""


def _table(name: str, said: dict[str, Any], *, is_view: bool) -> Table:
    columns = tuple(_column(column, told) for column, told in said.get("columns", {}).items())
    return Table(name, said["row"], said.get("about", ""), columns, is_view)


def _column(name: str, told: dict[str, Any]) -> Column:
    example = told["example"]
    return Column(name, told["means"], told.get("unit", ""), "" if example is None else str(example))


def _chapter(table: Table) -> Iterator[str]:
    yield f"## {table.name} – {'' if table.is_view else 'a table: '}{table.row}"
    if table.about:
        yield table.about
    yield ""
    yield "| column | meaning | unit or form | example |"
    yield "|---|---|---|---|"
    for c in table.columns:
        example = f"`{c.example}`" if c.example else ""
        yield f"| {c.name} | {c.means} | {c.unit} | {example} |"
    yield ""


def _plain(column: Column) -> str:
    """A column in one line without markup."""
    said = column.means.replace("`", "").replace("([decisions](decisions.md))", "").strip()
    return f"{said} ({column.unit})" if column.unit else said


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].replace('`', '')}."


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(written_into(path.read_text("utf-8"), load()), "utf-8")
