"""Judges the word that answers a question for a password or a token, as in a chat."""

from __future__ import annotations

import re

from occ_audit.validators import Candidate, Verdict, placeholder, prose, prose_password

_ASKED_ELSE = re.compile(
    rb"(?i)\b(?:wh(?:en|y|ose|ere|ich)|who(?![ ](?:has|knows|got|can))|how|expires?|reset|rotated?|"
    rb"changed?|polic\w+|length)\b|"
    rb"\b(?:the|your|a)[ ](?:[\w-]+[ ])?(?:tickets?|issues?|versions?|branch|commits?|hash|"
    rb"ids?|names?|path|url|number)\b|"
    rb"(?:password|token|secret|key)[ -](?:ids?|names?|path|url|hash|file|field|prefix)\b"
)
"""What may be asked about a password, other than the password."""
_QUESTION = re.compile(rb"[ \t]*(?:>|\W{0,3}(?:Q|Question|Frage)\b)")
_PASSWORD = re.compile(rb"(?i)pass|pw|login|cred")

_CODE = re.compile(rb"[0-9]{4,8}[#*]?|[0-9]{1,2}(?:-[0-9]{1,2}){2}|[0-9]{2,4}[A-D][0-9]{0,4}#?")
_CODE_ASKED = re.compile(
    rb"(?i)\b(?:pin|pass[ -]?(?:code|word)|pw|combination|"
    rb"(?:door|alarm|gate|lock|safe|unlock|access|entry)[ -]?code)\b"
)


def check(candidate: Candidate) -> Verdict:
    """Keep what looks like that which was asked for, where somebody speaks."""
    value, ask = candidate.secret, candidate.groups["ask"]
    line = candidate.before.rpartition(b"\n")[2]
    spoken = candidate.groups.get("speaker", b"").strip() or candidate.groups.get("told")
    if not spoken and not _QUESTION.match(line + ask):
        return Verdict(keep=False, reason="nobody is seen to answer")
    if _CODE.fullmatch(value):
        return _typed(candidate, line[-160:] + ask)
    token = not prose.unlike_a_token(value)
    if _ASKED_ELSE.search(line[-160:] + ask) and not (token and len(value) >= 20):
        return Verdict(keep=False, reason="something else was asked")
    word = prose_password.is_password(value)
    if not token and not (word and _PASSWORD.search(line[-160:] + ask)):
        return Verdict(keep=False, reason="the answer is an ordinary word")
    return prose.presented(candidate.before + ask, candidate.after)


def _typed(candidate: Candidate, ask: bytes) -> Verdict:
    """Keep the digits that somebody who asked for a code was told."""
    if _ASKED_ELSE.search(ask) or not _CODE_ASKED.search(ask):
        return Verdict(keep=False, reason="something else was asked")
    if why := placeholder.reason(candidate.secret):
        return Verdict(keep=False, reason=why)
    return prose.presented(candidate.before + ask, candidate.after)
