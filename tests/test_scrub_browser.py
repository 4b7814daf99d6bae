"""The HTML page of `occ-audit scrub report` in a real browser: filters, keyboard, print, colours.

Needs `pip install 'occ-audit[browser]'` and Chromium, for example Debian's package `chromium`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import repos
from tests.scans import leak, run, token

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright: the extra `browser`")


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
HOSTILE = "<img src=x onerror=alert(1)>\"'&.env"
DECOMPOSED = "bu\u0308cher.env"
DAY = 86_400


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is on PATH")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of four secrets: gone, in HEAD, on a branch, and a password."""
    folder = tmp_path_factory.mktemp("browser")
    repo = repos.init(folder / "r")
    repos.commit(repo, {"deploy/a.env": leak("gone")})
    repos.commit(repo, remove=["deploy/a.env"], when=repos.START + 9 * DAY)
    repos.commit(repo, {HOSTILE: leak("head")}, when=repos.START + 20 * DAY)
    repos.branch(repo, "feature/<b>x")
    repos.commit(repo, {"side.env": leak("side")}, when=repos.START + 30 * DAY)
    repos.switch(repo, "main")
    url = f"postgres://app:{token('dsn')[-20:]}@db.corp-internal.net:5432/shop\n"
    repos.commit(repo, {DECOMPOSED: f"DATABASE_URL={url}"}, when=repos.START + 40 * DAY)
    page = folder / "page.html"
    assert run("scrub", "report", "--format", "html", "-o", page, repo)[0] == 1
    return page


class Opened:
    """A page, and all that went wrong or was asked of the network."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())

    def rows(self) -> list[str]:
        """Return the numbers of the rows that are to be seen, in order."""
        numbers = self.page.locator("tbody tr:visible td:first-child")
        return [text.strip() for text in numbers.all_inner_texts()]

    def details(self) -> int:
        return int(self.page.locator("article:visible").count())

    def style(self, selector: str, name: str) -> str:
        script = "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"
        return str(self.page.evaluate(script, [selector, name]))


@pytest.fixture
def opened(browser: Any, report: Path) -> Iterator[Opened]:
    found = Opened(browser, report)
    yield found
    assert found.said == [], "no error, no refusal by the policy, no dialog of a hostile name"
    assert found.asked == [report.as_uri()], "nothing else is asked of anyone"
    found.page.close()


def test_each_filter_narrows_table_and_details(opened: Opened) -> None:
    page = opened.page
    assert opened.rows() == ["1", "2", "3", "4"]
    page.get_by_label("Search").fill("DEPLOY")
    assert len(opened.rows()) == opened.details() == 1
    assert page.get_by_role("status").inner_text() == "1 of 4 shown"
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("4 of 4 shown").wait_for()
    page.get_by_label("Path").fill("B\u00dcCHER")
    assert len(opened.rows()) == 1, "a name is found however its letters are spelled"
    page.get_by_label("Path").fill("")
    page.get_by_label("Vendor").select_option("Shopify")
    assert len(opened.rows()) == 3
    page.get_by_label("State").select_option("in HEAD")
    assert len(opened.rows()) == 1
    assert HOSTILE in page.locator("tbody tr:visible").inner_text()
    page.get_by_label("State").select_option("all")
    page.get_by_label("Path").fill("side.")
    assert len(opened.rows()) == 1
    page.get_by_label("Path").fill("")
    page.get_by_label("Ref").fill("feature/<b>")
    assert len(opened.rows()) == 3, "the branch reaches what main had before it"
    page.get_by_role("combobox", name="Severity").select_option("critical")
    page.get_by_label("Search").fill("no such word")
    assert opened.rows() == []
    assert page.get_by_text("No secret matches these filters.").is_visible()


def test_columns_sort_both_ways_by_mouse_and_keyboard(opened: Opened) -> None:
    page = opened.page
    days = page.get_by_role("columnheader", name="Days usable")

    def shown() -> list[int]:
        return [int(text) for text in page.locator("tbody td.right").all_inner_texts()]

    days.get_by_role("button").click()
    assert days.get_attribute("aria-sort") == "descending"
    assert shown() == sorted(shown(), reverse=True)
    days.get_by_role("button").press("Enter")
    assert days.get_attribute("aria-sort") == "ascending"
    assert shown() == sorted(shown())
    page.get_by_role("columnheader", name="#").get_by_role("button").click()
    assert opened.rows() == ["1", "2", "3", "4"]
    assert page.locator("th[aria-sort]").count() == 1


def test_the_keyboard_reaches_all_of_it(opened: Opened) -> None:
    page = opened.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the secrets"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "search"
    assert opened.style(":focus-visible", "outlineStyle") == "solid"
    page.locator("tbody tr:first-child a").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#s1")
    assert page.evaluate("document.activeElement.id") == "s1"


def test_a_link_shows_a_detail_that_a_filter_hides(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("Search").fill("side.env")
    assert opened.details() == 1
    page.locator(".which a", has_text="#4").first.click()
    page.locator("#s4").wait_for()
    assert opened.details() == 4


def test_a_screen_reader_finds_a_table_and_named_bars(opened: Opened) -> None:
    tree = opened.page.locator("main").aria_snapshot()
    assert "- table" in tree
    assert 'columnheader "Days usable"' in tree
    assert 'img "came in 2025-10-10, removed 2025-10-19, not rotated"' in tree
    assert 'heading "What to do first" [level=2]' in tree
    assert 'searchbox "Path"' in tree


def test_it_reads_without_javascript(browser: Any, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("tbody tr:visible").count() == page.locator("article:visible").count() == 4
    assert not page.get_by_role("search").is_visible()
    assert page.locator("th button").count() == 0
    context.close()


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_nothing_stands_out_of_any_width(browser: Any, report: Path, width: int) -> None:
    found = Opened(browser, report, viewport={"width": width, "height": 800})
    assert found.page.evaluate("document.documentElement.scrollWidth") <= width
    assert "- table" in found.page.locator("main").aria_snapshot(), "a table in any layout"
    found.page.close()


CONTRAST = """([selector, ground]) => {
  const canvas = document.createElement("canvas").getContext("2d");
  const light = (color) => {
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const part = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const front = getComputedStyle(document.querySelector(selector)).color;
  const back = getComputedStyle(document.querySelector(ground)).backgroundColor;
  const [low, high] = [light(front), light(back)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes_have_contrast(browser: Any, report: Path, scheme: str) -> None:
    found = Opened(browser, report, color_scheme=scheme)
    ground = found.style("body", "backgroundColor")
    assert (max(map(int, ground[4:-1].split(","))) > 128) == (scheme == "light")
    for selector, behind in (
        ("h1", "body"),
        (".verdict", "body"),
        (".made", "body"),
        (".path", "table"),
        ("td a", "table"),
        (".open", "table"),
        ("td .badge.critical", "td .badge.critical"),
        ("article dt", "article"),
        ("article code", "article code"),
    ):
        assert found.page.evaluate(CONTRAST, [selector, behind]) >= 4.5, selector
    found.page.close()


def test_it_prints_in_full_and_in_black_on_white(browser: Any, report: Path) -> None:
    found = Opened(browser, report, color_scheme="dark")
    found.page.emulate_media(media="print")
    assert found.style("body", "backgroundColor") == "rgb(255, 255, 255)"
    assert not found.page.get_by_role("search").is_visible()
    assert found.details() == 4
    assert found.style("table", "display") == "table"
    assert found.page.pdf(format="A4").startswith(b"%PDF")
    found.page.close()
