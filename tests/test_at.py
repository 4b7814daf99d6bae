"""`--at COMMIT` and `--changed-only`: a commit as it was, and only what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import repos
from tests.scans import Scan, leak, scan

HEAD = "---\nepoch: 3\nowner: ops\n---\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = repos.init(tmp_path / "repo")
    monkeypatch.chdir(root)
    return root


def evidence(*arguments: str) -> list[str]:
    """Return `path:line message` of the references that are missing."""
    found = scan("--only", "evidence", *arguments)
    return [
        f"{place['path']}:{place['line']} {row['message']}"
        for row in found.report["findings"]
        if row["rule_id"] in ("evidence-missing", "reference-missing")
        for place in row["locations"]
    ]


# A commit


def test_a_commit_is_read_as_it_was(repo: Path) -> None:
    repos.commit(
        repo,
        {"log.md": HEAD + "`a.txt`\n", "a.txt": "a\n", "x.env": leak("old"), "y.env": leak("old")},
    )
    repos.commit(repo, {"x.env": "clean\n", "later.env": leak("new")}, remove=["a.txt", "y.env"])
    repos.write(repo, {"disk.env": leak("disk")})

    then = scan("--at", "HEAD~")
    assert then.code == 1
    assert then.paths("old") == ["x.env", "y.env"]
    assert not then.has("new")
    assert not then.has("disk")
    assert then.report["stats"]["source"] == "commit"
    assert then.report["stats"]["repository"]["revision"] == repos.oid(repo, "HEAD~")
    assert (then.counters["files"], then.counters["objects"]) == (4, 3)
    assert evidence("--at", "HEAD~") == []

    now = scan("--at", "HEAD")
    assert now.paths("new") == ["later.env"]
    assert not now.has("old")
    assert evidence("--at", "HEAD") != []


def test_names_links_and_tags(repo: Path) -> None:
    repos.link(repo, "link", leak("link").strip())
    repos.commit(repo, {leak("name").strip() + ".txt": "x\n"}, leak("message"))
    repos.tag(repo, "v1", "Annotated")
    found = scan("--at", "v1")
    assert found.has("link")
    assert found.has("name")
    assert not found.has("message"), "--at reads files; --range and --history read messages"


def test_only_the_paths_that_are_given(repo: Path) -> None:
    repos.commit(
        repo, {"in/a.env": leak("in"), "out/b.env": leak("out"), "in/log.md": HEAD + "`x.md`\n"}
    )
    found = scan("--at", "HEAD", "in")
    assert (found.has("in"), found.has("out")) == (True, False)
    assert found.counters["documents"] == 1


def test_a_path_that_is_no_longer_on_disk(repo: Path) -> None:
    repos.commit(repo, {"in/a.env": leak("in"), "in/log.md": HEAD + "`x.md`\n", "b.md": "b\n"})
    repos.commit(repo, remove=["in/a.env", "in/log.md"])
    assert scan("--at", "HEAD~", "in").has("in")
    assert scan("--at", "HEAD~", "in/a.env").paths("in") == ["in/a.env"]
    assert evidence("--at", "HEAD~", "in/log.md")[0].startswith("in/log.md:5 x.md is cited")
    found = scan("--at", "HEAD", "in")
    assert found.code == 2
    assert "in: HEAD has no such file or folder" in found.err
    assert "in/a.env: no such file or folder" in scan("in/a.env").err


def test_a_bare_repository_and_many_threads(repo: Path, tmp_path: Path) -> None:
    repos.commit(repo, {f"{number}.env": leak(str(number)) for number in range(9)})
    bare = repos.bare(repo, tmp_path / "bare")
    found = scan("--at", "main", "--jobs", "4", bare)
    assert all(found.has(str(number)) for number in range(9))
    assert found.counters["objects"] == 9


def test_what_cannot_be_read(repo: Path, tmp_path: Path) -> None:
    assert "--at: HEAD: there is no such commit in this clone" in scan("--at", "HEAD").err
    repos.commit(repo, {"a.txt": "old\n"})
    repos.commit(repo, {"a.txt": "new\n"})
    partial = repos.partial(repo, tmp_path / "partial")
    assert scan("--at", "HEAD", partial).code == 0
    found = scan("--at", "HEAD~", partial)
    assert found.code == 3
    assert [row["origin"]["path"] for row in found.skipped("missing object")] == ["a.txt"]
    assert scan("--at", "").code == 2, "as where a variable of a CI job is not set"
    assert "--at and --history exclude each other" in scan("--at", "HEAD", "--history").err
    (tmp_path / "plain").mkdir()
    assert "not inside a git repository" in scan("--at", "HEAD", tmp_path / "plain").err


def test_an_empty_commit(repo: Path) -> None:
    repos.commit(repo)
    assert scan("--at", "HEAD").code == 0


# Only what changed


@pytest.fixture
def branch(repo: Path) -> Path:
    """A branch that changes new.md, renames docs/b.md and deletes c.txt and the folder gone/."""
    broken = "`never/there.md`\n"
    repos.commit(
        repo,
        {
            "old.md": HEAD + broken + "`docs/b.md`, `c.txt`, `gone/`\n",
            "new.md": HEAD + "fine\n",
            "docs/b.md": "a text that is long enough to be known again\n" * 3,
            "c.txt": "c\n",
            "gone/d.txt": "d\n",
        },
    )
    repos.branch(repo, "work")
    repos.commit(repo, {"new.md": HEAD + broken}, remove=["c.txt", "gone/d.txt"])
    (repo / "docs/b.md").rename(repo / "docs/renamed.md")
    repos.commit(repo, message="Rename")
    repos.switch(repo, "main")
    repos.commit(repo, {"elsewhere.md": HEAD + broken}, remove=["new.md"])
    repos.switch(repo, "work")
    return repo


CHANGED = [
    "new.md:5 never/there.md is cited but does not exist",
    "old.md:6 c.txt is cited but does not exist",
    "old.md:6 docs/b.md is cited but does not exist",
    "old.md:6 gone/ is cited but does not exist",
]


def without_reasons(rows: list[str]) -> list[str]:
    return sorted(row.partition(" (")[0] for row in rows)


def test_changed_documents_and_references_to_what_is_gone(branch: Path) -> None:
    assert "old.md:5 never/there.md is cited but does not exist" in without_reasons(evidence())
    assert without_reasons(evidence("--changed-only=main")) == CHANGED
    assert without_reasons(evidence("--changed-only", "main", "--staged")) == CHANGED
    assert without_reasons(evidence("--changed-only=main", "--at", "work")) == CHANGED
    assert "docs/renamed.md" in str(evidence("--changed-only=main"))


def test_what_is_not_committed_counts_on_disk(branch: Path) -> None:
    committed = evidence("--changed-only=HEAD")
    assert committed == []
    repos.write(branch, {"untracked.md": HEAD + "`no/such.md`\n", "old.md": HEAD + "`no/file`\n"})
    (branch / "new.md").unlink()
    found = without_reasons(evidence("--changed-only=HEAD"))
    assert "untracked.md:5 no/such.md is cited but does not exist" in found
    assert not any(row.startswith("new.md") for row in found)
    crlf = (branch / "docs/renamed.md").read_bytes().replace(b"\n", b"\r\n")
    (branch / "docs/renamed.md").write_bytes(crlf)
    assert scan("--changed-only=HEAD", "--only", "evidence").counters["documents"] == 2


def test_the_default_base(branch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = without_reasons(evidence("--changed-only"))
    assert parent == ["old.md:6 docs/b.md is cited but does not exist"]
    repos.switch(branch, "main")
    clone = repos.clone(branch, tmp_path / "clone")
    repos.git(clone, "checkout", "-q", "work")
    monkeypatch.chdir(clone)
    assert without_reasons(evidence("--changed-only")) == CHANGED


def test_a_first_commit_has_changed_everything(repo: Path) -> None:
    repos.commit(repo, {"log.md": HEAD + "`no/such.md`\n"})
    assert len(evidence("--changed-only")) == 1
    assert len(evidence("--changed-only", "--at", "HEAD")) == 1


def test_secrets_are_sought_everywhere_all_the_same(repo: Path) -> None:
    repos.commit(repo, {"a.env": leak("old")})
    repos.commit(repo, {"b.txt": "x\n"})
    assert scan("--changed-only").has("old")


def test_bases_that_do_not_work(repo: Path, tmp_path: Path) -> None:
    repos.commit(repo, {"a.md": "a\n"})
    repos.commit(repo, {"a.md": "b\n"})

    def said(*arguments: str | Path) -> str:
        found: Scan = scan("--changed-only", *arguments)
        assert found.code == 2
        return found.err

    assert "--changed-only: nope: there is no such commit in this clone" in said("nope")
    for option in ("--history", "--stdin"):
        assert f"{option} and --changed-only exclude each other" in said(option)
    assert "exclude each other" in said("--range", "HEAD~..HEAD")
    shallow = repos.shallow(repo, tmp_path / "shallow")
    repos.git(shallow, "remote", "remove", "origin")
    assert "this clone does not hold what the commit is to be compared with" in said("--", shallow)
