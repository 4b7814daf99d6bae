"""How names that come from a repository are shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from occ_audit.cli._stderr import masked


def shown_names(paths: Iterable[str]) -> dict[str, str]:
    """Return how each path is shown: secrets masked, control characters escaped."""
    known = list(dict.fromkeys(paths))
    if not known:
        return {}
    # Blank lines apart, so that no path is read as the context of another.
    shown = masked("\n\n".join(map(one_line, known))).split("\n\n")
    return dict(zip(known, shown, strict=True))


def shown_name(path: Path) -> str:
    """Return how one path is shown."""
    return shown_names([str(path)])[str(path)]


def one_line(path: str) -> str:
    """Return a path with its control and other invisible characters escaped."""
    shown = (char if char.isprintable() else ascii(char)[1:-1] for char in path)
    return "".join(shown)
