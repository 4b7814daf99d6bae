"""Judges a cell of a table between bars by the heading of its column and the cells beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Verdict, prose, prose_password
from occ_audit.validators._shape import is_hex

_RULE = re.compile(
    rb"[ \t]*[|+]?(?:[ \t]*:?(?:-+|=+):?[ \t]*[|+])+[ \t]*:?[-=]*:?[ \t]*[|+]?[ \t]*\r?|\|-\s*"
)
_MARKED = re.compile(rb"[ \t]*(?:\|\||!)(?=[^|!\r\n]+(?:\|\||!!))")
"""What begins the headings in the markup of Confluence, Jira or MediaWiki."""
_TELLING = re.compile(
    rb"(?i)(?<![a-z])(?:tokens?|secrets?|pass(?:w(?:or)?d|phrase|code|wort)?|pwd|pw|api[ _-]?keys?|"
    rb"(?:access|secret|private|service|signing|master)[ _-]?keys?|keys?|credentials?|login|auth|"
    rb"kennwort|mot de passe|mdp|contrase(?:\xc3\xb1|n)a|clave|senha|chave|parola|jetons?|"
    rb"cl\xc3\xa9s?|(?:\w+(?:token|schl\xc3\xbcssel|passwort))|schl\xc3\xbcssel|wachtwoord)(?![a-z])"
)
_PASSWORD = re.compile(
    rb"(?i)pass|pwd|pw|kennwort|mdp|contrase|senha|parola|wachtwoord|login|credential|auth|secret"
)
_OTHER = re.compile(
    rb"(?i)\b(?:digest|hash|checksum|sha\d*|md5|id|ids|uuid|type|name|scope|path|file|where|vault|"
    rb"location|env|variable|var|owner|rotated|expires?|age|date|status|host|url|public|commit|"
    rb"length|format|description|prefix|port|default|header|fingerprint|version)\b"
)
_OF_ITSELF = re.compile(
    rb"(?i)(?:token|secret|password)s?(?![ _-](?:ids?|names?|prefix|hash|fingerprint|digest|type|"
    rb"file|path|scope|age|length|status|version|owner|host|source|location)\b)"
)
"""A word for the secret itself, not for what is known of it."""
_ASCIIDOC = b"|==="
_VALUE = re.compile(rb"(?i)\s*[`*]*(?:value|content|setting|what)s?[`*]*\s*")


def check(candidate: Candidate) -> Verdict:
    """Keep a cell that is random and stands under, or beside, a word such as token."""
    value = candidate.secret
    token = not prose.unlike_a_token(value)
    if not token and not prose_password.is_password(value):
        return Verdict(keep=False, reason="the cell is not random")
    row = candidate.before.rpartition(b"\n")[2]
    heading, table = _heading(candidate.before, row)
    if heading is None:
        why = "the text is no table with a heading"
        return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)
    if _OTHER.search(heading) and not _OF_ITSELF.search(heading):
        return Verdict(keep=False, reason="the column is about something else")
    beside = row.split(b"|")[1] if row.count(b"|") > 0 and len(row.split(b"|")) > 1 else b""
    if not (_TELLING.search(heading) or (_VALUE.fullmatch(heading) and _TELLING.search(beside))):
        return Verdict(keep=False, reason="neither column nor row speaks of a credential")
    if not token and not _PASSWORD.search(heading + b" " + beside):
        return Verdict(keep=False, reason="the column is not about passwords")
    if _OTHER.search(heading) and is_hex(value):
        return Verdict(keep=False, reason="the column is about something else")
    return prose.presented(table + row, candidate.after)


def _heading(before: bytes, row: bytes) -> tuple[bytes | None, bytes]:
    """Return the heading above the cell behind `row`, and the table from its heading on."""
    lines = before.split(b"\n")[:-1]
    at, marked = _top(lines)
    if at < 0:
        return None, b""
    cells = re.split(rb"\|\||!!?", lines[at]) if marked else lines[at].split(b"|")
    column = row.count(b"|") + 1
    if b"!!" in lines[at]:
        column = row.replace(b"||", b"|").rstrip(b"|").count(b"|") + 1
    elif at and lines[at - 1].strip() == _ASCIIDOC:
        # A cell may have a line of its own, so all are counted.
        column = before.count(b"|", len(b"\n".join(lines[: at + 1]))) % (len(cells) - 1) + 1
    table = b"\n".join(lines[max(at - 3, 0) :]) + b"\n"
    return (cells[column] if column < len(cells) else b""), table


def _top(lines: Sequence[bytes]) -> tuple[int, bool]:
    """Return which line holds the headings, -1 for none, and whether its markup says so."""
    found = -1
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        rule = _RULE.fullmatch(line)
        if _MARKED.match(line):
            return index, True
        if line.strip() == _ASCIIDOC and b"|" in lines[min(index + 1, len(lines) - 1)][1:]:
            return index + 1, False
        if index and rule and b"|" in lines[index - 1]:
            found = index - 1
        elif not rule and b"|" not in line and (found >= 0 or line.strip()):
            break
    return found, False
