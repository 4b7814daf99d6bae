"""The HTML page of `occ-audit scrub report`: self-contained, safe, readable without JavaScript."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests import repos
from tests.scans import leak, run, token

HOSTILE = "<img src=x onerror=alert(1)>\"'`&{{7*7}}.env"
AUTHOR = ('x"onload=alert(1)', "a@b.c")
BRANCH = "x<svg/onload=alert(1)>"
LINKS = {"a"}
"""Elements whose addresses are followed by people alone."""


class Page(HTMLParser):
    """Collects elements with their attributes, and the texts of style, script and all else."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, str] = {}
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.raw[self.cdata_elem] = self.raw.get(self.cdata_elem, "") + data
        else:
            self.text += data

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    repo = repos.init(tmp_path_factory.mktemp("html") / "r")
    repos.commit(repo, {"a.env": leak("gone")}, author=AUTHOR)
    repos.commit(repo, {HOSTILE: leak("head"), f"{token('named')}.env": leak("named")})
    repos.commit(repo, remove=["a.env"], when=repos.START + 5 * 86_400)
    repos.git(repo, "branch", BRANCH)
    repos.git(repo, "remote", "add", "origin", "https://ana:pw-of-ana@git.example/<b>r</b>.git")
    code, out, err = run("scrub", "report", "--format", "html", repo)
    assert (code, err) == (1, "")
    return out


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_nothing_of_the_repository_is_live(source: str, page: Page) -> None:
    assert {tag for tag, _ in page.elements}.isdisjoint({"img", "iframe", "object", "embed", "b"})
    assert len(list(page.all("script"))) == 1
    assert not any(name.startswith("on") for _, found in page.elements for name in found)
    assert "alert(1)" not in page.raw["script"]
    assert HOSTILE in page.text
    assert AUTHOR[0] in page.text
    assert BRANCH in page.text
    assert "{{7*7}}" in page.text
    assert "49.env" not in source


def test_no_secret_and_no_password(source: str) -> None:
    assert "shpat" + "_" not in source
    assert "pw-of-ana" not in source
    assert "****.env" in source


def test_the_policy_allows_its_own_style_and_script_alone(page: Page) -> None:
    [policy] = [str(found["content"]) for found in page.all("meta") if found.get("http-equiv")]
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": _hash(page.raw["style"]),
        "script-src": _hash(page.raw["script"]),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_nothing_is_loaded_from_anywhere(source: str, page: Page) -> None:
    for tag, found in page.elements:
        assert "src" not in found
        assert "style" not in found, "the policy would refuse it"
        if tag not in LINKS:
            assert "href" not in found
    assert not re.search(r"url\(|@import", page.raw["style"])
    assert not re.search(r"fetch|XMLHttp|import\(|innerHTML|eval", page.raw["script"])


def test_links_lead_into_the_page_or_to_the_vendor(page: Page) -> None:
    names = {found["id"] for _, found in page.elements if "id" in found}
    for found in page.all("a"):
        target = str(found["href"])
        if target.startswith("#"):
            assert target[1:] in names
        else:
            assert target.startswith("https://")
            assert found["rel"] == "noopener noreferrer"


def test_it_reads_without_javascript(page: Page) -> None:
    [form] = page.all("form")
    assert "hidden" in form, "filters appear only where they work"
    assert not any("hidden" in found for found in page.all("article"))
    assert len(list(page.all("article"))) == 4, "one is in .git/config"
    assert "What to do first" in page.text
    assert "5 days" in page.text or ": 4 days" in page.text


def test_the_timeline_says_the_same_in_words(page: Page) -> None:
    bars = [found for found in page.all("svg") if found.get("role") == "img"]
    assert len(bars) == 8, "one in the table, one in the details"
    labels = {str(found["aria-label"]) for found in bars}
    assert "came in 2025-10-10, removed 2025-10-15, not rotated" in labels
    assert "came in 2025-10-10, not removed, not rotated" in labels


def test_it_has_landmarks_a_language_and_a_title(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    for tag in ("header", "main", "footer", "table", "caption", "h1"):
        assert tags.count(tag) == 1
    assert next(page.all("html"))["lang"] == "en"
    assert all(found.get("scope") == "col" for found in page.all("th"))
    identities = [found["id"] for _, found in page.elements if "id" in found]
    assert len(identities) == len(set(identities))


def test_a_clean_page(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.txt": "a\n"})
    code, out, _ = run("scrub", "report", "--format", "html", repo)
    assert code == 0
    assert "clean: no secrets in what was read" in Page(out).text
    assert "<table" not in out


def test_an_address_of_a_rule_that_is_no_web_page_is_no_link(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    rule = tmp_path / "own.toml"
    rule.write_text(
        'vendor = "Own"\n[[rule]]\nid = "own-token"\nname = "Own token"\nseverity = "high"\n'
        "description = \"Opens it.\"\npattern = 'own_(?P<secret>[a-f0-9]{32})'\n"
        'examples = ["own_{hex:32}", "own_{hex:32}"]\ncounter_examples = ["own_", "own_x"]\n'
        '[rule.rotate]\nadvice = "Ask."\nurl = "javascript:alert(1)"\n'
    )
    repos.commit(repo, {"a.txt": f"own_{token('x')[-32:]}\n"})
    code, out, err = run("scrub", "report", "--format", "html", "--rules", rule, repo)
    if code == 2:
        assert "url" in err, err
        return
    assert "Own token" in out
    assert "javascript:" not in out


def test_a_message_is_named_before_the_reflog_that_repeats_it(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    commit = repos.commit(repo, message=f"Try {leak('said')}")
    page = Page(run("scrub", "report", "--format", "html", repo)[1])
    assert f"message of commit {commit[:12]}and " in page.text
