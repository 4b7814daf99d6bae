"""Zip archives and their children: jar, whl, docx, xlsx, pptx, odt."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._packed import file_of, member

START = b"PK\x03\x04"
TEXTS = (START,)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    ValueError,
    OSError,
    EOFError,
    LookupError,
    OverflowError,
)
_ENCRYPTED = 1


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the members, if the content begins with a member."""
    if at != len(START):
        return
    try:
        archive = zipfile.ZipFile(file_of(data))
    except (*_BROKEN, NotImplementedError):
        return
    with archive:
        for info in archive.infolist():
            if not info.filename.endswith("/"):
                budget.member()
                yield from _member(archive, info, budget)


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget
) -> Iterator[Decoded | Left]:
    if info.flag_bits & _ENCRYPTED:
        yield Left(info.filename, "encrypted")
        return
    try:
        with archive.open(info) as stream:
            yield member(stream, info.filename, budget)
    except NotImplementedError:
        yield Left(info.filename, f"compressed by method {info.compress_type}, which is not known")
    except _BROKEN:
        return
