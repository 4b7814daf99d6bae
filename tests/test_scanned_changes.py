"""A second scan of a history says what a scan without a cache says, whatever changed between."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from evidence_trees import HEAD

from tests import repos, scans
from tests.scans import Scan, leak, questions, scan, token

V1 = "refs/tags/v1"
LOG = HEAD + "`docs/gone.md`, `out/`, `docs/side.md`, `docs/never.md`, `docs/here.md`\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "occ-audit"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository in packs and loose objects, to be copied."""
    repo = repos.init(tmp_path_factory.mktemp("built") / "repo")
    repos.commit(repo, {"docs/gone.md": "x", "out/a.md": "x", "docs/here.md": "here\n"})
    repos.commit(repo, {"vault/a.env": leak("a"), "log.md": LOG, "plain.txt": "plain\n"})
    repos.commit(repo, {"b.env": leak("b")}, remove=["docs/gone.md", "out/a.md", "vault/a.env"])
    repos.branch(repo, "side")
    repos.commit(repo, {"docs/side.md": "x", "vault/side.env": leak("side")}, token("message"))
    repos.switch(repo, "main")
    repos.dangling_commit(repo, {"lost.env": leak("lost"), "vault/lost.env": "x\n"})
    repos.pack(repo)
    repos.commit(repo, {"loose.env": leak("loose"), "clean.txt": "clean\n"})
    repos.git(repo, "tag", "v1")
    return repo


@pytest.fixture
def repo(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "repo", symlinks=True))


def history(repo: Path, *options: str | Path) -> Scan:
    return scan("--history", *options, repo)


def told(found: Scan) -> Mapping[str, Any]:
    """Return what a report says, with what was read and what was known added up."""
    counters = found.counters
    objects = counters.pop("objects", 0) + counters.pop("known_clean_objects", 0)
    size = counters.pop("bytes", 0) + counters.pop("known_clean_bytes", 0)
    return {
        "findings": found.report["findings"],
        "skipped": found.report["skipped"],
        "counters": {**counters, "objects": objects, "bytes": size},
    }


def assert_the_same(repo: Path, *options: str | Path) -> Scan:
    """Compare two scans, the second of which knows what the first learned, with one without."""
    first, second = history(repo, *options), history(repo, *options)
    plain = told(history(repo, *options, "--no-cache"))
    assert told(first) == plain
    assert told(second) == plain
    return second


def new_commits(repo: Path) -> None:
    repos.commit(repo, {"new.env": leak("new"), "vault/new.env": "x\n", "docs/gone.md": "back"})
    repos.commit(repo, {"b2.env": leak("b")}, remove=["docs/gone.md", "docs/here.md"])


def new_loose_object(repo: Path) -> None:
    repos.dangling_blob(repo, leak("dangling").encode())
    repos.dangling_blob(repo, b"nothing at all\n")


def new_unreachable_commit(repo: Path) -> None:
    """As an amended commit leaves it: with a leak that others have, and one of its own."""
    repos.dangling_commit(repo, {"more.env": leak("lost"), "amended.env": leak("amended")})


def packed_anew(repo: Path) -> None:
    repos.pack(repo)


def packed_twice(repo: Path) -> None:
    repos.git(repo, "repack", "-q", "-a")  # loose objects stay, beside the pack that has them


def loose_ones_pruned_after_that(repo: Path) -> None:
    packed_twice(repo)
    history(repo)
    repos.git(repo, "prune-packed")


def collected(repo: Path) -> None:
    repos.git(repo, "gc", "-q", "--prune=now")


def another_pack(repo: Path) -> None:
    new_commits(repo)
    repos.git(repo, "repack", "-q", "-d")


def pack_with_what_others_hold(repo: Path) -> None:
    """As a fetch leaves it, with the bases of its deltas: of an object with findings, too."""
    known = repos.packs(repo)
    another_pack(repo)
    repos.let_age(repos.packs(repo) - known, 60)
    names = [repos.oid(repo, f"HEAD:{path}") for path in ("new.env", "b.env", "plain.txt")]
    fresh = repos.dangling_blob(repo, leak("fresh").encode())
    repos.pack_of(repo, [*names, fresh])
    repos.git(repo, "prune-packed")
    repos.let_age(known, 120)


def branch_deleted(repo: Path) -> None:
    repos.git(repo, "branch", "-q", "-D", "side")
    repos.git(repo, "reflog", "expire", "--expire=now", "--all")


def branch_renamed(repo: Path) -> None:
    repos.git(repo, "branch", "-q", "-m", "side", "aside")
    repos.git(repo, "tag", "v2", "HEAD~1")


def side_merged(repo: Path) -> None:
    repos.git(repo, "merge", "-q", "--no-edit", "side", when=repos.START + 9999)


def older_work_merged(repo: Path) -> None:
    repos.git(repo, "checkout", "-q", "-b", "older", "HEAD~2")
    files = {"vault/older.env": leak("older"), "docs/here.md": "changed"}
    repos.commit(repo, files, remove=["log.md"], when=repos.START + 65)
    repos.git(repo, "checkout", "-q", "main")
    repos.git(repo, "merge", "-q", "--no-edit", "-s", "ours", "older", when=repos.START + 9999)


def rewritten(repo: Path) -> None:
    repos.git(repo, "checkout", "-q", "--orphan", "fresh")
    repos.commit(repo, {"docs/fresh.md": "x"}, "All anew", when=repos.START + 9999)
    repos.git(repo, "branch", "-q", "-M", "fresh", "main")


def picked_elsewhere(repo: Path) -> None:
    repos.git(repo, "checkout", "-q", "side")
    repos.git(repo, "cherry-pick", "main", when=repos.START + 9999)
    repos.git(repo, "checkout", "-q", "main")


def document_changed(repo: Path) -> None:
    text = HEAD + "`docs/side.md`, `b.env`, `vault/a.env`, `plain.txt`, `out/`\n"
    repos.commit(repo, {"log.md": text})


def vault_changed(repo: Path) -> None:
    repos.commit(repo, {".occ-audit.toml": '[evidence]\nvault = ["docs/gone*", "*.env"]\n'})


def alternates_added(repo: Path) -> None:
    other = repos.init(repo.parent / "other")
    repos.commit(other, {"other.env": leak("other")})
    file = repo / ".git/objects/info/alternates"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{other / '.git/objects'}\n")


def worktree_added(repo: Path) -> None:
    tree = repos.worktree(repo, repo.parent / "tree")
    repos.commit(tree, {"tree.env": leak("tree")})


def object_garbled(repo: Path) -> None:
    repos.garble_object(repo, repos.oid(repo, "HEAD:loose.env"))


CHANGES: list[Callable[[Path], object]] = [
    new_commits,
    new_loose_object,
    new_unreachable_commit,
    packed_anew,
    packed_twice,
    loose_ones_pruned_after_that,
    collected,
    another_pack,
    pack_with_what_others_hold,
    branch_deleted,
    branch_renamed,
    side_merged,
    older_work_merged,
    rewritten,
    picked_elsewhere,
    document_changed,
    vault_changed,
    alternates_added,
    worktree_added,
    object_garbled,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_seen(repo: Path, change: Callable[[Path], object]) -> None:
    history(repo)
    change(repo)
    assert_the_same(repo)


@pytest.mark.parametrize("made", [repos.bare, repos.shallow, repos.partial])
def test_in_every_kind_of_clone(repo: Path, made: Callable[..., Path]) -> None:
    clone = made(repo, repo.parent / "clone")
    assert_the_same(clone, "--allow-incomplete")
    if not (clone / "shallow").exists() and not (clone / ".git/shallow").exists():
        return
    repos.git(clone, "fetch", "-q", "--unshallow")
    assert_the_same(clone)


def test_with_ids_of_sha256(tmp_path: Path) -> None:
    repo = repos.sha256(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("a"), "vault/a.env": "x\n", "log.md": LOG})
    repos.commit(repo, remove=["a.env"])
    repos.pack(repo)
    assert assert_the_same(repo).has("a")


def test_other_rules_in_turn(repo: Path) -> None:
    off = repo.parent / "off.toml"
    off.write_text('disable = ["shopify-admin-token", "evidence-vault-history"]\n')
    for options in ((), ("--config", off), (), ("--only", "secrets"), ("--only", "evidence"), ()):
        assert_the_same(repo, *options)


def test_names_are_judged_by_other_rules_too(repo: Path) -> None:
    repos.commit(repo, {"strange/peculiar.txt": "x\n"})
    assert_the_same(repo)
    mine = repo.parent / "mine.toml"
    mine.write_text(
        'vendor = "Acme"\n[[rule]]\nid = "acme-x"\nname = "X"\nseverity = "high"\n'
        'confidence = "certain"\ndescription = "Finds what was clean before."\n'
        "pattern = 'pecul(?P<secret>iar)'\nvalidators = []\n"
        'examples = ["peculiar", "a peculiar"]\ncounter_examples = ["some", "thing"]\n'
        '[rule.rotate]\nadvice = "Change it."\n'
    )
    assert assert_the_same(repo, "--rules", mine).rules("acme-x")


def test_names_that_are_secrets_are_not_looked_for_again(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repos.commit(repo, {f"a/{token('folder')}/x.txt": "x\n", f"a/{token('file')}.txt": "y\n"})
    gone = [f"a/{token('folder')}/x.txt", f"a/{token('file')}.txt"]
    repos.commit(repo, {"a/b.txt": "y\n"}, remove=gone)
    first = history(repo)
    asked = questions(monkeypatch)
    second = history(repo)
    assert second.report["findings"] == first.report["findings"]
    assert second.has("folder")
    walks = [row for row in asked if "--objects" in row and "--no-walk" not in row]
    assert walks
    assert all("--stdin" in row for row in walks)
    new_commits(repo)
    assert_the_same(repo)


def test_packs_are_not_listed_again(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history(repo)
    asked = questions(monkeypatch)
    repos.commit(repo, {"new.env": leak("new"), "other.txt": "other\n"})
    found = history(repo)
    assert found.has("new")
    assert not [
        row for row in asked if "objectsize" in " ".join(row) and "--batch-all-objects" in row
    ]


def test_of_new_packs_alone_the_objects_are_listed(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repos.pack(repo)
    history(repo)
    pack_with_what_others_hold(repo)
    asked = questions(monkeypatch)
    found = history(repo)
    assert found.has("fresh")
    assert found.has("new")
    assert not [
        row for row in asked if "objectsize" in " ".join(row) and "--batch-all-objects" in row
    ]
    assert "known_clean_objects" in found.counters


@pytest.mark.parametrize("keep", [0, 500, 1100])
def test_an_index_that_is_cut_short_is_not_trusted(repo: Path, keep: int) -> None:
    repos.pack(repo)
    history(repo)
    known = repos.packs(repo)
    another_pack(repo)
    repos.let_age(known, 60)
    [newest] = (pack.with_suffix(".idx") for pack in repos.packs(repo) - known)
    newest.chmod(0o600)
    newest.write_bytes(newest.read_bytes()[:keep])
    assert_the_same(repo)


def test_commits_are_not_compared_again(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = history(repo)
    messages = [row["message"] for row in first.report["findings"]]
    assert any(
        text.startswith("docs/gone.md is cited") and "deleted in" in text for text in messages
    )
    assert any(text.startswith("vault/side.env must never be in git") for text in messages)
    asked = questions(monkeypatch)
    history(repo)
    assert not [row for row in asked if "log" in row]
    new_commits(repo)
    history(repo)
    assert all("--ignore-missing" in row for row in asked if "log" in row)


@pytest.mark.parametrize("tree", [(), ("--staged",), ("--at", "HEAD"), ("--history",)], ids=str)
def test_what_a_tree_needs_of_the_past_is_remembered_for_every_source(
    repo: Path, monkeypatch: pytest.MonkeyPatch, tree: tuple[str, ...]
) -> None:
    history(repo)
    asked = questions(monkeypatch)
    found = scan(*tree, repo)
    assert not [row for row in asked if "log" in row]
    new_commits(repo)
    later = scan(*tree, repo)
    assert all("--ignore-missing" in row for row in asked if "log" in row)
    for known in (found, later):
        assert any("deleted in" in row["message"] for row in known.report["findings"])
    assert later.report["findings"] == scan(*tree, "--no-cache", repo).report["findings"]


def test_commits_that_delete_nothing_are_not_put_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repos.init(tmp_path / "logs")
    repos.commit(repo, {"docs/gone.md": "x", "log.md": HEAD + "`docs/gone.md`, `docs/here.md`\n"})
    repos.commit(repo, {"docs/here.md": "here\n"}, remove=["docs/gone.md"])
    scan(repo)
    repos.commit(repo, {"plain.txt": "plain\n"})
    asked = questions(monkeypatch)
    [finding] = scan(repo).report["findings"]
    assert "commit" in finding["message"], "it is told when it was there"
    walks = [row for row in asked if row[0] == "rev-list" and "--no-walk" not in row]
    assert all("--max-count=1" in row for row in walks)
    repos.git(repo, "reset", "-q", "--soft", "HEAD~2")  # what deleted it is below no longer
    assert scan(repo).report["findings"] == scan("--no-cache", repo).report["findings"]


def test_a_tree_that_asks_nothing_of_the_past_remembers_nothing(
    tmp_path: Path, own_cache: Path
) -> None:
    repo = repos.init(tmp_path / "clean")
    repos.commit(repo, {"app.py": "print('hello')\n"})
    assert scan("--staged", repo).code == 0
    assert not list(own_cache.glob("history/*"))
    (repo / "log.md").write_text(HEAD + "`docs/gone.md`\n")
    assert scan("--no-cache", repo).code == 1
    assert not list(own_cache.glob("history/*"))
    assert scan(repo).code == 1
    assert len(list(own_cache.glob("history/*.sqlite"))) == 1


def test_the_graph_is_not_walked_again(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picked_elsewhere(repo)
    first = history(repo)
    assert first.finding("loose")["properties"]["refs_count"] == 3  # main, side, v1
    asked = questions(monkeypatch)
    second = history(repo)
    assert second.report["findings"] == first.report["findings"]
    assert not [row for row in asked if "--parents" in row or "--full-history" in row]
    assert len([row for row in asked if "--find-object" in " ".join(row)]) <= 3


def test_commits_that_nothing_reaches_are_not_looked_for_again(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert history(repo).paths("lost") == ["lost.env"]
    asked = questions(monkeypatch)
    assert history(repo).paths("lost") == ["lost.env"]
    assert not [row for row in asked if "--unordered" in row]
    new_unreachable_commit(repo)
    assert history(repo).paths("amended") == ["amended.env"]


def test_of_the_graph_only_what_is_new_is_walked(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert history(repo).finding("b")["properties"]["refs_count"] == 3  # main, side, v1
    repos.git(repo, "checkout", "-q", "-b", "more")
    for number in range(3):
        repos.commit(repo, {f"{number}.txt": f"harmless {number}\n"}, when=repos.START + 9999)
    asked = questions(monkeypatch)
    found = history(repo).finding("b")["properties"]
    assert found["refs"] == [*(f"refs/heads/{name}" for name in ("main", "more", "side")), V1]
    assert not [row for row in asked if "--parents" in row and "--boundary" not in row]
    looked = [row for row in asked if "--full-history" in row]
    assert looked
    assert not [row for row in looked if "--all" in row]
    repos.git(repo, "branch", "-q", "-D", "side")
    assert_the_same(repo)


def test_a_commit_that_is_older_than_its_parent(repo: Path) -> None:
    """It comes before its parent all the same, which changes the parent's rank among others."""
    repos.git(repo, "checkout", "-q", "-b", "left")
    repos.commit(repo, {"left.env": leak("twice")}, when=repos.START + 8000)
    repos.git(repo, "checkout", "-q", "main")
    repos.commit(repo, {"right.env": f"# right\n{leak('twice')}"}, when=repos.START + 9000)
    history(repo)
    repos.commit(repo, {"skewed.txt": "harmless\n"}, when=repos.START + 7000)
    assert_the_same(repo)


def test_nothing_but_ids_and_numbers_is_kept(repo: Path, own_cache: Path) -> None:
    for change in (lambda _: None, picked_elsewhere, side_merged):
        change(repo)
        history(repo)
    data = b"".join(file.read_bytes() for file in (own_cache / "history").iterdir())
    names = ("docs", "vault", ".env", "log.md", "plain", "refs/", "side", "main", "v1", "Ada")
    for text in (*names, *map(token, ("a", "b", "side", "message", "lost", "loose"))):
        assert text.encode() not in data


def test_what_is_no_id_is_refused(tmp_path: Path) -> None:
    from occ_audit.scanned import Scanned

    scanned = Scanned(tmp_path / "x.sqlite", "rules", lambda text: pytest.fail(text))
    scanned.remember("question", ["about"], ["12ab 7", ""])
    with pytest.raises(ValueError, match="only ids"):
        scanned.remember("question", ["about"], ["docs/a.md"])
    assert scanned.recall("question", ["about"]) == ["12ab 7", ""]
    assert scanned.recall("question", ["other"]) is None


def test_an_answer_that_was_tampered_with_is_no_answer(repo: Path, own_cache: Path) -> None:
    import sqlite3

    history(repo)
    [file] = (own_cache / "history").glob("*.sqlite")
    with sqlite3.connect(file) as database:
        [(count,)] = database.execute("SELECT count(*) FROM answer")
        assert count > 3
        database.execute("UPDATE answer SET said = replace(said, 'a', 'x')")
    assert_the_same(repo)


def test_a_scan_that_was_killed_loses_only_what_is_new(repo: Path) -> None:
    import signal
    import subprocess

    line = scans.command("scan", "--history", "-q", repo)
    env = repos.environment(PYTHONPATH=str(scans.ROOT))
    process = subprocess.Popen(line, stdout=subprocess.PIPE, env=env)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert_the_same(repo)
