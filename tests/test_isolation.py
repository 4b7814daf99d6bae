"""Configuration, attributes and environment, however hostile, change nothing and run nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests import repos, scans
from tests.scans import leak

CACHES = Path("~/.cache").expanduser()
SOURCES = [["--staged"], [], ["--range", "HEAD~2..HEAD"], ["--history", "--no-cache"]]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "was-run"


@pytest.fixture
def program(tmp_path: Path, marker: Path) -> Path:
    """A program that leaves a mark when it is run."""
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\necho ran >> {marker}\ncat\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = repos.init(tmp_path / "repo")
    repos.commit(made, {"a.env": leak("a"), "B.TXT": "b\n", "doc.md": "# Doc\n"}, "First")
    repos.commit(made, {"gone.env": leak("gone")}, "Second")
    repos.commit(made, {"doc.md": "# Other\n"}, "Third", remove=["gone.env"])
    repos.stage(made, {"staged.env": leak("staged")})
    repos.write(made, {"new.env": leak("new"), "b.txt": leak("only the case differs")})
    return made


def everything(repo: Path, **extra: str) -> list[dict[str, Any]]:
    """Return what all sources say, without what differs from run to run."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME", str(CACHES)))
        for name, value in extra.items():
            patch.setenv(name, value)
        patch.chdir(repo)
        for options in SOURCES:
            result = scans.scan(*options, ".")
            assert result.code == 1, result.err
            stats = dict(result.report["stats"])
            stats.pop("seconds")
            # git's own files are read, too, and these tests write to them.
            own = ("git_files", "bytes")
            counted = stats["counters"].items()
            stats["counters"] = {name: count for name, count in counted if name not in own}
            said.append({**result.report, "stats": stats})
    return said


def hostile_settings(program: Path) -> dict[str, str]:
    return {
        "alias.cat-file": f"!{program}",
        "core.alternateRefsCommand": str(program),
        "core.askPass": str(program),
        "core.attributesFile": str(program.parent / "attributes"),
        "core.bare": "true",
        "core.editor": str(program),
        "core.excludesFile": str(program.parent / "excludes"),
        "core.fsmonitor": str(program),
        "core.hooksPath": str(program.parent / "hooks"),
        "core.ignoreCase": "true",
        "core.pager": str(program),
        "core.sshCommand": str(program),
        "core.untrackedCache": "true",
        "core.worktree": str(program.parent / "elsewhere"),
        "diff.evil.command": str(program),
        "diff.evil.textconv": str(program),
        "diff.external": str(program),
        "diff.renames": "copies",
        "filter.evil.clean": str(program),
        "filter.evil.process": str(program),
        "filter.evil.required": "true",
        "filter.evil.smudge": str(program),
        "gpg.program": str(program),
        "i18n.logOutputEncoding": "UTF-16",
        "log.showSignature": "true",
        "pager.rev-list": str(program),
    }


@pytest.fixture
def surroundings(tmp_path: Path, program: Path) -> None:
    """Lay out the files that the hostile settings name."""
    (tmp_path / "excludes").write_text("*\n")
    (tmp_path / "attributes").write_text("* diff=evil filter=evil\n")
    (tmp_path / "elsewhere").mkdir()
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (hooks / name).symlink_to(program)


@pytest.mark.usefixtures("surroundings")
def test_the_repositorys_own_configuration(repo: Path, program: Path, marker: Path) -> None:
    before = everything(repo)
    config = repo / ".git" / "config"
    for key, value in hostile_settings(program).items():
        repos.git(repo.parent, "config", "--file", str(config), key, value)
    attributes = repo / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("* diff=evil filter=evil\n")
    (repo / ".git" / "hooks").symlink_to(program.parent / "hooks")
    assert everything(repo) == before
    assert not marker.exists()


@pytest.mark.usefixtures("surroundings")
def test_the_users_and_the_systems_configuration(
    repo: Path, program: Path, marker: Path, tmp_path: Path
) -> None:
    before = everything(repo)
    home = tmp_path / "home"
    for name in (".gitconfig", ".config/git/config", "system"):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for key, value in hostile_settings(program).items():
            repos.git(tmp_path, "config", "--file", str(path), key, value)
    (home / ".config" / "git" / "ignore").write_text("*\n")
    (home / ".config" / "git" / "attributes").write_text("* diff=evil filter=evil\n")
    extra = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_SYSTEM": str(home / "system"),
        "GIT_CONFIG_NOSYSTEM": "0",
    }
    assert everything(repo, **extra) == before
    assert not marker.exists()


@pytest.mark.usefixtures("surroundings")
def test_the_environment(repo: Path, program: Path, marker: Path, tmp_path: Path) -> None:
    before = everything(repo)
    other = repos.init(tmp_path / "other")
    repos.commit(other, {"x.txt": "x\n"})
    extra = {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(other / ".git" / "objects"),
        "GIT_ASKPASS": str(program),
        "GIT_ATTR_SOURCE": "HEAD",
        "GIT_CEILING_DIRECTORIES": str(repo.parent),
        "GIT_COMMON_DIR": str(other / ".git"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(program),
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={program}'",
        "GIT_DIR": str(other / ".git"),
        "GIT_EXEC_PATH": str(tmp_path / "hooks"),
        "GIT_EXTERNAL_DIFF": str(program),
        "GIT_LITERAL_PATHSPECS": "0",
        "GIT_NAMESPACE": "none",
        "GIT_OBJECT_DIRECTORY": str(other / ".git" / "objects"),
        "GIT_PAGER": str(program),
        "GIT_REPLACE_REF_BASE": "refs/heads",
        "GIT_SHALLOW_FILE": str(tmp_path / "excludes"),
        "GIT_SSH_COMMAND": str(program),
        "GIT_TRACE": str(tmp_path / "trace"),
        "GIT_WORK_TREE": str(other),
    }
    assert everything(repo, **extra) == before
    assert not marker.exists()
    assert not (tmp_path / "trace").exists()


def test_grafts_and_replacements_hide_nothing(repo: Path) -> None:
    commits = [repos.oid(repo, name) for name in ("HEAD~1", "HEAD~2", "HEAD")]
    before = everything(repo)
    info = repo / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "grafts").write_text(f"{commits[2]} {commits[1]}\n")
    assert everything(repo) == before
    (info / "grafts").unlink()
    repos.replace(repo, commits[0], commits[1])
    repos.replace(repo, repos.oid(repo, "HEAD:a.env"), repos.dangling_blob(repo, b"b\n"))
    for said in everything(repo)[2:]:
        assert {row["locations"][0]["path"] for row in said["findings"]} >= {"gone.env"}


def test_a_commit_graph_that_lies(repo: Path) -> None:
    before = everything(repo)[3]
    repos.git(repo, "commit-graph", "write", "--reachable")
    [graph] = (repo / ".git" / "objects" / "info").glob("commit-graph*")
    graph.chmod(0o644)
    graph.write_bytes(graph.read_bytes()[:-40] + b"\0" * 40)
    assert everything(repo)[3] == before


def test_alternates_are_part_of_the_repository(repo: Path, tmp_path: Path) -> None:
    borrower = repos.clone(repo, tmp_path / "borrower", "--shared")
    result = scans.scan("--history", borrower)
    assert result.paths("gone") == ["gone.env"]
    assert not result.incomplete


def test_whoever_owns_the_repository(repo: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    before = everything(repo)
    for path in (repo, *repo.rglob("*")):
        os.lchown(path, 12345, 12345)
    assert everything(repo) == before


def test_a_git_folder_that_is_none_is_passed_over_as_git_does(repo: Path) -> None:
    repos.write(repo, {"sub/.git/config": "[core]\n", "sub/c.env": leak("c")})
    assert scans.scan(repo / "sub").paths("c") == ["sub/c.env"]


def test_nothing_is_written_into_the_repository(repo: Path) -> None:
    def state() -> dict[Path, tuple[int, int]]:
        rows = (path for path in repo.rglob("*") if path.is_file())
        return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in rows}

    before = state()
    everything(repo)
    assert state() == before
