"""A rule from another scanner: our rule, and the tests that its own file puts to a match."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from occ_audit.model import Rule

PRIORITY = 100
"""Above all rules of our own: who brings rules wants to see what those find."""

TARGETS = frozenset({"secret", "match", "line", "path", "content"})
KINDS = frozenset({"matches", "contains", "entropy-at-most", "entropy-below"})


@dataclass(frozen=True, slots=True)
class Test:
    """One question about a match; it holds where any of its values does."""

    target: str
    """`secret`, `match`, `line`, `path` or `content` (what surrounds it)."""
    kind: str
    """`matches` (expressions), `contains` (lower-case words), or one of two about entropy."""
    values: tuple[str, ...]
    negated: bool = False


Drop = tuple[Test, ...]
"""A match is no finding where all tests of a drop hold."""


@dataclass(frozen=True, slots=True)
class Required:
    """Another rule of the same file that has to match nearby."""

    rule_id: str
    lines: int = -1
    """At most so many lines away; -1: anywhere in the content."""
    columns: int = -1


@dataclass(frozen=True, slots=True)
class ImportedRule(Rule):
    """A rule that the tests of its own file judge, and nothing else."""

    source: str = ""
    """The format it came in: `gitleaks`, `kingfisher` …"""
    own_id: str = ""
    """Its id in its file, by which other rules there refer to it."""
    drops: tuple[Drop, ...] = ()
    required: tuple[Required, ...] = ()
    by_name: bool = False
    """The pattern is one of paths, and what it finds, a file's name, is no secret."""

    @property
    def public(self) -> bool:
        """True where it finds file names."""
        return self.by_name


class Refused(NamedTuple):
    """A rule that could not be translated, or a part of one that is left out."""

    rule_id: str
    reason: str
    where: str = ""
    whole: bool = True
    """False: the rule works, but without what `reason` names."""


class Translation(NamedTuple):
    """What became of a foreign file."""

    source: str
    rules: tuple[ImportedRule, ...] = ()
    refused: tuple[Refused, ...] = ()


class Sight(NamedTuple):
    """What the tests of a rule may ask about."""

    secret: bytes
    match: bytes = b""
    line: bytes = b""
    path: str = ""
    """Empty where it is not known yet: then tests of it decide nothing."""
    content: Callable[[], bytes] = bytes

    def text(self, target: str) -> bytes:
        """Return what a test of `target` looks at."""
        if target == "path":
            return path_bytes(self.path)
        if target == "content":
            return self.content()
        return bytes(getattr(self, target))


def path_bytes(path: str) -> bytes:
    """Return a path as the bytes that it is on disk, with `/` between its parts."""
    return path.encode("utf-8", "surrogateescape")


def dropped(rule: ImportedRule, sight: Sight) -> str:
    """Return why the rule's own file makes a match no finding; empty where it is one."""
    for drop in rule.drops:
        if drop and all(_holds(test, sight) for test in drop):
            return "; ".join(map(_reason, drop))
    return ""


def drops_path(rule: ImportedRule, path: str, secret: bytes) -> bool:
    """Return whether a place is dropped, once its path is known; asks for path and secret only."""
    tests = [drop for drop in rule.drops if any(test.target == "path" for test in drop)]
    sight = Sight(secret, path=path)
    return any(
        all(test.target in ("path", "secret") and _holds(test, sight) for test in drop)
        for drop in tests
    )


def _holds(test: Test, sight: Sight) -> bool:
    if test.target == "path" and not sight.path:
        return False
    return _ask(test, sight.text(test.target)) is not test.negated


def _ask(test: Test, text: bytes) -> bool:
    if test.kind == "matches":
        return any(pattern.search(text) for pattern in _compiled(test.values))
    if test.kind == "contains":
        lower = text.lower()
        return any(word.encode() in lower for word in test.values)
    limit = float(test.values[0])
    value = entropy(text)
    return value <= limit if test.kind == "entropy-at-most" else value < limit


@functools.lru_cache(maxsize=4096)
def _compiled(patterns: tuple[str, ...]) -> tuple[Any, ...]:
    import regex

    return tuple(regex.compile(pattern.encode()) for pattern in patterns)


def entropy(text: bytes) -> float:
    """Return Shannon's entropy in bits a character, by bytes."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values()) if size else 0.0


def _reason(test: Test) -> str:
    if test.kind.startswith("entropy"):
        return f"the entropy of the {test.target} is too low ({test.kind} {test.values[0]})"
    if test.target == "content" and test.negated:
        return "none of the rule's keywords is near"
    verb = "contains a word" if test.kind == "contains" else "matches an expression"
    return f"the {test.target} {'not ' if test.negated else ''}{verb} of the rule's allowlist"


def keyword_drop(words: Sequence[str]) -> tuple[Drop, ...]:
    """Return the drop that asks for one of the rule's keywords in the content."""
    lower = tuple(word.lower() for word in words if word)
    return ((Test("content", "contains", lower, negated=True),),) if lower else ()


_PRINTABLE = re.compile(r"[^\x20-\x7e]+")


def one_line(text: object, longest: int = 300) -> str:
    """Return foreign text as one printable line of bounded length."""
    return _PRINTABLE.sub(" ", str(text)).strip()[:longest]
