"""Data compressed by Zstandard."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from typing import Any

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import inflated

MAGIC = b"\x28\xb5\x2f\xfd"
TEXTS = (MAGIC,)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the data if the content begins with it; says so without a library for it."""
    if at != len(MAGIC):
        return
    library = _library()
    if library is None:
        yield Left("", "compressed by Zstandard: install `zstandard` to have it read")
        return
    yield from inflated(data, library.open, (_error(library), OSError, EOFError), budget)


@functools.cache
def _library() -> Any:
    """Return the standard library's module (Python 3.14) or the package of that name."""
    for name in ("compression.zstd", "zstandard"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _error(library: Any) -> type[Exception]:
    error: type[Exception] = library.ZstdError
    return error
