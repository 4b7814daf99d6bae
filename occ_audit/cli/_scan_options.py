"""What a user can ask of a scan, as options of a command and as one value."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from occ_audit.cli._options import CONFIG, JOBS, PATH, RULES

BASELINE = ".occ-audit-baseline.jsonl"
"""Read from the repository's root when no other is given."""

Function = TypeVar("Function", bound=Callable[..., Any])


class ScanOptions(NamedTuple):
    """What the user asked of a scan; the names are those of the options."""

    paths: tuple[Path, ...] = ()
    staged: bool = False
    range_: str | None = None
    at: str | None = None
    history: bool = False
    changed_only: str | None = None
    stdin: bool = False
    stdin_name: str = ""
    include_ignored: bool = False
    only: str | None = None
    rules: tuple[Path, ...] = ()
    config: Path | None = None
    baseline: Path | None = None
    inline_ignores: bool = True
    ledger: bool = True
    """Audit the rotation ledger with the history."""
    crowds: bool = True
    """Make one finding of many guessable secrets."""
    explain: bool = False
    jobs: int = os.cpu_count() or 1
    quiet: bool = False
    cache: bool = True

    @property
    def source(self) -> str:
        """The module in `sources/` that reads what was chosen; raises for several choices."""
        chosen = {
            "--staged": self.staged and "index",
            "--range": self.range_ is not None and "commits",
            "--at": self.at is not None and "commit",
            "--history": self.history and "history",
            "--stdin": self.stdin and "stdin",
        }
        given = [option for option, module in chosen.items() if module]
        if len(given) > 1:
            raise click.UsageError(f"{' and '.join(given)} exclude each other: choose one")
        module = str(chosen[given[0]]) if given else "worktree"
        if self.stdin_name and not self.stdin:
            raise click.UsageError("--stdin-name names what --stdin reads: give both")
        if self.changed_only is not None and module not in ("worktree", "index", "commit"):
            raise click.UsageError(f"{given[0]} and --changed-only exclude each other: choose one")
        return module


def source_options(function: Function) -> Function:
    """Add the options that say what is read and by which rules."""
    for option in reversed(
        [
            click.argument("paths", nargs=-1, type=PATH),
            click.option("--staged", is_flag=True, help="Read what is staged, not the disk."),
            click.option(
                "--range",
                "range_",
                metavar="A..B",
                default=None,
                help="Read what these commits introduce.",
            ),
            click.option(
                "--at", metavar="COMMIT", default=None, help="Read the files of this commit."
            ),
            click.option("--history", is_flag=True, help="Read every object of the repository."),
            click.option(
                "--changed-only",
                is_flag=False,
                flag_value="",
                default=None,
                metavar="[BASE]",
                help="Audit evidence only in documents that changed since the merge base with "
                "BASE, and references to what was deleted or renamed.  [default: the remote's "
                "main branch, else the parent commit]",
            ),
            click.option("--stdin", is_flag=True, help="Read one text from standard input."),
            click.option("--stdin-name", metavar="PATH", default="", help="The path of that text."),
            click.option("--include-ignored", is_flag=True, help="Read git-ignored files too."),
            click.option(
                "--only",
                type=click.Choice(["secrets", "evidence"]),
                default=None,
                help="Run one of the two audits.",
            ),
            RULES,
            CONFIG,
            click.option(
                "--baseline",
                type=PATH,
                metavar="FILE",
                help=f"Known findings.  [default: {BASELINE}, if there]",
            ),
            click.option(
                "--no-inline-ignores",
                "inline_ignores",
                flag_value=False,
                default=True,
                help="Heed no comments in the text.",
            ),
            JOBS,
            click.option(
                "--no-cache",
                "cache",
                flag_value=False,
                default=True,
                help="Ask and read anew whatever an earlier scan of this history learned.",
            ),
        ]
    ):
        function = option(function)
    return function
