"""Judges codes that people type: recovery codes, seeds of one-time passwords, app passwords."""

from __future__ import annotations

import base64
import re

from occ_audit.validators import Candidate, Verdict, placeholder
from occ_audit.validators._shape import digits_in, is_random, wordiness

_CODE = re.compile(rb"[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*")
_DATE = re.compile(rb"(?:19|20)\d\d-?[01]\d-?[0-3]\d")
_WHOLE = 8
"""What is shorter is a part of a code."""
_SAMPLES = (b"Hello!", b"12345")
"""What the seeds of manuals and standards say in base32."""


def check(candidate: Candidate) -> Verdict:
    """Drop what reads like words or dates, repeats itself, or is a sample of a standard."""
    codes = _CODE.findall(candidate.secret)
    joined = b"".join(codes)
    whole = [code for code in codes if len(code) >= _WHOLE]
    if len(set(whole)) < len(whole) or any(map(placeholder.reason, [joined, *whole])):
        return Verdict(keep=False, reason="the codes only stand in for some")
    if any(map(_DATE.fullmatch, codes)) or wordiness(joined) > 0.4:
        return Verdict(keep=False, reason="the codes are words or dates")
    if not (digits_in(joined) or is_random(joined)):
        return Verdict(keep=False, reason="the codes do not look random")
    if _is_sample(joined.upper()):
        return Verdict(keep=False, reason="the code is the sample of a standard")
    return Verdict(reason="the text presents it as a code to log in with")


def _is_sample(seed: bytes) -> bool:
    try:
        text = base64.b32decode(seed[: len(seed) // 8 * 8])
    except ValueError:
        return False
    return text.startswith(_SAMPLES) or (len(text) > 8 and text.isascii() and text.isalnum())
