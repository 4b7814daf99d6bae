"""One document among the paths of its tree, and the containers that references stand in."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Mapping
from dataclasses import dataclass

from occ_audit.checks._evidence.degree import is_chronicle, not_about_now
from occ_audit.checks._evidence.entries import Entries
from occ_audit.checks._evidence.files import Files
from occ_audit.checks._evidence.history import Past
from occ_audit.checks._evidence.paths import Paths, normal
from occ_audit.documents import Document, known_file_name
from occ_audit.model import Reference

TOCTREE = "toctree"
"""The container of pages that a table of contents lists, which may be made with the site."""
PAGES = frozenset({"role", TOCTREE})
"""The containers of pages that a processor resolves; roles may mean those of another project."""
LINKS = frozenset({"link", "image", "html"}) | PAGES
SET_APART = frozenset({"codespan", "frontmatter"})
"""The containers of what the markup marks off from the text around it."""
_RENDERED = (".adoc", ".asciidoc", ".rst")


@dataclass(frozen=True)
class Context:
    """One document among the paths of its tree."""

    path: str
    document: Document
    evidence: str
    """Why this is an evidence document; empty for an ordinary one."""
    files: Files
    removed: Mapping[str, str]
    """Paths that the scanned commits deleted or renamed, with the new path or an empty text."""
    past: Past

    @functools.cached_property
    def paths(self) -> Paths:
        """The paths of the tree."""
        return self.files.paths

    @functools.cached_property
    def entries(self) -> Entries:
        """The dated entries of the document."""
        return Entries(self.document)

    def beside_the_point(self, reference: Reference) -> str:
        """Say why a reference is not about what the repository holds now; or nothing.

        A change log tells of files as they once were, but who follows its links does so now.
        """
        if self.evidence or (reference.container in LINKS and is_chronicle(self.path)):
            return ""
        return self._not_about_now

    @functools.cached_property
    def _not_about_now(self) -> str:
        return not_about_now(self.path)

    def in_code(self, offset: int) -> bool:
        """Say whether a place lies in a code block or in a comment."""
        code = self.document.code
        index = bisect.bisect_right(code, (offset, len(self.document.data)))
        return index > 0 and offset < code[index - 1][1]

    @property
    def folder(self) -> str:
        """The folder that the document lies in."""
        return self.path.rpartition("/")[0]

    @functools.cached_property
    def rendered(self) -> bool:
        """Whether readers see the document as a page, next to other pages."""
        return self.path.endswith(_RENDERED) or self.paths.sites.have(self.path)

    def once_had(self, path: str) -> bool:
        """Say whether a commit had this very file or folder, or the last one still has it."""
        path = path.rstrip("/")
        return path in self.past.gone or path in self.past.gone_folders

    @functools.cached_property
    def first_parts(self) -> frozenset[str]:
        """First parts of the paths that the document itself names beyond doubt."""
        return frozenset(
            row.target.partition("/")[0]
            for row in self.document.references
            if "/" in row.target and row.container in SET_APART and known_file_name(row.target)
        )

    @functools.cached_property
    def named_in_full(self) -> Mapping[str, set[str]]:
        """The paths with a folder that the document names or links to, by their base names."""
        found: dict[str, set[str]] = {}
        for row in self.document.references:
            if "/" in row.target:
                beside = row.container in LINKS and not row.target.startswith("/")
                path = normal(f"{self.folder}/{row.target}" if beside else row.target) or ""
                found.setdefault(path.rpartition("/")[2], set()).add(path)
        return found
