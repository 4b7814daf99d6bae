"""What the sources ask of git: refs, trees, the index, and processes that read objects."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NamedTuple

from occ_audit import git_process
from occ_audit.errors import AuditError
from occ_audit.git_process import GitError

_OID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_WORKTREE = re.compile(r"[\w.-]+")
"""The names that git gives to linked worktrees; whatever else lies there is none."""
_VERIFIED = ("--verify", "--quiet", "--end-of-options")
"""Options of rev-parse before the name of what may not be there."""


class Ref(NamedTuple):
    """What a ref names."""

    oid: str
    peeled: str
    """What the tags lead to, be they nested; the same as `oid` where it is no tag."""
    kind: str
    """Of the peeled object: `commit`, `tree`, `blob`, or `missing`."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a tree or of the index."""

    mode: str
    """`100644`, `100755`, `120000` (symbolic link), `160000` (submodule)."""
    oid: str
    path: str
    """Relative to the top, decoded with surrogateescape."""
    sparse: bool = field(default=False, compare=False)
    """Whether git was told not to put it on disk."""


@dataclass(frozen=True)
class Repository:
    """A repository and the small verbs that the sources ask of it."""

    root: Path
    """Top of the working tree; the git directory itself in a bare repository."""
    git_dir: Path
    bare: bool
    head: str
    """The commit that HEAD named when it was opened; empty before the first commit."""
    index_file: str = ""
    """The index that git hands to a hook, where it is not the usual one."""

    @classmethod
    def discover(cls, path: Path) -> Repository | None:
        """Return the repository around `path`, or None where there is none."""
        start = path.resolve()
        for folder in (start, *start.parents):
            dot_git = folder / ".git"
            if dot_git.is_file() or _is_git_dir(dot_git):
                return cls._open(folder, dot_git, bare=False)
            if _is_git_dir(folder):
                bare = folder.name != ".git"
                return cls._open(folder if bare else folder.parent, folder, bare=bare)
        return None

    @classmethod
    def _open(cls, root: Path, git_dir: Path, *, bare: bool) -> Repository:
        where = ["-C", str(root), f"--git-dir={git_dir}"]
        asked = ["rev-parse", "--absolute-git-dir", *_VERIFIED, "HEAD^{commit}"]
        result = subprocess.run(
            git_process.command([*where, *asked]),
            env=git_process.environment(),
            capture_output=True,
            check=False,
        )
        if not result.stdout:
            said = result.stderr.decode("utf-8", "replace").strip()
            raise AuditError(
                f"git cannot open this repository: {said}",
                where=str(root),
                mend="Repair it (`git fsck` says more), or scan a fresh clone.",
            )
        answers = os.fsdecode(result.stdout).removesuffix("\n")
        found, _, head = (answers, "", "") if result.returncode else answers.rpartition("\n")
        return cls(root, Path(found), bare, head)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Return what a git command prints; raises GitError where it fails."""
        return self._finished(arguments, stdin).stdout

    def lines(self, *arguments: str, stdin: bytes = b"") -> Iterator[bytes]:
        """Yield the lines that a git command prints, however many; raises GitError where it fails.

        They may name what is secret, so the file that holds them meanwhile has no name.
        """
        import tempfile  # a hook does without

        with tempfile.TemporaryFile() as printed:
            self._finished(arguments, stdin, printed)
            printed.seek(0)
            yield from printed

    def _finished(
        self, arguments: Sequence[str], stdin: bytes, stdout: int | IO[bytes] = subprocess.PIPE
    ) -> subprocess.CompletedProcess[bytes]:
        result = subprocess.run(
            self._command(arguments),
            input=stdin,
            env=self._env,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
        if result.returncode:
            message = result.stderr.decode("utf-8", "replace").strip()
            raise GitError(message or f"git {arguments[0]} failed", result.returncode)
        return result

    def fields(self, *arguments: str, stdin: bytes = b"") -> list[bytes]:
        """Return the NUL-terminated fields that a git command prints."""
        return self.run(*arguments, stdin=stdin).split(b"\0")[:-1]

    def start(
        self,
        *arguments: str,
        stdin: int | IO[bytes] = subprocess.PIPE,
        stdout: int | IO[bytes] = subprocess.PIPE,
        buffered: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start a git command with open standard input and output; the caller ends it."""
        process = subprocess.Popen(
            self._command(arguments),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            env=self._env,
            bufsize=git_process.PIPE_BYTES if buffered else 0,
        )
        if process.stdout is not None:
            git_process.widen(process.stdout)
        return process

    def commit(self, name: str) -> str:
        """Return the full id of the commit that `name` means; empty where there is none."""
        return self._verified(f"{name}^{{commit}}")

    def _verified(self, name: str) -> str:
        if _OID.fullmatch(name):
            return name  # git, too, takes an id for granted
        with contextlib.suppress(GitError):
            return self.run("rev-parse", *_VERIFIED, name).decode().strip()
        return ""

    @functools.cached_property
    def object_format(self) -> str:
        """`sha1` or `sha256`."""
        return self.run("rev-parse", "--show-object-format").decode().strip()

    @functools.cached_property
    def empty_tree(self) -> str:
        """The id of the tree that holds nothing."""
        return self.run("hash-object", "-t", "tree", "--stdin").decode().strip()

    @functools.cached_property
    def common_dir(self) -> Path:
        """The git directory that linked worktrees share."""
        said = self.run("rev-parse", "--path-format=absolute", "--git-common-dir")
        return Path(os.fsdecode(said.rstrip(b"\n")))

    @functools.cached_property
    def shallow_boundary(self) -> tuple[str, ...]:
        """The commits whose parents this clone does not have by design."""
        with contextlib.suppress(OSError):
            return tuple((self.common_dir / "shallow").read_text().split())
        return ()

    def origin_url(self) -> str:
        """Return the URL of the remote `origin`, without what logs in; empty for none."""
        try:
            said = self.run("config", "--get", "remote.origin.url")
        except GitError:
            return ""
        return without_login(said.decode("utf-8", "replace").strip())

    def working_trees(self) -> Iterator[Path]:
        """Yield the folders of all working trees that are on this machine."""
        listing = self.run("worktree", "list", "--porcelain", "-z").split(b"\0\0")
        for entry in listing:
            fields = entry.split(b"\0")
            folder = Path(os.fsdecode(fields[0].removeprefix(b"worktree ")))
            if fields[0] and b"bare" not in fields and (folder / ".git").exists():
                yield folder

    def branch(self) -> str:
        """Return the branch that is checked out; empty where HEAD is detached."""
        with contextlib.suppress(GitError):
            return os.fsdecode(self.run("symbolic-ref", "--quiet", "--short", "HEAD")).strip()
        return ""

    def refs(self) -> dict[str, Ref]:
        """Return all refs by name, and the HEAD of every worktree where it names something."""
        rows = self.run("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        named = [os.fsdecode(row).split(" ", 1) for row in rows]
        heads = self._heads()
        peeled = self._peeled([*(oid for oid, _ in named), *heads])
        refs = {name: Ref(oid, *at) for (oid, name), at in zip(named, peeled, strict=False)}
        at_heads = zip(heads, peeled[len(named) :], strict=True)
        present = {name: Ref(oid, oid, kind) for name, (oid, kind) in at_heads if kind == "commit"}
        return refs | present

    def _heads(self) -> list[str]:
        """Return the names by which git knows the HEADs of this and the other worktrees."""
        linked = self.common_dir / "worktrees"
        names = sorted(linked.iterdir()) if linked.is_dir() else []
        others = [f"worktrees/{row.name}/HEAD" for row in names if _WORKTREE.fullmatch(row.name)]
        own = f"worktrees/{self.git_dir.name}/HEAD"
        main = ["main-worktree/HEAD"] if own in others else []
        return ["HEAD", *main, *(name for name in others if name != own)]

    def _peeled(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return what each name leads to, and its type, which is `missing` where it is not here."""
        if not names:
            return []
        questions = "".join(f"{name}^{{}}\n" for name in names).encode()
        try:
            answers = self.run(
                "cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=questions
            )
        except GitError:
            # git before 2.45 ends where an object is promised but missing: this one is left out.
            if len(names) == 1:
                return [(names[0], "missing")]
            half = len(names) // 2
            return [*self._peeled(names[:half]), *self._peeled(names[half:])]
        rows = (row.decode().rpartition(" ") for row in answers.splitlines())
        return [(oid.removesuffix("^{}"), kind) for oid, _, kind in rows]

    def ls_tree(self, name: str) -> list[Listed]:
        """Return the files, links and submodules of the tree that a commit, tag or tree is.

        Empty where there is none of that name; raises GitError where a part of it is missing.
        """
        oid = self._verified(name)
        rows = self.fields("ls-tree", "-r", "-z", "--full-tree", oid) if oid else []
        return [_listed(row, oid_field=2) for row in rows]

    def missing_below(self, name: str) -> frozenset[str]:
        """Return what the tree of a commit names but a partial clone does not hold."""
        said = self.run("rev-list", "--objects", "--missing=print", f"{name}^{{tree}}")
        rows = os.fsdecode(said).splitlines()
        return frozenset(row[1:] for row in rows if row.startswith("?"))

    def ls_index(self) -> list[Listed]:
        """Return the entries of the index, every stage of a conflict included."""
        rows = self.fields("ls-files", "-z", "--stage", "-t")
        return [_listed(row[2:], oid_field=1, sparse=row[:1] == b"S") for row in rows]

    def ls_untracked(self, *, ignored_too: bool) -> tuple[list[str], list[str]]:
        """Return files on disk that are not in the index, and what git complained of.

        A nested repository ends with `/`. git passes over a folder that it cannot read and only
        warns of it.
        """
        standard = [] if ignored_too else ["--exclude-standard"]
        result = self._finished(["ls-files", "-z", "--others", *standard], b"")
        complaints = result.stderr.decode("utf-8", "surrogateescape").splitlines()
        return [os.fsdecode(row) for row in result.stdout.split(b"\0")[:-1]], complaints

    def _command(self, arguments: Iterable[str]) -> list[str]:
        where = ["-C", str(self.root), f"--git-dir={self.git_dir}"]
        work_tree = [] if self.bare else [f"--work-tree={self.root}"]
        return git_process.command([*where, *work_tree, *arguments])

    @property
    def _env(self) -> dict[str, str]:
        env = git_process.environment()
        if self.index_file:
            env["GIT_INDEX_FILE"] = self.index_file
        return env


def without_login(url: str) -> str:
    """Return an address without what may log in: user, password, query and fragment."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    host, slash, path = rest.partition("/")
    path = path.partition("?")[0].partition("#")[0]
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def _listed(row: bytes, oid_field: int, *, sparse: bool = False) -> Listed:
    described, _, path = row.partition(b"\t")
    fields = described.decode("ascii").split()
    return Listed(fields[0], fields[oid_field], os.fsdecode(path), sparse)


def _is_git_dir(folder: Path) -> bool:
    return (
        os.path.lexists(folder / "HEAD")  # a link to a branch without commits leads nowhere
        and (folder / "objects").is_dir()
        and (folder / "refs").is_dir()
    )
