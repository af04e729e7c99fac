"""What the documents promise is there, and what is there is documented."""

import re
from pathlib import Path

import pytest

from monitor import outputs, routes, sources
from monitor.store import Store
from monitor.store.coverage_views import COVERAGE_VIEWS
from monitor.store.evidence_views import EVIDENCE_VIEWS
from monitor.store.link_views import LINK_VIEWS
from monitor.store.publication_views import PUBLICATION_VIEWS
from monitor.store.review_views import REVIEW_VIEWS
from monitor.store.views import VIEWS

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "view", [*VIEWS, *EVIDENCE_VIEWS, *LINK_VIEWS, *COVERAGE_VIEWS, *PUBLICATION_VIEWS, *REVIEW_VIEWS]
)
def test_every_view_and_column_is_documented(view: str) -> None:
    section = (ROOT / "docs" / "views.md").read_text("utf-8").partition(f"## {view} ")[2].partition("\n## ")[0]
    with Store.memory() as store:
        columns = [r["name"] for r in store.connection.rows(f"SELECT name FROM pragma_table_info('{view}')")]
    assert [name for name in columns if not re.search(rf"\b{name}\b", section)] == []


def test_the_queries_in_the_documents_run() -> None:
    [block] = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "views.md").read_text("utf-8"), re.DOTALL)
    with Store.memory() as store:
        for query in block.split(";"):
            if query.strip():
                store.connection.rows(query)


def test_every_kind_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [kind for kind in sources.kinds() if f"| `{kind}` |" not in readme] == []
    assert [kind for kind in routes.kinds() if f"| `{kind}` |" not in readme] == []
    assert [kind for kind in outputs.kinds() if kind not in readme] == []


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda p: p.name)
def test_links_between_the_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_room_is_on_the_map() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = {p.stem for p in (ROOT / "monitor").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert sorted(room for room in rooms - {"__init__"} if not re.search(rf"`{room}/?`", architecture)) == []
