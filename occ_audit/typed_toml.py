"""A TOML text as a dataclass: its fields say what is allowed, and a mistake names line and mend.

A field's type is str, int, float, bool, a dataclass, an enum of labels, a tuple or a mapping of
these, or one of these or None, which is for a key that is left out. `Annotated[type, check]`
passes the raw value through `check`, which may raise MistakeError.
"""

from __future__ import annotations

import enum
import functools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from occ_audit.errors import AuditError
from occ_audit.wording import did_you_mean, visible

KeyPath = tuple[str | int, ...]
"""How a value is reached, such as `("allow", 0, "rule")`."""

NOT_A_KEY: Mapping[str, object] = {"key": False}
"""Metadata of a field that the file cannot set."""


class MistakeError(Exception):
    """What is wrong with the value at a key path, and how to mend it."""

    def __init__(self, problem: str, mend: str, *at: str | int) -> None:
        super().__init__(problem)
        self.problem, self.mend, self.at = problem, mend, at


def parse(text: str, where: str) -> dict[str, Any]:
    """Return the TOML document; raises AuditError with the line where its syntax is wrong."""
    import tomllib  # late, for the many runs that find no file to parse

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise AuditError(
            f"is not valid TOML: {error}",
            where=f"{where}:{found[1]}" if found else where,
            mend="Mend the syntax; https://toml.io describes the language.",
        ) from None


def convert(hint: Any, value: Any, at: KeyPath = ()) -> Any:
    """Return `value`, as TOML gave it, as the type `hint`; raises MistakeError."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return convert(inner[0], value, at)
    if origin is Annotated:
        return convert(inner[0], _checked(inner[1:], value, at), at)
    if origin is tuple:
        items = enumerate(_typed(list, value, at))
        return tuple(convert(inner[0], item, (*at, index)) for index, item in items)
    if origin is Mapping:
        pairs = _typed(dict, value, at).items()
        return {key: convert(inner[1], item, (*at, key)) for key, item in pairs}
    if is_dataclass(hint):
        return _record(hint, _typed(dict, value, at), at)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return _label(hint, value, at)
    return _typed(hint, value, at)


def _checked(checks: Sequence[Any], value: object, at: KeyPath) -> object:
    try:
        for check in checks:
            value = check(value)
    except MistakeError as mistake:
        at = (*at, *mistake.at)
        raise MistakeError(f"{key_text(at)}: {mistake.problem}", mistake.mend, *at) from None
    return value


def _record(hint: Any, table: dict[str, Any], at: KeyPath) -> Any:
    keys, required = _keys_of_record(hint)
    for name in table:
        if name not in keys:
            mend = did_you_mean(name, keys, f"The keys here are: {', '.join(keys)}.")
            raise MistakeError(f"{key_text((*at, name))}: there is no such key", mend, *at, name)
    values = {name: convert(keys[name], item, (*at, name)) for name, item in table.items()}
    for name in required:
        if not table.get(name):
            raise MistakeError(f"{key_text((*at, name))}: is missing", f"Add {name} = …", *at)
    return hint(**values)


@functools.cache
def _keys_of_record(hint: Any) -> tuple[dict[str, Any], list[str]]:
    """Return the types of the keys of a table, and the keys that it must have."""
    types = get_type_hints(hint, include_extras=True)
    keys = [f for f in fields(hint) if f.metadata.get("key", True)]
    required = [f.name for f in keys if f.default is f.default_factory is MISSING]
    return {f.name: types[f.name] for f in keys}, required


def _label(kind: type[enum.Enum], value: object, at: KeyPath) -> enum.Enum:
    labels = {member.name.lower(): member for member in kind}
    if isinstance(value, str) and value in labels:
        return labels[value]
    noun = kind.__name__.lower()
    mend = did_you_mean(str(value), labels, f"Write one of: {', '.join(labels)}.")
    raise MistakeError(f"{key_text(at)}: {value!r} is not a {noun}", mend, *at)


_TYPES = {
    str: ("a text", 'a text in quotes, such as "…"'),
    int: ("a whole number", "a whole number, such as 10"),
    float: ("a number", "a number with a point, such as 0.5"),
    bool: ("true or false", "true or false"),
    list: ("a list", 'a list, such as ["…"]'),
    dict: ("a table", "a table of keys and values"),
}


def _typed(wanted: Any, value: Any, at: KeyPath) -> Any:
    # The exact type: for Python, but not for a reader, `true` is a whole number.
    if type(value) is wanted:
        return value
    found, _ = _TYPES.get(type(value), ("a date or time", ""))
    name, example = _TYPES[wanted]
    raise MistakeError(f"{key_text(at)}: should be {name}, not {found}", f"Write {example}.", *at)


def key_text(at: Sequence[str | int]) -> str:
    """Return a key path as people write it, control characters escaped: `allow[0].path`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at)
    path = path.removeprefix(".")
    return visible(path)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1, of each table head and key that stands on a line of its own."""
    lines: dict[KeyPath, int] = {}
    counts: Counter[KeyPath] = Counter()
    head: KeyPath = ()
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("["):
            path, is_list = _keys_of(line)
            if path:
                head = (*path, counts[path]) if is_list else path
                counts[path] += 1
                lines.setdefault(head, number)
        elif "=" in line:
            path, _ = _keys_of(line.partition("=")[0] + "=0")
            if path:
                lines.setdefault((*head, *path), number)
    return lines


def _keys_of(fragment: str) -> tuple[KeyPath, bool]:
    """Return the keys that one line of TOML names, and whether it begins an item of a list."""
    import tomllib

    try:
        node: Any = tomllib.loads(fragment)
    except (tomllib.TOMLDecodeError, RecursionError):
        return (), False
    path: list[str] = []
    while isinstance(node, dict) and node:
        key, node = next(iter(node.items()))
        path.append(key)
    return tuple(path), isinstance(node, list)


def line_of(lines: Mapping[KeyPath, int], at: KeyPath) -> int:
    """Return the line of a key path, or of the nearest one around it; 0 where there is none."""
    return next((lines[at[:end]] for end in range(len(at), 0, -1) if at[:end] in lines), 0)
