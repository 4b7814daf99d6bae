"""Decides how each secret leaves the history: replaced, its blob removed, or its ref renamed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from occ_audit.model import Batch, Finding
from occ_audit.repository import Ref, Repository
from occ_audit.scrub import _read, changes, expressions
from occ_audit.scrub.changes import Changes
from occ_audit.scrub.draft import Draft, Removed, is_one_of
from occ_audit.scrub.expressions import Expression
from occ_audit.scrub.holders import Place, Work, holding
from occ_audit.scrub.literals import Literals
from occ_audit.secret import Secret
from occ_audit.sources._git_files import ref_names


@dataclass(frozen=True, slots=True)
class Plan:
    """How the secrets leave the history; holds them in clear."""

    secrets: tuple[Finding, ...]
    expressions: tuple[Expression, ...] = field(repr=False)
    removed: tuple[Removed, ...]
    names: tuple[bytes, ...] = field(repr=False)
    """Texts that are cut out of the names of files and folders."""
    refs: tuple[tuple[str, str], ...] = field(repr=False)
    """Old and new name of each ref whose name holds a secret."""
    authors: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    """Name and address of each author, committer or tagger that holds a secret."""
    unreachable: int
    """Objects that no ref reaches: a fresh clone does not have them, old clones do."""
    unmended: tuple[str, ...]
    """Contents in which a secret would remain, and why."""
    changes: Changes
    unread: tuple[str, ...] = ()
    """What was not looked at, and why: a secret in there stays."""


def make(work: Work, chosen: Sequence[Finding]) -> Plan:
    """Return the plan for these findings of a history scan."""
    wanted = {secret for finding in chosen for secret in finding.secrets}
    spellings = {text: secret for secret in wanted for text in expressions.literals(secret)}
    places = holding(work, chosen, spellings)
    reachable = {oid: place for oid, place in places.items() if place.reached_by == "refs"}
    occurring = {text for place in reachable.values() for text in place.texts}
    draft = Draft(work, wanted, expressions.ordered(occurring))
    draft.read(reachable)
    names = _found_in(
        work, _read.names(_read.tree_names(work.repository).items()), wanted, spellings
    )
    refs = work.repository.refs()
    commits, tags = _changed(work.repository, refs, reachable, names)
    return Plan(
        secrets=tuple(chosen),
        expressions=tuple(draft.expressions),
        removed=tuple(draft.removed),
        names=tuple(sorted({text for texts in names.values() for text in texts}, key=_longest)),
        refs=tuple(_ref_renames(work, refs, wanted, spellings)),
        authors=tuple(sorted(draft.authors)),
        unreachable=len(places) - len(reachable),
        unmended=tuple(draft.unmended),
        changes=changes.of(work.repository, refs, commits, tags),
    )


def in_names(work: Work, salt: bytes) -> Iterator[Finding]:
    """Yield the secrets in the names of files, folders and refs, fingerprinted with this salt."""
    found: dict[Secret, Finding] = {}
    for batches in (
        _read.names(_read.tree_names(work.repository).items()),
        ref_names(work.repository.refs()),
    ):
        for finding in (one for batch in batches for one in work.check(batch)):
            if finding.secret:
                fingerprint = f"{finding.rule_id}:{finding.secret.digest(salt)}"
                found.setdefault(finding.secret, replace(finding, fingerprint=fingerprint))
    yield from found.values()


def _longest(text: bytes) -> tuple[int, bytes]:
    return -len(text), text


def _found_in(
    work: Work, batches: Iterable[Batch], wanted: set[Secret], spellings: Mapping[bytes, Secret]
) -> dict[str, set[bytes]]:
    """Return the contents that hold a secret, by path, each with the texts to be cut out."""
    literals = Literals(spellings)
    found: dict[str, set[bytes]] = {}
    for batch in batches:
        for text in literals.find(batch):
            found.setdefault(text.content.origin.path, set()).add(text.text)
        for one in work.check(batch):
            if one.secret and is_one_of(one.secret, wanted):
                path = one.locations[0].origins[0].path
                found.setdefault(path, set()).add(one.secret.reveal())
    return found


def _ref_renames(
    work: Work, refs: Mapping[str, Ref], wanted: set[Secret], spellings: Mapping[bytes, Secret]
) -> Iterator[tuple[str, str]]:
    """Yield old and new name of each ref whose name holds a secret."""
    found = _found_in(work, ref_names(refs), wanted, spellings)
    taken = set(refs)
    for old, texts in sorted(found.items()):
        new = old
        for text in sorted(texts, key=_longest):
            new = new.replace(text.decode("utf-8", "surrogateescape"), "REMOVED")
        number = 1
        while (name := new if number == 1 else f"{new}-{number}") in taken:
            number += 1
        taken.add(name)
        yield old, name


def _changed(
    repository: Repository,
    refs: Mapping[str, Ref],
    places: Mapping[str, Place],
    names: Iterable[str],
) -> tuple[set[str], set[str]]:
    """Return the commits and the tag objects that hold a secret themselves."""
    blobs = {oid for oid, place in places.items() if place.kind == "blob"}
    paths = {path for oid in blobs for path in places[oid].paths}
    commits = {oid for oid, place in places.items() if place.kind == "commit"}
    commits |= changes.holding(repository, refs, blobs, paths)
    commits |= changes.naming(repository, refs, names)
    return commits, {oid for oid, place in places.items() if place.kind == "tag"}
