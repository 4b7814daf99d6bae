"""The working tree: what is read, and what is not, by default and with options and paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak, scan

MISSING = "---\ndoc: x\nowner: me\n---\n# Log\n\n- See `docs/absent.md`.\n"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repos.init(tmp_path_factory.mktemp("worktree") / "repo")
    repos.write(made, {".gitignore": "*.ignored\nbuild/\n"})
    repos.commit(made, {"tracked.env": leak("tracked"), "sub/deep/a.env": leak("deep")}, "First")
    repos.commit(made, {"deleted.env": leak("deleted"), "log.md": MISSING, "sub/log.md": MISSING})
    (made / "deleted.env").unlink()
    repos.write(
        made,
        {
            "untracked.env": leak("untracked"),
            "a.ignored": leak("ignored"),
            "build/b.env": leak("built"),
        },
    )
    outside = made.parent / "outside"
    repos.write(outside, {"target.env": leak("behind link")})
    (made / "link").symlink_to(outside / "target.env")
    (made / "folder-link").symlink_to(outside)
    (made / "telling-link").symlink_to(f"/nowhere/{scans.token('link target')}")
    inner = repos.init(made / "inner")
    repos.commit(inner, {"inner.env": leak("inner")})
    repos.dangling_blob(inner, leak("inner object").encode())
    return made


def test_tracked_and_untracked_files_are_read_but_not_the_ignored_ones(repo: Path) -> None:
    result = scan(repo)
    assert result.code == 1
    assert result.paths("tracked") == ["tracked.env"]
    assert result.paths("deep") == ["sub/deep/a.env"]
    assert result.paths("untracked") == ["untracked.env"]
    for label in ("ignored", "built", "deleted"):
        assert not result.has(label)
    assert not result.incomplete
    assert result.counters["files"] == 10


def test_links_are_read_as_text_and_never_followed(repo: Path) -> None:
    result = scan(repo)
    assert not result.has("behind link")
    assert result.paths("link target") == ["telling-link"]


def test_a_nested_repository_that_nobody_added_is_read_but_not_its_git_folder(repo: Path) -> None:
    result = scan(repo)
    assert result.paths("inner") == ["inner/inner.env"]
    assert not result.has("inner object")
    [left_out] = result.skipped("a repository of its own", requested=True)
    assert left_out["origin"]["path"] == "inner/.git"
    assert scan(repo / "inner").paths("inner") == ["inner.env"]


def test_include_ignored(repo: Path) -> None:
    result = scan("--include-ignored", repo)
    assert result.paths("ignored") == ["a.ignored"]
    assert result.paths("built") == ["build/b.env"]


def test_an_ignored_path_that_is_named_is_read(repo: Path) -> None:
    assert scan(repo / "a.ignored").paths("ignored") == ["a.ignored"]
    assert scan(repo / "build").paths("built") == ["build/b.env"]


def test_paths_restrict_secrets_and_documents(repo: Path) -> None:
    result = scan(repo / "sub", repo / "untracked.env")
    assert result.counters["files"] == 3
    assert result.paths("deep") == ["sub/deep/a.env"]
    assert result.paths("untracked") == ["untracked.env"]
    assert not result.has("tracked")
    [missing] = result.rules("evidence-missing")
    assert [place["path"] for place in missing["locations"]] == ["sub/log.md"]
    assert len(scan(repo).rules("evidence-missing")) == 2


def test_a_point_in_a_subfolder_means_that_folder(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo / "sub")
    for arguments in ((".",), ()):
        assert scan(*arguments).counters["files"] == 2
    monkeypatch.chdir(repo / "sub" / "deep")
    assert scan("..").counters["files"] == 2
    assert scan("../..").has("tracked")


def test_a_link_to_a_folder_that_is_named_is_followed(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(repo)
    assert scan(tmp_path / "current").has("tracked")


def test_no_link_leads_away_where_a_tracked_folder_was(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"config/app.env": "a\n", "docs/log.md": MISSING})
    repos.write(tmp_path / "other", {"app.env": leak("away"), "log.md": MISSING})
    for name in ("config", "docs"):
        for file in (made / name).iterdir():
            file.unlink()
        (made / name).rmdir()
        (made / name).symlink_to(tmp_path / "other")
    result = scan(made)
    assert result.code == 0
    assert not result.has("away")
    assert not result.rules("evidence-missing")


@pytest.mark.parametrize("now", ["folder", "file"])
def test_tracked_files_that_made_way_for_something_else_are_gone(tmp_path: Path, now: str) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a": leak("old a"), "b/c": leak("old c")})
    (made / "b" / "c").unlink()
    (made / "b").rmdir()
    (made / "a").unlink()
    if now == "folder":
        repos.write(made, {"a/new": leak("new")})
    else:
        repos.write(made, {"b": leak("new")})
    result = scan(made)
    assert result.code == 1
    assert result.has("new")
    assert not result.incomplete


def test_a_submodule_is_named_and_left_to_a_scan_of_its_own(repo: Path, tmp_path: Path) -> None:
    made = repos.init(tmp_path / "parent")
    child = repos.init(tmp_path / "child")
    repos.commit(child, {"child.env": leak("child")})
    repos.submodule(made, child, "deps/child")
    repos.commit(made, {"a.env": leak("parent")})
    result = scan(made)
    assert result.has("parent")
    assert not result.has("child")
    [row] = result.skipped("submodule", requested=True)
    assert row["origin"]["path"] == "deps/child"
    assert scan(made / "deps" / "child").paths("child") == ["child.env"]


def test_a_plain_folder(tmp_path: Path) -> None:
    repos.write(
        tmp_path / "plain", {"a.env": leak("a"), "deep/er/b.env": leak("b"), ".c": leak("c")}
    )
    result = scan(tmp_path / "plain")
    assert [result.paths(label) for label in "abc"] == [["a.env"], ["deep/er/b.env"], [".c"]]
    assert result.code == 1
    only = scan(tmp_path / "plain" / "a.env")
    assert only.paths("a") == ["a.env"]
    assert not only.has("b")


def test_a_linked_worktree_is_a_working_tree(repo: Path, tmp_path: Path) -> None:
    linked = repos.worktree(repo, tmp_path / "linked")
    repos.write(linked, {"new.env": leak("only in linked")})
    result = scan(linked)
    assert result.paths("only in linked") == ["new.env"]
    assert result.paths("deleted") == ["deleted.env"]
    assert not result.has("untracked")


def test_excluded_paths_are_named_and_do_not_make_the_scan_incomplete(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    config = 'exclude = ["vendor/"]\n'
    repos.commit(made, {"vendor/a.env": leak("vendor"), ".occ-audit.toml": config})
    result = scan(made)
    assert result.code == 0
    [row] = result.skipped("excluded by the configuration", requested=True)
    assert row["origin"]["path"] == "vendor/a.env"


def test_a_token_in_a_file_name_is_found(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {f"dump-{scans.token('name')}.sql": "x\n"})
    result = scan(made)
    assert result.code == 1
    [place] = result.finding("name")["locations"]
    assert [origin["kind"] for origin in place["origins"]] == ["path"]
    assert scans.token("name") not in result.out


@pytest.mark.parametrize("index", ["--no-sparse-index", "--sparse-index"])
def test_a_sparse_checkout_hides_nothing(tmp_path: Path, index: str) -> None:
    made = repos.init(tmp_path / "repo")
    log = "---\ndoc: {}\nowner: me\n---\n# Log\n\n- See `{}`, `{}`.\n"
    files = {
        "here/a.md": log.format("here/a.md", "there/a.log", "there/b.log"),
        "there/a.log": "text\n",
        "there/secret.env": leak("sparse"),
        "there/again/secret.env": leak("sparse"),
        "there/log.md": log.format("there/log.md", "there/c.log", "here/a.md"),
    }
    repos.commit(made, files)
    repos.git(made, "sparse-checkout", "set", "--cone", index, "here")
    assert not (made / "there").exists()
    result = scan(made)
    assert result.paths("sparse") == ["there/again/secret.env", "there/secret.env"]
    missing = {row["properties"]["target"] for row in result.rules("evidence-missing")}
    assert missing == {"there/b.log", "there/c.log"}
    assert not result.incomplete
    assert not scan(made / "here").has("sparse")
    assert scan("--staged", "--only", "secrets", made).code == 0
    part = repos.clone(made, tmp_path / "part", "--filter=blob:none", "--sparse")
    repos.git(part, "remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    assert scan(part).skipped("missing object")
