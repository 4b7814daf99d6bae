"""`occ-audit cache info|clear`: what is kept to be quicker the next time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from occ_audit import cache

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
        kinds.setdefault(_kind(file), []).append(file.stat().st_size)
    for kind, sizes in sorted(kinds.items()):
        count = f"{len(sizes):,} file{'' if len(sizes) == 1 else 's'}"
        click.echo(f"{kind}: {count}, {sum(sizes):,} bytes")


@cache_command.command("clear")
def clear_command() -> None:
    """Remove all of it; the next scan begins anew."""
    files = list(_files())
    size = sum(file.stat().st_size for file in files)
    for file in files:
        file.unlink(missing_ok=True)
    click.echo(f"removed {len(files):,} files, {size:,} bytes")


def _files() -> Iterator[Path]:
    folder = cache.folder()
    return (
        (file for file in sorted(folder.rglob("*")) if file.is_file())
        if folder.is_dir()
        else iter(())
    )


def _kind(file: Path) -> str:
    if file.parent != cache.folder():
        return "scanned histories"
    return _KINDS.get(file.name.partition("-")[0], "other")
