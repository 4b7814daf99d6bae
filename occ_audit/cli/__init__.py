"""The command line: builds lists, calls one function, writes, exits; the only place that prints."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from typing import cast

import click

from occ_audit import __version__, plugins
from occ_audit.cli._stderr import say
from occ_audit.errors import AuditError
from occ_audit.git_process import GitError

CLEAN, FINDINGS, USAGE, INCOMPLETE, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes. Findings win over an incomplete scan; 3 also means a fault of ours."""

GARBAGE = 1_000_000
"""Cycles of objects are rare here: looking for them after every 700 objects, and among all that a
large scan keeps, takes a tenth of its time. So many objects bound what they may hold."""
_STDERR = 2
_FSCK = "Repair it (`git fsck` says more), or scan a fresh clone."


class Commands(click.Group):
    """Finds each command in the module of its name, and imports none that is not called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(plugins.names(sys.modules[__name__]))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return `NAME_command` of the module NAME."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = plugins.load(sys.modules[__name__], cmd_name)
        return cast(click.Command, getattr(module, f"{cmd_name}_command"))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="occ-audit")
def program() -> None:
    """Check two claims: no secret is in this repository, and the evidence it cites exists."""


def main() -> None:
    """Run the program and exit; the one place where errors become exit codes."""
    gc.set_threshold(GARBAGE)
    _open_standard_streams()
    if sys.getfilesystemencoding() != "utf-8":
        _begin_in_utf8()
    code = run(sys.argv[1:])
    gc.freeze()  # all that is left goes with the process; cycles in it are not looked for
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; never raises."""
    try:
        return _code(program.main(arguments, prog_name="occ-audit", standalone_mode=False))
    except (click.Abort, KeyboardInterrupt):
        say("occ-audit: interrupted")
        return INTERRUPTED
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        say(said.getvalue().rstrip("\n"))
        return USAGE
    except AuditError as error:
        say(f"occ-audit: error: {error}")
        return USAGE
    except (BrokenPipeError, SystemExit):
        # click exits by itself where the reader of our output has gone, as with `| head`.
        silence_stdout()
        return INCOMPLETE
    except (GitError, OSError) as error:
        return _failed(error)
    except Exception:  # the last handler: a fault of ours is said as such
        return _fault()


def _failed(error: GitError | OSError) -> int:
    from occ_audit.cli import _room

    if complaint := _room.complaint(error):
        say(f"occ-audit: error: {complaint}")
        silence_stdout()
        return USAGE
    if isinstance(error, OSError):
        return _fault()
    say(f"occ-audit: git could not read this repository: {error}\n  {_FSCK}")
    return INCOMPLETE


def _fault() -> int:
    import traceback

    say(f"occ-audit: internal error, please report it:\n{traceback.format_exc()}")
    return INCOMPLETE


def _code(result: object) -> int:
    return result if isinstance(result, int) else CLEAN


def _begin_in_utf8() -> None:
    """Begin anew where the locale has another encoding: names in git are UTF-8 everywhere."""
    os.environ.setdefault("PYTHONIOENCODING", sys.stdout.encoding)
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _open_standard_streams() -> None:
    """Let what we were started without lead nowhere; else the next opened file would take it."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(number)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(_STDERR, "w", encoding="utf-8")


def silence_stdout() -> None:
    """Let what is still to be written to standard output vanish: nobody reads it any more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
