"""What in a tree has a bearing on the evidence audit; where nothing has, it is not loaded."""

from __future__ import annotations

from collections.abc import Iterator

from occ_audit.reading import Entry, EntryKind, Tree
from occ_audit.setting_types import path_matcher
from occ_audit.settings import Config


def documents(tree: Tree, config: Config) -> Iterator[Entry]:
    """Yield the files of a tree that are audited, in the order of their paths."""
    evidence = config.evidence
    wanted = path_matcher((*evidence.documents, *evidence.sources))
    excluded = path_matcher(config.exclude)
    for path, entry in sorted(tree.entries.items()):
        stem, dot, suffix = path.rpartition(".")
        plain = path if suffix.islower() else stem + dot + suffix.lower()  # as of README.MD
        meant = wanted(path) or (plain != path and wanted(plain))
        if entry.kind is EntryKind.FILE and meant and not excluded(path):
            yield entry


def looks_back(tree: Tree) -> bool:
    """Say whether secret paths are looked for in the past, too; who commits is not to wait."""
    return tree.label != "index"


def anything(tree: Tree, config: Config) -> bool:
    """Say whether there is anything to audit: a document, a secret path, or a past."""
    in_vault = path_matcher(config.evidence.vault)
    exposed = looks_back(tree) or any(map(in_vault, tree.entries))
    return exposed or any(True for _ in documents(tree, config))
