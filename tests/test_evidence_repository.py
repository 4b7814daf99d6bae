"""The evidence audit in real repositories, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import repos
from evidence_trees import HEAD

from occ_audit.cli import run
from occ_audit.sources._trees import DiskTree


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repos.init(tmp_path / "repo")
    monkeypatch.chdir(root)
    return root


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Run a scan for evidence and return `path:line rule target` of each place."""
    run(["scan", "--only", "evidence", "--format", "json", *arguments])
    report = json.loads(capsys.readouterr().out)
    return [
        f"{place['path']}:{place['line']} {row['rule_id']} {row['properties']['target']}"
        for row in report["findings"]
        for place in row["locations"]
    ]


def test_disk_index_and_commits_are_different_trees(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = repos.commit(repo, {"log.md": HEAD + "`docs/a.md`\n", "docs/a.md": "x\n"})
    assert findings(capsys) == []
    (repo / "docs/a.md").unlink()
    assert findings(capsys) == ["log.md:5 evidence-missing docs/a.md"]
    assert findings(capsys, "--staged") == []
    repos.commit(repo, message="Remove")
    assert findings(capsys, "--staged") == ["log.md:5 evidence-missing docs/a.md"]
    assert findings(capsys, "--range", f"{first}..HEAD") == ["log.md:5 evidence-missing docs/a.md"]


def test_a_file_that_is_not_added_or_is_ignored(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HEAD + "`docs/a.md` and `run.log`, twice.\n"
    repos.commit(repo, {"log.md": text, ".gitignore": "*.log\n"})
    repos.write(repo, {"docs/a.md": "x\n", "run.log": "x\n"})
    assert findings(capsys) == [
        "log.md:5 evidence-untracked docs/a.md",
        "log.md:5 evidence-untracked run.log",
    ]


def test_a_folder_without_git_has_nothing_that_is_not_in_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.write(tmp_path, {"log.md": HEAD + "`docs/a.md`, `docs/b.md`\n", "docs/a.md": "x\n"})
    monkeypatch.chdir(tmp_path)
    assert findings(capsys) == ["log.md:5 evidence-missing docs/b.md"]


def test_a_name_that_looks_the_same_in_another_encoding(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"log.md": HEAD + "`docs/caf\u00e9.md`\n", "docs/cafe\u0301.md": "x\n"})
    run(["scan", "--only", "evidence"])
    assert "differs only in how letters with accents are encoded" in capsys.readouterr().out


def test_git_is_not_asked_for_each_document(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    popen = subprocess.Popen.__init__

    def counted(process: subprocess.Popen[bytes], *arguments: Any, **options: Any) -> None:
        started.append(arguments)
        popen(process, *arguments, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    text = HEAD + "`docs/{}.md`, `docs/gone.md`, `docs/never-{}.md` and `docs/` [x](#y)\n"
    repos.commit(repo, {"docs/gone.md": "x\n", "log-0.md": text, "docs/0.md": "x\n"})
    (repo / "docs/gone.md").unlink()
    repos.commit(repo)
    started.clear()
    assert findings(capsys, "--no-cache")
    few = len(started)
    for at in range(1, 150):
        page = text.format(at, at)
        repos.write(repo, {f"log-{at}.md": page, f"docs/{at}.md": "x\n"})
    repos.commit(repo)
    started.clear()
    assert len(findings(capsys, "--no-cache")) > 400
    assert len(started) == few


def test_a_file_that_can_no_longer_be_read_is_no_reason_to_fail(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    repos.link(repo, "docs/link", "../other")
    repos.commit(repo, {"log.md": HEAD + "`docs/link/a.md`, `b.md`\n", ".gitignore": "*.x\n"})
    read = DiskTree.read

    def refusing(tree: DiskTree, path: str) -> bytes:
        if path != "log.md":
            raise PermissionError(path)
        return read(tree, path)

    monkeypatch.setattr(DiskTree, "read", refusing)
    assert findings(capsys) == [
        "log.md:5 evidence-missing docs/link/a.md",
        "log.md:5 evidence-missing b.md",
    ]


def test_names_of_all_kinds(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repos.commit(
        repo,
        {
            "log.md": HEAD + "`docs/ü.md`, [x](docs/a%20b.md), [y](docs/c%0Ad.md), `docs/ö.md`\n",
            "docs/ü.md": "x",
            "docs/a b.md": "x",
            "docs/c\nd.md": "x",
            b"docs/\xff.md": "x",
        },
    )
    assert findings(capsys) == ["log.md:5 evidence-missing docs/ö.md"]


def test_the_terminal_report_says_what_is_wrong_and_what_to_do(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"log.md": HEAD + "See `docs/a.md:9`.\n", "docs/a.md": "x\n"})
    assert run(["scan", "--only", "evidence"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "log.md:5:6" in shown
    assert "docs/a.md: line 9 cited, but the file has 1 line" in shown
    assert "Cite the lines where the text stands now." in shown


LISTED = HEAD + "`docs/a.md`, `docs/b.md:2`, run `make all`, vault/GitHub\n"


def test_list_shows_references_and_why_shows_all(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"log.md": LISTED, "docs/b.md": "x\ny\n"})
    assert run(["evidence", "list"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["place", "verdict", "reference", "reason"],
        ["log.md:2:6", "exists", "log.md"],
        ["log.md:5:2", "missing", "docs/a.md", "never", "existed"],
        ["log.md:5:15", "exists", "docs/b.md:2", "→", "docs/b.md"],
    ]
    assert run(["evidence", "list", "--why", "--format", "tsv", "log.md"]) == 0
    table = csv.DictReader(io.StringIO(capsys.readouterr().out), delimiter="\t")
    reasons = {row["text"]: row["reason"] for row in table}
    assert reasons["make all"] == "white space: a command or a phrase"
    assert reasons["vault/GitHub"] == "words around a slash"


def test_list_as_json(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repos.commit(repo, {"log.md": LISTED, "docs/b.md": "x\ny\n"})
    assert run(["evidence", "list", "--format", "json"]) == 0
    row = json.loads(capsys.readouterr().out)[-1]
    assert row == {
        "document": "log.md",
        "degree": "evidence",
        "degree_reason": "its front matter has doc, owner",
        "line": 5,
        "column": 15,
        "end_line": 5,
        "end_column": 26,
        "container": "codespan",
        "text": "docs/b.md:2",
        "kind": "file",
        "target": "docs/b.md",
        "lines": [2, 2],
        "verdict": "exists",
        "reason": "",
        "rule": "",
    }


def test_list_shows_no_secret_and_no_control_character(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "hX7" + "kQ2m" * 5
    text = f"`{token}`, `a://user:{token}@host/x`, `KEY={token}`, `docs/{token}.md`, `a/\x1b[31m`\n"
    repos.commit(repo, {"log.md": HEAD + text})
    for format_ in ("terminal", "tsv", "json"):
        assert run(["evidence", "list", "--why", "--format", format_]) == 0
        shown = capsys.readouterr().out
        assert token not in shown
        assert "\x1b" not in shown
