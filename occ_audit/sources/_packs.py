"""Reads the indexes of packs: which objects each holds, in which order.

The format is that of git's `gitformat-pack`, version 2, which git writes since 2007.
"""

from __future__ import annotations

import bisect
import itertools
import mmap
import os
import re
import struct
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

_NAME = re.compile(r"pack-([0-9a-f]{40}|[0-9a-f]{64})\.(?:idx|pack)")
_HEAD = b"\377tOc\0\0\0\2"
_OIDS = len(_HEAD) + 4 * 256
"""Where the ids begin: behind the head and the number of ids up to each first byte."""
_FAR = 1 << 31
"""An offset with this bit is the place of a longer one in a table of its own."""


class Pack(NamedTuple):
    """A file of objects."""

    name: str
    """A hash of what it holds."""
    index_bytes: int


class PackIndex:
    """The ids in one pack."""

    def __init__(self, file: Path, id_bytes: int) -> None:
        """Open an index; raises OSError, and ValueError for what is none of version 2."""
        with file.open("rb") as opened:
            self._data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        self._id_bytes = id_bytes
        if len(self._data) < _OIDS or self._data[: len(_HEAD)] != _HEAD:
            raise ValueError(f"{file} is no index of version 2")
        self._up_to: tuple[int, ...] = (0, *struct.unpack(">256I", self._data[len(_HEAD) : _OIDS]))
        if len(self._data) < _OIDS + len(self) * (id_bytes + 8) + 2 * id_bytes:
            raise ValueError(f"{file} is cut short")

    def __len__(self) -> int:
        return self._up_to[-1]

    def __contains__(self, oid: bytes) -> bool:
        low, high = self._up_to[oid[0] : oid[0] + 2]
        place = bisect.bisect_left(range(high), oid, lo=low, key=self._oid)
        return place < high and self._oid(place) == oid

    def in_pack_order(self) -> list[str]:
        """Return all ids in the order in which the pack holds the objects."""
        offsets = self._offsets()
        numbers = sorted(range(len(self)), key=offsets.__getitem__)
        return [self._oid(number).hex() for number in numbers]

    def _oid(self, number: int) -> bytes:
        start = _OIDS + number * self._id_bytes
        return self._data[start : start + self._id_bytes]

    def _offsets(self) -> list[int]:
        near = _OIDS + len(self) * (self._id_bytes + 4)
        far = near + len(self) * 4
        offsets = struct.unpack_from(f">{len(self)}I", self._data, near)
        return [
            struct.unpack_from(">Q", self._data, far + 8 * (offset - _FAR))[0]
            if offset & _FAR
            else offset
            for offset in offsets
        ]


def packs_in(folder: Path) -> dict[Pack, int] | None:
    """Return the packs in a folder, each with the second in which it was written.

    None where one has no name that git gives, or lacks a part; raises OSError.
    """
    with os.scandir(folder) as rows:
        files = {row.name: row.stat() for row in rows if row.name.endswith((".idx", ".pack"))}
    packs = {}
    for name in files:
        named = _NAME.fullmatch(name)
        index, pack = (f"pack-{named[1]}{end}" if named else "" for end in (".idx", ".pack"))
        if named is None or index not in files or pack not in files:
            return None
        packs[Pack(named[1], files[index].st_size)] = int(files[pack].st_mtime)
    return packs


def since(
    folder: Path, packs: Mapping[Pack, int], known: Collection[Pack], id_bytes: int
) -> dict[str, bool] | None:
    """Return the ids in the packs that are not known, as git lists them, newest pack first.

    Each with whether a known pack has it, too. None where git's order is uncertain, where more is
    new than is known, or where an index cannot be read: git says more of that.
    """
    new = sorted(packs.keys() - known, key=packs.__getitem__, reverse=True)
    times = [*(packs[pack] for pack in new), max((packs[pack] for pack in known), default=0)]
    if any(time <= before for time, before in itertools.pairwise(times)):
        return None
    try:
        added, others = (
            [PackIndex(folder / f"pack-{pack.name}.idx", id_bytes) for pack in some]
            for some in (new, known)
        )
        if sum(map(len, added)) > sum(map(len, others)):
            return None
        oids = (oid for index in added for oid in index.in_pack_order())
        return {oid: any(bytes.fromhex(oid) in index for index in others) for oid in oids}
    except (OSError, ValueError, struct.error):
        return None
