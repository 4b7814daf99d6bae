"""Tells evidence documents, where every path is a claim, from ordinary ones."""

from __future__ import annotations

import re
from collections import Counter

from occ_audit.checks._evidence.entries import day_in
from occ_audit.documents import Document

_KEYS = frozenset({"doc", "doc_hash", "epoch", "expires", "last_reviewed", "owner", "review_by"})
_ENOUGH_KEYS = 2
_ENOUGH_ENTRIES = 2
_VERSION = re.compile(r"\bv?\d+\.\d+")
_CHRONICLE = re.compile(
    r"(?:^|/)(?:(?:changes|changelogs?|history|news|rel(?:ease)?[-_]?notes?)(?:[-_.][^/]*)?"
    r"|releases?\.[a-z]+|releases|releases?[-_.]v?\d[^/]*|release(?=/(?:[^/]+/)*v?\d+\.)"
    r"|newsfragments|upcoming_changes)(?:/|$)",
    re.IGNORECASE,
)
_SPECIMENS = frozenset(
    {"__fixtures__", "__snapshots__", "fixture", "fixtures", "golden", "goldens", "testdata"}
)
_TESTS = frozenset({"__tests__", "spec", "specs", "test", "tests", "testsuite"})
_VENDORED = frozenset(
    {"bower_components", "extern", "node_modules", "third-party", "third_party", "vendor"}
)


def is_chronicle(path: str) -> bool:
    """Say whether a document, by its path, is a change log of this very project."""
    return not _of_another(path) and bool(_CHRONICLE.search(path))


def not_about_now(path: str) -> str:
    """Say why a document, by its path, tells nothing of what the repository holds now."""
    if _CHRONICLE.search(path):
        return "a change log tells of files as they once were"
    return _of_another(path)


def _of_another(path: str) -> str:
    *folders, name = path.lower().split("/")
    below_tests = _TESTS.intersection(folders[:-1]) and not name.startswith("readme")
    if below_tests or not _SPECIMENS.isdisjoint(folders):
        return "test data tells nothing of this repository"
    if not _VENDORED.isdisjoint(folders):
        return "it came with a copy of another project"
    return ""


def evidence_reason(path: str, document: Document) -> str:
    """Say why this is an evidence document; empty when it is an ordinary one."""
    keys = sorted(_KEYS & document.fields.keys())
    if len(keys) >= _ENOUGH_KEYS:
        return f"its front matter has {', '.join(keys)}"
    if not_about_now(path):
        return ""
    dated = Counter(row.level for row in document.headings if _is_dated(row.title))
    levels = Counter(row.level for row in document.headings)
    for level, count in dated.items():
        if count >= _ENOUGH_ENTRIES and 2 * count >= levels[level]:
            return f"a log of {count} dated entries"
    return ""


def _is_dated(title: str) -> bool:
    """Say whether a heading names a day, but no version of that day."""
    found = day_in(title)
    if found is None:
        return False
    _, match = found
    return not _VERSION.search(title[: match.start()] + title[match.end() :])
