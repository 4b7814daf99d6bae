"""A progress bar on a terminal for what takes over a second; nothing when piped."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from occ_audit.reading import Progress

PATIENCE = 1.0
"""Seconds before a bar appears."""


@contextlib.contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """Yield the function to report progress to."""
    if quiet or not sys.stderr.isatty():
        yield _ignore
        return
    bar = _Bar()
    try:
        yield bar.update
    finally:
        bar.close()


def _ignore(what: str, done: int, total: int) -> None:
    """Show nothing."""


class _Bar:
    """Imports rich and draws only once the patience has run out."""

    def __init__(self) -> None:
        self._due = time.monotonic() + PATIENCE
        self._progress: object = None
        self._draw = self._wait

    def update(self, what: str, done: int, total: int) -> None:
        self._draw(what, done, total)

    def _wait(self, what: str, done: int, total: int) -> None:
        if time.monotonic() >= self._due:
            self._open(what, done, total)

    def _open(self, what: str, done: int, total: int) -> None:
        from rich.console import Console
        from rich.filesize import decimal
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        task = progress.add_task(what, amount="")
        progress.start()

        def draw(what: str, done: int, total: int) -> None:
            amount = f"{decimal(done)} of {decimal(total)}" if total else ""
            progress.update(
                task, description=what, completed=done, total=total or None, amount=amount
            )

        draw(what, done, total)

        self._draw = draw
        self._progress = progress

    def close(self) -> None:
        stop = getattr(self._progress, "stop", None)
        if stop is not None:
            stop()
