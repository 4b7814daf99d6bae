"""`occ-audit evidence lock|verify|export` in real repositories, as a user runs them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests import repos
from tests.scans import run, token

HEAD = "---\ndoc: log.md\nowner: ops\n---\n"
RUN = "artifacts/run.txt"
FILES: dict[str | bytes, str | bytes] = {
    "log.md": HEAD + "Ran it: `artifacts/run.txt`, `shots/`, `data/*.csv`, `docs/notes.md:1`.\n",
    "README.md": "Read [the notes](docs/notes.md).\n",
    RUN: "ok\n",
    "shots/a.txt": "a\n",
    "shots/deep/b.txt": "b\n",
    "data/x.csv": "1\n",
    "data/y.csv": "2\n",
    "data/z.json": "{}\n",
    "docs/notes.md": "note\n",
    "docs/other.md": "not cited\n",
}
LOCKED = [
    "artifacts/run.txt",
    "data/x.csv",
    "data/y.csv",
    "docs/notes.md",
    "shots/a.txt",
    "shots/deep/b.txt",
]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repos.init(tmp_path / "repo")
    repos.commit(root, FILES)
    monkeypatch.chdir(root)
    return root


def lock(*arguments: str | Path) -> list[dict[str, Any]]:
    """Lock, and return the lines of the file."""
    code, out, err = run("evidence", "lock", *arguments)
    assert (code, err) == (0, ""), out
    return [json.loads(line) for line in Path("evidence.lock").read_text().splitlines()]


def verify(*arguments: str | Path) -> tuple[int, list[str]]:
    """Verify, and return the exit code and the lines that name a path, without the digests."""
    code, out, err = run("evidence", "verify", *arguments)
    assert err == ""
    rows = [line.partition("  (")[0] for line in out.splitlines() if "  (" in line]
    return code, [" ".join(row.split()) for row in rows]


def error(*arguments: str | Path) -> str:
    code, out, err = run("evidence", *arguments)
    assert (code, out) == (2, "")
    return err


# What is locked


def test_the_lock_has_one_line_for_each_file_that_references_resolve_to(repo: Path) -> None:
    header, *rows = lock()
    assert header == {"format": "occ-audit-evidence-lock", "version": 1, "documents": "all"}
    assert [row["path"] for row in rows] == LOCKED
    by_path = {row["path"]: row for row in rows}
    assert by_path[RUN] == {
        "path": RUN,
        "sha256": hashlib.sha256(b"ok\n").hexdigest(),
        "size": 3,
        "first_commit": {"id": repos.oid(repo), "date": "2025-10-10T08:00:00Z"},
        "cited_by": ["log.md"],
    }
    assert by_path["docs/notes.md"]["cited_by"] == ["README.md", "log.md"]


def test_it_says_what_it_wrote_and_writes_the_same_bytes_again(repo: Path) -> None:
    said = "evidence.lock: 6 files cited by 2 documents\n"
    assert run("evidence", "lock") == (0, said, "")
    before = (repo / "evidence.lock").read_bytes()
    repos.commit(repo, message="Lock")
    assert run("evidence", "lock") == (0, said, "")
    assert (repo / "evidence.lock").read_bytes() == before
    assert sorted(path.name for path in repo.iterdir() if "lock" in path.name) == ["evidence.lock"]


def test_only_what_evidence_documents_cite(repo: Path) -> None:
    repos.commit(repo, {"README.md": "Read [the notes](docs/other.md).\n"})
    header, *rows = lock("--evidence-only")
    assert header["documents"] == "evidence"
    assert [row["path"] for row in rows] == LOCKED
    assert verify() == (0, [])
    assert "docs/other.md" in [row["path"] for row in lock()[1:]]


def test_untracked_files_secret_paths_and_the_lock_itself_are_not_locked(repo: Path) -> None:
    text = HEAD + "`.env`, `all/`, `new.txt`, `evidence.lock`, `log.md`, `missing.txt`\n"
    repos.commit(repo, {"log.md": text, ".env": "A=1\n", "all/.env": "A=1\n", "all/a.txt": "a\n"})
    repos.write(repo, {"new.txt": "n\n", "draft.md": "`docs/other.md`\n", "evidence.lock": ""})
    paths = [row["path"] for row in lock()[1:]]
    assert paths == ["all/a.txt", "docs/notes.md"]


def test_a_link_is_locked_with_what_it_leads_to(repo: Path) -> None:
    repos.link(repo, "latest", "shots")
    repos.link(repo, "outside", "../../etc")
    repos.commit(repo, {"log.md": HEAD + "`latest/a.txt`, [all](latest), [o](outside)\n"})
    paths = [row["path"] for row in lock()[1:]]
    assert paths == ["docs/notes.md", "latest", "shots/a.txt", "shots/deep/b.txt"]
    (repo / "shots/deep/b.txt").write_text("B\n")
    assert verify() == (1, ["changed shots/deep/b.txt"])


def test_names_of_all_kinds(repo: Path) -> None:
    text = HEAD + "`odd/ü.txt`, [x](odd/a%20b.txt), `odd/`\n"
    repos.commit(
        repo, {"log.md": text, "odd/ü.txt": "x", "odd/a b.txt": "x", b"odd/\xff\n.txt": "x"}
    )
    paths = [row["path"] for row in lock()[1:]]
    assert paths == ["docs/notes.md", "odd/a b.txt", "odd/ü.txt", "odd/\udcff\n.txt"]
    assert verify() == (0, [])
    (repo / "log.md").write_text(HEAD)
    _, out, _ = run("evidence", "verify")
    assert "odd/\\udcff\\n.txt" in out


def test_the_first_commit_is_the_oldest_one_that_added_the_path(repo: Path) -> None:
    first = repos.oid(repo)
    repos.commit(repo, {RUN: "better\n"})
    (repo / "shots/a.txt").unlink()
    repos.commit(repo, message="Remove")
    repos.commit(repo, {"shots/a.txt": "again\n"})
    merged = repos.evil_merge(repo, {"data/merged.csv": "3\n"})
    repos.write(repo, {"data/staged.csv": "4\n"})
    repos.stage(repo)
    found = {row["path"]: row["first_commit"] for row in lock()[1:]}
    assert found[RUN]["id"] == found["shots/a.txt"]["id"] == first
    assert found["data/merged.csv"]["id"] == merged
    assert found["data/staged.csv"] is None


def test_many_paths_are_asked_for_at_once_and_a_shallow_clone_guesses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repos.init(tmp_path / "many")
    repos.commit(root, {f"runs/{number}.txt": f"{number}\n" for number in range(250)})
    second = repos.commit(root, {"log.md": HEAD + "`runs/`\n", "runs/last.txt": "x\n"})
    monkeypatch.chdir(root)
    rows = lock()[1:]
    assert len(rows) == 251
    assert [row["path"] for row in rows if row["first_commit"]["id"] == second] == ["runs/last.txt"]
    monkeypatch.chdir(repos.shallow(root, tmp_path / "shallow"))
    assert {row["first_commit"] for row in lock()[1:]} == {None}


# What verify says


def test_what_was_changed_removed_added_or_is_no_longer_cited(repo: Path) -> None:
    lock()
    assert run("evidence", "verify") == (
        0,
        "working tree agrees with evidence.lock: 6 files as locked\n",
        "",
    )
    (repo / RUN).write_text("changed\n")
    (repo / "shots/a.txt").unlink()
    repos.write(repo, {"data/new.csv": "5\n"})
    repos.stage(repo)
    repos.write(repo, {"log.md": HEAD + "`artifacts/run.txt`, `data/*.csv`, `docs/notes.md`\n"})
    code, out, _ = run("evidence", "verify")
    lines = out.splitlines()
    then, now = (hashlib.sha256(text).hexdigest()[:12] for text in (b"ok\n", b"changed\n"))
    assert code == 1
    assert lines == [
        f"changed          {RUN}  ({then} → {now}, 3 → 8 bytes; cited by log.md)",
        "added            data/new.csv  (cited by log.md)",
        "removed          shots/a.txt  (cited by log.md)",
        "no longer cited  shots/deep/b.txt  (cited by log.md)",
        "",
        "working tree does not agree with evidence.lock: 1 changed, 1 added, 1 removed, "
        "1 no longer cited",
        "If this is right, run `occ-audit evidence lock` and commit the lock.",
    ]
    lock()
    assert verify() == (0, [])


def test_verify_as_json(repo: Path) -> None:
    lock()
    repos.git(repo, "rm", "-q", "--cached", RUN)
    code, out, _ = run("evidence", "verify", "--format", "json")
    assert code == 1
    assert json.loads(out) == {
        "schema_version": 1,
        "lock": str(repo / "evidence.lock"),
        "tree": "working tree",
        "locked": 6,
        "differences": [
            {
                "status": "removed",
                "path": RUN,
                "locked": {"sha256": hashlib.sha256(b"ok\n").hexdigest(), "size": 3},
                "found": None,
                "cited_by": ["log.md"],
                "reason": "it is on disk, but git does not track it",
            }
        ],
    }


def test_verify_at_a_commit_reads_nothing_from_disk(repo: Path) -> None:
    lock()
    (repo / RUN).write_text("changed\n")
    assert verify("--at", "HEAD") == (0, [])
    repos.commit(repo)
    assert verify("--at", "HEAD") == (1, [f"changed {RUN}"])
    assert verify("--at", "HEAD~") == (0, [])
    assert "--at: nope: there is no such commit in this clone" in error("verify", "--at", "nope")


def test_a_rebase_does_not_break_the_lock(repo: Path) -> None:
    repos.branch(repo, "work")
    repos.commit(repo, {"log.md": HEAD + "`late.txt`\n", "late.txt": "late\n"})
    before = lock()
    repos.commit(repo, message="Lock")
    repos.switch(repo, "main")
    repos.commit(repo, {"unrelated.txt": "x\n"})
    repos.switch(repo, "work")
    repos.git(repo, "rebase", "-q", "main")
    assert verify() == (0, [])
    after = lock()
    assert [row["path"] for row in after[1:]] == [row["path"] for row in before[1:]]
    assert after != before


def test_a_lock_merged_by_union_holds(repo: Path) -> None:
    repos.commit(repo, {".gitattributes": "evidence.lock merge=union\n"})
    lock()
    repos.commit(repo, message="Lock")
    for name, start in (("one", "main"), ("two", "main")):
        repos.branch(repo, name, start)
        repos.write(repo, {f"{name}.md": f"See `data/{name}.csv`.\n", f"data/{name}.csv": name})
        repos.stage(repo)
        lock()
        repos.commit(repo, message=name)
    repos.git(repo, "merge", "-q", "--no-edit", "one")
    assert verify() == (0, [])
    merged = (repo / "evidence.lock").read_text().splitlines()
    lock()
    assert len((repo / "evidence.lock").read_text().splitlines()) <= len(merged)


def test_what_a_checkout_changes_is_no_change(repo: Path) -> None:
    lock()
    (repo / RUN).write_bytes(b"ok\r\n")
    assert verify() == (0, [])
    stored = b"a large picture\n"
    digest = hashlib.sha256(stored).hexdigest()
    version = "version https://git-lfs.github.com/spec/v1"
    pointer = f"{version}\noid sha256:{digest}\nsize {len(stored)}\n"
    repos.commit(repo, {RUN: pointer})
    row = next(row for row in lock()[1:] if row["path"] == RUN)
    assert (row["sha256"], row["size"]) == (digest, len(stored))
    (repo / RUN).write_bytes(stored)
    assert verify() == (0, [])


def test_another_file_and_a_folder_elsewhere(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("evidence", "lock", "repo", "--file", "my.lock")[0] == 0
    assert (tmp_path / "my.lock").is_file()
    assert not (repo / "evidence.lock").exists()
    assert verify("repo", "--file", "my.lock") == (0, [])
    (tmp_path / "plain").mkdir()
    assert "this is not inside a git repository" in error("lock", "plain")
    assert "cannot read the lock: No such file" in error("verify", "repo")


def test_no_secret_and_no_control_character_is_shown(repo: Path) -> None:
    name = f"shots/{token('name')}\x1b[31m.txt"
    repos.commit(repo, {name: "x\n"})
    lock()
    (repo / name).write_text("y\n")
    for format_ in ("terminal", "json"):
        code, out, err = run("evidence", "verify", "--format", format_)
        assert code == 1
        assert token("name") not in out + err
        assert "\x1b" not in out + err
        assert "shots/" in out


# Damaged locks


@pytest.mark.parametrize(
    ("line", "number", "said"),
    [
        ("<<<<<<< ours", 3, "an unresolved merge conflict"),
        ("{broken", 3, "is not a JSON object"),
        ("[1]", 3, "is not a JSON object"),
        ('{"path": "a"}', 3, "`sha256` is missing or not as written"),
        ('{"surprise": 1}', 3, "'surprise' is no field of an entry"),
        ('{"format": "occ-audit-evidence-lock"}', 3, "a second header"),
    ],
)
def test_a_damaged_line_is_named_with_what_to_do(
    repo: Path, line: str, number: int, said: str
) -> None:
    lock()
    file = repo / "evidence.lock"
    lines = file.read_text().splitlines()
    lines.insert(number - 1, line)
    file.write_text("\n".join(lines) + "\n")
    told = error("verify").splitlines()
    assert told[0] == f"occ-audit: error: {file}:{number}: {said}"
    assert told[1].startswith("  ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", ""),
        ("sha256", "0"),
        ("size", -1),
        ("size", True),
        ("first_commit", {"id": "x", "date": ""}),
        ("cited_by", "log.md"),
    ],
)
def test_a_damaged_field_is_named(repo: Path, field: str, value: object) -> None:
    row = lock()[1]
    file = repo / "evidence.lock"
    lines = file.read_text().splitlines()
    lines[1] = json.dumps(row | {field: value})
    file.write_text("\n".join(lines))
    assert f"{file}:2: `{field}` is missing or not as written" in error("verify")


def test_two_lines_for_one_path_must_agree(repo: Path) -> None:
    row = lock()[1]
    file = repo / "evidence.lock"
    agreed = json.dumps(row | {"cited_by": ["z.md"]})
    text = file.read_text()
    file.write_text(text + agreed + "\n")
    assert verify() == (0, [])
    file.write_text(text + json.dumps(row | {"size": 99}) + "\n")
    assert f"a second line for '{RUN}', with another content" in error("verify")


def test_headers_and_encodings_that_are_not_known(repo: Path) -> None:
    file = repo / "evidence.lock"
    for data, said in (
        (b"", "the header line of a lock is missing"),
        (b'{"format": "occ-audit-evidence-lock", "version": 9}\n', "version 9 of the format"),
        (b'{"format": "occ-audit-evidence-lock", "version": 1}\n', "`documents` is neither"),
        (b"\xff\xfe", "is not UTF-8"),
    ):
        file.write_bytes(data)
        assert said in error("verify")
    file.unlink()
    file.mkdir()
    assert "cannot read the lock: not a regular file" in error("verify")


def test_what_cannot_be_read_is_no_empty_result(repo: Path) -> None:
    lock()
    repos.write(repo, {".occ-audit.toml": "max_bytes = 10\n"})
    assert "what it cites is not known" in error("verify")
    assert "what it cites is not known" in error("lock")


# The statement


def test_the_statement_is_valid_for_the_reference_library(repo: Path) -> None:
    validator = pytest.importorskip(
        "in_toto_attestation.v1.statement", reason="the reference library is not installed"
    )
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement_pb2

    lock()
    repos.commit(repo, message="Lock")
    code, out, err = run("evidence", "export", "--format", "in-toto")
    assert (code, err) == (0, "")
    message = json_format.Parse(out, statement_pb2.Statement())
    validator.Statement.copy_from_pb(message).validate()
    assert [subject.name for subject in message.subject] == LOCKED
    said = json.loads(out)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["predicateType"] == "urn:occ-audit:evidence-lock:v1"
    assert said["subject"][0]["digest"] == {"sha256": hashlib.sha256(b"ok\n").hexdigest()}
    assert said["predicate"]["commit"] == repos.oid(repo)
    assert said["predicate"]["artifacts"][0] == {
        "name": RUN,
        "size": 3,
        "firstCommit": {"id": repos.oid(repo, "HEAD~"), "date": "2025-10-10T08:00:00Z"},
        "citedBy": ["log.md"],
    }


def test_nothing_untrue_is_stated(repo: Path) -> None:
    lock()
    repos.commit(repo, {RUN: "changed\n"})
    assert "the lock does not agree with HEAD, so nothing is stated" in error("export")
    assert run("evidence", "export", "--at", "HEAD~")[0] == 0
    repos.commit(repo, {"log.md": "nothing\n", "README.md": "nothing\n"})
    lock()
    assert "the lock names no file" in error("export")
