"""The repository builder builds what its functions promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import repos


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.txt": "one\n", "docs/b.md": "two\n"}, "First")
    return made


def objects(repo: Path) -> set[str]:
    listed = repos.git(
        repo, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered"
    )
    return set(listed.decode().split())


def reachable(repo: Path, *more: str) -> set[str]:
    listed = repos.git(repo, "rev-list", "--objects", "--no-object-names", "--all", *more)
    return set(listed.decode().split())


def test_same_commits_have_same_hashes(tmp_path: Path) -> None:
    made = [repos.init(tmp_path / name) for name in ("x", "y")]
    assert len({repos.commit(one, {"a": "b"}, "c") for one in made}) == 1
    assert len({repos.commit(one, {"a": "c"}, "d") for one in made}) == 1


def test_dates_rise_by_a_minute(repo: Path) -> None:
    repos.commit(repo, message="Second")
    dates = repos.git(repo, "log", "--format=%ct").split()
    assert [int(date) - repos.START for date in dates] == [60, 0]


def test_user_configuration_is_not_used(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Somebody\n[commit]\n\tgpgsign = true\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Else")
    repos.commit(repo, {"c": "d"})
    assert repos.git(repo, "log", "-1", "--format=%an") == b"Ada Example"


def test_overlooked_commits(repo: Path) -> None:
    in_reflog = repos.reflog_only(repo, {"c": "reflog"})
    repos.stash(repo, {"new.txt": "x", "a.txt": "stashed\n"}, untracked=True)
    in_stash = repos.oid(repo, "stash@{0}")
    assert in_reflog not in reachable(repo)
    assert {in_reflog, in_stash} <= reachable(repo, "--reflog")
    lost = {repos.dangling_commit(repo, {"d": "lost"}), repos.dangling_blob(repo, b"blob")}
    assert lost <= objects(repo)
    assert not lost & reachable(repo, "--reflog")
    repos.pack(repo)
    assert lost <= objects(repo)


def test_evil_merge_adds_content_of_its_own(repo: Path) -> None:
    merge = repos.evil_merge(repo, {"evil.txt": "evil\n"})
    first, second = (repos.git(repo, "ls-tree", "-r", "--name-only", f"{merge}^{n}") for n in "12")
    assert b"evil.txt" not in first.split() + second.split()
    assert b"evil.txt" in repos.git(repo, "ls-tree", "-r", "--name-only", merge).split()


def test_names(repo: Path) -> None:
    made = repos.tag(repo, "v1", "A message")
    assert repos.git(repo, "cat-file", "-t", made) == b"tag"
    assert repos.tag(repo, "light") == repos.oid(repo)
    repos.note(repo, "A note")
    repos.ref(repo, "refs/pull/7/head")
    repos.replace(repo, repos.oid(repo, "HEAD:a.txt"), repos.dangling_blob(repo, b"other\n"))
    refs = repos.git(repo, "for-each-ref", "--format=%(refname)").decode().split()
    assert {"refs/notes/commits", "refs/pull/7/head", "refs/tags/v1"} <= set(refs)
    assert repos.git(repo, "cat-file", "-p", "HEAD:a.txt") == b"other"


def test_shallow_and_bare(repo: Path, tmp_path: Path) -> None:
    repos.commit(repo, message="Second")
    cut = repos.shallow(repo, tmp_path / "shallow")
    assert repos.git(cut, "rev-parse", "--is-shallow-repository") == b"true"
    mirror = repos.bare(repo, tmp_path / "bare.git")
    assert repos.git(mirror, "rev-parse", "--is-bare-repository") == b"true"


def test_partial_clone_misses_old_blobs_only(repo: Path, tmp_path: Path) -> None:
    old = repos.oid(repo, "HEAD:a.txt")
    repos.commit(repo, {"a.txt": "new\n"})
    part = repos.partial(repo, tmp_path / "partial")
    listed = repos.git(part, "rev-list", "--objects", "--all", "--missing=print").decode().split()
    assert f"?{old}" in listed
    assert repos.oid(part, "HEAD:a.txt") in objects(part)


def test_sha256(tmp_path: Path) -> None:
    assert len(repos.commit(repos.sha256(tmp_path / "long"), {"a": "b"})) == 64


def test_worktree_and_submodule(repo: Path, tmp_path: Path) -> None:
    linked = repos.worktree(repo, tmp_path / "linked")
    assert (linked / ".git").is_file()
    parent = repos.init(tmp_path / "parent")
    repos.submodule(parent, repo, "deps/child")
    repos.commit(parent)
    assert repos.git(parent, "ls-tree", "HEAD", "deps/").startswith(b"160000 commit")


def test_damage(repo: Path) -> None:
    for damage, name in (
        (repos.drop_object, "HEAD:a.txt"),
        (repos.corrupt_object, "HEAD:docs/b.md"),
    ):
        damage(repo, repos.oid(repo, name))
    repos.garble_object(repo, repos.dangling_blob(repo, b"garbled"))
    with pytest.raises(AssertionError, match=r"missing|mismatch|corrupt"):
        repos.git(repo, "fsck", "--full", "--strict")


def test_invalid_name(repo: Path) -> None:
    repos.invalid_name(repo, b"content\n")
    assert b"caf\xe9.txt" in repos.git(repo, "ls-tree", "-z", "--name-only", "HEAD").split(b"\0")


def test_failure_says_what_git_said(repo: Path) -> None:
    with pytest.raises(AssertionError, match=r"unknown revision|Needed a single revision"):
        repos.oid(repo, "nowhere")
