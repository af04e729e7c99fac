"""The pages in headless Chromium: a reviewer at work, nothing from elsewhere, nothing that shuts people out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from web.stage import GOALS, NOW, Stage

from monitor import pipeline
from monitor.digest import week_of
from monitor.store import Store
from monitor.types import Partners

pytestmark = pytest.mark.slow

CHROMIUM = Path("/usr/bin/chromium")
PATHS = (
    *(
        "/",
        "/digests/",
        "/search?q=muon&mode=text",
        "/explore",
        "/review",
        "/review?countries=yes",
        "/item/arxiv:2607.00001",
        "/sign-in",
    ),
    *("/monitor", "/monitor/item_goals", "/monitor?sql=select+uid+from+items", "/nothing"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (make browser)")
    with sync.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


class Visit:
    """A window that notes every host it asks, and every error of a page."""

    def __init__(self, browser: Any, stage: Stage, **options: Any) -> None:
        self.address = f"http://127.0.0.1:{stage.port}"
        self.window = browser.new_context(accept_downloads=True, **options)
        self.page = self.window.new_page()
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, path: str) -> Any:
        """Open a page."""
        self.page.goto(self.address + path)
        return self.page

    def sign_in(self, stage: Stage, name: str) -> None:
        """Sign in by the form."""
        page = self.go("/sign-in?next=/review")
        page.get_by_label("Token").fill(stage.gate.token(name, date(2027, 1, 1)))
        page.get_by_role("button", name="Sign in").click()

    def close(self) -> None:
        """Close it; nothing may have come from anywhere else."""
        self.window.close()
        assert self.hosts == {urlsplit(self.address).netloc}
        assert self.errors == []


def test_a_reviewer_corrects_a_tag_and_sees_it_everywhere(browser: Any, stage: Stage) -> None:
    visit = Visit(browser, stage)
    visit.sign_in(stage, "ana")
    page = visit.page
    assert page.get_by_role("heading", name="Review", exact=True).is_visible()
    entry = page.locator(".queue > li").filter(has_text="Knitting patterns")
    entry.get_by_role("group", name="Screening at Speed").get_by_label("yes").check()
    entry.get_by_label("Note, if there is one").fill("patterns of concealment")
    entry.get_by_role("button", name="Save").click()
    assert page.get_by_text("Kept; the next works move up.").is_visible()
    assert page.locator(".queue > li").filter(has_text="Knitting patterns").count() == 0

    page.get_by_role("link", name="arxiv:2607.00003").first.click()
    row = page.get_by_role("region", name="Goals").get_by_role("row").filter(has_text="Screening at Speed")
    assert "yes" in row.inner_text()
    assert "ana: yes" in row.inner_text()
    assert page.get_by_text("patterns of concealment").is_visible()

    page = visit.go("/monitor?sql=select+selected+from+item_goals+where+uid='arxiv:2607.00003'+and+goal='screening'")
    assert page.locator("tbody td").inner_text() == "1"

    with Store.open(stage.database) as store:
        pipeline.digest(
            store,
            pipeline.Plan((), GOALS, Partners(), {"journal": timedelta(hours=6)}, stage.home / "store" / "digests"),
            NOW,
        )
    page = visit.go(f"/digests/{week_of(NOW)}/digest.html")
    assert page.get_by_text("Knitting patterns of the north").first.is_visible()

    page = visit.go("/item/arxiv:2607.00003")
    page.get_by_role("button", name="Undo").first.click()
    row = page.get_by_role("region", name="Goals").get_by_role("row").filter(has_text="Screening at Speed")
    assert "ana: yes" not in row.inner_text()
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("link", name="Sign in").is_visible()
    visit.close()


def test_a_reviewer_tells_countries_from_the_queue_and_takes_it_back(browser: Any, stage: Stage) -> None:
    visit = Visit(browser, stage, java_script_enabled=False)
    visit.sign_in(stage, "ben")
    page = visit.page
    page.get_by_label("Only countries in doubt").check()
    page.get_by_role("button", name="Show").click()
    entry = page.locator(".queue > li")
    assert entry.count() == 1
    assert "Why it is here: country unknown" in entry.inner_text()
    field = entry.get_by_label("Countries, as codes of two letters")
    field.fill("New Zealand")
    entry.get_by_role("button", name="Save the countries").click()
    assert field.evaluate("field => field.validity.patternMismatch"), "a slip is told before it is sent"
    field.fill("nz")
    entry.get_by_role("button", name="Save the countries").click()
    assert page.get_by_text("Kept; the next works move up.").is_visible()
    assert page.get_by_text("Nothing waits for you.").is_visible()
    page = visit.go("/item/doi:10.5555/odd.1")
    assert page.get_by_text("New Zealand").first.is_visible()
    page = visit.go("/monitor?sql=select+country,method+from+item_countries+where+uid='doi:10.5555/odd.1'")
    assert page.locator("tbody td").all_inner_texts() == ["NZ", "person"]
    page = visit.go("/review")
    page.get_by_role("button", name="Undo the decision about doi:10.5555/odd.1").first.click()
    page = visit.go("/review?countries=yes")
    assert page.locator(".queue > li").count() == 1
    visit.close()


def test_searching_filtering_charts_and_exports(browser: Any, stage: Stage) -> None:
    visit = Visit(browser, stage)
    page = visit.go("/")
    page.keyboard.press("/")
    page.keyboard.type("tomography")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=tomography")
    assert page.locator("mark").first.inner_text() == "tomography"
    with page.expect_download() as download:
        page.get_by_role("link", name="csv", exact=True).click()
    assert "arxiv:2607.00001" in Path(download.value.path()).read_text("utf-8")

    page = visit.go("/explore")
    page.locator("select[name=goal]").select_option("cyber")
    page.get_by_role("button", name="Show").click()
    assert "goal=cyber" in page.url
    assert page.locator("svg.chart").count() >= 2
    assert page.locator("svg.chart title").first.text_content() == "Works by country and goal"
    page.get_by_text("The numbers as a table").first.click()
    assert page.get_by_role("region", name="Works by country and goal").get_by_text("France").is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="As CSV, week by week").click()
    assert Path(download.value.path()).read_text("utf-8").startswith("iso_week,goal,country")
    visit.close()


def test_everything_works_without_scripts_and_by_keyboard(browser: Any, stage: Stage) -> None:
    visit = Visit(browser, stage, java_script_enabled=False)
    visit.sign_in(stage, "ben")
    page = visit.go("/item/arxiv:2607.00001")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.get_by_role("button", name="Useful", exact=True).press("Enter")
    assert page.get_by_text("Kept.").is_visible()
    assert page.get_by_text("ben: useful").first.is_visible()
    visit.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1100), ("dark", 390)])
def test_axe_finds_nothing_serious(browser: Any, stage: Stage, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    visit = Visit(browser, stage, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    visit.sign_in(stage, "ana")
    found = []
    for path in PATHS:
        page = visit.go(path)
        for violation in axe.Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found.append((path, violation["id"], violation["nodes"][0]["html"][:120]))
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is too wide"
    visit.close()
    assert found == []
