"""Judges a word that a sentence presents as "the new one" or "it": what it is stands nearby."""

from __future__ import annotations

import re

from occ_audit.validators import Candidate, Verdict, prose, prose_password
from occ_audit.validators._shape import is_hex

_CREDENTIAL = re.compile(
    rb"(?i)(?<![a-z])(?:pass(?:w(?:or)?d|phrase|code|wort)?s?|pwd?|tokens?|secrets?|keys?|login|"
    rb"cred(?:ential)?s|kennwort|zugangsdaten|schl\xc3\xbcssel|mot de passe|mdp|jeton|"
    rb"contrase\xc3\xb1a|clave|senha|parola)(?![a-z])"
)
_CLOSED = re.compile(
    rb"(?i)\b(?:zip|7z|archives?|encrypted|locked|disk|pdf|keepass|vault|protected|container)\b"
)
_SIGN = re.compile(rb"[!@#$%^&*+=?~]")
_ENTITY = re.compile(rb"&#?\w+;?")
_LINES = 3
"""So many lines before may say what the sentence speaks of, and one behind."""
_WIDTH = 200


def check(candidate: Candidate) -> Verdict:
    """Keep what looks like a credential where the lines around speak of one."""
    value = candidate.secret
    before = candidate.before + candidate.groups["lead"]
    around = b"\n".join(line[-_WIDTH:] for line in before.split(b"\n")[-_LINES:])
    behind = b"\n".join(line[:_WIDTH] for line in candidate.after.split(b"\n")[:2])
    said = (around, behind)
    closed = "opens" in candidate.groups and any(map(_CLOSED.search, said))
    if not closed and not any(map(_CREDENTIAL.search, said)):
        return Verdict(keep=False, reason="nothing around speaks of a credential")
    if _ENTITY.fullmatch(value):
        return Verdict(keep=False, reason="the value is a character of a page")
    token = not prose.unlike_a_token(value) and len(value) >= 16
    token = token and b"." not in value and not is_hex(value)
    if not token and not (_SIGN.search(value) and prose_password.is_password(value)):
        return Verdict(keep=False, reason="the word is an ordinary one")
    before += candidate.groups["open"]
    if why := prose.said_otherwise(before, candidate.after, value):
        return Verdict(keep=False, reason=why)
    return prose.presented(before, candidate.after)
