"""`--history`: every object, reachable or not, and what is said of where it came from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from occ_audit.reading import Coverage
from occ_audit.repository import Repository
from occ_audit.sources import _appearances, _brought_in, _facts
from occ_audit.sources._store import ObjectStore, in_families
from tests import repos, scans
from tests.scans import Scan, leak, run, scan

GRACE = ("Grace Example", "grace@example.org")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold one token in every place that git has."""
    made = repos.init(tmp_path_factory.mktemp("history") / "repo")
    repos.commit(made, {"README": "hello\n", "kept.env": leak("kept")}, "First")
    repos.commit(made, {"deleted.env": leak("deleted")}, "Add", author=GRACE)
    repos.commit(made, message="Take away", remove=["deleted.env"])
    repos.commit(made, message=f"Rotate\n\nnew: {scans.token('message')}\n")
    repos.rename(made, "kept.env", "moved.env")
    repos.tag(made, "v1", f"Release with {scans.token('tag message')}")
    repos.note(made, f"note: {scans.token('note')}\n")
    repos.evil_merge(made, {"evil.env": leak("evil")})

    repos.branch(made, "topic", "main~1")
    repos.commit(made, {"topic.env": leak("topic")})
    repos.ref(made, "refs/pull/7/head")
    repos.commit(made, {"pull.env": leak("pull")})
    repos.ref(made, "refs/pull/8/head")
    repos.ref(made, "refs/original/refs/heads/topic")
    repos.git(made, "reset", "-q", "--hard", "HEAD~1")
    repos.switch(made, "main")

    repos.stash(made, {"README": leak("stash"), "new.env": leak("stashed new")}, untracked=True)
    repos.dangling_commit(made, {"lost.env": leak("lost")}, f"Lost {scans.token('lost message')}")
    repos.dangling_blob(made, leak("blob").encode())
    repos.reflog_only(made, {"reflog.env": leak("reflog")})
    repos.ref(made, "refs/tags/direct", repos.dangling_blob(made, leak("direct").encode()))
    repos.stage(made, {"staged.env": leak("staged")})
    return made


@pytest.fixture(scope="module")
def result(repo: Path) -> Scan:
    return scan("--history", repo)


@pytest.fixture(scope="module", params=["loose", "packed"])
def either(request: pytest.FixtureRequest, repo: Path, result: Scan) -> Iterator[Scan]:
    if request.param == "packed":
        # The loose objects stay as they are for the other tests.
        folder = repo.parent / "packed"
        if not folder.exists():
            shutil.copytree(repo, folder, symlinks=True)
            for _ in range(2):  # unreachable objects join only a pack that is there already
                repos.pack(folder)
            assert not list((folder / ".git" / "objects").glob("[0-9a-f][0-9a-f]/*"))
        yield scan("--history", folder)
    else:
        yield result


PLACES = {
    "kept": "kept.env",
    "deleted": "deleted.env",
    "message": "",
    "tag message": "",
    "note": "note",
    "evil": "evil.env",
    "topic": "topic.env",
    "pull": "pull.env",
    "stash": "README",
    "stashed new": "new.env",
    "lost": "lost.env",
    "lost message": "",
    "blob": "",
    "reflog": "reflog.env",
    "direct": "",
    "staged": "staged.env",
}


@pytest.mark.parametrize("label", PLACES)
def test_every_place_of_git_is_read(either: Scan, label: str) -> None:
    assert either.has(label)
    if label != "note":  # its path is the id of the commit that it is about
        assert either.paths(label) == [PLACES[label]]


def test_all_was_read(either: Scan) -> None:
    assert either.code == 1
    assert not either.incomplete
    assert either.counters["refs"] == 10
    assert either.counters["objects"] > 30


def properties(result: Scan, label: str) -> dict[str, Any]:
    found: dict[str, Any] = result.finding(label)["properties"]
    return found


def commit_of(result: Scan, label: str) -> str:
    commit: str = properties(result, label)["introduced"]["commit"]
    return commit


def test_who_brought_it_in_and_when(repo: Path, result: Scan) -> None:
    assert properties(result, "deleted")["introduced"] == {
        "commit": repos.oid(repo, "main^1~4"),
        "date": "2025-10-10T08:01:00+00:00",
        "author": "Grace Example <grace@example.org>",
        "path": "deleted.env",
    }


@pytest.mark.parametrize(
    ("label", "revision"),
    [
        ("kept", "v1~4"),
        ("message", "v1~1"),
        ("evil", "main"),
        ("topic", "topic"),
        ("pull", "refs/pull/8/head"),
        ("stash", "stash"),
        ("stashed new", "stash^3"),
    ],
)
def test_the_introducing_commit(repo: Path, result: Scan, label: str, revision: str) -> None:
    commit = repos.oid(repo, f"{revision}^{{commit}}")
    assert commit_of(result, label) == commit
    [place] = result.finding(label)["locations"]
    assert [origin["commit"] for origin in place["origins"]] == [commit]


@pytest.mark.parametrize(
    ("label", "in_head"),
    [
        ("kept", True),
        ("deleted", False),
        ("message", True),
        ("evil", True),
        ("topic", False),
        ("pull", False),
        ("lost", False),
        ("staged", False),
        ("direct", False),
    ],
)
def test_whether_it_is_in_head(result: Scan, label: str, in_head: bool) -> None:
    assert properties(result, label)["in_head"] is in_head


@pytest.mark.parametrize(
    ("label", "refs"),
    [
        ("evil", ["refs/heads/main"]),
        (
            "topic",
            [
                "refs/heads/topic",
                "refs/original/refs/heads/topic",
                "refs/pull/7/head",
                "refs/pull/8/head",
            ],
        ),
        ("pull", ["refs/original/refs/heads/topic", "refs/pull/8/head"]),
        ("stash", ["refs/stash"]),
        ("note", ["refs/notes/commits"]),
        ("tag message", ["refs/tags/v1"]),
        ("direct", ["refs/tags/direct"]),
        ("lost", []),
        ("blob", []),
        ("reflog", []),
        ("staged", []),
    ],
)
def test_which_refs_reach_it(result: Scan, label: str, refs: list[str]) -> None:
    expected = refs
    if label == "evil":  # the stash was made on top of it
        expected = ["refs/heads/main", "refs/stash"]
    assert properties(result, label)["refs"] == expected
    assert properties(result, label)["refs_count"] == len(expected)


@pytest.mark.parametrize(
    ("label", "reached_by"),
    [
        ("deleted", "refs"),
        ("tag message", "refs"),
        ("direct", "refs"),
        ("reflog", "reflog"),
        ("staged", "index"),
        ("lost", "nothing"),
        ("lost message", "nothing"),
        ("blob", "nothing"),
    ],
)
def test_what_keeps_it(result: Scan, label: str, reached_by: str) -> None:
    assert properties(result, label)["reached_by"] == reached_by


def test_the_reflog_entries_that_keep_it_are_named(result: Scan) -> None:
    named = properties(result, "reflog")["reflogs"]
    assert named
    assert all(name.startswith(("HEAD@{", "refs/heads/")) for name in named)
    assert "reflogs" not in properties(result, "deleted")


def test_a_reader_is_told_what_keeps_it(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    repos.commit(repo, {"a.txt": "a\n"})
    repos.reflog_only(repo, {"lost.env": leak("reflog")})
    repos.stash(repo, {"a.txt": leak("stash")})
    repos.dangling_blob(repo, leak("blob").encode())
    repos.stage(repo, {"new.env": leak("staged")})
    out = " ".join(run("scan", "--history", "--only", "secrets", repo)[1].split())
    assert "reached by the reflog alone: HEAD@{" in out
    assert "reached by stash" in out
    assert "in an object that no ref and no reflog reaches" in out
    assert "staged, and in no commit" in out


def test_unreachable_commits_are_named_too(result: Scan) -> None:
    lost = properties(result, "lost")["introduced"]
    assert lost["path"] == "lost.env"
    assert lost["author"] == "Ada Example <ada@example.org>"
    assert commit_of(result, "lost message") == lost["commit"]
    assert "introduced" not in properties(result, "blob")
    assert "introduced" not in properties(result, "direct")


def test_a_tag_tells_who_made_it(result: Scan) -> None:
    assert properties(result, "tag message")["introduced"] == {
        "commit": "",
        "date": "2025-10-10T08:00:00+00:00",
        "author": "Ada Example <ada@example.org>",
        "path": "",
    }
    [place] = result.finding("tag message")["locations"]
    assert place["origins"] == [{"kind": "tag", "path": "", "commit": ""}]


def test_replaced_objects_are_read(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.env": leak("replaced")})
    old = repos.oid(made, "HEAD:a.env")
    repos.replace(made, old, repos.dangling_blob(made, leak("replacement").encode()))
    result = scan("--history", made)
    assert result.paths("replaced") == ["a.env"]
    assert properties(result, "replaced")["in_head"] is True
    assert properties(result, "replacement")["refs"] == [f"refs/replace/{old}"]


def test_a_renamed_secret_has_its_first_path(result: Scan) -> None:
    assert result.paths("kept") == ["kept.env"]
    assert properties(result, "kept")["introduced"]["path"] == "kept.env"


@pytest.fixture(scope="module")
def picked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repos.init(tmp_path_factory.mktemp("picked") / "repo")
    repos.commit(made, {"a": "a\n"})
    repos.branch(made, "release")
    repos.switch(made, "main")
    first = repos.commit(made, {"x.env": leak("picked")}, "Add")
    repos.tag(made, "first", target=first)
    repos.switch(made, "release")
    repos.commit(made, {"b": "b\n"})
    repos.git(made, "cherry-pick", first, when=repos.START + 3600)
    repos.commit(made, message="Away", remove=["x.env"])
    return made


def test_a_picked_commit_is_reached_by_both_branches(picked: Path) -> None:
    result = scan("--history", picked)
    assert commit_of(result, "picked") == repos.oid(picked, "first")
    assert properties(result, "picked")["refs"] == [
        "refs/heads/main",
        "refs/heads/release",
        "refs/tags/first",
    ]
    assert properties(result, "picked")["in_head"] is False


def test_in_a_very_long_history_the_first_appearance_counts(
    picked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_facts, "COMMITS_COMPARED", 2)
    result = scan("--history", picked)
    assert commit_of(result, "picked") == repos.oid(picked, "first")
    assert properties(result, "picked")["refs"] == ["refs/heads/main", "refs/tags/first"]


def test_one_commit_two_paths(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.env": leak("twice"), "sub/b.env": leak("twice")})
    repos.commit(made, {"later.env": leak("twice")})
    assert scan("--history", made).paths("twice") == ["a.env", "sub/b.env"]


def test_one_secret_in_many_versions_is_one_finding_since_the_first(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    first = repos.commit(made, {"a.env": leak("versions")})
    for number in range(5):
        repos.commit(made, {"a.env": f"# {number}\n" + leak("versions")})
    result = scan("--history", made)
    assert len(result.finding("versions")["locations"]) == 6
    assert commit_of(result, "versions") == first
    assert properties(result, "versions")["in_head"] is True


def test_more_objects_and_paths_than_are_asked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = repos.init(tmp_path / "repo")
    commit = repos.commit(made, {f"{n}.env": leak(f"many {n}") for n in range(12)})
    monkeypatch.setattr(_brought_in, "OBJECTS_AT_ONCE", 5)
    monkeypatch.setattr(_appearances, "PATHS_AT_ONCE", 3)
    result = scan("--history", made)
    assert [result.paths(f"many {n}") for n in range(12)] == [[f"{n}.env"] for n in range(12)]
    assert {commit_of(result, f"many {n}") for n in range(12)} == {commit}


def test_worktrees_keep_commits_and_staged_contents(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a": "a\n"})
    linked = repos.worktree(made, tmp_path / "linked")
    repos.commit(linked, {"detached.env": leak("detached")})
    repos.stage(linked, {"staged.env": leak("staged")})
    result = scan("--history", made)
    assert properties(result, "detached")["refs"] == ["worktrees/linked/HEAD"]
    assert properties(result, "detached")["in_head"] is False
    assert properties(result, "staged")["reached_by"] == "index"
    assert result.paths("staged") == ["staged.env"]
    inside = scan("--history", linked)
    assert properties(inside, "detached")["in_head"] is True


def test_tags_of_tags_and_trees(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a": "a\n"})
    repos.tag(made, "inner", f"one {scans.token('inner')}")
    repos.tag(made, "outer", f"two {scans.token('outer')}", "inner")
    repos.commit(made, {"deep/tree.env": leak("tree")})
    tree = repos.oid(made, "HEAD^{tree}")
    repos.git(made, "reset", "-q", "--hard", "HEAD~1")
    repos.git(made, "reflog", "expire", "--expire=now", "--all")
    repos.tag(made, "tree", "of a tree", tree)
    result = scan("--history", made)
    assert properties(result, "inner")["refs"] == ["refs/tags/inner"]
    assert properties(result, "outer")["refs"] == ["refs/tags/outer"]
    assert "refs/tags/tree" in properties(result, "tree")["refs"]
    repos.git(made, "tag", "-d", "inner")
    assert properties(scan("--history", made), "inner")["reached_by"] == "refs"


def test_evidence_is_audited_in_head_under_the_present_path(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    log = "---\ndoc: x\nowner: me\n---\n# Log\n\n- See `docs/absent.md`.\n"
    repos.commit(made, {"old.md": log})
    repos.rename(made, "old.md", "new.md")
    repos.write(made, {"docs/absent.md": "only on disk"})
    [missing] = scan("--history", made).rules("evidence-missing")
    assert missing["locations"][0]["path"] == "new.md"
    assert missing["properties"]["introduced"]["path"] == "old.md"


def test_a_subfolder_or_a_second_path_means_the_same_repository(
    repo: Path, result: Scan, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    refused = scan("--history", repo, tmp_path / "elsewhere")
    assert refused.code == 2
    assert "is not below" in refused.err


def test_excluded_paths_are_left_out_and_named(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"vendor/a.env": leak("vendor"), ".occ-audit.toml": 'exclude = ["vendor/"]'})
    repos.commit(made, message="Away", remove=["vendor/a.env"])
    result = scan("--history", made)
    assert result.code == 0
    [row] = result.skipped("excluded", requested=True)
    assert row["origin"]["path"] == "vendor/a.env"


def test_the_terminal_says_since_when_and_what_was_read(repo: Path) -> None:
    _, out, _ = scans.run("scan", "--history", repo)
    text = " ".join(out.split())
    assert "since 2025-10-10T08:01:00+00:00 in" in text
    assert "by Grace Example <grace@example.org> as deleted.env; no longer in HEAD" in text
    assert "10 refs" in text


def test_odd_authors_and_dates(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a": "a\n"})
    tree = repos.oid(made, "HEAD^{tree}")
    for number, who in enumerate(
        [
            b"Ren\xe9 <r@example.org> 1760083200 +0530",
            b"Nobody <> 99999999999999999 +0000",
            b"No mail",
        ]
    ):
        text = f"tree {tree}\n".encode() + b"author " + who + b"\ncommitter " + who + b"\n\n"
        text += scans.token(f"odd {number}").encode()
        repos.git(made, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=text)
    result = scan("--history", made)
    first = properties(result, "odd 0")["introduced"]
    assert (first["author"], first["date"]) == (
        "René <r@example.org>",
        "2025-10-10T13:30:00+05:30",
    )
    assert properties(result, "odd 1")["introduced"]["date"] == ""
    assert result.has("odd 2")


def test_wrong_clocks_do_not_make_a_child_the_first(tmp_path: Path) -> None:
    made = repos.init(tmp_path / "repo")
    first = repos.commit(made, {"a.env": leak("clock")}, when=repos.START + 9000)
    repos.commit(made, {"b": "b\n"}, when=repos.START)
    assert commit_of(scan("--history", made), "clock") == first


@pytest.mark.parametrize("seconds", [0, -9000], ids=["equal times", "the child is dated earlier"])
def test_of_two_versions_the_older_commit_introduced(tmp_path: Path, seconds: int) -> None:
    made = repos.init(tmp_path / "repo")
    for number in range(6):
        made_first = repos.commit(made, {"a.env": leak(f"tie {number}")}, when=repos.START)
        changed = leak(f"tie {number}") + "and more\n"
        repos.commit(made, {"a.env": changed}, when=repos.START + seconds)
        found = scan("--history", made)
        assert properties(found, f"tie {number}")["introduced"]["commit"] == made_first


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold a pack of deltas: two files that change in turn, with a token in each version."""
    made = repos.init(tmp_path_factory.mktemp("versions") / "repo")
    for number in range(8):
        changed = {
            f"{name}.txt": f"{number}\n{leak(name)}" + "".join(f"{name} {n}\n" for n in range(99))
            for name in "ab"
        }
        repos.commit(made, changed)
    repos.pack(made)
    return made


def test_what_is_made_from_an_object_is_read_right_behind_it(versions: Path) -> None:
    repository = Repository.discover(versions)
    assert repository
    store = ObjectStore(repository, Coverage(), None)
    unread = store.unread()
    order = in_families(unread, store.bases)
    assert len(store.bases) >= 12
    assert sorted(order) == sorted(unread)
    for oid, base in store.bases.items():
        between = order[order.index(base) + 1 : order.index(oid)]
        assert order.index(base) < order.index(oid)
        assert all(family(one, store.bases) == family(oid, store.bases) for one in between)


def family(oid: str, bases: dict[str, str]) -> str:
    return family(bases[oid], bases) if oid in bases else oid


def test_of_objects_that_are_made_from_each_other_none_is_lost() -> None:
    bases = {"c": "b", "b": "c", "d": "b", "e": "elsewhere", "f": "a"}
    assert in_families("abcdef", bases) == ["a", "f", "b", "c", "d", "e"]


def test_places_come_in_the_order_of_the_pack(versions: Path) -> None:
    all_objects = ("--batch-all-objects", "--unordered")
    listed = repos.git(versions, "cat-file", "--batch-check", *all_objects)
    order = [row.split()[0].decode() for row in listed.splitlines()]
    oids = [place["oid"] for place in scan("--history", versions).finding("a")["locations"]]
    assert len(oids) == 8
    assert oids == sorted(oids, key=order.index)
