"""`occ-audit cache info|clear`: what is kept to be quicker the next time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from occ_audit import cache
from occ_audit.wording import plural

_KINDS = {
    "assignments": "compiled rules",
    "derived": "derived gates",
    "gates": "compiled rules",
    "rules": "parsed rules",
    "signs": "compiled signs",
    "texts": "compiled signs",
}
"""By the first word of a file's name."""


@click.group("cache")
def cache_command() -> None:
    """Show or remove what is kept to be quicker the next time: no secret, no content, no path.

    Compiled rules, and what earlier scans of a history learned: ids of objects in which nothing
    was found, and of commits.
    """


@cache_command.command("info")
def info_command() -> None:
    """Say where the cache is, and what it holds."""
    click.echo(f"folder: {cache.folder()}")
    kinds: dict[str, list[int]] = {}
    for file in _files():
        kinds.setdefault(_kind(file.path), []).append(file.bytes)
    for kind, sizes in sorted(kinds.items()):
        click.echo(f"{kind}: {plural(len(sizes), 'file')}, {sum(sizes):,} bytes")


@cache_command.command("clear")
def clear_command() -> None:
    """Remove all of it; the next scan begins anew."""
    files = _files()
    size = sum(file.bytes for file in files)
    for file in files:
        file.path.unlink(missing_ok=True)
    click.echo(f"removed {len(files):,} files, {size:,} bytes")


def _files() -> Sequence[cache.Kept]:
    return cache.oldest_first(file for file in cache.folder().rglob("*") if not file.is_dir())


def _kind(file: Path) -> str:
    if file.parent != cache.folder():
        return "scanned histories"
    return _KINDS.get(file.name.partition("-")[0], "other")
