"""Comments in the text that accept a finding, as a user writes them, in real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest

from occ_audit.comments import marked_lines
from tests import repos
from tests.detection import batch
from tests.scans import Scan, leak, run, scan, token

# Written in two parts, so that a scan of this file does not take them for real ones.
ALLOW = "occ-audit: " + "allow"
HEAD = "---\nepoch: 3\nowner: ops\n---\n"
"""Front matter that makes an evidence document; what follows begins on line 5."""
RULE = "shopify-admin-token"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repos.init(tmp_path / "repo")
    monkeypatch.chdir(root)
    return root


def line(label: str, comment: str) -> str:
    """Return a line with a token and a comment."""
    return f"{leak(label).strip()}  # {comment}\n"


def said(found: Scan) -> list[str]:
    """Return `path:line:column rule message` of each finding that is not suppressed."""
    return [
        f"{place['path']}:{place['line']}:{place['column']} {row['rule_id']} {row['message']}"
        for row in found.report["findings"]
        if not row["suppression"]
        for place in row["locations"]
    ]


def complaints(found: Scan) -> list[str]:
    return [row for row in said(found) if " suppression-" in row]


def test_a_comment_on_the_line_or_the_one_above_accepts_the_secret(repo: Path) -> None:
    repos.commit(
        repo,
        {
            "a.env": line("a", f"{ALLOW}[{RULE}] made for tests owner=ops expires=2099-12-31"),
            "b.env": f"# {ALLOW}-next[{RULE}] revoked\n{leak('b')}",
        },
    )
    found = scan()
    assert found.code == 0
    assert said(found) == []
    assert found.finding("a")["suppression"] == {
        "kind": "inline",
        "reason": "made for tests",
        "owner": "ops",
        "expires": "2099-12-31",
    }
    assert found.finding("b")["suppression"]["reason"] == "revoked"
    assert found.report["stats"]["findings"]["suppressed"] == 2
    assert scan("--staged").code == scan("--at", "HEAD").code == 0
    assert scan("--no-inline-ignores").code == 1


def test_the_terminal_counts_what_is_suppressed(repo: Path) -> None:
    repos.commit(repo, {"a.env": line("a", f"{ALLOW}[{RULE}] made for tests")})
    code, out, _ = run("scan", repo)
    assert code == 0
    assert [row.split() for row in out.splitlines() if "suppressed" in row] == [
        ["suppressed", "1", "0", "0", "0", "0"]
    ]
    assert token("a") not in out


def test_a_comment_in_a_document_accepts_one_place_of_a_reference(repo: Path) -> None:
    text = f"`out/a.txt` <!-- {ALLOW}[evidence-missing] kept elsewhere -->\n\nsee `out/a.txt`\n"
    repos.commit(repo, {"log.md": HEAD + text})
    found = scan("--only", "evidence")
    missing = "evidence-missing out/a.txt is cited but does not exist (never existed)"
    assert said(found) == [f"log.md:7:6 {missing}"]
    assert [bool(row["suppression"]) for row in found.rules("evidence-missing")] == [True, False]


def test_a_comment_covers_only_the_rule_and_the_secret_that_it_names(repo: Path) -> None:
    two = leak("a").strip() + " " + leak("b").strip()
    repos.commit(
        repo,
        {
            "a.env": line("c", f"{ALLOW}[dsn-url] wrong rule"),
            "b.env": f"{two}  # {ALLOW}[{RULE}] which one?\n",
        },
    )
    found = scan()
    assert found.code == 1
    assert not any(found.finding(label)["suppression"] for label in "abc")
    rules = {row.partition(":")[0]: row.split(" ")[1] for row in complaints(found)}
    assert rules == {"a.env": "suppression-unused", "b.env": "suppression-invalid"}


@pytest.mark.parametrize(
    ("comment", "rule", "words"),
    [
        (ALLOW, "suppression-invalid", "names no rule"),
        (f"{ALLOW}[Not A Rule] x", "suppression-invalid", "is no rule id"),
        (f"{ALLOW}[{RULE}] x expires=tomorrow", "suppression-invalid", "is no date"),
        (f"{ALLOW}[{RULE}] x expires=2025-01-31", "suppression-expired", "2025-01-31"),
    ],
)
def test_a_comment_that_covers_nothing_any_more_is_a_finding_beside_the_secret(
    repo: Path, comment: str, rule: str, words: str
) -> None:
    text = line("a", comment)
    repos.commit(repo, {"a.env": "first\n" + text})
    found = scan()
    assert found.code == 1
    assert not found.finding("a")["suppression"]
    [complaint] = complaints(found)
    assert complaint.startswith(f"a.env:2:{text.index('occ-audit:') + 1} {rule} ")
    assert words in complaint
    assert found.rules(rule)[0]["severity"] == "medium"
    assert found.rules(rule)[0]["properties"]["next_step"]


def test_an_unused_comment_is_said_where_everything_was_looked_at(repo: Path) -> None:
    text = f"nothing  # {ALLOW}[{RULE}] long gone\n"
    repos.commit(repo, {"in/a.txt": text, "b.txt": "b\n"})
    found = scan()
    assert [row.partition(" ")[0] for row in complaints(found)] == ["in/a.txt:1:12"]
    assert found.rules("suppression-unused")[0]["severity"] == "low"
    assert found.code == 0, "a low finding fails no run"
    assert complaints(scan("in")) == []
    assert complaints(scan("--only", "secrets")) == []
    assert complaints(scan("--no-inline-ignores")) == []


def test_an_unused_entry_is_said_where_everything_was_looked_for(repo: Path) -> None:
    repos.commit(repo, {".occ-audit.toml": '[[allow]]\npath = "old/**"\n'})
    assert scan().rules("suppression-unused")
    for audit in ("secrets", "evidence"):
        assert not scan("--only", audit).rules("suppression-unused")


def test_comments_in_old_versions_and_texts_about_comments_are_not_judged(repo: Path) -> None:
    repos.commit(repo, {"a.txt": f"x  # {ALLOW}\n", "b.md": f"Write `{ALLOW}[rule]` behind it.\n"})
    repos.commit(repo, {"a.txt": "x\n"})
    assert complaints(scan()) == []
    assert complaints(scan("--history")) == []


def test_the_configuration_may_allow_a_complaint_and_is_not_unused_in_the_history(
    repo: Path,
) -> None:
    config = """
[[allow]]
path = "a.md"
rule = "suppression-unused"
reason = "a page about comments"
"""
    text = f"x  <!-- {ALLOW}[{RULE}] as here -->\n"
    repos.commit(repo, {"a.md": text, ".occ-audit.toml": config})
    assert complaints(scan()) == []
    assert complaints(scan("--history")) == []


def test_the_configuration_decides_on_complaints(repo: Path, tmp_path: Path) -> None:
    repos.commit(repo, {"a.env": line("a", ALLOW)})
    config = tmp_path / "other.toml"
    config.write_text('disable = ["suppression-invalid"]\n')
    assert complaints(scan("--config", config)) == []
    config.write_text('[severity]\nsuppression-invalid = "info"\n')
    [complaint] = scan("--config", config).rules("suppression-invalid")
    assert complaint["severity"] == "info"


def test_a_comment_far_away_on_a_very_long_line_is_none_of_the_secret(repo: Path) -> None:
    text = leak("a").strip() + " " + "x" * 10_000 + f"  # {ALLOW}[{RULE}] far\n"
    repos.commit(repo, {"a.env": text})
    assert scan().code == 1


def test_many_comments_are_found_each_on_its_line() -> None:
    comment = f"# {ALLOW}[{RULE}] made up\n".encode()
    few, none, many = b"\n" + comment + b"x\n" + comment, b"", (comment + b"\n") * 9_000
    lines = [(row.origin.path, row.line) for row in marked_lines(batch(few, none, many))]
    assert lines[:2] == [("file0.txt", 2), ("file0.txt", 4)]
    assert lines[2:] == [("file2.txt", number) for number in range(1, 18_000, 2)]
