"""Builds real git repositories in temporary folders: same content, dates and hashes every time.

The functions are small and compose: `repo = init(tmp_path / "r"); commit(repo, {"a.txt": "x"})`.
Nothing of the user's git configuration or environment takes part.
"""

from __future__ import annotations

import os
import subprocess
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path

Files = Mapping[str | bytes, str | bytes]

START = 1_760_083_200
"""2025-10-10 08:00:00 UTC; each commit of a repository is a minute later than the one before."""

AUTHOR = ("Ada Example", "ada@example.org")

_clocks: defaultdict[Path, count[int]] = defaultdict(lambda: count(START, 60))


def environment(**extra: str) -> dict[str, str]:
    """Return the process environment without anything that could change what git does."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PRE_COMMIT"))}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        **extra,
    }


def identity(when: int, author: tuple[str, str] = AUTHOR) -> dict[str, str]:
    """Return the environment variables that fix who commits and when (seconds since 1970)."""
    name, mail = author
    roles = ("AUTHOR", "COMMITTER")
    return {
        key: value
        for role in roles
        for key, value in (
            (f"GIT_{role}_NAME", name),
            (f"GIT_{role}_EMAIL", mail),
            (f"GIT_{role}_DATE", f"{when} +0000"),
        )
    }


def git(
    repo: Path,
    *arguments: str | bytes,
    data: bytes = b"",
    when: int = START,
    author: tuple[str, str] = AUTHOR,
) -> bytes:
    """Run git in `repo` and return what it wrote, without the last newline; raises on failure."""
    settings = ("-c", "protocol.file.allow=always", "-c", "maintenance.auto=false")
    command = ["git", *settings, "-C", repo, *arguments]
    done = subprocess.run(
        command,
        input=data,
        capture_output=True,
        env=environment(**identity(when, author)),
    )
    if done.returncode:
        shown = b" ".join(os.fsencode(part) for part in command)
        raise AssertionError(f"{shown!r} ended with {done.returncode}: {done.stderr!r}")
    return done.stdout.removesuffix(b"\n")


def oid(repo: Path, name: str = "HEAD") -> str:
    """Return the full hash of a revision such as `HEAD` or `HEAD:docs/a.md`."""
    return git(repo, "rev-parse", "--verify", name).decode()


# Beginnings


def init(path: Path, *, bare: bool = False, object_format: str = "sha1") -> Path:
    """Create an empty repository with the branch `main` and return its path."""
    path.mkdir(parents=True, exist_ok=True)
    kind = ["--bare"] if bare else []
    git(path, "init", "-q", "-b", "main", "--template=", f"--object-format={object_format}", *kind)
    return path


def write(folder: Path, files: Files) -> None:
    """Write files, with the folders that they need; text is written as UTF-8."""
    for name, content in files.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def link(folder: Path, name: str, target: str) -> None:
    """Create a symbolic link, with the folders that it needs."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def stage(repo: Path, files: Files | None = None) -> None:
    """Write files and add everything in the working tree to the index, ignored files excepted."""
    write(repo, files or {})
    git(repo, "add", "--all")


def commit(
    repo: Path,
    files: Files | None = None,
    message: str | bytes = "Change",
    *,
    remove: Iterable[str] = (),
    author: tuple[str, str] = AUTHOR,
    when: int | None = None,
) -> str:
    """Write and remove files, commit the whole working tree and return the commit's hash."""
    for name in remove:
        (repo / name).unlink()
    stage(repo, files)
    moment = next(_clocks[repo]) if when is None else when
    text = os.fsencode(message)
    options = ["--allow-empty", "--allow-empty-message", "--no-verify", "--cleanup=verbatim"]
    git(repo, "commit", "-q", *options, "-F", "-", data=text, when=moment, author=author)
    return _committed(repo)


def _committed(repo: Path) -> str:
    """Return the hash of HEAD, which was just written as a file of its own."""
    folder = repo / ".git"
    if not folder.is_dir():  # a linked worktree
        return oid(repo)
    head = (folder / "HEAD").read_text().strip()
    name = head.removeprefix("ref: ")
    return head if name == head else (folder / name).read_text().strip()


def rename(repo: Path, old: str, new: str, message: str = "Rename") -> str:
    """Move a file, commit, and return the commit's hash."""
    (repo / new).parent.mkdir(parents=True, exist_ok=True)
    git(repo, "mv", old, new)
    return commit(repo, message=message)


# Names for commits


def branch(repo: Path, name: str, start: str = "HEAD") -> None:
    """Create a branch at `start` and switch to it."""
    git(repo, "checkout", "-q", "-b", name, start)


def switch(repo: Path, name: str) -> None:
    """Check out an existing branch, or any revision with a detached HEAD."""
    git(repo, "checkout", "-q", name)


def tag(repo: Path, name: str, message: str | None = None, target: str = "HEAD") -> str:
    """Create a tag, annotated when there is a message, and return the hash it stands for."""
    kind = [] if message is None else ["-a", "--cleanup=verbatim", "-m", message]
    git(repo, "tag", *kind, name, target)
    return oid(repo, f"refs/tags/{name}")


def ref(repo: Path, name: str, target: str = "HEAD") -> None:
    """Point a full ref name such as `refs/pull/7/head` at a revision."""
    git(repo, "update-ref", name, target)


def note(repo: Path, text: str, target: str = "HEAD", namespace: str = "commits") -> None:
    """Attach a git note to a revision."""
    git(repo, "notes", f"--ref={namespace}", "add", "-f", "-m", text, target)


def replace(repo: Path, old: str, new: str) -> None:
    """Let `refs/replace` show object `new` wherever `old` is asked for."""
    git(repo, "replace", old, new)


# Commits that are easily overlooked


def stash(repo: Path, files: Files, *, untracked: bool = False) -> None:
    """Change files and put the change away with `git stash`."""
    write(repo, files)
    git(repo, "stash", "push", "-q", *(["--include-untracked"] if untracked else []))


def reflog_only(repo: Path, files: Files, message: str = "Undone") -> str:
    """Commit files, then take the commit back, so that only the reflog holds it."""
    lost = commit(repo, files, message)
    git(repo, "reset", "-q", "--hard", "HEAD~1")
    return lost


def dangling_blob(repo: Path, data: bytes) -> str:
    """Store a blob that nothing refers to and return its hash."""
    return git(repo, "hash-object", "-w", "--stdin", data=data).decode()


def dangling_commit(repo: Path, files: Files, message: str = "Lost") -> str:
    """Commit files, then drop the commit from branch and reflog alike."""
    lost = reflog_only(repo, files, message)
    git(repo, "reflog", "expire", "--expire=now", "--all")
    return lost


def evil_merge(repo: Path, files: Files, message: str = "Merge side") -> str:
    """Merge two branches in a commit whose `files` are in neither parent; return its hash."""
    base = oid(repo)
    here = git(repo, "symbolic-ref", "--short", "HEAD").decode()
    branch(repo, "side", base)
    commit(repo, {"side.txt": "side\n"}, "Side work")
    switch(repo, here)
    commit(repo, {"main.txt": "main\n"}, "Main work")
    git(repo, "merge", "-q", "--no-ff", "--no-commit", "side")
    return commit(repo, files, message)


# Copies, and repositories in unusual states


def clone(repo: Path, path: Path, *options: str) -> Path:
    """Clone over the file protocol, as from a server, and return the new path."""
    allow = ["-c", "uploadpack.allowFilter=true"]
    upload = "git " + " ".join(allow) + " upload-pack"
    git(repo, "clone", "-q", "--template=", "-u", upload, *options, repo.as_uri(), str(path))
    return path


def shallow(repo: Path, path: Path, depth: int = 1) -> Path:
    """Clone only the newest commits."""
    return clone(repo, path, f"--depth={depth}")


def partial(repo: Path, path: Path) -> Path:
    """Clone with the blobs of HEAD only: all other blobs are promised, and the promisor is gone."""
    clone(repo, path, "--filter=blob:none")
    git(path, "remote", "set-url", "origin", (path / "gone").as_uri())
    return path


def bare(repo: Path, path: Path) -> Path:
    """Make a bare mirror of all refs."""
    return clone(repo, path, "--mirror")


def sha256(path: Path) -> Path:
    """Create an empty repository whose objects are named by SHA-256."""
    return init(path, object_format="sha256")


def worktree(repo: Path, path: Path, start: str = "HEAD") -> Path:
    """Add a linked worktree with a detached HEAD and return its path."""
    git(repo, "worktree", "add", "-q", "--detach", str(path), start)
    return path


def submodule(repo: Path, other: Path, at: str) -> None:
    """Add `other` as a submodule in the folder `at`; it is staged, not committed."""
    git(repo, "submodule", "--quiet", "add", other.as_uri(), at)


def invalid_name(repo: Path, data: bytes, name: bytes = b"caf\xe9.txt") -> str:
    """Commit a file with a name that no file system needs to accept, and return the commit."""
    blob = dangling_blob(repo, data)
    git(repo, "update-index", "--add", "--cacheinfo", b"100644," + blob.encode() + b"," + name)
    moment = next(_clocks[repo])
    git(repo, "commit", "-q", "-m", "Add an odd name", when=moment)
    return oid(repo)


def redate(repo: Path, when: str) -> str:
    """Give the last commit a date that git itself would refuse to write, such as year 10000."""
    text = git(repo, "cat-file", "commit", "HEAD").decode() + "\n"
    parts = (line.rpartition("> ") for line in text.split("\n"))
    lines = (f"{name}> {when}" if mark else rest for name, mark, rest in parts)
    make = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
    made = git(repo, *make, data="\n".join(lines).encode()).decode()
    git(repo, "update-ref", "HEAD", made)
    return made


def object_file(repo: Path, name: str) -> Path:
    """Return the file that holds a loose object."""
    folder = Path(os.fsdecode(git(repo, "rev-parse", "--path-format=absolute", "--git-dir")))
    return folder / "objects" / name[:2] / name[2:]


def drop_object(repo: Path, name: str) -> None:
    """Delete a loose object, as a disk failure or a careless prune would."""
    object_file(repo, name).unlink()


def corrupt_object(repo: Path, name: str) -> None:
    """Overwrite a loose object with content that does not match its hash."""
    path = object_file(repo, name)
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"blob 5\x00wrong"))


def garble_object(repo: Path, name: str) -> None:
    """Overwrite a loose object with bytes that git cannot even inflate."""
    path = object_file(repo, name)
    path.chmod(0o644)
    path.write_bytes(b"not a zlib stream")


def pack(repo: Path) -> None:
    """Pack all objects, the unreachable ones too."""
    git(repo, "repack", "-q", "-a", "-d", "--keep-unreachable")


def pack_of(repo: Path, oids: Iterable[str]) -> None:
    """Write a pack that holds these objects, wherever else they are."""
    packs = repo / ".git/objects/pack/pack"
    git(repo, "pack-objects", "-q", packs, data="".join(f"{oid}\n" for oid in oids).encode())


def packs(repo: Path) -> set[Path]:
    """Return the packs that are there."""
    return set((repo / ".git/objects/pack").glob("*.pack"))


def let_age(files: Iterable[Path], seconds: int) -> None:
    """Make files that much older than now; git refreshes a pack of which it needs an object."""
    for file in files:
        os.utime(file, (time.time() - seconds,) * 2)
