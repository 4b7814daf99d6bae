"""`bench/accuracy`: what counts as found, missed and wrongly reported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.scans import ROOT, leak, token


def case(label: str, text: str, value: str = "") -> str:
    expect = "secret" if value else "clean"
    row = {"id": label, "text": text, "filename": "a.env", "category": "shop", "value": value}
    return json.dumps({**row, "expect": expect})


def test_tables_of_a_small_corpus(tmp_path: Path) -> None:
    corpus, page = tmp_path / "corpus.jsonl", tmp_path / "page.md"
    rows = [
        case("found", leak("one"), token("one")),
        case("missed", "Nothing of the kind: open-sesame\n", "open-sesame"),
        case("wrong", leak("two")),
        case("clean", "NAME=value\n"),
    ]
    corpus.write_text("\n".join(rows))
    options = ("--only", "occ-audit", "--only", "occ-audit-medium", "--misses", "--save", page)
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "accuracy", corpus, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "4 cases: 2 with a secret, 2 clean." in done.stdout
    for name in ("occ-audit", "occ-audit-medium"):
        [total] = [row for row in done.stdout.splitlines() if row.startswith(f"| {name} ")]
        assert total.endswith("| 1 | 1 | 1 | 0.500 | 0.500 | 0.500 |")
        assert f"{name} missed shop missed" in done.stderr
        assert f"{name} wrong shop wrong" in done.stderr
    assert "| shop | 2 | 2 | 0.50 / 0.50 / 0.50 | 0.50 / 0.50 / 0.50 |" in page.read_text()
