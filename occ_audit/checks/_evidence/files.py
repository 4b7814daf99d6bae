"""What the files of a tree hold: lines, headings, parsed documents, each read once."""

from __future__ import annotations

from occ_audit.checks._evidence import anchors
from occ_audit.checks._evidence.anchors import Anchors
from occ_audit.checks._evidence.content import is_lfs_pointer
from occ_audit.checks._evidence.paths import Paths
from occ_audit.documents import LONGEST_MARKUP, Document, parse
from occ_audit.reading import EntryKind, Tree

_KEPT = 16 * 2**20
"""Bytes of documents that are kept from when something leads to them until their own turn."""


class Files:
    """The files among the paths of a tree, by what they hold; links are followed."""

    def __init__(self, tree: Tree, *, transcripts: bool = False) -> None:
        self.paths = Paths(tree)
        self._tree = tree
        self._transcripts = transcripts
        self._ahead: dict[str, Document] = {}
        self._kept = 0
        self._lines: dict[str, int | None] = {}
        self._pointers: set[str] = set()
        self._anchors: dict[str, Anchors | None] = {}

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, links followed; None for what is no file, or too large."""
        entry = self.paths.entries.get(self.paths.end_of(path))
        if entry is None or entry.kind is not EntryKind.FILE:
            return None
        try:
            return self._tree.read(entry.path)
        except (OSError, KeyError):
            return None

    def line_count(self, path: str) -> int | None:
        """Return how many lines a file has; None for what is no file."""
        if path not in self._lines:
            self._lines[path] = self._count(path)
        return self._lines[path]

    def is_pointer(self, path: str) -> bool:
        """Say whether a file stands for one that git LFS has not fetched."""
        return self.line_count(path) is not None and path in self._pointers

    def _count(self, path: str) -> int | None:
        data = self.content(path)
        if data is None:
            return None
        if is_lfs_pointer(data):
            self._pointers.add(path)
        return data.count(b"\n") + (not data.endswith(b"\n") and data != b"")

    def anchors(self, path: str) -> Anchors | None:
        """Return what a Markdown file offers to link to; None for what is none."""
        if path not in self._anchors:
            data = self.content(path) if _has_anchors(path) else None
            self._anchors[path] = None
            if data is not None and len(data) <= LONGEST_MARKUP:
                document = self._parsed(path, data)
                if self._kept + len(data) <= _KEPT:
                    self._ahead[path] = document
                    self._kept += len(data)
        return self._anchors[path]

    def document(self, path: str, data: bytes) -> Document:
        """Return a parsed document, in its own turn; its headings stay known afterwards."""
        known = self._ahead.pop(path, None)
        if known is not None:
            self._kept -= len(known.data)
        return known if known is not None and known.data == data else self._parsed(path, data)

    def _parsed(self, path: str, data: bytes) -> Document:
        document = parse(path, data, transcripts=self._transcripts)
        if _has_anchors(path) and len(data) <= LONGEST_MARKUP:
            self._anchors[path] = Anchors(document.headings, lambda: self.content(path) or b"")
        return document


def _has_anchors(path: str) -> bool:
    return path.lower().endswith(anchors.SUFFIXES)
