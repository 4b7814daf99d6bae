"""What could not be read is named, and the run does not end green."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak, scan


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repos.init(tmp_path_factory.mktemp("closed") / "origin")
    repos.commit(made, {"a.env": leak("old"), "docs/a.md": "# A\n"}, "First")
    repos.commit(made, {"a.env": "clean\n"}, "Second")
    repos.commit(made, {"b.txt": "b\n"}, "Third")
    return made


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.env": leak("a"), "b.txt": "b\n"}, "First")
    return made


def test_a_partial_clone_names_what_it_lacks(origin: Path, tmp_path: Path) -> None:
    part = repos.partial(origin, tmp_path / "part")
    result = scan("--history", part)
    assert result.code == 3
    [row] = result.skipped("missing object")
    assert row["origin"]["commit"] == repos.oid(origin, "HEAD~2:a.env")
    assert scan("--history", "--allow-incomplete", part).code == 0
    worktree = scan(part)
    assert (worktree.code, worktree.incomplete) == (0, [])


def test_nothing_is_fetched_even_if_the_other_side_is_there(origin: Path, tmp_path: Path) -> None:
    part = repos.clone(origin, tmp_path / "part", "--filter=blob:none")
    repos.git(part, "config", "remote.origin.uploadpack", f"touch {tmp_path}/fetched; false")
    empty = repos.git(part, "hash-object", "-t", "tree", "/dev/null").decode()
    for options in (["--history"], ["--range", f"{empty}..HEAD"]):
        assert scan(*options, part).code == 3
    assert not (tmp_path / "fetched").exists()
    assert (
        repos.oid(origin, "HEAD~2:a.env")
        not in repos.git(
            part, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"
        ).decode()
    )


def test_a_clone_without_trees(origin: Path, tmp_path: Path) -> None:
    part = repos.clone(origin, tmp_path / "part", "--filter=tree:0", "--no-checkout")
    repos.git(part, "remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    result = scan("--history", part)
    assert result.code == 3
    assert len(result.skipped("missing object")) == 3
    assert result.skipped("its tree is missing or corrupt")
    bare = repos.clone(origin, tmp_path / "bare", "--filter=blob:none", "--bare")
    repos.git(bare, "remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    without_documents = scan("--history", bare)
    assert without_documents.code == 3
    rows = without_documents.skipped("references were not audited")
    assert [row["origin"]["path"] for row in rows] == ["b.txt", "docs/a.md"]


def test_a_shallow_clone_names_its_boundary(origin: Path, tmp_path: Path) -> None:
    cut = repos.shallow(origin, tmp_path / "cut", depth=2)
    result = scan("--history", cut)
    assert result.code == 3
    [row] = result.skipped("shallow boundary")
    assert row["origin"]["commit"] == repos.oid(origin, "HEAD~1")
    assert result.counters["commits"] == 2
    assert scan("--history", "--allow-incomplete", cut).code == 0
    assert scan("--range", "HEAD~1..HEAD", cut).code == 0


@pytest.mark.parametrize("damage", [repos.garble_object, repos.drop_object])
def test_a_damaged_blob(repo: Path, damage: object) -> None:
    repos.commit(repo, {"c.env": leak("c")}, "Second")
    oid = repos.oid(repo, "HEAD~1:b.txt")
    damage(repo, oid)  # type: ignore[operator]  # one of two functions of the same shape
    result = scan("--history", repo)
    assert result.code == 1  # findings win
    assert result.paths("a") == ["a.env"]
    assert result.paths("c") == ["c.env"]
    rows = [row for row in result.incomplete if row["origin"]["commit"] == oid]
    assert rows
    assert scan("--history", "--exit-zero", repo).code == 3
    assert scan("--history", "--exit-zero", "--allow-incomplete", repo).code == 0


@pytest.mark.parametrize("name", ["HEAD^{tree}", "HEAD~1", "HEAD~1^{tree}", "HEAD"])
def test_a_damaged_tree_or_commit(repo: Path, name: str) -> None:
    repos.commit(repo, {"c.env": leak("c")}, "Second")
    repos.garble_object(repo, repos.oid(repo, name))
    result = scan("--history", repo)
    assert result.code == 1
    assert result.has("a")
    assert result.has("c")
    assert result.incomplete


def test_a_ref_to_a_missing_commit(repo: Path) -> None:
    lost = repos.dangling_commit(repo, {"lost.env": leak("lost")})
    repos.ref(repo, "refs/heads/lost", lost)
    repos.drop_object(repo, lost)
    result = scan("--history", repo)
    assert result.code == 1
    assert result.paths("a") == ["a.env"]
    [row] = result.skipped("names a missing object")
    assert row["origin"] == {"kind": "ref", "path": "refs/heads/lost", "commit": ""}


def packed(repo: Path, name: str) -> tuple[Path, int]:
    """Pack the repository; return the pack and where in it an object begins."""
    repos.pack(repo)
    [index] = (repo / ".git" / "objects" / "pack").glob("*.idx")
    oid = repos.oid(repo, name)
    rows = repos.git(repo, "verify-pack", "-v", str(index)).decode().splitlines()
    [offset] = [int(row.split()[4]) for row in rows if row.startswith(oid)]
    pack = index.with_suffix(".pack")
    pack.chmod(0o644)
    return pack, offset


@pytest.mark.parametrize("at", [0, 60])
def test_a_damaged_pack(repo: Path, at: int) -> None:
    noise = "".join(f"{number * 7919 % 9973}\n" for number in range(3000))
    repos.commit(repo, {"noise.txt": noise, "z.env": leak("z")}, "Second")
    pack, offset = packed(repo, "HEAD:noise.txt")
    data = bytearray(pack.read_bytes())
    data[offset + at : offset + at + 100] = b"\xff" * 100
    pack.write_bytes(data)
    result = scan("--history", repo)
    assert result.code == 1
    assert result.has("a")
    assert result.has("z")
    assert [row["origin"]["commit"] for row in result.skipped("corrupt object")] == [
        repos.oid(repo, "HEAD:noise.txt")
    ]


def test_a_pack_that_was_cut_off(repo: Path) -> None:
    pack, _ = packed(repo, "HEAD")
    pack.write_bytes(pack.read_bytes()[:50])
    result = scan("--history", repo)
    assert result.code == 3
    assert "git could not read this repository" in result.err
    assert "git fsck" in result.err


def test_a_damaged_index(repo: Path) -> None:
    (repo / ".git" / "index").write_bytes(b"no index")
    for options in ([], ["--staged"]):
        result = scan(*options, repo)
        assert result.code == 3
        assert "index" in result.err


def test_a_staged_blob_that_is_gone(repo: Path) -> None:
    repos.stage(repo, {"c.env": leak("c"), "d.env": leak("d")})
    repos.drop_object(repo, repos.oid(repo, ":c.env"))
    result = scan("--staged", repo)
    assert result.code == 1
    assert result.paths("d") == ["d.env"]
    assert result.skipped("missing object")[0]["origin"]["path"] == "c.env"


@pytest.mark.parametrize("now", ["fifo", "socket"])
def test_a_file_that_is_no_file_any_more(
    repo: Path, now: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repos.commit(repo, {"docs/log.md": "# Log\n"})
    for name in ("b.txt", "docs/log.md"):
        (repo / name).unlink()
        monkeypatch.chdir((repo / name).parent)  # the path of a socket is short
        if now == "fifo":
            os.mkfifo(Path(name).name)
        else:
            with socket.socket(socket.AF_UNIX) as opened:
                opened.bind(Path(name).name)
    result = scan("--exit-zero", repo)
    assert result.code == 3
    assert {row["origin"]["path"] for row in result.incomplete} == {"b.txt", "docs/log.md"}


def test_unreadable_files_and_folders(repo: Path, tmp_path: Path) -> None:
    scans.need_permissions(tmp_path)
    repos.write(repo, {"new/c.env": leak("c"), "d.env": leak("d")})
    (repo / "b.txt").chmod(0)
    (repo / "d.env").chmod(0)
    (repo / "new").chmod(0)
    done = scans.spawned("scan", "--exit-zero", repo, unprivileged=True)
    said = done.stdout.decode()
    assert done.returncode == 3, done.stderr
    assert "unreadable: Permission denied: 2 (" in " ".join(said.split())
    assert "could not open directory 'new/'" in said
    (repo / "new").chmod(0o755)


def test_unreadable_folders_outside_a_repository(tmp_path: Path) -> None:
    scans.need_permissions(tmp_path)
    repos.write(tmp_path / "plain", {"a/x.txt": "x\n", "b/y.txt": "y\n"})
    (tmp_path / "plain" / "b").chmod(0)
    done = scans.spawned("scan", tmp_path / "plain", unprivileged=True)
    assert done.returncode == 3
    assert "unreadable folder: Permission denied: 1 (b)" in " ".join(done.stdout.decode().split())
    (tmp_path / "plain" / "b").chmod(0o755)


BOUND = 'max_bytes = 1000\nexclude = ["left/"]\n'


@pytest.mark.parametrize("options", [[], ["--staged"], ["--range", "base..HEAD"], ["--history"]])
def test_the_size_bound(tmp_path: Path, options: list[str]) -> None:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {".occ-audit.toml": BOUND}, "Base")
    repos.tag(made, "base")
    files = {"large.txt": "x" * 1001 + "\n", "z.env": leak("z"), "large.md": "x " * 700}
    if options == ["--staged"]:
        repos.stage(made, files)
    else:
        repos.commit(made, files)
    result = scan(*options, made)
    assert result.code == 1
    assert result.paths("z") == ["z.env"]
    assert len(result.skipped("larger than the bound of 1,000 bytes")) >= 1
    assert sum(row["count"] for row in result.skipped("larger than the bound")) == 2
    assert [row["origin"]["path"] for row in result.skipped("references were not audited")] == [
        "large.md",
        "large.txt",
    ]
    assert scan(*options, "--exit-zero", made).code == 3


def test_the_size_bound_of_standard_input(tmp_path: Path) -> None:
    repos.write(tmp_path, {".occ-audit.toml": BOUND})
    result = scan("--stdin", tmp_path, stdin=b"x" * 1001)
    assert result.code == 3
    assert result.skipped("larger than the bound")


def test_the_terminal_says_that_it_is_incomplete(origin: Path, tmp_path: Path) -> None:
    part = repos.partial(origin, tmp_path / "part")
    code, out, _ = scans.run("scan", "--history", part)
    assert code == 3
    assert "incomplete: no findings, but not all was read" in out
    assert "missing object: this clone does not hold it: 1" in out
