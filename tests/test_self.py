"""This project's own tree passes its own audit, with `.occ-audit.toml` to account for examples."""

from __future__ import annotations

from tests.scans import ROOT, scan


def test_this_project_is_clean() -> None:
    found = scan(ROOT, "--fail-on", "low", "--allow-incomplete")
    shown = [
        (row["rule_id"], place["path"], place["line"])
        for row in found.report["findings"]
        if not row["suppression"]
        for place in row["locations"]
    ]
    assert shown == []


def test_no_page_is_left_out_as_a_whole() -> None:
    suppressed = [row for row in scan(ROOT).report["findings"] if row["suppression"]]
    paths = {place["path"] for row in suppressed for place in row["locations"]}
    assert {path for path in paths if path.startswith(("docs/", "README"))} == {
        "docs/suppression.md"
    }
