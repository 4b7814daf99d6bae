"""`--history` reads what git keeps beside blobs: each place is named, and no token is shown."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import Scan, leak, questions, scan, token


def described(found: Scan, label: str) -> set[str]:
    """Return the places of a token as `kind path:line`."""
    return {
        f"{origin['kind']} {origin['path']}:{place['line']}"
        for place in found.finding(label)["locations"]
        for origin in place["origins"]
    }


def _names(repo: Path) -> None:
    repos.ref(repo, f"refs/heads/try-{token('branch')}")
    repos.tag(repo, f"v-{token('tag')}")
    repos.tag(repo, "v2", f"Release\n\n{token('tag message')}\n")
    repos.note(repo, f"see {token('note')}\n")
    repos.commit(repo, {f"{token('old name')}.txt": "x\n"}, author=(token("author"), "a@b.example"))
    repos.commit(repo, message="Rename", remove=[f"{token('old name')}.txt"])


def _files_of_git(repo: Path) -> None:
    git = repo / ".git"
    repos.git(repo, "config", "remote.origin.url", f"https://x:{token('url')}@host.example/a.git")
    basic = base64.b64encode(f"x-access-token:{token('header')}".encode()).decode()
    header = f"AUTHORIZATION: basic {basic}"
    repos.git(repo, "config", "http.https://host.example/.extraheader", header)
    repos.write(
        git,
        {
            "FETCH_HEAD": f"{'0' * 40}\tnot-for-merge\thttps://x:{token('fetch')}@host.example/a\n",
            "hooks/pre-push": f"#!/bin/sh\ncurl -H 'X: {token('hook')}'\n",
            "hooks/pre-push.sample": f"# {token('sample')}\n",
            "MERGE_MSG": f"Merge\n\n{token('merge message')}\n",
        },
    )


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold another token in every place beside the files of a commit."""
    made = repos.init(tmp_path_factory.mktemp("git") / "repo")
    submodule = f'[submodule "a"]\n\turl = https://x:{token("submodule")}@host.example/b.git\n'
    repos.commit(made, {"a.txt": "a\n", ".gitmodules": submodule})
    repos.link(made, "link", f"/srv/{token('link')}")
    repos.commit(made, message=f"Undone {token('reflog message')}")
    repos.git(made, "commit", "-q", "--amend", "-m", f"Done\n\n{token('message')}")
    _names(made)
    repos.git(made, "pack-refs", "--all")
    repos.ref(made, f"refs/heads/loose-{token('loose')}")
    _files_of_git(made)
    linked = repos.worktree(made, made.parent / "linked")
    repos.stage(linked, {"staged.env": leak("linked index")})
    _conflict(made)
    return made


def _conflict(repo: Path) -> None:
    rows = [
        f"100644 {repos.dangling_blob(repo, leak(label).encode())} {stage}\tconflict.env\n"
        for stage, label in enumerate(("base", "ours", "theirs"), 1)
    ]
    repos.git(repo, "update-index", "--index-info", data="".join(rows).encode())


@pytest.fixture(scope="module")
def found(repo: Path) -> Scan:
    return scan("--history", "--only", "secrets", repo)


PLACES = {
    "branch": {"ref refs/heads/try-****:1", "git .git/packed-refs:"},
    "loose": {"ref refs/heads/loose-****:1"},
    "tag": {"ref refs/tags/v-****:1"},
    "url": {"git .git/config:"},
    "header": {"git .git/config:"},
    "fetch": {"git .git/FETCH_HEAD:1"},
    "hook": {"git .git/hooks/pre-push:2"},
    "merge message": {"git .git/MERGE_MSG:3"},
    "reflog message": {"git .git/logs/HEAD:"},
    "submodule": {"blob .gitmodules:2"},
    "link": {"blob link:1"},
    "old name": {"path ****.txt:1"},
    "linked index": {"index staged.env:1"},
    "base": {"index conflict.env:1"},
    "ours": {"index conflict.env:1"},
    "theirs": {"index conflict.env:1"},
}


@pytest.mark.parametrize("label", PLACES)
def test_a_place_is_named(found: Scan, label: str) -> None:
    places = described(found, label)
    for expected in PLACES[label]:
        assert any(place.startswith(expected) for place in places), places


@pytest.mark.parametrize(
    ("label", "kind"),
    {"tag message": "tag", "note": "blob", "author": "commit", "message": "commit"}.items(),
)
def test_a_text_of_git_is_named(found: Scan, label: str, kind: str) -> None:
    kinds = {o["kind"] for place in found.finding(label)["locations"] for o in place["origins"]}
    assert kind in kinds


def test_what_is_no_place(found: Scan) -> None:
    assert not found.has("sample")
    assert found.code == 1
    assert not found.incomplete


def test_no_token_shows(found: Scan, repo: Path) -> None:
    labels = [*PLACES, "tag message", "note", "author", "message", "sample"]
    shown = [found.out]
    for form in ("terminal", "sarif", "markdown", "jsonl"):
        shown.append(scans.run("scan", "--history", "--format", form, repo)[1])
    for text in shown:
        assert not [label for label in labels if token(label) in text]


def test_a_person_reads_the_place(repo: Path) -> None:
    _, out, _ = scans.run("scan", "--history", "--only", "secrets", repo)
    assert ".git/config:" in out
    assert "name of refs/heads/loose-****" in out


def test_a_bare_repository(repo: Path, tmp_path: Path) -> None:
    bare = repos.bare(repo, tmp_path / "bare.git")
    repos.git(bare, "config", "remote.up.url", f"https://x:{token('bare')}@host.example/a.git")
    found = scan("--history", "--only", "secrets", bare)
    assert any(place.startswith("git config:") for place in described(found, "bare"))
    assert "ref refs/heads/loose-****:1" in described(found, "loose")
    assert "path ****.txt:1" in described(found, "old name")


def test_sha256(tmp_path: Path) -> None:
    made = repos.sha256(tmp_path / "repo")
    repos.commit(made, {f"{token('name')}.txt": "x\n"})
    repos.ref(made, f"refs/heads/{token('branch')}")
    found = scan("--history", "--only", "secrets", made)
    assert "path ****.txt:1" in described(found, "name")
    assert "ref refs/heads/****:1" in described(found, "branch")


def test_what_holds_it_is_told(found: Scan) -> None:
    assert found.finding("hook")["properties"]["reached_by"] == "git"
    assert found.finding("loose")["properties"]["refs"] == ["refs/heads/loose-****"]


def test_a_secret_outside_of_all_objects_is_not_looked_for_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.txt": "a\n"})
    _files_of_git(repo)
    asked = questions(monkeypatch)
    assert scan("--history", "--no-cache", repo).has("url")
    listings = [row for row in asked if "--batch-all-objects" in row]
    assert len(listings) == 1
