"""What is kept to be quicker the next time is taken as it was written, or not at all."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from occ_audit import cache
from tests.scans import spawned


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"[]",
        lambda data: b"[" * 100_000,
        lambda data: data[:-9],
        lambda data: data.replace(b'"description"', b'"descripuion"', 1),
        lambda data: data.replace(b"shpat_", b"shpbt_", 1),
    ],
    ids=["no rules", "nested", "cut", "a bit of a key", "a bit of a pattern"],
)
def test_damaged_rules_in_the_cache_are_read_anew(
    damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    show = functools.partial(
        spawned, "rules", "show", "shopify-admin-token", XDG_CACHE_HOME=str(tmp_path)
    )
    whole = show()
    assert b"shpat_" in whole.stdout
    [file] = (tmp_path / "occ-audit").glob("rules-*.json")
    kept = file.read_bytes()
    file.write_bytes(damage(kept))
    assert show().stdout == whole.stdout
    assert file.read_bytes() == kept


def test_what_is_kept_as_json_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "some-file.json"
    assert cache.read_json(file) is None
    cache.keep_json(file, [["a\nb", 1], []])
    assert cache.read_json(file) == [["a\nb", 1], []]
