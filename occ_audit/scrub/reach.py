"""Which refs and reflogs reach each secret, and where the main line lost it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from occ_audit.repository import Ref
from occ_audit.scrub.lineage import Lineage
from occ_audit.scrub.surroundings import Surroundings, is_head, kind_of

_ORDER = ("branch", "remote", "pull", "tag", "note", "stash", "replace", "other")

Named = dict[int, list[str]]
"""By secret: names of refs, branches first."""


def of_refs(
    lineage: Lineage,
    refs: Mapping[str, Ref],
    direct: Mapping[str, Iterable[str]],
    objects: Mapping[str, Iterable[int]],
    names: Mapping[str, Iterable[int]],
) -> tuple[Named, Named]:
    """Return the refs that reach each secret, and those whose newest state holds it.

    `direct` says which refs name an object without a commit between, `objects` which secrets are
    in an object, `names` which are in the name of a ref.
    """
    held = {name: set(numbers) for name, numbers in names.items()}
    for oid, found in direct.items():
        for name in found:
            held.setdefault(name, set()).update(objects.get(oid, ()))
    reaching: Named = {}
    tips: Named = {}
    for name in sorted((name for name in refs if not is_head(name)), key=_order):
        peeled = refs[name].peeled
        at_tip = held.get(name, set()) | lineage.holds.get(peeled, frozenset())
        for number in at_tip.union(_bits(lineage.reach.get(peeled, 0))):
            reaching.setdefault(number, []).append(name)
        for number in at_tip:
            tips.setdefault(number, []).append(name)
    return reaching, tips


def of_reflogs(lineage: Lineage, around: Surroundings) -> Named:
    """Return the refs whose reflog keeps what they have lost themselves."""
    found: Named = {}
    for name, commits in around.reflogs.items():
        bits = 0
        for commit in commits:
            bits |= lineage.reach.get(commit, 0)
        ref = around.refs.get(name)
        for number in _bits(bits & ~(lineage.reach.get(ref.peeled, 0) if ref else 0)):
            found.setdefault(number, []).append(name)
    return found


def lost_on_the_line(lineage: Lineage, line: Sequence[str]) -> dict[int, str]:
    """Return the commit with which a line of commits, oldest first, lost each secret for good."""
    lost: dict[int, str] = {}
    before: frozenset[int] = frozenset()
    for commit in line:
        now = lineage.holds.get(commit, frozenset())
        if now is not before:
            lost |= dict.fromkeys(before - now, commit)
            for number in now:
                lost.pop(number, None)
        before = now
    return lost


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _order(name: str) -> tuple[int, str]:
    return _ORDER.index(kind_of(name)), name
