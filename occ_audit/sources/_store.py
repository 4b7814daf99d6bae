"""Lists the objects of a repository; packs that an earlier scan listed are not listed again."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from occ_audit.model import Origin
from occ_audit.reading import Coverage
from occ_audit.repository import Repository
from occ_audit.scanned import Scanned
from occ_audit.sources._objects import CORRUPT
from occ_audit.sources._packs import Pack, packs_in, since
from occ_audit.sources._walk import OID_LENGTH

_DESCRIBED = ("cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)")
_WITH_BASES = f"{_DESCRIBED[1]} %(deltabase)"
_EVERYTHING = ("cat-file", _WITH_BASES, "--batch-all-objects", "--unordered")
_FOLDERS = [f"{number:02x}" for number in range(256)]
_LOOSE = re.compile("[0-9a-f]{38}|[0-9a-f]{62}")
_QUESTION = "packs"


@dataclass(frozen=True, slots=True)
class _Files:
    """What files hold the objects."""

    packs: Mapping[Pack, int]
    """With the second in which each was written."""
    loose: tuple[str, ...]
    """The objects that have a file of their own, in the order in which git lists them."""


@dataclass(frozen=True, slots=True)
class _Packed:
    """What packs hold, without trees."""

    objects: int
    bytes: int
    sizes: Mapping[str, int]
    """Of objects in them by id, in pack order: at least of all that are not known to be clean."""


class ObjectStore:
    """All objects but trees; those known to be clean are counted, and not to be read."""

    def __init__(self, repository: Repository, coverage: Coverage, scanned: Scanned | None) -> None:
        self._repository = repository
        self._folder = repository.common_dir / "objects"
        self._coverage = coverage
        self._scanned = scanned
        self._files: _Files | None = None
        self._packed: _Packed | None = None
        """None where there is nothing to remember."""
        self.bases: dict[str, str] = {}
        """What each object is kept as a delta of, as far as all objects were listed."""

    def unread(self) -> Mapping[str, int]:
        """Return the sizes of the objects that are to be read, by id, in pack order."""
        if self._scanned is None:
            return dict(self._described(_EVERYTHING))
        self._files = self._files_now()
        packed = self._recalled(self._scanned, self._files) if self._files else None
        if packed is None:
            loose, packed = self._listed()
        else:
            loose = dict(self._described(_DESCRIBED, self._files.loose if self._files else ()))
        new = self._scanned.not_clean([*loose, *packed.sizes])
        left = {oid: size for oid, size in packed.sizes.items() if oid in new}
        self._packed = replace(packed, sizes=left) if self._files else None
        apart = {oid: size for oid, size in loose.items() if oid in new}
        unread = apart | left if apart else left  # a second copy would cost much memory
        known = len(loose) + packed.objects - len(unread)
        if known:
            size = sum(loose.values()) + packed.bytes - sum(unread.values())
            self._coverage.count(known_clean_objects=known, known_clean_bytes=size)
        return unread

    def remember(self) -> None:
        """Keep, when all was read, what the packs hold that is to be read again."""
        if self._scanned and self._files and self._packed:
            left = self._scanned.not_clean(self._packed.sizes)
            rows = (f"{oid} {size}" for oid, size in self._packed.sizes.items() if oid in left)
            packs = [f"{pack.name} {pack.index_bytes}" for pack in self._files.packs]
            head = f"{len(packs)} {self._packed.objects} {self._packed.bytes}"
            self._scanned.remember(_QUESTION, [self._scanned.rules], [head, *packs, *rows])

    def _recalled(self, scanned: Scanned, files: _Files) -> _Packed | None:
        """Return what the packs hold; None where too little is known of them."""
        said = scanned.recall(_QUESTION, [scanned.rules])
        if said is None:
            return None
        head, *rows = said
        count, objects, size = map(int, head.split())
        numbered = [(name, int(number)) for name, number in map(str.split, rows)]
        known = {Pack(*row) for row in numbered[:count]}
        packed = _Packed(objects, size, dict(numbered[count:]))
        if not known <= files.packs.keys():
            return None
        return packed if known == files.packs.keys() else self._extended(packed, known, files)

    def _extended(self, packed: _Packed, known: Collection[Pack], files: _Files) -> _Packed | None:
        """Add what came in new packs; None where that cannot be told."""
        id_bytes = OID_LENGTH[self._repository.object_format] // 2
        oids = since(self._folder / "pack", files.packs, known, id_bytes)
        if oids is None:
            return None
        omissions = self._coverage.omissions
        sizes = dict(self._described(_DESCRIBED, (oid for oid, old in oids.items() if not old)))
        if self._coverage.omissions != omissions:
            self._files = None  # next time, all is listed again
        either = {**packed.sizes, **sizes}
        first = {oid: either[oid] for oid in oids if oid in either}
        added = sum(sizes.values())
        return _Packed(packed.objects + len(sizes), packed.bytes + added, {**first, **either})

    def _listed(self) -> tuple[dict[str, int], _Packed]:
        """Return the sizes of all objects, those with a file of their own apart."""
        omissions = self._coverage.omissions
        sizes = dict(self._described(_EVERYTHING))
        if self._coverage.omissions != omissions or self._files != self._files_now():
            self._files = None  # next time, all is listed again
        separate = self._files.loose if self._files else ()
        loose = {oid: sizes.pop(oid) for oid in separate if oid in sizes}
        return loose, _Packed(len(sizes), sum(sizes.values()), sizes)

    def _described(
        self, command: tuple[str, ...], oids: Iterable[str] = ()
    ) -> Iterator[tuple[str, int]]:
        """Yield ids and sizes of all objects that are no trees."""
        asked = "".join(f"{oid}\n" for oid in oids).encode()
        shared: dict[str, str] = {}
        for row in self._repository.lines(*command, stdin=asked):
            kind, oid, *described = row.decode("ascii").split()
            if not described:  # a row `<id> missing`: it is here, but in no readable form
                self._coverage.skip(Origin("object", commit=kind), CORRUPT)
            elif kind != "tree":
                size, *base = described
                if base and base[0].strip("0"):
                    self.bases[oid] = shared.setdefault(base[0], base[0])
                yield oid, int(size)

    def _files_now(self) -> _Files | None:
        """Return the files of the objects; None where some lie elsewhere, or in two files."""
        try:
            packs = packs_in(self._folder / "pack")
            loose = tuple(_loose(self._folder))
        except OSError:  # git says more of what cannot be read
            return None
        elsewhere = (self._folder / "info" / "alternates").exists()
        twice = loose and b"\nprune-packable: 0\n" not in self._counted()
        return None if packs is None or elsewhere or twice else _Files(packs, loose)

    def _counted(self) -> bytes:
        return self._repository.run("count-objects", "-v")


def _rows(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as rows:
        return list(rows)


def _loose(objects: Path) -> Iterator[str]:
    there = {row.name for row in _rows(objects)}
    for name in _FOLDERS:
        if name in there:
            yield from (
                name + row.name for row in _rows(objects / name) if _LOOSE.fullmatch(row.name)
            )


def in_families(oids: Collection[str], bases: Mapping[str, str]) -> list[str]:
    """Return objects so that each that is a delta comes right behind its base, with all of its own.

    git then makes no base twice, and neighbours have most of their text in common.
    """
    deltas: dict[str, list[str]] = {}
    for oid in oids:
        if (base := bases.get(oid)) is not None:
            deltas.setdefault(base, []).append(oid)
    order: dict[str, None] = {}
    # Last come those whose base is elsewhere, or that are, in two packs, deltas of each other.
    for first in (*(oid for oid in oids if oid not in bases), *oids):
        waiting = [first]
        while waiting:
            oid = waiting.pop()
            if oid not in order:
                order[oid] = None
                waiting += reversed(deltas.get(oid, ()))
    return list(order)
