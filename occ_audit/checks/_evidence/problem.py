"""What is wrong with a document itself, or with the tree, rather than with one reference."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """A broken rule, the place in the document, and what to do."""

    rule: str
    target: str
    """What tells it from others of the same rule in the same document."""
    message: str
    start: int
    end: int
    next_step: str
    reason: str = ""
