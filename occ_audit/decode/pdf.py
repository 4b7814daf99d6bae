"""The text of PDF files: streams inflated, shown strings put together."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded, Left
from occ_audit.decode._pdf_text import CharacterMap, character_map, shown_text

TEXTS = (b"%PDF-1", b"%PDF-2")
HEAD = 1024
"""The mark stands within the first bytes."""
MAPS = 8
"""So many fonts' character maps are tried on each text."""

_STREAM = re.compile(rb"stream\r?\n")
_TRAILER = re.compile(rb"\bobj\b.*?\b(?:trailer|startxref)\b", re.DOTALL)
"""Every file has objects and says where they are; a text that speaks of such files has not."""
_IMAGE = re.compile(
    rb"/Subtype\s*/Image|/DCTDecode|/JPXDecode|/CCITTFaxDecode|/FontFile|/Length1\b"
)


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded | Left]:
    """Yield the text of each stream."""
    if at > HEAD or not _TRAILER.search(data, at):
        return
    streams = list(_streams(data, budget))
    if re.search(rb"/Encrypt\b", data):
        yield Left("", "an encrypted PDF: its text was not read")
        return
    found = (character_map(text) for _, _, text in streams if b"begincmap" in text)
    maps = [one for one in found if one][:MAPS]
    for start, end, text in streams:
        yield from _texts(start, end, text, maps)


def _texts(start: int, end: int, text: bytes, maps: list[CharacterMap]) -> Iterator[Decoded]:
    """Yield a stream's strings in all readings; what shows none, such as metadata, as it is."""
    readings = (
        {shown_text(text, one) for one in (None, *maps)}
        if b"Tj" in text or b"TJ" in text
        else {text}
    )
    for reading in sorted(readings):
        if reading.strip():
            yield Decoded(reading, start, end, shown=True)


def _streams(data: memoryview, budget: Budget) -> Iterator[tuple[int, int, bytes]]:
    """Yield where each stream begins and ends, and its data, images and fonts left out."""
    position = 0
    while match := _STREAM.search(data, position):
        position = match.end()
        head = bytes(data[max(match.start() - 512, 0) : match.start()]).rpartition(b"obj")[2]
        if _IMAGE.search(head):
            continue
        budget.member()
        if b"/FlateDecode" in head or b"/Fl " in head:
            text, used = _inflated(data[position:], budget)
        elif b"/Filter" in head:
            continue
        else:
            text = bytes(data[position : position + 2**20]).partition(b"endstream")[0]
            budget.spend(len(text))
            used = len(text)
        yield match.start(), position + used, text
        position += used


def _inflated(data: memoryview, budget: Budget) -> tuple[bytes, int]:
    """Return what a zlib stream holds, as far as it is intact, and how long it is."""
    machine = zlib.decompressobj()
    out, used = bytearray(), 0
    try:
        while not machine.eof and used < data.nbytes:
            piece = machine.decompress(machine.unconsumed_tail or data[used : used + 2**16], 2**20)
            if not machine.unconsumed_tail:
                used += 2**16
            budget.spend(len(piece))
            out += piece
    except zlib.error:
        return bytes(out), 0
    return bytes(out), max(min(used, data.nbytes) - len(machine.unused_data), 0)
