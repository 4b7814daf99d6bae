"""The secrets check, compiled once for all tests, and short calls of it over single texts."""

from __future__ import annotations

import functools

from occ_audit import cache
from occ_audit.checks.secrets import SecretCheck
from occ_audit.model import Batch, Content, Finding, Origin, Rule
from occ_audit.rules import load
from occ_audit.templates import expand

COMPILED = cache.folder()
"""Where compiled rules are kept, whatever folder a test names later: to compile takes seconds."""


@functools.cache
def built_in() -> tuple[Rule, ...]:
    """Return the built-in rules, read once a process."""
    return tuple(load())


@functools.cache
def check_of(chosen: tuple[Rule, ...]) -> SecretCheck:
    """Return the check with these rules, made once a process."""
    return SecretCheck(chosen, COMPILED)


def check() -> SecretCheck:
    """Return the check with all built-in rules."""
    return check_of(built_in())


def text(template: str) -> bytes:
    """Return a text with its token templates filled in."""
    return expand(template, "tests").encode()


def batch(*contents: bytes) -> Batch:
    """Return contents as one batch."""
    buffer, places = bytearray(b"\n"), []
    for number, data in enumerate(contents):
        origin = Origin("file", f"file{number}.txt")
        places.append(Content(len(buffer), len(buffer) + len(data), origin))
        buffer += data + b"\n"
    return Batch(memoryview(bytes(buffer)), places)


def findings(data: bytes | str) -> list[Finding]:
    """Return the findings in one text; a `str` is a template."""
    content = text(data) if isinstance(data, str) else data
    return list(check().findings(batch(content)))


def told(data: bytes | str) -> list[tuple[str, str, bytes]]:
    """Return rule, severity and secret of each finding of low severity or more."""
    return [
        (f.rule_id, f.severity.label, f.secret.reveal() if f.secret else b"")
        for f in findings(data)
        if f.severity > 0
    ]
