"""A scrub report as a document: each module here is one format.

A format module has `render(report, out, options)`, which is pure, and `STRUCTURED`, which says
that its text is JSON, so that masking keeps it valid.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Protocol, TextIO, cast

from occ_audit import plugins
from occ_audit.masking import Masker
from occ_audit.masking_stream import MaskingStream
from occ_audit.scrub.report import ScrubReport, masked


@dataclass(frozen=True, slots=True)
class Look:
    """How a report is to look."""

    color: bool | None = None
    """None: decide by the stream."""
    width: int | None = None
    """In characters; None: decide by the stream."""
    everything: bool = False
    """Show all details of each secret, not only what fits a page."""


class Format(Protocol):
    """What a module in this folder promises."""

    STRUCTURED: bool

    def render(self, report: ScrubReport, out: TextIO, look: Look) -> None:
        """Write the report to `out`."""


def names() -> list[str]:
    """Return the names of all formats, sorted."""
    return list(plugins.names(sys.modules[__name__]))


def write(name: str, report: ScrubReport, out: TextIO, masker: Masker, look: Look) -> None:
    """Write a report in one format so that no secret that the masker knows reaches `out`."""
    chosen = cast(Format, plugins.load(sys.modules[__name__], name))
    stream = MaskingStream(out, masker, literals=chosen.STRUCTURED)
    chosen.render(masked(report, masker.name), cast(TextIO, stream), look)
    stream.finish()
