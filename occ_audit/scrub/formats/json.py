"""One JSON document: what `occ-audit scrub verify` reads, and other programs may."""

from __future__ import annotations

import json
from typing import TextIO

from occ_audit.scrub.formats import Look
from occ_audit.scrub.report import ScrubReport, plain

STRUCTURED = True


def render(report: ScrubReport, out: TextIO, look: Look) -> None:
    """Write the report as one JSON object, in ASCII, indented."""
    out.write(json.dumps(plain(report), indent=2) + "\n")
