"""`occ-audit hook`: turns what git and pre-commit tell a hook into calls of `occ-audit scan`."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from occ_audit import files
from occ_audit.cli import CLEAN, FINDINGS
from occ_audit.errors import AuditError
from occ_audit.repository import Repository

_SCISSORS = re.compile(rb"^\S{1,9} -{24} >8 -{24}\r?$", re.MULTILINE)
"""Where `git commit --verbose` appends the diff, removed lines included, for the editor only."""

_EDGES = 20
"""So many candidates are compared: a long-lived branch can touch the remote in many places."""

_LONG_WORD = re.compile(r"\w{20}")
"""The name of a ref without one holds no secret, and need not be looked at."""

_FORWARDING = {"ignore_unknown_options": True, "allow_interspersed_args": True}


@dataclass(frozen=True, slots=True)
class Push:
    """One ref that a push updates."""

    new: str
    """What the ref shall name: an object id or a revision."""
    old: str = ""
    """The commit that the remote has in its place; empty where it has none."""
    ref: str = ""
    """What the remote is to call it."""


@click.group("hook")
def hook_command() -> None:
    """Run as a git hook, with or without pre-commit."""


@hook_command.command("pre-commit", context_settings=_FORWARDING)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[SCAN OPTIONS]")
@click.pass_context
def pre_commit(ctx: click.Context, options: tuple[str, ...]) -> None:
    """Scan what is staged; where nobody commits, what `pre-commit run` is asked to look at."""
    ctx.exit(_scan(ctx, [*options, *looked_at(os.environ)]))


@hook_command.command("commit-msg", context_settings=_FORWARDING)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[SCAN OPTIONS]")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def commit_msg(ctx: click.Context, options: tuple[str, ...], file: Path) -> None:
    """Scan the commit message in FILE."""
    mend = "Give the file that git hands to the commit-msg hook."
    text = message(files.read_bytes(file, "the commit message", mend))
    ctx.exit(_scan_text(ctx, options, text, "COMMIT_EDITMSG"))


@hook_command.command("pre-push", context_settings=_FORWARDING)
@click.option("--remote", default="", help="Name of the remote, the hook's first argument.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[SCAN OPTIONS]")
@click.pass_context
def pre_push(ctx: click.Context, remote: str, options: tuple[str, ...]) -> None:
    """Scan what git, on standard input, or pre-commit, in the environment, says is pushed."""
    repository = Repository.discover(Path())
    if repository is None:
        raise AuditError("this is no git repository", mend="Run the hook inside of one.")
    remote = remote or os.environ.get("PRE_COMMIT_REMOTE_NAME", "")
    pushes = announced(os.environ)
    if pushes is None:
        pushes = listed(sys.stdin.buffer.read())
    codes = [code for push in pushes for code in _scan_push(ctx, repository, remote, push, options)]
    ctx.exit(combined(codes))


def looked_at(environment: Mapping[str, str]) -> Sequence[str]:
    """Return the options that choose what is read; never nothing where all files are meant.

    `pre-commit run --all-files` tells its hooks nothing of that, and nothing need be staged then.
    Where git commits, it names its index, and whatever is staged is what is meant.
    """
    by_hand = environment.get("PRE_COMMIT") == "1" and "GIT_INDEX_FILE" not in environment
    repository = Repository.discover(Path()) if by_hand else None
    if repository is None:
        return ["--staged"]
    old, new = (environment.get(f"PRE_COMMIT_{end}_REF", "") for end in ("FROM", "TO"))
    if old and new:
        return ["--range", f"{old}..{new}"]
    base = repository.head or repository.empty_tree
    staged = repository.run("diff-index", "--cached", "--name-only", base)
    return ["--staged"] if staged else []


def message(data: bytes) -> bytes:
    """Return a commit message file without the diff that `git commit --verbose` appends."""
    cut = _SCISSORS.search(data)
    return data[: cut.start()] if cut else data


def announced(environment: Mapping[str, str]) -> list[Push] | None:
    """Return what pre-commit says is pushed; None where it is not pre-commit that calls."""
    if environment.get("PRE_COMMIT") != "1":
        return None
    ref = environment.get("PRE_COMMIT_REMOTE_BRANCH", "")
    if new := environment.get("PRE_COMMIT_TO_REF"):
        return [Push(new, environment.get("PRE_COMMIT_FROM_REF", ""), ref)]
    # pre-commit names no range where the push includes a first commit, nor in `run` by hand.
    return [Push(environment.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD", ref=ref)]


def listed(lines: bytes) -> list[Push]:
    """Return the pushes in lines `local-ref local-oid remote-ref remote-oid`, no deletions."""
    rows = (line.rsplit(maxsplit=3) for line in os.fsdecode(lines).splitlines())
    return [
        Push(new, "" if _is_zero(old) else old, ref)
        for _, new, ref, old in (row for row in rows if len(row) == 4)
        if not _is_zero(new)
    ]


def combined(codes: Sequence[int]) -> int:
    """Return one exit code for several scans: findings (1) win, then the gravest."""
    return FINDINGS if FINDINGS in codes else max(codes, default=CLEAN)


def new_range(repository: Repository, push: Push, remote: str) -> str:
    """Return the range `A..B` of what the remote has not; empty where it has everything.

    Where the remote has several commits next to the new ones, the one that leaves least is A.
    """
    new = repository.commit(push.new)
    if not new:
        raise AuditError(
            "what is pushed leads to no commit, so it is not read",
            where=push.new,
            mend="Look with `occ-audit scan --history`, then push with --no-verify.",
        )
    if old := push.old and repository.commit(push.old):
        return f"{old}..{new}"
    known = f"--remotes={remote}" if remote else "--remotes"
    listed = repository.run("rev-list", "--boundary", new, "--not", known).decode().split()
    edges = [oid.removeprefix("-") for oid in listed if oid.startswith("-")]
    if len(edges) == len(listed):
        return ""
    ranges = [f"{edge}..{new}" for edge in edges[:_EDGES]]
    if not ranges:
        # The empty tree has no history, so this is all that leads to the new commit.
        return f"{repository.empty_tree}..{new}"
    return min(ranges, key=lambda one: int(repository.run("rev-list", "--count", one)))


def tag_texts(repository: Repository, name: str) -> Iterator[bytes]:
    """Yield the tag objects that `name` leads to: a tag can name a tag."""
    while repository.run("cat-file", "-t", name).strip() == b"tag":
        text = repository.run("cat-file", "tag", name)
        yield text
        name = text.split(b"\n", 1)[0].split()[1].decode()


def _scan_push(
    ctx: click.Context, repository: Repository, remote: str, push: Push, options: Sequence[str]
) -> Iterator[int]:
    if _LONG_WORD.search(push.ref):
        yield _scan_text(ctx, options, os.fsencode(push.ref), "name of the ref")
    if wanted := new_range(repository, push, remote):
        yield _scan(ctx, [*options, "--range", wanted])
    for text in tag_texts(repository, push.new):
        yield _scan_text(ctx, options, text, "tag message")


def _scan_text(ctx: click.Context, options: Sequence[str], text: bytes, name: str) -> int:
    with _standard_input(text):
        return _scan(ctx, [*options, "--stdin", "--stdin-name", name])


def _scan(ctx: click.Context, arguments: list[str]) -> int:
    """Run `occ-audit scan` with these arguments and return its exit code."""
    from occ_audit.cli.scan import scan_command

    try:
        with scan_command.make_context("scan", arguments, parent=ctx) as scan:
            code = scan_command.invoke(scan)
    except click.exceptions.Exit as end:
        return end.exit_code
    return code if isinstance(code, int) else CLEAN


@contextlib.contextmanager
def _standard_input(data: bytes) -> Iterator[None]:
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(data))
    try:
        yield
    finally:
        sys.stdin = before


def _is_zero(oid: str) -> bool:
    return not oid.strip("0")
