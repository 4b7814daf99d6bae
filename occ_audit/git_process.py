"""Starts git isolated from configuration and environment.

A repository is hostile input. Whatever the user's or the repository's configuration, attributes,
hooks, replace refs or grafts say, and whatever the environment holds, the same objects are read:
no hook, text conversion, external diff, file system monitor or lazy fetch ever runs.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import IO

from occ_audit.errors import AuditError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PIPE_BYTES = 1 << 20
"""A wider pipe than the usual 64 KB spares switches between git and us."""

_SETTINGS = {
    "advice.graftFileDeprecated": "false",
    "color.ui": "never",
    "core.attributesFile": os.devnull,
    "core.commitGraph": "false",
    # Objects are asked for in families of deltas, so few bases are needed twice: 96 MB, the
    # default, cost 130 MB more a process and save no time.
    "core.deltaBaseCacheLimit": "16m",
    "core.excludesFile": os.devnull,
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    # Said to be true, it would hide files whose names differ from tracked ones only in case.
    "core.ignoreCase": "false",
    # Mapped pack windows count as memory: 64 MB cost no time, the default is the whole pack.
    "core.packedGitLimit": "64m",
    "core.packedGitWindowSize": "1m",
    "core.quotePath": "false",
    "core.untrackedCache": "false",
    # Said to be true, git lists a folder in place of its files.
    "index.sparse": "false",
    # Whoever owns the files, nothing of the repository is executed.
    "safe.directory": "*",
}
_ENVIRONMENT = {
    # git before 2.45 does not know GIT_NO_LAZY_FETCH; with no protocol allowed it fetches nothing.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class GitError(Exception):
    """git ended with an error; `str()` is what it said, `status` its exit code."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def command(arguments: Iterable[str]) -> list[str]:
    """Return the command line for git with these arguments."""
    settings = (part for key, value in _SETTINGS.items() for part in ("-c", f"{key}={value}"))
    return [_program(), *settings, *arguments]


def environment() -> dict[str, str]:
    """Return the process environment with nothing in it that changes what git does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | _ENVIRONMENT


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Return a process's stream; raises ValueError where it was started without one."""
    if stream is None:
        raise ValueError("the git process was started without this pipe")
    return stream


def widen(stream: IO[bytes]) -> None:
    """Let a pipe hold more, where the system can do that."""
    set_pipe_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_pipe_size is not None:
        with contextlib.suppress(OSError):  # an unprivileged user may have reached a limit
            fcntl.fcntl(stream, set_pipe_size, PIPE_BYTES)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process, whatever it is doing, and close its pipes."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):  # what was still to be written is of no use
                stream.close()


@contextlib.contextmanager
def fed(process: subprocess.Popen[bytes], questions: Iterable[bytes]) -> Iterator[IO[bytes]]:
    """Write the questions beside, and give what the process answers; it ends with the block.

    It may end before it has read them all, which its answers tell.
    """

    def feed() -> None:
        with contextlib.suppress(OSError), pipe(process.stdin) as stdin:
            for question in questions:
                stdin.write(question)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        yield pipe(process.stdout)
    finally:
        process.kill()
        feeder.join()
        end(process)


def ended_with(owner: object, process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    """Return the process, which ends with `owner`, or with this program if that is earlier."""
    weakref.finalize(owner, end, process)
    return process


@functools.cache
def _program() -> str:
    found = shutil.which("git")
    if found is None:
        raise AuditError("git was not found", mend="Install git and make sure that it is on PATH.")
    return found
