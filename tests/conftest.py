"""What holds for all tests: nothing is kept in, or taken from, the user's own cache folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from occ_audit import cache

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".pytest_cache" / "user-cache"

# Before any test, and for the processes that they start; compiled rules stay from run to run.
os.environ["XDG_CACHE_HOME"] = str(CACHE)
# The rules of single tests do not push the built-in ones out.
cache.KEPT = 32

UNMEASURED = frozenset(
    (
        *("bad_input", "composite", "identity", "matcher"),
        *("rule_cost", "rule_examples", "scanned", "scanned_changes"),
        "decode_packed::test_a_bomb_is_left_out_and_reported",
        "documents_markdown::test_the_number_of_candidates_is_bounded",
        "evidence::test_no_text_makes_the_audit_slow",
        "masking::test_ten_thousand_secrets_are_masked_quickly",
        "validators_proof::TestRandomBody",
    )
)
"""Files and tests that take twice as long with their coverage measured; others reach the same."""


def pytest_configure(config: pytest.Config) -> None:
    """Compile the built-in rules once, before the workers and the programs that tests start."""
    if hasattr(config, "workerinput"):
        _measure_once(config)
        return
    line = [sys.executable, "-m", "occ_audit", "scan", "--quiet", "--stdin"]
    subprocess.run(line, cwd=ROOT, input=b"", capture_output=True)


def _measure_once(config: pytest.Config) -> None:
    """End the measuring that pytest-cov begins in a worker as if it were the main process.

    It begins a second one, which counts; with both, all takes longer, and no test goes unmeasured.
    """
    early = getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if early is not None:
        early.cov.stop()


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark the tests whose coverage is not measured."""
    for item in items:
        file, part, *_ = item.nodeid.removesuffix("]").split("::")
        name = Path(file).stem.removeprefix("test_")
        if not UNMEASURED.isdisjoint((name, f"{name}::{part.partition('[')[0]}")):
            item.add_marker("no_cover")
