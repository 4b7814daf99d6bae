"""`occ-audit rules test`: what a rule's author sees of a text of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scans import run

BODY = "d41f7a02c98be6355a1c0f8e72b94d63"
RULES = r"""
vendor = "Tin"

[[rule]]
id = "tin-token"
name = "Tin token"
severity = "high"
description = "Opens the tin."
pattern = '''(?P<secret>tin_(?P<body>[0-9a-f]{32}))(?![0-9A-Za-z])'''
validators = ["random_body"]
examples = ["TIN=tin_{hex:32}", "a tin_{hex:32} b"]
counter_examples = ["TIN=tin_{hex:12}", "TIN=tin_00000000000000000000000000000000"]
[rule.rotate]
advice = "Make another."

[[rule]]
id = "zinc-token"
name = "Zinc token"
severity = "medium"
description = "Opens the zinc."
pattern = '''(?P<secret>zinc_[0-9]{9})'''
examples = ["zinc_{digits:9}", "a zinc_{digits:9}"]
counter_examples = ["zinc_{digits:8}", "zinc"]
[rule.rotate]
advice = "Make another."
"""
TEXT = f"""first line
  key: tin_{BODY}
  key: tin_{"0123456789abcdef" * 2}
  key: tin_{BODY}f7
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tin.toml"
    path.write_text(RULES)
    return path


def tried(file: Path, text: str, *more: str) -> list[dict[str, Any]]:
    own = file.with_name("own.txt")
    own.write_text(text)
    code, out, err = run("rules", "test", file, "--text", own, "--format", "json", *more)
    assert (code, err) == (0, "")
    assert BODY not in out
    rows: list[dict[str, Any]] = json.loads(out)
    return rows


def test_matches_with_their_place(file: Path) -> None:
    tin, zinc = tried(file, TEXT)
    [match] = [row for row in tin["candidates"] if row["kept"]]
    assert (match["line"], match["column"], match["secret"]) == (2, 8, "tin_****")
    assert (match["severity"], match["confidence"]) == ("high", "likely")
    assert zinc["candidates"] == []


def test_what_a_validator_dropped_and_why(file: Path) -> None:
    tin, _ = tried(file, TEXT)
    [dropped] = [row for row in tin["candidates"] if not row["kept"]]
    assert dropped["line"] == 3
    assert dropped["reasons"][-1].startswith("random_body: it counts up")


def test_where_the_pattern_refused(file: Path) -> None:
    tin, _ = tried(file, TEXT)
    [miss] = tin["near_misses"]
    assert (miss["line"], miss["content"]) == (4, str(file.with_name("own.txt")))
    assert miss["shape"].endswith("aaa_a00a0a00a00aa0000a0a0a0a00a00a00a0")


def test_the_cost_beside_plain_text(file: Path) -> None:
    tin, zinc = tried(file, TEXT * 100)
    assert tin["cost"]["callbacks"] == pytest.approx(3 * 1e6 / len(TEXT))
    assert tin["cost"]["plain_callbacks"] == 0
    assert tin["cost"]["times"] > zinc["cost"]["times"]


def test_a_short_text_is_not_timed(file: Path) -> None:
    assert tried(file, TEXT)[0]["cost"]["times"] is None


def test_one_rule_alone(file: Path) -> None:
    assert [row["rule_id"] for row in tried(file, TEXT, "--rule", "zinc-token")] == ["zinc-token"]


def test_for_people_on_the_rules_own_examples(file: Path) -> None:
    code, out, _ = run("rules", "test", file, "--rule", "tin-token")
    assert code == 0
    assert "  match      example 1:1:5  tin_****  high, likely" in out
    assert "  dropped    counter-example 2:1:5  tin_****  random_body: " in out
    assert "0 of plain source code" in out


def test_rules_of_another_scanner(tmp_path: Path) -> None:
    file = tmp_path / "gitleaks.toml"
    file.write_text("[[rules]]\nid = 'lead'\nregex = '''lead-[0-9]{6}'''\nentropy = 2\n")
    [row] = tried(file, "lead-481253 lead-111111\n")
    assert [(one["column"], one["kept"]) for one in row["candidates"]] == [(1, True), (13, True)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rule", "tin-tokem"], "Did you mean tin-token"),
        (["--text", "/dev/null"], "the text is empty"),
    ],
)
def test_mistakes(file: Path, arguments: list[str], said: str) -> None:
    code, _, err = run("rules", "test", file, *arguments)
    assert code == 2
    assert said in err


def test_an_imported_rule_has_no_examples(tmp_path: Path) -> None:
    file = tmp_path / "gitleaks.toml"
    file.write_text("[[rules]]\nid = 'lead'\nregex = '''lead-[0-9]{6}'''\n")
    code, _, err = run("rules", "test", file)
    assert code == 2
    assert "give a text by `--text FILE`" in err
