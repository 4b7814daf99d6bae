"""Entries of a list below a heading such as "Passwords"."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from occ_audit.decode import Budget, Decoded
from occ_audit.decode._text import Named, named

LAYOUT = True
_NAMES = (
    *("passwords", "credentials", "logins", "passwörter", "passwoerter", "kennwörter"),
    *("kennwoerter", "zugangsdaten", "mots de passe", "identifiants", "contraseñas"),
    *("credenciales", "senhas", "wachtwoorden", "hasła"),
)
_CASES = (str.lower, str.capitalize, str.upper)
_MARKS = ("", ":", "**", ":**", "**:", "__", " :", " ==", " ===", " ====", " #", " ##")
TEXTS = tuple(
    (case(name) + mark + end).encode()
    for name, case, mark, end in itertools.product(_NAMES, _CASES, _MARKS, ("\n", "\r\n"))
)
"""What may be a heading, at the end of its line."""
BEFORE, BELOW = 120, 4096
"""So much before the end of a heading may belong to it, and so much below to its list."""
_MOST = 40
_HEADING = re.compile(
    rb"[ \t>]*(?:(?:\#{1,6}|=+|\*+|-|h\d\.|\{[a-z]+:title=)[ ]?[^\n.;(<]{0,60}|"
    rb"[^\n.;(){}<]{0,60}:[* ]*)"
)
_UNDERLINE = re.compile(rb"[-=~^*]{3,}[ \t]*")
_NAME = rb"[`*]*[\w.@$\-]{2,40}(?:[ ][\w.@$\-]{1,20}){0,3}[`*]*"
_APART = rb"[ ]?(?:[:=/|]|-(?=[ ])|->|\xe2\x86\x92|\xe2\x80[\x93\x94])[ ]{0,4}"
_ENTRY = re.compile(rb"[ \t>]*(?:[-*+]|\d{1,2}[.)])?[ \t]*%b%b" % (_NAME, _APART))
_USER = rb"(?:[`*]*[\w.@$\-]{2,40}[`*]*(?:[ ]?[/:|][ ]?|,[ ]))?"
_VALUE = re.compile(
    rb"%b[`*\"']*(?P<value>(?=[^\s]{0,40}[0-9])(?=[^\s]{0,40}[a-zA-Z])[^\s`'\"<>{}|]{7,64})[`*\"']*"
    rb"(?:[ ]\([^()\n]{1,60}\))?[,;.]?[ \t\r]*" % _USER
)
_SIGN = re.compile(rb"(?<=[A-Za-z0-9])(?:[!$%^~?*#&+]|@(?=[A-Z]))[A-Za-z0-9]|[A-Za-z0-9][!$^~?]\Z")


def decode(data: memoryview, at: int, budget: Budget) -> Iterator[Decoded]:
    """Yield `password: value` for each entry whose value has a sign amid letters and digits."""
    heading = bytes(data[max(at - BEFORE, 0) : at]).rstrip(b"\r\n").rpartition(b"\n")[2]
    lines = bytes(data[at : at + BELOW]).split(b"\n")
    if _HEADING.fullmatch(heading) or _UNDERLINE.fullmatch(lines[0].rstrip()):
        budget.spend(BELOW)
        yield from named(list(_entries(lines, at)))


def _entries(lines: list[bytes], place: int) -> Iterator[Named]:
    """Yield name, place and value of the entries, up to the first line that is none."""
    begun = False
    for line in lines[:_MOST]:
        entry = _ENTRY.match(line)
        value = _VALUE.fullmatch(line, entry.end()) if entry else None
        if value and _SIGN.search(value["value"]):
            yield b"password", place + value.start("value"), value["value"]
        if begun and not entry and line.strip():
            return
        begun = begun or bool(entry)
        place += len(line) + 1
