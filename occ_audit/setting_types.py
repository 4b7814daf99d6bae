"""Types of settings that are checked when a file is parsed: path patterns, dates, amounts."""

from __future__ import annotations

import datetime
import functools
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from occ_audit.typed_toml import MistakeError

_SPECIAL = re.compile(r"[*?/\s]+|\[.*", re.DOTALL)
"""What in a pattern is not itself in a path: wildcards, classes, slashes, blanks at the end."""
AS_IN_GITIGNORE = "Write it as in a .gitignore file, for example 'docs/**', '*.lock' or '!keep.md'."
_ENDING = re.compile(r"\*[^*?\[\\/\s]+")
"""A pattern such as `*.md`: how a file's name ends, or that of a folder around it."""


def path_matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return a test of relative paths against gitignore-style patterns, the last match wins.

    The patterns are read when a path is tested that they might match.
    """
    if patterns and all(map(_ENDING.fullmatch, patterns)):
        endings = tuple(line[1:] for line in patterns)
        return lambda path: any(name.endswith(endings) for name in path.split("/"))
    literals = [_literal(line) for line in patterns if line[:1] not in ("", "#", "!")]
    if not literals:
        return lambda path: False

    @functools.cache
    def spec() -> Any:
        return _gitignore(patterns)

    def matches(path: str) -> bool:
        # Most paths are told apart without the patterns, which take long to read.
        return any(text in path for text in literals) and bool(spec().match_file(path))

    return matches


def _literal(pattern: str) -> str:
    """Return a text that stands in every path that a pattern matches."""
    return "" if "\\" in pattern else max(_SPECIAL.split(pattern), key=len)


def _gitignore(patterns: Sequence[str]) -> Any:
    from pathspec import GitIgnoreSpec  # late: its import takes 60 ms

    with warnings.catch_warnings():
        # Python wonders what a class such as `[[a--b]` means; git does not.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            # Its default backend would build a hyperscan database, which takes 35 times as long.
            return GitIgnoreSpec.from_lines(patterns, backend="simple")
        except TypeError:  # before 1.0 pathspec had no backends
            return GitIgnoreSpec.from_lines(patterns)


def _pattern(value: object) -> object:
    if isinstance(value, str) and value and not is_pattern(value):
        raise MistakeError(f"{value!r} is not a path pattern", AS_IN_GITIGNORE)
    return value


def is_pattern(text: str) -> bool:
    """Say whether a line of a .gitignore file would match any path, or take any out again."""
    try:
        (compiled,) = _gitignore([text]).patterns
    except (ValueError, re.error):  # the latter for a class such as `[z-a]`
        return False
    return compiled.include is not None


def _iso_date(value: object) -> object:
    """Return a date as text, whether TOML had it as a date or as a text."""
    if type(value) is datetime.date:
        return value.isoformat()
    if isinstance(value, str) and value and not is_date(value):
        raise MistakeError(f"{value!r} is not a date", "Write it as YYYY-MM-DD, e.g. 2030-01-31.")
    return value


def expired(expires: str, today: datetime.date) -> bool:
    """Say whether the last day of something is over; what has none never ends."""
    return bool(expires) and expires < today.isoformat()


def is_date(text: str) -> bool:
    """Say whether `text` is a real day written as `YYYY-MM-DD`."""
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _positive(value: object) -> object:
    if type(value) is int and value < 1:
        raise MistakeError(f"{value} is too small", "Write a number of at least 1.")
    return value


Pattern = Annotated[str, _pattern]
"""A gitignore-style pattern; like the next ones, checked when a file is parsed."""
Patterns = tuple[Pattern, ...]
Date = Annotated[str, _iso_date]
"""`YYYY-MM-DD`, or empty."""
Positive = Annotated[int, _positive]
