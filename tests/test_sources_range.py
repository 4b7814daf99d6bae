"""`--range A..B`: what these commits introduce, for pull requests and pushes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak, scan

LOG = "---\ndoc: log.md\nowner: me\n---\n# Log\n\n- See `{}`.\n"


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """main: base, then main work; feature, from base: three commits and a tag."""
    made = repos.init(tmp_path_factory.mktemp("range") / "repo")
    files = {"base.env": leak("base"), "log.md": LOG.format("docs/a.md"), "docs/a.md": "text\n"}
    repos.commit(made, files, "Base")
    repos.tag(made, "base")
    repos.branch(made, "feature")
    repos.commit(made, {"gone.env": leak("gone again")}, f"Add {leak('message')}")
    repos.commit(
        made, {"docs/log.md": LOG.format("docs/none.md")}, "Take away", remove=["gone.env"]
    )
    repos.rename(made, "docs/a.md", "docs/b.md")
    repos.switch(made, "main")
    repos.commit(made, {"main.env": leak("main")}, "Main work")
    return made


def test_what_the_commits_introduce(repo: Path) -> None:
    result = scan("--range", "base..feature", repo)
    assert result.code == 1
    assert result.paths("gone again") == ["gone.env"]
    assert not result.has("base")
    assert not result.has("main")
    assert not result.incomplete
    assert result.counters["commits"] == 3


def test_commit_messages_are_read(repo: Path) -> None:
    found = scan("--range", "base..feature", repo).finding("message")
    [place] = found["locations"]
    commit = repos.oid(repo, "feature~2")
    assert place["origins"] == [{"kind": "commit", "path": "", "commit": commit}]
    assert found["properties"]["introduced"]["commit"] == commit


def test_findings_name_the_commit_that_introduced_them(repo: Path) -> None:
    found = scan("--range", "base..feature", repo).finding("gone again")
    assert found["properties"]["introduced"] == {
        "commit": repos.oid(repo, "feature~2"),
        "date": "2025-10-10T08:01:00+00:00",
        "author": "Ada Example <ada@example.org>",
        "path": "gone.env",
    }
    assert found["properties"]["in_head"] is False
    assert found["properties"]["refs"] == ["refs/heads/feature"]


def test_two_dots_leave_out_what_only_a_has_three_mean_since_the_fork(repo: Path) -> None:
    for dots in ("..", "..."):
        result = scan("--range", f"main{dots}feature", repo)
        assert result.has("gone again")
        assert not result.has("main")
        assert not result.has("base")
    assert scan("--range", "feature..main", repo).paths("main") == ["main.env"]


def test_an_end_that_is_left_out_means_head(repo: Path) -> None:
    assert scan("--range", "base..", repo).paths("main") == ["main.env"]
    assert scan("--range", "..feature", repo).has("gone again")


def test_documents_that_changed_and_references_to_what_is_gone(repo: Path) -> None:
    result = scan("--range", "base..feature", repo)
    found = {
        (row["properties"]["document"], row["properties"]["target"])
        for row in result.rules("evidence-missing")
    }
    # log.md did not change, but the range renames what it cites.
    assert found == {("log.md", "docs/a.md"), ("docs/log.md", "docs/none.md")}
    assert not scan("--range", "base..main", repo).rules("evidence-missing")


def test_the_empty_tree_as_base_means_all_that_leads_to_the_tip(repo: Path) -> None:
    empty = repos.git(repo, "hash-object", "-t", "tree", "/dev/null").decode()
    result = scan("--range", f"{empty}..feature", repo)
    assert result.has("base")
    assert result.has("gone again")
    assert not result.has("main")


def test_an_empty_range_is_clean(repo: Path) -> None:
    result = scan("--range", "main..main", repo)
    assert (result.code, result.incomplete) == (0, [])


def test_merges_bring_in_what_neither_parent_has(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a": "a\n"}, "Base")
    repos.tag(made, "base")
    merge = repos.evil_merge(made, {"evil.env": leak("evil")})
    found = scan("--range", "base..HEAD", made).finding("evil")
    assert found["properties"]["introduced"]["commit"] == merge


def test_what_an_older_commit_had_and_the_base_has_not_is_new(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.env": leak("again")}, "Base")
    repos.commit(made, {"b": "b\n"}, remove=["a.env"])
    base = repos.oid(made)
    repos.commit(made, {"c.env": leak("again")})
    assert scan("--range", f"{base}..HEAD", made).paths("again") == ["c.env"]


def test_paths_are_read(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a": "a\n"}, "Base")
    commit = repos.commit(made, {f"{scans.token('folder')}/{scans.token('file')}.sql": "x\n"})
    result = scan("--range", "HEAD~..HEAD", made)
    for label in ("folder", "file"):
        [place] = result.finding(label)["locations"][:1]
        assert place["origins"][0]["kind"] == "path"
        assert place["origins"][0]["commit"] == commit
        assert scans.token(label) not in result.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("main", "a range has two ends"),
        ("", "a range has two ends"),
        ("..", "no beginning"),
        ("..HEAD", "no beginning"),
        ("...HEAD", "no beginning"),
        ("nowhere..main", "there is no such commit"),
        ("main..nowhere", "there is no such commit"),
        ("0123456789012345678901234567890123456789..main", "git fetch"),
        ("--all..main", "there is no such commit"),
        ("HEAD:base.env..main", "there is no such commit"),
    ],
)
def test_a_bad_range_is_the_users_mistake(repo: Path, text: str, said: str) -> None:
    result = scan(f"--range={text}", repo)
    assert result.code == 2
    assert said in result.err
    assert not result.out


def test_a_rename_is_known_in_a_partial_clone(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"docs/a.md": "text\n" * 20, "log.md": LOG.format("docs/a.md")}, "Base")
    (made / "docs" / "a.md").unlink()
    repos.commit(made, {"docs/b.md": "text\n" * 20 + "more\n"})
    repos.commit(made, {"docs/b.md": "other\n"})
    part = repos.partial(made, tmp_path / "part")
    result = scan("--range", "HEAD~2..HEAD", part)
    assert result.code == 1
    assert result.rules("evidence-missing")
    assert result.skipped("missing object")


def test_a_name_that_is_given_to_what_was_there(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.txt": "a\n", "d/b.txt": "b\n"}, "Base")
    repos.tag(made, "base")
    renamed = repos.rename(made, "a.txt", f"{scans.token('renamed')}.txt")
    repos.commit(made, {f"{scans.token('copied')}/b.txt": "b\n"}, "Copy")
    repos.rename(made, f"{scans.token('renamed')}.txt", "a.txt")
    repos.evil_merge(made, {f"{scans.token('merged')}.txt": "a\n"})
    repos.commit(made, {"c.txt": "c\n"}, "Other work")
    result = scan("--range", "base..HEAD", made)
    assert result.code == 1
    assert all(map(result.has, ("renamed", "copied", "merged")))
    assert result.finding("renamed")["properties"]["introduced"]["commit"] == renamed
    assert scans.token("renamed") not in result.out
    later = scan("--range", "HEAD~..HEAD", made)
    assert (later.code, later.incomplete) == (0, [])


def test_names_in_a_tree_that_is_missing(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.txt": "a\n"}, "Base")
    repos.commit(made, {"d/b.txt": "b\n"}, f"Work {scans.token('message')}")
    lost = repos.oid(made, "HEAD:d")
    (made / ".git/objects" / lost[:2] / lost[2:]).unlink()
    result = scan("--range", "HEAD~..HEAD", made)
    assert result.code == 1
    assert result.has("message")
    said = "; ".join(row["reason"] for row in result.incomplete)
    assert "names of files" in said
    assert "evidence was not audited" in said
