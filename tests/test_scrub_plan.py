"""A leak in many places, its plan, the real git-filter-repo, the verification, the certificate."""

from __future__ import annotations

import base64
import errno
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from occ_audit.checks.secrets import SecretCheck
from occ_audit.cli import _scrub_plan
from occ_audit.model import Rule
from occ_audit.scrub import certificate, expressions
from occ_audit.secret import Secret
from tests import repos
from tests.detection import check_of
from tests.scans import ROOT, leak, run, token

WEAK = "hunter" + "22"
"""A password that must not be replaced wherever its letters stand."""

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("git_filter_repo") is None, reason="needs git-filter-repo"
)


@pytest.fixture(autouse=True)
def _one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile the rules once: that takes longer than a plan."""

    def made(rules: Sequence[Rule], cache: Path | None = None) -> SecretCheck:
        return check_of(tuple(rules))

    monkeypatch.setattr("occ_audit.checks.secrets.SecretCheck", made)


def leaky(path: Path) -> Path:
    """Build a repository with a leak in each place that a rewrite has to reach."""
    repo = repos.init(path)
    repos.commit(repo, {"README.md": "# Demo\n", "src/app.py": "print(1)\n"}, "Begin")
    repos.commit(repo, {"config/prod.env": leak("plain"), "keep.txt": f"not {WEAK} here\n"}, "Add")
    repos.commit(repo, {"config/prod.env": "SHOPIFY_ADMIN_TOKEN=from the vault\n"}, "Clean")
    dsn = f"postgres://app:{WEAK}@db.acme-internal.net:5432/app\n"
    repos.commit(repo, {"db.env": "DATABASE_URL=" + dsn}, "Use a database")
    repos.commit(repo, {"notes.md": "# Notes\n"}, f"Document\n\nTried {token('message')} first.")
    repos.commit(repo, {"doc.md": spelled("plain")}, "Spell it otherwise")
    repos.commit(repo, {"dump.bin": b"\0\1\2" + leak("binary").encode() + b"\0"}, "Add a dump")
    repos.commit(repo, {"bundle.zip": packed(leak("zip"))}, "Add a bundle")
    repos.commit(repo, {f"logs/{token('name')}.txt": "x\n"}, "Keep a log")
    repos.commit(repo, {"by.txt": "x\n"}, "Sign", author=(token("author"), "ci@example.org"))
    repos.tag(repo, "v1", f"Release\n\nwith {token('tag')}\n")
    repos.tag(repo, "light")
    repos.note(repo, leak("note"))
    repos.branch(repo, "topic")
    repos.commit(repo, {"topic.env": leak("branch")}, "Try")
    repos.switch(repo, "main")
    repos.evil_merge(repo, {"merged.env": leak("merge")})
    repos.branch(repo, f"feature-{token('ref')}")
    repos.switch(repo, "main")
    return repo


LABELS = (
    *("plain", "message", "binary", "zip", "name", "author"),
    *("tag", "note", "branch", "merge", "ref"),
)


def spelled(label: str) -> str:
    """Return a token in base64, between other bytes."""
    return f"blob: {base64.b64encode(f'user:{token(label)}!'.encode()).decode()}\n"


def packed(text: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("inner.env"), text)
    return out.getvalue()


def everything(repo: Path) -> bytes:
    """Return every object and every ref name of a repository."""
    objects = repos.git(repo, "cat-file", "--batch-all-objects", "--batch", "--unordered")
    return objects + repos.git(repo, "for-each-ref")


def assert_clean(data: bytes) -> None:
    for label in LABELS:
        assert token(label).encode() not in data, label
    assert base64.b64encode(f"user:{token('plain')}".encode())[8:-4] not in data
    assert f":{WEAK}@".encode() not in data


def plan(repo: Path, out: Path, *options: str) -> tuple[int, str]:
    code, said, err = run("scrub", "plan", "--out", out, *options, repo)
    assert not err, err
    for label in LABELS:
        assert token(label) not in said
    return code, said


def test_the_plan_is_private_and_complete(tmp_path: Path) -> None:
    repo, out = leaky(tmp_path / "repo"), tmp_path / "plan"
    code, said = plan(repo, out)
    assert code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in out.iterdir()} == {0o600}
    texts = (out / "replace-text.txt").read_bytes().splitlines()
    assert f"literal:{token('plain')}==>***REMOVED***".encode() in texts
    assert any(row.startswith(b"regex:") and WEAK.encode() in row for row in texts)
    assert not any(row.startswith(b"literal:" + WEAK.encode()) for row in texts)
    stripped = (out / "strip-blobs.txt").read_text().split()
    assert sorted(stripped) == sorted(
        repos.oid(repo, f"main:{n}") for n in ("dump.bin", "bundle.zip")
    )
    assert (out / "ref-renames.txt").read_text() == (
        f"refs/heads/feature-{token('ref')} refs/heads/feature-REMOVED\n"
    )
    assert "changes 14 of 15 commits, 4 branches, 2 tags, 1 other ref\n" in said
    page = (out / "README.md").read_text() + (out / "scrub.sh").read_text()
    page += (out / "report.json").read_text()
    assert_clean(page.encode())
    assert "`dump.bin`: binary" in page


def test_a_branch_and_its_remote_tracking_ref_are_one_branch(tmp_path: Path) -> None:
    origin = repos.init(tmp_path / "origin")
    repos.commit(origin, {"a.env": leak("plain")})
    repos.branch(origin, "topic/one")
    repos.switch(origin, "main")
    clone = tmp_path / "clone"
    repos.git(tmp_path, "clone", "-q", origin, clone)
    code, said = plan(clone, tmp_path / "plan")
    assert code == 0
    assert "changes 1 of 1 commit, 2 branches, 0 tags, 0 other refs\n" in said
    page = (tmp_path / "plan" / "README.md").read_text()
    assert "- 2 branches: `refs/heads/main`, `refs/remotes/origin/topic/one`\n" in page


def test_dry_run_with_the_real_git_filter_repo(tmp_path: Path) -> None:
    repo, out = leaky(tmp_path / "repo"), tmp_path / "plan"
    before = everything(repo)
    code, said = plan(repo, out, "--dry-run")
    assert code == 0, said
    assert "dry run: 14 of 15 commits get another id" in said
    assert "dry run: 4 of 4 branches move" in said
    assert "clean: none of " in said
    assert everything(repo) == before
    assert "14 of 15 commits (dry run)" in (out / "README.md").read_text()


def step(out: Path, name: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run one step of the script as a person would."""
    programs = out.parent / "programs"
    if not programs.is_dir():
        programs.mkdir()
        for program, module in (("occ-audit", "occ_audit"), ("git-filter-repo", "git_filter_repo")):
            file = programs / program
            file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
            file.chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    env = repos.environment(PATH=path, PYTHONPATH=str(ROOT), **extra)
    return subprocess.run(
        ["sh", str(out / "scrub.sh"), name], env=env, capture_output=True, text=True
    )


def test_the_whole_way_to_the_certificate(tmp_path: Path) -> None:
    """Report, plan, the script's steps against a bare remote, verification, certificate."""
    remote, out = repos.bare(leaky(tmp_path / "first"), tmp_path / "remote.git"), tmp_path / "plan"
    repo = repos.clone(remote, tmp_path / "repo", "--mirror")
    repos.git(repo, "config", "remote.origin.url", str(remote))
    plan(repo, out)
    for name in ("clone", "backup", "rewrite", "check", "push"):
        done = step(out, name)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    repos.git(remote, "reflog", "expire", "--expire=now", "--all")
    repos.git(remote, "gc", "-q", "--prune=now")
    assert_clean(everything(remote))
    done = step(out, "verify")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "clean: none of " in done.stdout

    mirror = out / "work" / "rewrite.git"
    assert repos.git(mirror, "show", "main:keep.txt") == f"not {WEAK} here".encode()
    assert repos.git(mirror, "show", "main:src/app.py") == b"print(1)"
    assert b":***REMOVED***@db" in repos.git(mirror, "show", "main:db.env")
    made = json.loads((out / "work" / "scrub-certificate.json").read_text())
    page = (out / "work" / "scrub-certificate.md").read_text()
    assert made["sha256"] == certificate.content_hash(made)
    assert made["sha256"] in page
    sides = {side["side"]: side for side in made["looked_at"]}
    assert sides["remote"]["refs"]["refs/heads/main"] == repos.oid(remote, "refs/heads/main")
    assert sides["here"]["counts"]["objects"] > 20
    assert any("Other clones" in row for row in made["not_checked"])
    assert_clean((page + json.dumps(made)).encode())
    assert_clean(everything(mirror))


LOCAL = ("stash", "reflog", "dangling", "replaced", "staged", "disk", "linked")


def in_every_place(folder: Path) -> tuple[Path, Path]:
    """Return a clone with leaks in places of its own, and its remote, which keeps a pull ref."""
    first = leaky(folder / "first")
    repos.branch(first, "fork")
    repos.commit(first, {"pull.env": leak("pull")}, "Ask for a pull")
    repos.switch(first, "main")
    remote = repos.bare(first, folder / "remote.git")
    repos.git(remote, "update-ref", "refs/pull/7/head", "refs/heads/fork")
    repos.git(remote, "update-ref", "-d", "refs/heads/fork")
    repo = repos.clone(remote, folder / "repo")
    for kind in ("notes", "pull"):
        repos.git(repo, "fetch", "-q", "origin", f"+refs/{kind}/*:refs/{kind}/*")
    repos.stash(repo, {"keep.txt": leak("stash")})
    repos.reflog_only(repo, {"lost.env": leak("reflog")})
    repos.dangling_blob(repo, leak("dangling").encode())
    bad = repos.dangling_blob(repo, leak("replaced").encode())
    repos.replace(repo, repos.oid(repo, "HEAD:README.md"), bad)
    repos.stage(repo, {"staged.env": leak("staged")})
    (repo / "staged.env").unlink()
    repos.write(repo, {"disk.env": leak("disk")})
    repos.write(repos.worktree(repo, folder / "linked"), {"linked.env": leak("linked")})
    return repo, remote


def test_a_leak_in_every_place_from_report_to_certificate(tmp_path: Path) -> None:
    repo, remote = in_every_place(tmp_path)
    file, out = tmp_path / "report.json", tmp_path / "plan"
    assert run("scrub", "report", "--report", f"json={file}", repo)[0] == 1
    rows = json.loads(file.read_text())["secrets"]
    texts = {text for row in rows for text in (*row["paths"]["shown"], *row["texts"])}
    places = {place for row in rows for place, found in row["presence"].items() if found}
    assert {"working_tree", "index", "head", "tips", "refs", "reflogs", "unreachable"} <= places
    kinds = {kind for row in rows for kind in row["presence"]["kinds"]}
    assert {"branch", "remote", "tag", "note", "pull", "stash", "replace"} <= kinds
    assert {"merged.env", "pull.env", "bundle.zip!inner.env", "disk.env", "linked.env"} <= texts
    assert len(rows) == len(LABELS) + len(LOCAL) + len(["pull", "the password"])

    code, told = left(file, repo, "--remote", remote)
    assert code == 1
    assert {"stash", "reflog", "unreachable object", "replaced object", "index", "pull ref"} <= told
    assert {"working tree", "name of a ref", "branch", "tag", "note"} <= told

    code, said, err = run("scrub", "plan", "--report", file, "--out", out, repo)
    assert code == 0, said + err
    for name in ("clone", "backup", "rewrite", "check", "push"):
        done = step(out, name)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    assert "ask-the-host:\nrefs/pull/7/head" in done.stdout
    assert left(file, repo, "--remote", remote)[0] == 1, "the host and this clone come next"

    repos.git(remote, "update-ref", "-d", "refs/pull/7/head")
    done = step(out, "verify")
    assert done.returncode == 0, (done.stdout, done.stderr)
    certified = json.loads((out / "work" / "scrub-certificate.json").read_text())
    assert len(certified["secrets"]) == len(rows) - len(["disk", "linked"]), "never committed"
    fresh = repos.clone(remote, tmp_path / "fresh")
    assert left(file, fresh, "--remote", remote) == (0, set())


def left(report: Path, repo: Path, *options: str | Path) -> tuple[int, set[str]]:
    """Return the exit code of a verification, and in what kinds of places secrets are left."""
    how = ("--report", report, "--format", "json", *options)
    code, said, err = run("scrub", "verify", *how, repo)
    assert not err, err
    for label in (*LABELS, *LOCAL, "pull"):
        assert token(label) not in said
    return code, {row["kind"] for row in json.loads(said)["leftovers"]}


def test_a_push_is_refused_where_someone_pushed_meanwhile(tmp_path: Path) -> None:
    first = repos.init(tmp_path / "first")
    repos.commit(first, {"a.env": leak("plain")})
    remote, out = repos.bare(first, tmp_path / "remote.git"), tmp_path / "plan"
    repo = repos.clone(remote, tmp_path / "repo")
    repos.git(repo, "config", "remote.origin.url", str(remote))
    plan(repo, out)
    for name in ("clone", "rewrite"):
        assert step(out, name).returncode == 0
    repos.commit(repo, {"b.txt": "new work\n"})
    repos.git(repo, "push", "-q", "origin", "main")
    done = step(out, "push")
    assert done.returncode == 1
    assert "not-pushed:\nrefs/heads/main" in done.stdout
    assert repos.oid(remote, "main") == repos.oid(repo, "main")
    done = step(out, "clone")
    assert done.returncode == 2
    assert "to begin again, set another WORK" in done.stderr
    again = str(tmp_path / "again")
    for name in ("clone", "rewrite", "push"):
        assert step(out, name, WORK=again).returncode == 0


def test_nothing_is_pushed_before_the_rewrite(tmp_path: Path) -> None:
    first, out = repos.init(tmp_path / "first"), tmp_path / "plan"
    repos.commit(first, {"a.env": leak("plain")})
    repo = repos.clone(repos.bare(first, tmp_path / "remote.git"), tmp_path / "repo")
    plan(repo, out)
    assert step(out, "clone").returncode == 0
    done = step(out, "push")
    assert done.returncode == 2
    assert "rewrite comes first" in done.stderr
    assert "git branch -d" not in step(out, "rewrite").stderr


def test_the_script_without_a_step_only_explains(tmp_path: Path) -> None:
    repo, out = repos.init(tmp_path / "repo"), tmp_path / "plan"
    repos.commit(repo, {"a.env": leak("plain")})
    plan(repo, out)
    done = step(out, "")
    assert done.returncode == 2
    assert "sh scrub.sh rewrite" in done.stdout
    assert not (out / "work").exists()
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", str(out / "scrub.sh")], check=True)


@pytest.mark.parametrize("place", ["inner", ".git/plan", "."])
def test_no_plan_in_the_repository(tmp_path: Path, place: str) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("plain")})
    code, _, err = run("scrub", "plan", "--out", repo / place, repo)
    assert code == 2
    assert "must not lie in the repository" in err
    assert repos.git(repo, "status", "--porcelain") == b""


def test_no_plan_in_another_working_tree(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("plain")})
    other = repos.worktree(repo, tmp_path / "other")
    for start in (repo, other):
        for place in (repo, other):
            code, _, err = run("scrub", "plan", "--out", place / "plan", start)
            assert code == 2
            assert "must not lie in the repository" in err


def test_no_plan_through_a_link_or_over_files(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("plain"), "inner/x": "x\n"})
    repos.link(tmp_path, "alias", str(repo / "inner"))
    assert run("scrub", "plan", "--out", tmp_path / "alias", repo)[0] == 2
    assert run("scrub", "plan", "--out", tmp_path / "alias" / "new", repo)[0] == 2
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    code, _, err = run("scrub", "plan", "--out", tmp_path / "full", repo)
    assert code == 2
    assert "not empty" in err


def test_a_plan_says_what_it_was_not_made_from(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("plain")})
    repos.commit(repo, {"a.env": "clean\n", "b.env": leak("head")})
    shallow, out = repos.shallow(repo, tmp_path / "shallow"), tmp_path / "plan"
    code, said, _ = run("scrub", "plan", "--out", out, shallow)
    assert code == 3
    assert "Plan for 1 secret in" in said
    assert "not looked at, so a secret may stay: commit " in said
    assert "## What was not looked at" in (out / "README.md").read_text()
    repos.commit(repo, {"b.env": "clean\n"})
    clean = repos.shallow(repo, tmp_path / "clean")
    code, said, _ = run("scrub", "plan", "--out", tmp_path / "none", clean)
    assert code == 3
    assert "nothing to plan" in said


def test_nothing_to_plan(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.txt": "fine\n"})
    code, said, _ = run("scrub", "plan", "--out", tmp_path / "plan", repo)
    assert code == 0
    assert "nothing to plan" in said
    assert not (tmp_path / "plan").exists()


def test_half_a_plan_is_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("plain")})
    write = _scrub_plan._write_private

    def fail(file: Path, data: bytes) -> None:
        if len(list(file.parent.iterdir())) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(file, data)

    monkeypatch.setattr(_scrub_plan, "_write_private", fail)
    code, _, err = run("scrub", "plan", "--out", tmp_path / "plan", repo)
    assert code == 2
    assert "No space left" in err
    assert not (tmp_path / "plan").exists()


def test_only_some_secrets(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("one"), "b.env": leak("two")})
    chosen = f"shopify-admin-token:{Secret(token('one').encode()).digest()}"
    plan(repo, tmp_path / "one", "--only", chosen)
    text = (tmp_path / "one" / "replace-text.txt").read_text()
    assert token("one") in text
    assert token("two") not in text
    report = tmp_path / "one" / "report.json"
    plan(repo, tmp_path / "again", "--report", str(report))
    assert (tmp_path / "again" / "replace-text.txt").read_text() == text
    other = f"shopify-admin-token:{Secret(token('three').encode()).digest()}"
    slip = ("--only", chosen, "--only", other)
    code, _, err = run("scrub", "plan", "--out", tmp_path / "slip", *slip, repo)
    assert code == 2
    assert f"--only {slip[-1]}: no secret of this history has this fingerprint" in err
    assert not (tmp_path / "slip").exists()


def test_missing_git_filter_repo_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = repos.init(tmp_path / "repo")
    repos.commit(repo, {"a.env": leak("plain")})
    monkeypatch.setattr("occ_audit.scrub.rewrite.importlib.util.find_spec", lambda name: None)
    which = shutil.which
    others = {"git-filter-repo": None}
    monkeypatch.setattr("shutil.which", lambda name: others.get(name, name) and which(name))
    code, _, err = run("scrub", "plan", "--dry-run", "--out", tmp_path / "plan", repo)
    assert code == 2
    assert "git-filter-repo was not found" in err
    assert "occ-audit[scrub]" in err


def test_a_key_of_several_lines_is_replaced_line_by_line() -> None:
    body = "\n".join(base64.b64encode(bytes(range(n, n + 48))).decode() for n in (1, 60, 120))
    key = f"-----BEGIN {'PRIVATE'} KEY-----\n{body}\n-----END {'PRIVATE'} KEY-----".encode()
    known = expressions.ordered(expressions.literals(Secret(key)))
    left = expressions.applied(known, b"first\n" + key + b"\nlast\n")
    assert not any(line in left for line in body.encode().split(b"\n"))
    assert left.startswith(b"first\n")
    assert left.endswith(b"last\n")


@pytest.mark.parametrize("word", ["postgres", "hunter22", "aaaaaaaaaaaaaaaa", "short1"])
def test_weak_secrets_are_not_replaced_everywhere(word: str) -> None:
    assert not list(expressions.literals(Secret(word.encode())))


def test_a_weak_secret_is_replaced_between_its_neighbours() -> None:
    data = b"password=postgres\nuse postgres here\npassword=postgres2\n"
    one = expressions.within_line(data, 9, 17)
    assert one is not None
    assert expressions.applied([one], data) == (
        b"password=***REMOVED***\nuse postgres here\npassword=postgres2\n"
    )


def test_what_git_filter_repo_reads_is_what_was_tried(tmp_path: Path) -> None:
    """The files are parsed by git-filter-repo itself, with characters that its syntax uses."""
    import git_filter_repo

    texts = [b"regex:a==>b#1xyz", b"literal:Zz9==>==>Yy8", b"glob:*x?Yq[17]", b"plain%20Text\\d+"]
    lines = [(b"k ==> pass#word(1) $", 6, 18), (rb"c:\d\1 = pass#word(1)", 9, 21)]
    weak = [one for line in lines if (one := expressions.within_line(*line))]
    known = [*expressions.ordered(texts), *weak]
    file = tmp_path / "expressions"
    file.write_bytes(expressions.file_text(known))
    read = git_filter_repo.FilteringOptions.get_replace_text(os.fsencode(file))
    assert [(row.match, expressions.REMOVED) for row in known if not row.regex] == read["literals"]
    assert [(p.pattern, r) for p, r in read["regexes"]] == [(w.match, w.replacement) for w in weak]
    pattern, replacement = read["regexes"][1]
    assert pattern.sub(replacement, lines[1][0]) == rb"c:\d\1 = ***REMOVED***"
    assert expressions.read_literals(file) == frozenset(texts)


def test_an_innocent_word_is_neither_replaced_nor_left(tmp_path: Path) -> None:
    """A weak password that is also a word: only where a rule takes it for a password."""
    word = "squirrel"
    repo = repos.init(tmp_path / "repo")
    dsn = f"DATABASE_URL=postgres://app:{word}@db.acme-internal.net:5432/app\n"
    text = f"password: {word}s like nuts\nsetting = {word}\nlabel: {word}\n"
    repos.commit(repo, {"db.env": dsn, "animals.md": text})
    code, said = plan(repo, tmp_path / "plan", "--dry-run")
    assert code == 0, said
    assert "clean: none of 1 secrets is left" in said
    assert not (tmp_path / "plan" / "strip-blobs.txt").read_text()
