"""Trees in memory and short calls for the tests of the evidence audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from occ_audit import rules
from occ_audit.checks.evidence import EvidenceCheck
from occ_audit.model import Finding
from occ_audit.reading import Coverage, Entry, EntryKind, TreeHistory
from occ_audit.settings import Config

RULES = [rule for rule in rules.load() if rule.vendor == "evidence"]

HEAD = "---\ndoc: log.md\nowner: ops\n---\n"
"""Front matter that makes log.md an evidence document; what follows begins on line 5."""


@dataclass
class MemoryTree:
    """A tree of texts; a path in `untracked` or `ignored_paths` is on disk only."""

    files: Mapping[str, str | bytes]
    untracked: frozenset[str] = frozenset()
    ignored_paths: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    submodules: frozenset[str] = frozenset()
    changed: frozenset[str] | None = None
    removed: Mapping[str, str] = field(default_factory=dict)
    label: str = "memory"
    history: TreeHistory | None = None

    @property
    def entries(self) -> Mapping[str, Entry]:
        files = {p: Entry(p, EntryKind.FILE, p not in self.untracked) for p in self.files}
        links = {p: Entry(p, EntryKind.SYMLINK) for p in self.links}
        return {**files, **links, **{p: Entry(p, EntryKind.SUBMODULE) for p in self.submodules}}

    def read(self, path: str) -> bytes:
        text = {**self.links, **self.files}[path]
        return text if isinstance(text, bytes) else text.encode()

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        return self.ignored_paths & frozenset(paths)


def audit(tree: MemoryTree, config: Config | None = None) -> list[Finding]:
    return list(EvidenceCheck(RULES, config or Config()).findings(tree, Coverage()))


def told(files: Mapping[str, str | bytes], config: Config | None = None) -> list[str]:
    """Return `path:line:column rule message` of every place of every finding, in order."""
    return lines_of(audit(MemoryTree(files), config))


def lines_of(findings: Iterable[Finding]) -> list[str]:
    return [
        f"{place.origins[0].path}:{place.line}:{place.column} {row.rule_id} {row.message}"
        for row in findings
        for place in row.locations
    ]


def log(text: str, **files: str) -> dict[str, str | bytes]:
    """Return an evidence document log.md with `text` from line 5 on, and further files."""
    return {"log.md": HEAD + text, **files}
