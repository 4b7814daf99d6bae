"""A reference to what is nowhere: what its form says, and what the repository knows of it."""

from __future__ import annotations

from typing import NamedTuple

from occ_audit.checks._evidence.context import LINKS, SET_APART, Context
from occ_audit.checks._evidence.paths import normal, without_dots
from occ_audit.documents import known_file_name
from occ_audit.model import Reference, ReferenceKind


class Missing(NamedTuple):
    """A reference at one of the places that it may mean, where nothing is."""

    reference: Reference
    target: str
    """The path of that place, from the root of the repository."""
    context: Context

    @property
    def linked(self) -> bool:
        """Whether the markup leads there."""
        return self.reference.container in LINKS

    @property
    def set_apart(self) -> bool:
        """Whether the markup marks it off from the text around it."""
        return self.reference.container in SET_APART

    @property
    def bare(self) -> bool:
        """Whether it is a name without a folder."""
        return self.reference.kind is ReferenceKind.BARE_NAME

    @property
    def known(self) -> bool:
        """Whether its name is surely that of a file."""
        return known_file_name(self.reference.target)

    @property
    def by_words(self) -> bool:
        """Whether words name its lines, and another reference the document."""
        return self.reference.kind is ReferenceKind.LINES_IN_WORDS

    @property
    def just_removed(self) -> bool:
        """Whether the scanned commits took it away."""
        return self.target in self.context.removed

    @property
    def once(self) -> bool:
        """Whether a commit had this very path."""
        return self.context.once_had(self.target)

    @property
    def rooted(self) -> bool:
        """Whether the first folder that the reference writes exists where the target puts it."""
        return self._first_folder in self.context.paths.named_folders

    @property
    def vouched(self) -> bool:
        """Whether the repository knows the path or its first folder, from now or from then."""
        return self.rooted or self.once or self._first_folder in self.context.past.gone_folders

    @property
    def in_another_case(self) -> bool:
        """Whether the path is there but for its case; a single word may be anything."""
        return "/" in self.target and bool(self.context.paths.but_for_case(self.target))

    @property
    def _first_folder(self) -> str:
        written = (normal(without_dots(self.reference.target)) or "").rstrip("/")
        base = self.target.removesuffix(written).rstrip("/")
        first, slash, _ = written.partition("/")
        return f"{base}/{first}".lstrip("/") if slash else ""


def word_pair(reference: Reference) -> bool:
    """Say whether running text joins words by a slash, as in "vault/GitHub"."""
    return (
        reference.container not in SET_APART | LINKS
        and reference.kind is ReferenceKind.FILE
        and not known_file_name(reference.target)
    )
