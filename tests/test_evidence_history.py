"""What the evidence audit knows of the past, in real repositories, as a user reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import repos
from evidence_trees import HEAD

from occ_audit.checks._evidence import unchanged
from occ_audit.cli import run
from tests.scans import questions


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repos.init(tmp_path / "repo")
    monkeypatch.chdir(root)
    return root


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    run(["scan", "--only", "evidence", "--format", "json", *arguments])
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return `severity rule: message` of each finding."""
    found = report(capsys, *arguments)["findings"]
    assert isinstance(found, list)
    return [f"{row['severity']} {row['rule_id']}: {row['message']}" for row in found]


def short(commit: str) -> str:
    return commit[:12]


# Why it is missing


def test_what_never_existed(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repos.commit(repo, {"log.md": HEAD + "`docs/a.md`\n"})
    assert told(capsys) == [
        "high evidence-missing: docs/a.md is cited but does not exist (never existed)"
    ]


def test_what_was_deleted(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repos.commit(repo, {"log.md": HEAD + "`docs/a.md`, `out/`\n", "docs/a.md": "x", "out/b": "x"})
    (repo / "docs/a.md").unlink()
    (repo / "out/b").unlink()
    commit = short(repos.commit(repo, message="Remove"))
    end = f"is cited but does not exist (deleted in commit {commit} on 2025-10-10)"
    assert told(capsys) == [
        f"high evidence-missing: docs/a.md {end}",
        f"high evidence-missing: out/ {end}",
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Removed `docs/a.md`", []),
        ("- removed the old `docs/b.md`, `docs/a.md`", []),
        ("Deleted `docs/a.md` and `out/never.md`", ["out/never.md"]),
        ("Removed a flag from `docs/b.md`; see `docs/a.md`", ["docs/a.md"]),
        ("Unmoved: `docs/a.md`", ["docs/a.md"]),
        ("`docs/a.md` was merged into `docs/b.md`", []),
        ("`docs/never.md` was merged into `docs/b.md`", ["docs/never.md"]),
    ],
)
def test_what_an_entry_says_that_it_removed_is_asked_of_the_history(
    repo: Path, capsys: pytest.CaptureFixture[str], text: str, left: list[str]
) -> None:
    repos.commit(repo, {"docs/a.md": "x", "docs/b.md": "x"})
    (repo / "docs/a.md").unlink()
    repos.commit(repo, {"log.md": f"{HEAD}{text}\n"})
    assert [line.split()[2] for line in told(capsys)] == left


@pytest.mark.parametrize("source", [[], ["--staged"]], ids=["disk", "index"])
@pytest.mark.parametrize("path", ["runbooks/db.md", "setup.cfg"])
def test_what_is_deleted_but_not_committed_yet(
    path: str, source: list[str], repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the file, its folder, the first part of its path, is gone as well."""
    repos.commit(repo, {"docs/notes.md": f"See `{path}`.\n", path: "x\n"})
    assert told(capsys, *source) == []
    repos.git(repo, "rm", "-q", path)
    end = "is cited but does not exist (deleted here, but not in the last commit)"
    [found] = told(capsys, *source)
    assert found.endswith(f"{path} {end}")


@pytest.mark.parametrize("when", ["253402300800 +0000", "99999999999999 +0000", "-5 +0000", "x"])
def test_a_day_that_no_calendar_knows(
    when: str, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"status-log.md": "# Log\n"})
    days = "".join(f"\n## 2025-10-0{day}\n\nNothing.\n" for day in (8, 7, 6))
    cited = f"# Log\n\n## 2025-10-09\n\nEvidence: `docs/a.md`, `docs/b.md`\n{days}"
    repos.commit(repo, {"status-log.md": cited, "docs/a.md": "x\n", "docs/b.md": "x\n"})
    repos.redate(repo, when)
    repos.commit(repo, remove=["docs/a.md"])
    commit = short(repos.redate(repo, when))
    assert told(capsys) == [
        "high evidence-missing: docs/a.md is cited but does not exist"
        f" (deleted in commit {commit} on a day that no calendar knows)"
    ]


def test_what_was_renamed(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "line one\nline two\nline three\n"
    repos.commit(repo, {"log.md": HEAD + "`docs/a.md`\n", "docs/a.md": text})
    repos.git(repo, "mv", "docs/a.md", "docs/b.md")
    commit = short(repos.commit(repo, message="Rename"))
    found = report(capsys)["findings"]
    assert isinstance(found, list)
    assert found[0]["message"] == (
        "docs/a.md is cited but does not exist"
        f" (renamed to docs/b.md in commit {commit} on 2025-10-10)"
    )
    assert found[0]["properties"]["next_step"] == "Write docs/b.md."


def test_a_folder_that_was_renamed(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "line one\nline two\nline three\n"
    files = {"log.md": HEAD + "`docs/old/`\n", "docs/old/a.md": text, "docs/old/b.md": text * 2}
    repos.commit(repo, files)
    repos.git(repo, "mv", "docs/old", "docs/new")
    commit = short(repos.commit(repo, message="Rename"))
    assert told(capsys) == [
        "high evidence-missing: docs/old/ is cited but does not exist"
        f" (renamed to docs/new/ in commit {commit} on 2025-10-10)"
    ]


def test_what_is_only_on_another_branch(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repos.commit(repo, {"log.md": HEAD + "`docs/a.md`\n"})
    repos.git(repo, "checkout", "-q", "-b", "topic")
    repos.commit(repo, {"docs/a.md": "x"})
    repos.git(repo, "checkout", "-q", "-")
    assert told(capsys) == [
        "high evidence-missing: docs/a.md is cited but does not exist (only on branch topic)"
    ]


def test_what_is_deleted_but_not_committed(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repos.commit(repo, {"log.md": HEAD + "`docs/a.md`\n", "docs/a.md": "x"})
    (repo / "docs/a.md").unlink()
    assert told(capsys) == [
        "high evidence-missing: docs/a.md is cited but does not exist"
        " (deleted here, but not in the last commit)"
    ]


def test_case_and_spelling(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"log.md": HEAD + "`docs/setup.md`, `docs/instal.md`\n"}
    repos.commit(repo, {**files, "docs/Setup.md": "x", "docs/install.md": "x"})
    assert told(capsys) == [
        "high evidence-missing: docs/setup.md is cited but does not exist"
        " (differs only in case from docs/Setup.md)",
        "high evidence-missing: docs/instal.md is cited but does not exist"
        " (did you mean docs/install.md?)",
    ]


def test_an_ordinary_document_is_believed_where_the_past_vouches_for_it(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "`old/tool.py`, `tool.cfg`, `src/new.py`, `lib/any.py`, `script`\n"
    files = {"old/tool.py": "x", "tool.cfg": "x", "script": "x", "src/main.py": "x"}
    repos.commit(repo, {"README.md": text, **files})
    for name in ("old/tool.py", "tool.cfg", "script"):
        (repo / name).unlink()
    commit = short(repos.commit(repo, message="Remove"))
    deleted = f"deleted in commit {commit} on 2025-10-10"
    assert told(capsys) == [
        f"medium reference-missing: old/tool.py is cited but does not exist ({deleted})",
        f"low reference-doubtful: tool.cfg is cited but does not exist ({deleted})",
        "low reference-doubtful: src/new.py is cited but does not exist (never existed)",
    ]


def test_links_that_may_be_pages_of_a_site_are_believed_where_the_past_vouches_for_them(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {
        "README.md": "[a](/src/a.go#L3), [b](/src/b.go), [c](/guide/c)\n",
        "docs/index.rst": "See :doc:`old`, :doc:`other` and :doc:`/new`.\n",
        "docs/new.rst": "x\n",
    }
    repos.commit(repo, {**pages, "src/a.go": "x\n", "docs/old.rst": "x\n"})
    commit = short(repos.commit(repo, remove=["src/a.go", "docs/old.rst"]))
    assert told(capsys) == [
        f"medium reference-missing: {path} is cited but does not exist"
        f" (deleted in commit {commit} on 2025-10-10)"
        for path in ("src/a.go", "docs/old.rst")
    ]


def test_routes_are_no_folders_that_once_were(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"README.md": "[s3](/s3/), [b2](/b2#x), [a](/a.go)\n", "src/a.go": "x"})
    repos.commit(repo, {"s3/s3.go": "x\n", "b2/b2.go": "x\n", "a.go": "x\n"})
    commit = short(repos.commit(repo, remove=["s3/s3.go", "b2/b2.go", "a.go"]))
    assert told(capsys) == [
        "medium reference-missing: a.go is cited but does not exist"
        f" (deleted in commit {commit} on 2025-10-10; did you mean src/a.go?)"
    ]


def test_pages_of_a_toctree(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toctree = """\
.. toctree::
   :maxdepth: 2

   guide/install
   The old one <old>
   self
   generated/*
   https://example.org/x
   guide/never

   more

:doc:`else`
"""
    pages = {"docs/index.rst": toctree, "docs/guide/install.md": "x\n", "docs/more.rst": "x\n"}
    repos.commit(repo, {**pages, "docs/old.rst": "x\n"})
    commit = short(repos.commit(repo, remove=["docs/old.rst"]))
    assert told(capsys) == [
        "medium reference-missing: docs/old.rst is cited but does not exist"
        f" (deleted in commit {commit} on 2025-10-10)",
        "low reference-doubtful: docs/guide/never.rst is cited but does not exist (never existed)",
    ]


def test_a_shallow_clone_says_so_once_and_does_not_guess(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"log.md": HEAD + "`docs/a.md`, `docs/b.md`\n", "docs/a.md": "x"})
    (repo / "docs/a.md").unlink()
    repos.commit(repo, message="Remove")
    repos.git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    found = report(capsys)
    assert isinstance(found["findings"], list)
    assert [row["message"] for row in found["findings"]] == [
        "docs/a.md is cited but does not exist",
        "docs/b.md is cited but does not exist",
    ]
    assert found["skipped"] == [
        {
            "origin": {"kind": "history", "path": "", "commit": ""},
            "reason": "the clone is shallow: what became of older evidence and lines is not known",
            "requested": True,
            "count": 1,
        }
    ]


# On this disk only


def test_ignored_files_and_empty_folders(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = HEAD + "`run.log`, `out/`, `docs/new.md`\n"
    repos.commit(repo, {"log.md": text, ".gitignore": "# logs\n*.log\n"})
    repos.write(repo, {"run.log": "x", "docs/new.md": "x"})
    (repo / "out").mkdir()
    assert sorted(told(capsys)) == [
        "medium evidence-empty-folder: out/ is cited but holds no evidence"
        " (the folder is on this disk, but git keeps no empty folder)",
        "medium evidence-untracked: docs/new.md is cited but not in git:"
        " a fresh clone will not have it",
        "medium evidence-untracked: run.log is cited but not in git:"
        " a fresh clone will not have it (ignored by .gitignore:2 *.log)",
    ]


def test_a_pointer_that_git_lfs_did_not_fetch(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n"
    repos.commit(repo, {"log.md": HEAD + "`out/a.bin`, `out/a.bin:7`\n", "out/a.bin": pointer})
    assert told(capsys) == [
        "info evidence-not-fetched: out/a.bin is cited but was not checked:"
        " git LFS has not fetched it"
    ]


def test_a_submodule_that_is_not_fetched(
    repo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = repos.init(tmp_path / "other")
    repos.commit(other, {"a.md": "x"})
    repos.commit(repo, {"log.md": HEAD + "`module/a.md`, `module/b.md`, `module/`\n"})
    repos.git(repo, "submodule", "--quiet", "add", str(other), "module")
    repos.commit(repo, message="Add the module")
    assert told(capsys) == []
    shutil.rmtree(repo / "module")
    (repo / "module").mkdir()
    end = "the submodule module, which is not fetched"
    assert told(capsys) == [
        f"info evidence-not-fetched: module/a.md is cited but was not checked: inside {end}",
        f"info evidence-not-fetched: module/b.md is cited but was not checked: inside {end}",
        f"info evidence-not-fetched: module is cited but was not checked: it is {end}",
    ]


# Drift

LINES = "one\ntwo\nthree\nfour\nfive\n"


def drift(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    return [line.partition(": ")[2] for line in told(capsys, *arguments) if "drift" in line]


def test_cited_lines_that_moved_or_are_gone(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = HEAD + "`docs/a.md:2-3`\n\n`docs/a.md:4`\n\n`docs/a.md:1`\n"
    cited = short(repos.commit(repo, {"log.md": text, "docs/a.md": LINES}))
    assert told(capsys) == []
    repos.commit(repo, {"docs/a.md": "one\nnew\nnew\ntwo\nthree\nfive\n"})
    since = f"it no longer says what it said in commit {cited}, when it was cited"
    expected = [
        f"docs/a.md:2-3: {since}: it moved to lines 4-5",
        f"docs/a.md:4: {since}: it is gone",
    ]
    assert drift(capsys) == expected
    assert drift(capsys, "--staged") == expected
    assert drift(capsys, "--history") == expected


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.parametrize("bare", [False, True])
def test_drift_and_fate_in_any_kind_of_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], object_format: str, bare: bool
) -> None:
    repo = repos.init(tmp_path / "repo", object_format=object_format)
    text = HEAD + "`docs/a.md:2-3` and `docs/b.md`\n"
    cited = short(
        repos.commit(repo, {"log.md": text, "docs/a.md": LINES, "docs/b.md": "a text to move\n"})
    )
    moved = short(repos.rename(repo, "docs/b.md", "docs/c.md"))
    repos.commit(repo, {"docs/a.md": "zero\n" + LINES})
    place = repos.bare(repo, tmp_path / "bare") if bare else repo
    said = told(capsys, "--at", "HEAD", str(place))
    assert said == [
        "high evidence-missing: docs/b.md is cited but does not exist"
        f" (renamed to docs/c.md in commit {moved} on 2025-10-10)",
        "medium evidence-drift: docs/a.md:2-3: it no longer says what it said in commit"
        f" {cited}, when it was cited: it moved to lines 3-4",
    ]


def test_cited_lines_of_which_a_part_is_left(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cited = short(repos.commit(repo, {"log.md": HEAD + "`docs/a.md:2-4`\n", "docs/a.md": LINES}))
    repos.commit(repo, {"docs/a.md": "one\ntwo\nchanged\nfour\nfive\n"})
    assert drift(capsys) == [
        f"docs/a.md:2-4: it no longer says what it said in commit {cited}, when it was cited:"
        " of it is left lines 2-4"
    ]


def test_each_citation_is_judged_by_the_time_of_its_writing(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = short(repos.commit(repo, {"log.md": HEAD + "`docs/a.md:1`\n", "docs/a.md": "old\n"}))
    text = HEAD + "`docs/a.md:1`\n\nsince then `docs/a.md:1`\n"
    repos.commit(repo, {"log.md": text, "docs/a.md": "new\n"})
    found = report(capsys)["findings"]
    assert isinstance(found, list)
    assert [place["line"] for row in found for place in row["locations"]] == [5]
    assert first in found[0]["message"]


def test_lines_that_are_not_committed_have_not_drifted(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"log.md": HEAD, "docs/a.md": LINES})
    repos.commit(repo, {"docs/a.md": "zero\n" + LINES})
    repos.write(repo, {"log.md": HEAD + "`docs/a.md:2`\n", "new.md": HEAD + "`docs/a.md:3`\n"})
    repos.git(repo, "add", "new.md")
    found = report(capsys)
    assert [row for row in told(capsys) if "drift" in row] == []
    assert found["skipped"] == []


def test_of_many_documents_only_those_are_asked_that_may_have_drifted(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cite(path: str) -> str:
        return HEAD + f"`docs/{path}.md:2`\n"

    calm = {f"calm{n}.md": cite("calm") for n in range(unchanged.FEW + 1)}
    files = {"a.md": cite("a"), "old.md": cite("b"), "both.md": cite("a") + "\n`docs/calm.md:1`\n"}
    texts = {f"docs/{name}.md": LINES for name in ("calm", "a", "b", "late", "merged", "mine")}
    repos.commit(repo, {**calm, **files, **texts, "mine.md": cite("mine")})
    repos.commit(repo, {f"docs/{name}.md": "zero\n" + LINES for name in ("a", "b", "late")})
    repos.rename(repo, "old.md", "new.md")
    repos.commit(repo, {"late.md": cite("late")})
    repos.commit(repo, {"calm0.md": cite("calm") + "\nmore\n"})
    repos.git(repo, "checkout", "-q", "-b", "side")
    repos.commit(repo, {"merged.md": cite("merged")})
    repos.git(repo, "checkout", "-q", "main")
    repos.commit(repo, {"docs/merged.md": "zero\n" + LINES})
    repos.git(repo, "merge", "-q", "--no-edit", "side")
    repos.write(repo, {"docs/mine.md": "zero\n" + LINES})
    asked = questions(monkeypatch)
    found = drift(capsys)
    assert len([row for row in asked if "blame" in row]) == 5  # a, both, new, merged, mine
    assert [row.partition(":")[0] for row in found] == [
        f"docs/{name}.md" for name in ("a", "a", "merged", "mine", "b")
    ]
    monkeypatch.setattr(unchanged, "FEW", 1000)
    assert drift(capsys) == found
    assert len([row for row in asked if "blame" in row]) > len(calm)


# Secret paths


def test_secret_paths_now_and_in_any_commit(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repos.commit(repo, {"a.md": "x", "vault/old.env": "x", ".env.example": "x"})
    (repo / "vault/old.env").unlink()
    repos.commit(repo, {"vault/now.env": "x"})
    repos.git(repo, "checkout", "-q", "-b", "topic")
    other = short(repos.commit(repo, {"sub/.env.local": "x"}))
    repos.git(repo, "checkout", "-q", "-")
    repos.write(repo, {".env": "x"})
    first = short(repos.git(repo, "rev-list", "--max-parents=0", "HEAD").decode())
    start = "must never be in git, but"
    assert sorted(told(capsys)) == [
        f"high evidence-vault-tracked: vault/now.env {start} git tracks it",
        f"medium evidence-vault-history: sub/.env.local {start} commit {other}"
        " of 2025-10-10 added it",
        f"medium evidence-vault-history: vault/old.env {start} commit {first}"
        " of 2025-10-10 added it",
        f"medium evidence-vault-unignored: .env {start} no .gitignore names it",
    ]
    repos.write(repo, {".gitignore": ".env\n"})
    assert not any("unignored" in row for row in told(capsys))
    assert [row.partition(":")[0] for row in told(capsys, "--staged")] == [
        "high evidence-vault-tracked"
    ]


def test_a_secret_path_that_a_document_cites_is_told_there_and_once(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repos.commit(repo, {"log.md": HEAD + "`vault/a.env`\n", "vault/a.env": "x"})
    found = report(capsys)["findings"]
    assert isinstance(found, list)
    assert [place["path"] for row in found for place in row["locations"]] == ["log.md"]


# Time


def test_an_artifact_that_came_long_after_its_entry(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HEAD + "## 2025-09-20 One\n`docs/a.md`\n\n## 2025-10-09 Two\n`docs/b.md`, `log.md`\n"
    repos.commit(repo, {"log.md": text})
    commit = short(repos.commit(repo, {"docs/a.md": "x", "docs/b.md": "x"}))
    assert told(capsys) == [
        "low evidence-late: docs/a.md came later than the entry that cites it"
        f" (commit {commit} added it on 2025-10-10)"
    ]


def test_what_the_first_commit_brings_is_not_called_late(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HEAD + "## 2025-09-20 One\n`docs/a.md`\n\n## 2025-10-09 Two\n"
    repos.commit(repo, {"log.md": text, "docs/a.md": "x"})
    assert told(capsys) == []
