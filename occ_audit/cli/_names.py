"""How names that come from a repository are shown."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from occ_audit.cli._stderr import masked
from occ_audit.wording import visible


def shown_names(paths: Iterable[str]) -> dict[str, str]:
    """Return how each path is shown: secrets masked, control characters escaped."""
    known = list(dict.fromkeys(paths))
    if not known:
        return {}
    # Blank lines apart, so that no path is read as the context of another.
    shown = masked("\n\n".join(map(visible, known))).split("\n\n")
    return dict(zip(known, shown, strict=True))


def shown_name(path: Path) -> str:
    """Return how one path is shown."""
    return shown_names([str(path)])[str(path)]
