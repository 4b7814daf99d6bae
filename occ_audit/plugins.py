"""A module in a folder is a plugin: adding one needs no list to be extended elsewhere."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType


@functools.cache
def names(package: ModuleType) -> tuple[str, ...]:
    """Return the plugin names of `package`, sorted: its modules that do not begin with `_`."""
    found = pkgutil.iter_modules(package.__path__)
    return tuple(sorted(module.name for module in found if not module.name.startswith("_")))


def load(package: ModuleType, name: str) -> ModuleType:
    """Import one plugin; raises ModuleNotFoundError when `package` has none of that name."""
    return importlib.import_module(f"{package.__name__}.{name}")
