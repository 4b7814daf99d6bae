"""What a run found, as a document: each module here is one format.

A format module has `render(report, out, options)`, which is pure, and `STRUCTURED`, which says
that its text is JSON, so that masking keeps it valid.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Protocol, TextIO, cast

from occ_audit import __version__, plugins
from occ_audit.masking import Masker, masked_report, masker_for
from occ_audit.masking_stream import MaskingStream
from occ_audit.model import Confidence, Finding, Report, Severity
from occ_audit.secret import PUBLIC_SALT


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How a report is to look."""

    show_secrets: bool = False
    """JSON and JSONL carry `secret.value`; no other format ever does."""
    min_severity: Severity = Severity.INFO
    """Findings below it are counted, not shown."""
    min_confidence: Confidence = Confidence.POSSIBLE
    """The same by how sure they are."""
    explain: bool = False
    """Show every candidate with what each check said of it, dropped ones too."""
    color: bool | None = None
    """None: decide by the stream."""
    width: int | None = None
    """In characters; None: decide by the stream."""
    verbosity: int = 0
    """-1 quiet, 0 normal, 1 verbose."""
    tool_version: str = __version__
    salt: bytes = PUBLIC_SALT
    """Of the secrets' digests; the one that the fingerprints were made with."""

    def shows(self, finding: Finding) -> bool:
        """Return whether a finding is grave and sure enough to be shown."""
        grave = finding.severity >= self.min_severity
        return grave and finding.confidence >= self.min_confidence

    @property
    def bounds(self) -> str:
        """What a finding that is not shown is below of, in words."""
        labels = [self.min_severity.label] if self.min_severity else []
        labels += [self.min_confidence.label] if self.min_confidence else []
        return " or ".join(labels)


class Format(Protocol):
    """What a module in this folder promises."""

    STRUCTURED: bool

    def render(self, report: Report, out: TextIO, options: RenderOptions) -> None:
        """Write the report to `out`."""


def names() -> list[str]:
    """Return the names of all formats, sorted."""
    return list(plugins.names(sys.modules[__name__]))


def write(
    name: str,
    report: Report,
    out: TextIO,
    options: RenderOptions | None = None,
    masker: Masker | None = None,
) -> None:
    """Write a report in one format so that no secret reaches `out`.

    `masker` may know more secrets than those of the report. `out` must not mask by itself when
    secrets are to be shown. Raises ModuleNotFoundError for an unknown format.
    """
    options = options or RenderOptions()
    masker = masker or masker_for(report)
    chosen = cast(Format, plugins.load(sys.modules[__name__], name))
    reveal = chosen.STRUCTURED and options.show_secrets
    stream = MaskingStream(out, masker, literals=chosen.STRUCTURED, reveal=reveal)
    chosen.render(masked_report(report, masker), cast(TextIO, stream), options)
    stream.finish()
