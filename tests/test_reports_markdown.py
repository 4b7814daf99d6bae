from __future__ import annotations

import dataclasses

import pyromark
import pytest
from sample import clean, sample
from test_reports_all import rendered

from occ_audit.model import Location, Origin, Report
from occ_audit.reports import RenderOptions

OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_GFM


def _html(report: Report | None = None, verbosity: int = 0) -> str:
    return pyromark.html(
        rendered("markdown", RenderOptions(verbosity=verbosity), report), options=OPTIONS
    )


def test_nothing_foreign_is_live() -> None:
    html = _html(verbosity=1)
    assert "<img" not in html
    assert html.count("<a ") == html.count('<a href="https://shop.example/') + html.count(
        '<a href="https://db.example/'
    )


@pytest.mark.parametrize(
    "text",
    [
        "[x](http://evil.example)",
        "<script>alert(1)</script>",
        "a | b ![](x) **bold** `open",
        "```\n# heading",
        "`` ` ``",
        "<!-- ",
        "&lt;b&gt;",
        "http://evil.example www.evil.example",
    ],
)
def test_hostile_texts_are_shown_as_they_are(text: str) -> None:
    place = Location("", 0, 1, 1, 1, 1, 2, text, (Origin("file", text),))
    finding = dataclasses.replace(
        sample().findings[0], locations=(place,), message=text, properties={"opens": text}
    )
    html = _html(dataclasses.replace(clean(), findings=(finding,)))
    for tag in ("<script", "<img", "<!--", "<strong>bold", 'evil.example"', "<pre", "<b>"):
        assert tag not in html
    assert html.count("<h1>") == 1
    assert "<h2>Coverage</h2>" in html


def test_mentions_and_issue_numbers_are_broken() -> None:
    finding = dataclasses.replace(sample().findings[0], message="by @everyone in #12")
    text = rendered("markdown", RenderOptions(), dataclasses.replace(clean(), findings=(finding,)))
    assert "@everyone" not in text
    assert "#12" not in text


def test_the_table_is_a_table() -> None:
    html = _html()
    assert "<td>suppressed</td>" in html
    assert "<th" in html
