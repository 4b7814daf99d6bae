"""Every place where a secret may be left is planted, and the verification names it."""

from __future__ import annotations

import base64
import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from occ_audit.checks.secrets import SecretCheck
from occ_audit.model import Rule
from occ_audit.scrub import certificate, leftovers, wanted
from occ_audit.scrub.wanted import Known, Wanted
from occ_audit.secret import Secret
from tests import repos
from tests.detection import check_of
from tests.scans import leak, run, token

LABEL = "left"
SECRET = Secret(token(LABEL).encode())
KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile the rules once: that takes longer than a verification."""

    def made(rules: Sequence[Rule], cache: Path | None = None) -> SecretCheck:
        return check_of(tuple(rules))

    monkeypatch.setattr("occ_audit.checks.secrets.SecretCheck", made)


def report(folder: Path, *labels: str, **extra: object) -> Path:
    """Write the report of these tokens, as `scrub report` would."""
    known = [Secret(token(label).encode()) for label in labels or (LABEL,)]
    rows = [Known(f"shopify-admin-token:{s.digest()}", "r", s.digest(KEY), s.mask) for s in known]
    document = json.loads(wanted.text_of(Wanted(KEY, {row.digest: row for row in rows})))
    document["secrets"] = [row | extra for row in document["secrets"]]
    file = folder / "report.json"
    file.write_text(json.dumps(document))
    return file


def verify(repo: Path, *options: str | Path) -> tuple[int, dict[str, Any]]:
    """Run the verification; return its exit code and what it tells; no token may show."""
    file = repo.parent / "report.json"
    if not file.exists():
        report(repo.parent)
    arguments = ("scrub", "verify", "--report", file, "--format", "json", *options, repo)
    code, said, err = run(*arguments)
    assert not err, err
    assert token(LABEL) not in said
    return code, json.loads(said)


def clean(folder: Path) -> Path:
    repo = repos.init(folder / "repo")
    repos.commit(repo, {"README.md": "# Demo\n", "a.env": "SHOPIFY_ADMIN_TOKEN=in the vault\n"})
    return repo


def on_branch(repo: Path) -> None:
    repos.branch(repo, "old")
    repos.commit(repo, {"x.env": leak(LABEL)})
    repos.switch(repo, "main")


def in_tag(repo: Path) -> None:
    on_branch(repo)
    repos.tag(repo, "v1", target="old")
    repos.git(repo, "branch", "-q", "-D", "old")


def in_tag_message(repo: Path) -> None:
    repos.tag(repo, "v1", f"Release with {token(LABEL)}")


def in_commit_message(repo: Path) -> None:
    repos.commit(repo, {"b.txt": "b\n"}, f"Use {token(LABEL)}")


def in_author(repo: Path) -> None:
    repos.commit(repo, {"b.txt": "b\n"}, author=(token(LABEL), "ci@example.org"))


def in_note(repo: Path) -> None:
    repos.note(repo, leak(LABEL))


def in_stash(repo: Path) -> None:
    repos.stash(repo, {"a.env": leak(LABEL)})


def in_older_stash(repo: Path) -> None:
    repos.stash(repo, {"a.env": leak(LABEL)})
    repos.stash(repo, {"a.env": "SHOPIFY_ADMIN_TOKEN=another change\n"})


def in_untracked_stash(repo: Path) -> None:
    repos.stash(repo, {"new.env": leak(LABEL)}, untracked=True)


def in_reflog(repo: Path) -> None:
    repos.reflog_only(repo, {"x.env": leak(LABEL)})


def in_reflog_message(repo: Path) -> None:
    repos.git(repo, "update-ref", "-m", f"reset to {token(LABEL)}", "HEAD", "HEAD")
    log = repo / ".git" / "logs" / "HEAD"
    log.write_text(log.read_text() + log.read_text().replace("Change", token(LABEL)))


def behind_replace(repo: Path) -> None:
    bad = repos.dangling_blob(repo, leak(LABEL).encode())
    repos.replace(repo, repos.oid(repo, "HEAD:a.env"), bad)


def hidden_by_replace(repo: Path) -> None:
    repos.commit(repo, {"x.env": leak(LABEL)})
    harmless = repos.dangling_blob(repo, b"x\n")
    repos.replace(repo, repos.oid(repo, "HEAD:x.env"), harmless)
    (repo / "x.env").unlink()


def in_pull_ref(repo: Path) -> None:
    on_branch(repo)
    repos.ref(repo, "refs/pull/7/head", "old")
    repos.git(repo, "branch", "-q", "-D", "old")


def in_remote_branch(repo: Path) -> None:
    on_branch(repo)
    repos.ref(repo, "refs/remotes/origin/old", "old")
    repos.git(repo, "branch", "-q", "-D", "old")


def in_original(repo: Path) -> None:
    on_branch(repo)
    repos.ref(repo, "refs/original/refs/heads/old", "old")
    repos.git(repo, "branch", "-q", "-D", "old")


def dangling_blob(repo: Path) -> None:
    repos.dangling_blob(repo, leak(LABEL).encode())


def dangling_commit(repo: Path) -> None:
    repos.dangling_commit(repo, {"x.env": leak(LABEL)})


def dangling_in_a_pack(repo: Path) -> None:
    repos.dangling_blob(repo, leak(LABEL).encode())
    repos.pack(repo)


def in_index(repo: Path) -> None:
    repos.stage(repo, {"x.env": leak(LABEL)})
    (repo / "x.env").unlink()


def in_merge(repo: Path) -> None:
    repos.evil_merge(repo, {"x.env": leak(LABEL)})
    repos.commit(repo, remove=["x.env"])


def in_tracked_file(repo: Path) -> None:
    repos.write(repo, {"a.env": leak(LABEL)})


def in_untracked_file(repo: Path) -> None:
    repos.write(repo, {"new.env": leak(LABEL)})


def in_ignored_file(repo: Path) -> None:
    repos.commit(repo, {".gitignore": ".env\n"})
    repos.write(repo, {".env": leak(LABEL)})


def in_linked_worktree(repo: Path) -> None:
    tree = repos.worktree(repo, repo.parent / "linked")
    repos.write(tree, {"new.env": leak(LABEL)})


def in_linked_index(repo: Path) -> None:
    tree = repos.worktree(repo, repo.parent / "linked")
    repos.stage(tree, {"new.env": leak(LABEL)})
    (tree / "new.env").unlink()


def in_config(repo: Path) -> None:
    repos.git(repo, "config", "http.extraHeader", f"X-Shopify-Access-Token: {token(LABEL)}")


def in_edited_message(repo: Path) -> None:
    (repo / ".git" / "COMMIT_EDITMSG").write_text(f"Use {token(LABEL)}\n")


def in_hook(repo: Path) -> None:
    (repo / ".git" / "hooks").mkdir(exist_ok=True)
    (repo / ".git" / "hooks" / "post-commit").write_text("#!/bin/sh\n" + leak(LABEL))


def in_ref_name(repo: Path) -> None:
    repos.git(repo, "branch", f"try-{token(LABEL)}")


def in_packed_ref_name(repo: Path) -> None:
    repos.git(repo, "branch", f"try-{token(LABEL)}")
    repos.git(repo, "pack-refs", "--all")


def in_old_file_name(repo: Path) -> None:
    repos.commit(repo, {f"logs/{token(LABEL)}.txt": "x\n"})
    repos.rename(repo, f"logs/{token(LABEL)}.txt", "logs/x.txt")


def in_binary(repo: Path) -> None:
    repos.commit(repo, {"x.bin": b"\0\1" + leak(LABEL).encode() + b"\0"})
    (repo / "x.bin").unlink()


def in_archive(repo: Path) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("inner.env"), "# x\n" * 40 + leak(LABEL))
    repos.commit(repo, {"x.zip": out.getvalue()})
    (repo / "x.zip").unlink()


def in_base64(repo: Path) -> None:
    repos.commit(repo, {"x.txt": base64.b64encode(leak(LABEL).encode()).decode() + "\n"})
    (repo / "x.txt").unlink()


def suppressed_inline(repo: Path) -> None:
    text = leak(LABEL).rstrip("\n") + "  # occ-audit: ignore[shopify-admin-token] a sample\n"
    repos.commit(repo, {"x.env": text})
    (repo / "x.env").unlink()


PLANTED: list[tuple[Callable[[Path], None], str, str]] = [
    (on_branch, "branch", "x.env"),
    (in_tag, "tag", "x.env"),
    (in_tag_message, "tag", "tag "),
    (in_commit_message, "branch", "commit "),
    (in_author, "branch", "commit "),
    (in_note, "note", ""),
    (in_stash, "stash", "a.env"),
    (in_older_stash, "reflog", "a.env"),
    (in_untracked_stash, "stash", "new.env"),
    (in_reflog, "reflog", "x.env"),
    (in_reflog_message, "file of git", ".git/logs/HEAD"),
    (behind_replace, "replaced object", ""),
    (hidden_by_replace, "branch", "x.env"),
    (in_pull_ref, "pull ref", "x.env"),
    (in_remote_branch, "remote branch", "x.env"),
    (in_original, "ref kept by an earlier rewrite", "x.env"),
    (dangling_blob, "unreachable object", "blob "),
    (dangling_commit, "unreachable object", "x.env"),
    (dangling_in_a_pack, "unreachable object", "blob "),
    (in_index, "index", "x.env"),
    (in_merge, "branch", "x.env"),
    (in_tracked_file, "working tree", "a.env"),
    (in_untracked_file, "working tree", "new.env"),
    (in_ignored_file, "working tree", ".env"),
    (in_linked_worktree, "working tree", "linked/new.env"),
    (in_linked_index, "index", "new.env"),
    (in_config, "file of git", ".git/config"),
    (in_edited_message, "file of git", ".git/COMMIT_EDITMSG"),
    (in_hook, "file of git", ".git/hooks/post-commit"),
    (in_ref_name, "name of a ref", "refs/heads/try-****"),
    (in_packed_ref_name, "file of git", ".git/packed-refs"),
    (in_old_file_name, "name of a file", "****.txt"),
    (in_binary, "branch", "x.bin"),
    (suppressed_inline, "branch", "x.env"),
    (in_archive, "branch", "x.zip"),
    (in_base64, "branch", "x.txt"),
]


@pytest.mark.parametrize(
    ("plant", "kind", "path"), PLANTED, ids=[plant.__name__ for plant, _, _ in PLANTED]
)
def test_each_leftover_is_named(
    tmp_path: Path, plant: Callable[[Path], None], kind: str, path: str
) -> None:
    repo = clean(tmp_path)
    plant(repo)
    code, told = verify(repo)
    assert code == 1
    assert told["clean"] is False
    found = {(row["kind"], row["path"]) for row in told["leftovers"]}
    assert any(k == kind and path in p for k, p in found), found
    assert {row["fingerprint"] for row in told["leftovers"]} == {
        f"shopify-admin-token:{SECRET.digest()}"
    }


def test_a_clean_repository(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    repos.commit(repo, {"other.env": leak("another secret")})
    before = repos.git(repo, "for-each-ref")
    code, told = verify(repo)
    assert (code, told["clean"], told["leftovers"]) == (0, True, [])
    assert any("no rule recognises" in row for row in told["not_checked"])
    assert any("no remote" in row or "none was named" in row for row in told["not_checked"])
    assert repos.git(repo, "for-each-ref") == before


def test_what_a_person_reads(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    in_older_stash(repo)
    repos.dangling_commit(repo, {"lost/x.env": "# lost\n" + leak(LABEL)})
    in_ref_name(repo)
    code, said, _ = run("scrub", "verify", "--report", report(tmp_path), repo)
    assert code == 1
    assert token(LABEL) not in said
    assert "name of a ref: refs/heads/try-****" in said
    assert "unreachable object: lost/x.env:2, commit " in said
    assert "    unreachable object: `git reflog expire --expire=now --all && git gc" in said
    assert "1 of 1 secrets is left, in " in said


def test_a_message_is_named_once_and_shortly(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    commit = repos.commit(repo, message=f"Try {leak(LABEL)}")
    said = run("scrub", "verify", "--report", report(tmp_path), repo)[1]
    assert f"    branch (refs/heads/main): commit {commit[:10]}:6\n" in said
    assert "    branch: rewrite it as planned, and push that; " in said


def test_every_kind_of_place_has_its_remedy() -> None:
    assert {kind for _, kind, _ in PLANTED} <= leftovers.REMOVED_BY.keys()


def test_a_name_makes_no_line_of_its_own(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    repos.commit(repo, {b"a\nclean: none of 1 secrets is left\n\xff\x1b.env": leak(LABEL)})
    code, said, _ = run("scrub", "verify", "--report", report(tmp_path), repo)
    assert code == 1
    assert not [line for line in said.splitlines() if line.startswith("clean")]
    assert r"\n\xff\x1b.env" in said


def test_the_reflog_entry_is_named(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    in_older_stash(repo)
    _, told = verify(repo)
    assert [row["refs"] for row in told["leftovers"]] == [["refs/stash@{1}"]]


def test_a_sha256_repository(tmp_path: Path) -> None:
    repo = repos.sha256(tmp_path / "repo")
    repos.commit(repo, {f"logs/{token(LABEL)}.txt": "x\n"})
    repos.rename(repo, f"logs/{token(LABEL)}.txt", "logs/x.txt")
    code, told = verify(repo)
    assert code == 1
    assert told["leftovers"][0]["kind"] == "name of a file"


@pytest.mark.parametrize(
    "ref", ["refs/heads/old", "refs/pull/7/head", "refs/notes/x", "refs/odd/x"]
)
def test_every_ref_of_the_remote(tmp_path: Path, ref: str) -> None:
    repo = clean(tmp_path)
    remote = repos.bare(repo, tmp_path / "remote.git")
    bad = repos.clone(remote, tmp_path / "bad")
    on_branch(bad)
    repos.git(bad, "push", "-q", "origin", f"old:{ref}")
    for url in (str(remote), remote.as_uri()):
        code, told = verify(repo, "--remote", url)
        assert code == 1
        rows = [(row["side"], row["refs"], row["path"]) for row in told["leftovers"]]
        assert rows == [("remote", [ref], "x.env")]
    repos.git(remote, "update-ref", "-d", ref)
    code, told = verify(repo, "--remote", str(remote))
    assert code == 0
    assert told["sides"][1]["refs"]["refs/heads/main"] == repos.oid(repo)
    assert told["sides"][1]["refs"]["HEAD"] == repos.oid(repo)


def test_the_detached_head_of_a_remote(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    remote = repos.clone(repo, tmp_path / "remote")
    repos.switch(remote, "--detach")
    repos.commit(remote, {"x.env": leak(LABEL)})
    code, told = verify(repo, "--remote", str(remote))
    assert code == 1
    assert told["leftovers"][0]["path"] == "x.env"


def test_a_remote_that_does_not_answer(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    target = tmp_path / "certificate"
    code, told = verify(
        repo, "--remote", (tmp_path / "gone").as_uri(), "--certificate", target.with_suffix(".md")
    )
    assert code == 3
    assert told["clean"] is False
    assert "could not be listed" in told["skipped"][-1]["reason"]
    assert not target.with_suffix(".md").exists()


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c touch% {marker}",
        "fd::17",
        "http://example.org/x.git",
        "git://example.org/x",
        "--upload-pack=touch {marker}",
        "-oProxyCommand=touch {marker}",
        "ssh://-oProxyCommand=touch/x y",
    ],
)
def test_no_other_protocol(tmp_path: Path, url: str) -> None:
    repo = clean(tmp_path)
    marker = tmp_path / "marker"
    options = ("--report", report(tmp_path), f"--remote={url.format(marker=marker)}")
    code, _, err = run("scrub", "verify", *options, repo)
    assert code == 2
    assert "no remote that is looked at" in err
    assert not marker.exists()


def test_the_remote_is_not_configured_by_the_repository(tmp_path: Path) -> None:
    """Neither side's configuration may start a program or lead elsewhere."""
    repo = clean(tmp_path)
    remote = repos.bare(repo, tmp_path / "remote.git")
    marker = tmp_path / "marker"
    for key in ("core.sshCommand", "core.fsmonitor", "uploadpack.packObjectsHook"):
        repos.git(repo, "config", key, f"touch {marker}")
        repos.git(remote, "config", key, f"touch {marker}")
    repos.git(repo, "config", "url./nowhere/.insteadOf", str(tmp_path))
    code, told = verify(repo, "--remote", str(remote))
    assert (code, told["skipped"]) == (0, [])
    assert not marker.exists()


def test_credentials_in_the_url_are_not_told(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    word = "wo" + "rd-17-x"
    options = ("--report", report(tmp_path), "--remote", f"https://me:{word}@localhost:1/x.git")
    code, said, err = run("scrub", "verify", *options, repo)
    assert code == 3
    assert word not in said + err


def test_a_certificate(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    remote = repos.bare(repo, tmp_path / "remote.git")
    folder = tmp_path / "new" / "security"
    options = ("--report", report(tmp_path), "--remote", remote, "--certificate", folder)
    code, said, _ = run("scrub", "verify", *options, repo)
    assert code == 0
    [page] = folder.glob("????-??-??/scrub-certificate-*Z.md")
    [data] = folder.glob("????-??-??/scrub-certificate-*Z.json")
    assert str(page) in said
    made = json.loads(data.read_text())
    assert made["sha256"] == certificate.content_hash(made)
    assert made["secrets"] == [
        {"fingerprint": f"shopify-admin-token:{SECRET.digest()}", "rule_id": "r"}
    ]
    assert made["looked_at"][1]["refs"]["refs/heads/main"] == repos.oid(repo)
    assert made["rules"]["count"] > 50
    text = page.read_text()
    for piece in (made["sha256"], made["rules"]["sha256"], repos.oid(repo), "Not checked"):
        assert piece in text


@pytest.mark.parametrize(
    ("name", "problem"),
    [("none/c.md", "its folder does not exist"), ("report.json/c", "cannot be written to")],
)
def test_where_no_certificate_can_be_filed(tmp_path: Path, name: str, problem: str) -> None:
    repo, target = clean(tmp_path), tmp_path / name
    how = ("scrub", "verify", "--report", report(tmp_path), "--certificate", target)
    code, said, err = run(*how, repo)
    assert (code, said) == (2, "")
    assert f"--certificate {target}: its folder" in err
    assert problem in err


def test_no_certificate_while_a_secret_is_left(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    on_branch(repo)
    code, _ = verify(repo, "--certificate", tmp_path / "c.md")
    assert code == 1
    assert not (tmp_path / "c.md").exists()


def test_what_cannot_be_looked_at(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    repos.commit(repo, {"b.txt": "b\n"})
    shallow = repos.shallow(repo, tmp_path / "shallow")
    code, told = verify(shallow)
    assert code == 3
    assert "shallow" in told["skipped"][0]["reason"]
    assert verify(shallow, "--allow-incomplete")[0] == 0


@pytest.mark.parametrize("name", ["pack/tmp_pack_Ab12", "ab/tmp_obj_Cd34", "tmp_objdir-x/pack/a"])
def test_what_an_interrupted_git_left(tmp_path: Path, name: str) -> None:
    repo = clean(tmp_path)
    repos.write(repo, {f".git/objects/{name}": zlib.compress(leak(LABEL).encode())})
    code, told = verify(repo)
    assert code == 3
    [row] = told["skipped"]
    assert row["origin"]["path"].startswith("objects/")
    assert "`git gc --prune=now` removes it" in row["reason"]
    repos.git(repo, "gc", "-q", "--prune=now")
    assert verify(repo)[0] == 0


def test_a_worktree_that_is_not_there(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    tree = repos.worktree(repo, tmp_path / "linked")
    assert verify(repo)[0] == 0
    tree.rename(tmp_path / "moved")
    code, told = verify(repo)
    assert code == 3
    assert told["skipped"][0]["reason"] == "worktree: its folder is not there"


def test_verifying_from_a_linked_worktree(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    tree = repos.worktree(repo, tmp_path / "linked")
    in_untracked_file(repo)
    code, told = verify(tree)
    assert code == 1
    assert told["leftovers"][0]["path"] == f"{repo}/new.env"


def test_suppressed_secrets_may_stay(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    on_branch(repo)
    report(tmp_path, LABEL, suppression="a sample")
    code, told = verify(repo)
    assert code == 0
    assert any("1 secrets that the report says are suppressed" in r for r in told["not_checked"])


def test_spellings_of_the_plan_are_looked_for(tmp_path: Path) -> None:
    repo = clean(tmp_path)
    repos.commit(repo, {"x.env": leak(LABEL), "y.txt": f"{token(LABEL).encode().hex()}\n"})
    odd = token(LABEL)[3:-3]
    assert run("scrub", "plan", "--out", tmp_path / "plan", repo)[0] == 0
    plan = tmp_path / "plan" / "replace-text.txt"
    plan.write_text(plan.read_text() + f"literal:{odd}==>***REMOVED***\n")
    other = repos.init(tmp_path / "other")
    repos.commit(other, {"z.txt": f"<{odd}>\n"})
    assert verify(other)[0] == 0
    code, told = verify(other, "--plan", tmp_path / "plan")
    assert code == 1
    assert {(row["path"], row["line"]) for row in told["leftovers"]} == {("z.txt", 1)}
    assert odd not in json.dumps(told)
    how = ("scrub", "verify", "--report", tmp_path / "report.json", "--plan", tmp_path / "plan")
    assert run(*how, other)[1].splitlines()[-1] == "a text of the plan is left, in 2 places"
    repos.commit(other, {"x.env": leak(LABEL)})
    both = "1 of 1 secrets and a text of the plan are left, in "
    assert run(*how, other)[1].splitlines()[-1].startswith(both)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is not JSON"),
        ("[]", "no JSON object"),
        ('{"schema_version": 9}', "version 9"),
        ('{"schema_version": 1, "secrets": []}', "the key of the digests is missing"),
        ('{"schema_version": 1, "key": "' + "ab" * 32 + '"}', "`secrets` is no list"),
        ('{"schema_version": 1, "key": "' + "ab" * 32 + '", "secrets": [1]}', "secrets[0]"),
    ],
)
def test_a_broken_report(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "report.json").write_text(text)
    code, _, err = run("scrub", "verify", "--report", tmp_path / "report.json", clean(tmp_path))
    assert code == 2
    assert problem in err
    assert "scrub report" in err


def test_no_report_and_no_repository(tmp_path: Path) -> None:
    code, _, err = run("scrub", "verify", "--report", tmp_path / "none.json", clean(tmp_path))
    assert (code, "cannot read the report" in err) == (2, True)
    code, _, err = run("scrub", "verify", "--report", report(tmp_path), tmp_path)
    assert (code, "no git repository" in err) == (2, True)
