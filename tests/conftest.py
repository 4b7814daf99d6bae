"""What holds for all tests: nothing is kept in, or taken from, the user's own cache folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

CACHE = Path(__file__).parent.parent / ".pytest_cache" / "user-cache"

# Before any test, and for the processes that they start; compiled rules stay from run to run.
os.environ["XDG_CACHE_HOME"] = str(CACHE)

UNMEASURED = frozenset(
    f"test_{name}.py"
    for name in (
        *("bad_input", "composite", "identity", "matcher"),
        *("rule_cost", "rule_examples", "scanned", "scanned_changes"),
    )
)
"""With their coverage measured, these take half as long again; others reach the same lines."""


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark the tests whose coverage is not measured."""
    for item in items:
        if item.path.name in UNMEASURED:
            item.add_marker("no_cover")
