"""Reads a shared access signature: the query around it says what it opens and until when."""

from __future__ import annotations

import datetime
import re
from urllib.parse import unquote

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._proof import until

_SPAN = re.compile(rb"[0-9A-Za-z%&=;:+/.,_~?!*()@-]*")
_FIELD = re.compile(r"(?:^|[?&;\s])(?:amp;)?(sv|se|sp|sr|ss|srt|skn)=([^&;?\s]*)")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d))?")
_FAR = 512
_VERSION = re.compile(r"\d{4}-\d\d-\d\d|\d\.\d")


def check(candidate: Candidate) -> Verdict:
    """Keep a signature that stands among the fields of a shared access signature."""
    before = candidate.before[-_FAR:][::-1]
    head = _SPAN.match(before)
    tail = _SPAN.match(candidate.after)
    query = (head[0][::-1] if head else b"") + b"&" + (tail[0] if tail else b"")
    fields = dict(_FIELD.findall(unquote(query.decode("latin-1"))))
    if not (_VERSION.fullmatch(fields.get("sv", "")) or ("se" in fields and "skn" in fields)):
        return Verdict(keep=False, reason="no other field of a shared access signature is near it")
    facts = {"permissions": fields["sp"]} if fields.get("sp", "").isalpha() else {}
    return until("its query is a shared access signature", _end(fields.get("se", "")), **facts)


def _end(text: str) -> float:
    """Return the end in seconds since 1970, or 0 where none can be read."""
    if text.isdigit():
        return float(text[:12])
    found = _DATE.match(text)
    if not found:
        return 0
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    try:
        moment = datetime.datetime(year, month, day, hour, minute, tzinfo=datetime.UTC)
    except ValueError:
        return 0
    return moment.timestamp()
