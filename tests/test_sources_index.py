"""`--staged`: the bytes that the next commit would bring in, not those on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak, scan


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"old.env": leak("committed"), "note.md": "# Note\n"}, "First")
    return made


def test_staged_bytes_count_not_those_on_disk(repo: Path) -> None:
    repos.stage(repo, {"a.env": leak("staged"), "b.env": "clean\n"})
    repos.write(repo, {"a.env": "clean\n", "b.env": leak("on disk"), "c.env": leak("untracked")})
    result = scan("--staged", repo)
    assert result.code == 1
    assert result.paths("staged") == ["a.env"]
    for label in ("on disk", "untracked", "committed"):
        assert not result.has(label)
    [place] = result.finding("staged")["locations"]
    assert place["oid"] == repos.oid(repo, ":a.env")
    assert (place["line"], place["column"]) == (1, 21)
    assert result.counters["files"] == 2


def test_nothing_staged_is_clean(repo: Path) -> None:
    repos.write(repo, {"a.env": leak("on disk")})
    result = scan("--staged", repo)
    assert (result.code, result.incomplete) == (0, [])


def test_evidence_is_audited_in_the_index(repo: Path) -> None:
    log = "---\ndoc: log.md\nowner: me\n---\n# Log\n\n- See `docs/a.md` and `docs/b.md`.\n"
    repos.stage(repo, {"log.md": log, "docs/a.md": "text\n"})
    (repo / "docs" / "a.md").unlink()
    repos.write(repo, {"docs/b.md": "text\n"})
    [missing] = scan("--staged", repo).rules("evidence-missing")
    assert missing["properties"]["target"] == "docs/b.md"


def test_the_initial_commit(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "new")
    assert scan("--staged", made).code == 0
    repos.stage(made, {"a.env": leak("first")})
    assert scan("--staged", made).paths("first") == ["a.env"]


def test_one_content_at_two_paths(repo: Path) -> None:
    repos.stage(repo, {"a.env": leak("twice"), "b.env": leak("twice")})
    result = scan("--staged", repo)
    assert result.paths("twice") == ["a.env", "b.env"]
    assert len(result.finding("twice")["locations"]) == 1


def test_a_rename_brings_in_no_new_content_but_is_read(repo: Path) -> None:
    repos.git(repo, "mv", "old.env", "new.env")
    assert scan("--staged", repo).paths("committed") == ["new.env"]


def test_all_stages_of_a_conflict_are_read(repo: Path) -> None:
    repos.branch(repo, "side")
    repos.commit(repo, {"old.env": leak("theirs")}, "Side")
    repos.switch(repo, "main")
    repos.commit(repo, {"old.env": leak("ours")}, "Main")
    with pytest.raises(AssertionError, match=r"CONFLICT|ended with 1"):
        repos.git(repo, "merge", "-q", "side")
    result = scan("--staged", repo)
    assert result.paths("theirs") == ["old.env"]
    assert not result.incomplete


def test_the_index_of_a_partial_commit(repo: Path) -> None:
    """git hands a hook another index when `git commit FILE` takes only a part."""
    repos.stage(repo, {"part.env": "clean\n", "rest.env": leak("rest")})
    repos.write(repo, {"part.env": leak("part")})
    hook = repo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir()
    told = repo.parent / "told"
    line = " ".join(scans.command("scan", "--staged", "--only", "secrets", "-q"))
    hook.write_text(f"#!/bin/sh\nPYTHONPATH={scans.ROOT} {line} > {told} 2>&1\n")
    hook.chmod(0o755)
    with pytest.raises(AssertionError, match="ended with 1"):
        repos.git(repo, "commit", "-q", "-m", "Part", "part.env")
    assert "part.env:1:21" in told.read_text()
    assert "rest.env" not in told.read_text()


def test_a_linked_worktree_has_an_index_of_its_own(repo: Path, tmp_path: Path) -> None:
    linked = repos.worktree(repo, tmp_path / "linked")
    repos.stage(linked, {"l.env": leak("linked")})
    repos.stage(repo, {"m.env": leak("main")})
    assert scan("--staged", linked).paths("linked") == ["l.env"]
    assert not scan("--staged", linked).has("main")
    assert not scan("--staged", repo).has("linked")


def test_intent_to_add_is_no_content(repo: Path) -> None:
    repos.write(repo, {"later.env": leak("later")})
    repos.git(repo, "add", "--intent-to-add", "later.env")
    result = scan("--staged", repo)
    assert (result.code, result.incomplete) == (0, [])


def test_links_and_submodules(repo: Path, tmp_path: Path) -> None:
    (repo / "link").symlink_to(f"/srv/{scans.token('target')}")
    child = repos.init(tmp_path / "child")
    repos.commit(child, {"child.env": leak("child")})
    repos.submodule(repo, child, "deps/child")
    repos.stage(repo)
    result = scan("--staged", repo)
    assert result.paths("target") == ["link"]
    assert not result.has("child")
    assert result.skipped("submodule", requested=True)[0]["origin"]["path"] == "deps/child"
    assert not result.incomplete


def test_excluded_paths_are_named(repo: Path) -> None:
    config = 'exclude = ["vendor/"]\n'
    repos.stage(repo, {"vendor/a.env": leak("vendor"), ".occ-audit.toml": config})
    result = scan("--staged", repo)
    assert result.code == 0
    assert result.skipped("excluded", requested=True)[0]["origin"]["path"] == "vendor/a.env"


def test_a_token_in_a_staged_name_is_found(repo: Path) -> None:
    repos.stage(repo, {f"dump-{scans.token('name')}.sql": "x\n"})
    result = scan("--staged", repo)
    assert result.code == 1
    assert scans.token("name") not in result.out
    assert "****" in result.paths("name")[0]
