"""A password whose host and user stand in the lines around it: one connection string in parts.

Knows `NAME=value` lines, the lists of compose files and Kubernetes, and the keys of YAML, JSON,
TOML, properties, XML, calls, setters, `define`: the names share what stands before `host`, `user`
and `password`.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from occ_audit.checks import _nearness
from occ_audit.checks._settle import Judged
from occ_audit.model import Confidence, Rule, Severity
from occ_audit.validators import dsn, reference
from occ_audit.validators._host import Place, place
from occ_audit.validators._shape import is_random
from occ_audit.validators.dsn import Dsn

AROUND = 1000
"""So many bytes before and after a password are looked at."""
MOST = 500
"""Of so many passwords in one content: what holds more is a dump, and names no server for each."""

_ENTRY = re.compile(
    rb"(?<![\w.\-])(?P<name>[A-Za-z_][\w.\-]{0,80})\\?[\"'`]?\]?"
    rb"[ \t]{0,20}(?:=>|:=|[:=])[ \t]{0,20}\\?[\"'`]?(?P<value>[^\s\"'`,;<>{}()\\]{1,255})"
    rb"|[\"'](?P<argument>[A-Za-z_][\w.\-]{0,80})[\"'][ \t]{0,20},[ \t]{0,20}"
    rb"[\"'](?P<next>[^\s\"'\\]{1,255})[\"']"
    rb"|\.set(?P<setter>[A-Z]\w{1,40})\([\"'](?P<set>[^\s\"'\\]{1,255})[\"']"
    rb"|<(?P<element>[A-Za-z_][\w.:\-]{0,80})>\s{0,20}(?P<text>[^<>\s]{1,255})\s{0,20}</"
)
_NAMED = (b"name", b"key")
_VALUED = (b"value", b"default")
"""`name: A`, `value: B` are the two halves of one entry."""
_FIELD = re.compile(
    rb"""(?ix) (?P<prefix>.*?) [_.\-]? (?:
      (?P<password>(?:root|admin|master|user)?[_.\-]?(?:password|passwd|passphrase|pass|pwd|pw))
    | (?P<host>host(?:[_.\-]?name|addr)?|server(?:[_.\-]?name)?|addr(?:ess)?|endpoint)
    | (?P<url>(?:jdbc[_.\-]?)?ur[il])
    | (?P<port>port)
    | (?P<user>user(?:[_.\-]?(?:name|id))?|login|uid)
    | (?P<database>database|dbname|db|name|schema|catalog|vhost) )"""
)
_LOCATED = re.compile(rb"(?i)host|server|addr|endpoint|ur[il]")
"""What some name says wherever a server is named: most passwords have none around."""
_HOST = re.compile(
    rb"(?:[A-Za-z0-9_][\w-]{0,62}\.){0,8}[A-Za-z0-9_][\w-]{0,62}\.?(?::\d{1,5})?"
    rb"|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?"
)
_URL = re.compile(
    rb"(?i)(?P<scheme>(?:jdbc:)?[a-z][a-z0-9+.\-]{1,20}):/{2}(?:[^/@\s]{0,80}@)?"
    rb"(?P<host>\[[0-9a-f:.]{2,45}\]|[\w.\-]{1,200})(?::(?P<port>\d{1,5}))?(?:/(?P<database>[\w\-]{0,60}))?"
)
_PARENT = re.compile(
    rb"(?m)[\"']?([\w.\-]{1,60})[\"']?[ \t]{0,20}(?:(?:=>|[:=])[ \t]{0,20}\{|:[ \t\r]{0,20}$)"
    rb"|^[ \t]{0,40}\[{1,2}([\w.\-: ]{1,60})\]"
)
"""What neighbours without a prefix stand under: a key with an object or a block, a section."""
_BULLET = re.compile(rb"[ \t]*[-*+][ \t]+")
_NO_HOST = frozenset(b"true false null none nil yes no on off string host hostname".split())
_KINDS = (
    (re.compile(rb"(?i)pg|postgres"), b"postgres"),
    (re.compile(rb"(?i)mysql|maria"), b"mysql"),
    (re.compile(rb"(?i)redis|valkey"), b"redis"),
    (re.compile(rb"(?i)mongo"), b"mongodb"),
    (re.compile(rb"(?i)mssql|sqlserver"), b"mssql"),
    (re.compile(rb"(?i)rabbit|amqp"), b"amqp"),
    (re.compile(rb"(?i)clickhouse"), b"clickhouse"),
    (re.compile(rb"(?i)\Adb|db\Z|database|datasource|sql"), b"sql"),
)
_PORTS = {
    b"5432": b"postgres", b"6543": b"postgres", b"3306": b"mysql", b"6379": b"redis",
    b"27017": b"mongodb", b"1433": b"mssql", b"5672": b"amqp",
}  # fmt: skip
_WITHOUT_USER = (b"redis",)


class _Entry(NamedTuple):
    field: str
    prefix: bytes
    value: bytes
    at: int
    start: int
    end: int


def with_host(
    kept: Sequence[Judged], buffer: memoryview, rules: Mapping[str, Rule]
) -> Iterator[tuple[Judged, Judged]]:
    """Yield passwords as what they are beside a host and a user: a connection string."""
    passwords = (one for one in kept if one.match.rule.beside_host in rules)
    for one in itertools.islice(passwords, MOST):
        rule = rules[one.match.rule.beside_host]
        parts = _parts(one, buffer)
        password = one.secret.decoded()
        verdict = dsn.judge(parts, password) if parts else None
        if parts is None or verdict is None or not verdict.keep or verdict.severity is None:
            continue
        # A program on the server itself is configured so: this is no developer's own machine.
        real = place(parts.host) is Place.HERE and is_random(password)
        reason = f"composite: host and user stand beside it, {verdict.reason}"
        yield (
            one,
            replace(
                one,
                match=one.match._replace(rule=rule),
                severity=max(verdict.severity, Severity.MEDIUM) if real else verdict.severity,
                confidence=min(verdict.confidence or rule.confidence, Confidence.LIKELY),
                reasons=(*one.reasons, reason),
                properties={**one.properties, **verdict.properties},
            ),
        )


def _parts(one: Judged, buffer: memoryview) -> Dsn | None:
    """Return what the lines around a password say that it opens."""
    start, end = one.span
    first = max(one.match.content.start, start - AROUND)
    text = bytes(buffer[first : min(one.match.content.end, end + AROUND)])
    return _around(text, start - first) if _LOCATED.search(text) else None


@functools.lru_cache(maxsize=4096)  # the versions of a file repeat most of their lines
def _around(text: bytes, place: int) -> Dsn | None:
    """Return what a text says that the password at this place of it opens."""
    entries = list(_entries(text))
    own = next(
        (row for row in entries if row.field == "password" and row.start <= place < row.end), None
    )
    if own is None:
        return None
    found: dict[str, bytes] = {}
    for row in sorted(entries, key=lambda row: abs(row.start - own.start)):
        if row.field != "password" and row.field not in found and _belongs(row, own, text):
            found[row.field] = row.value
    return _dsn(found, own.prefix or _parent(text[: own.at]))


def _parent(before: bytes) -> bytes:
    """Return the name of the object, the block or the section that a text ends in, at a guess."""
    names = [match[1] or match[2] for match in _PARENT.finditer(before)]
    return names[-1] if names else b""


def _entries(text: bytes) -> Iterator[_Entry]:
    """Yield what is assigned to names of hosts, users and the like."""
    named = b""
    for match in _ENTRY.finditer(text):
        name, value = (text for text in match.groups() if text is not None)
        group = next(
            group for group in ("value", "next", "set", "text") if match[group] is not None
        )
        if name.lower() in _VALUED and named:
            name, named = named, b""
        elif name.lower() in _NAMED:
            named = value
        field, prefix = _field(name)
        if field:
            yield _Entry(field, prefix, value, match.start(), *match.span(group))


@functools.lru_cache(maxsize=4096)
def _field(name: bytes) -> tuple[str, bytes]:
    """Return what a name is about, and what stands before that in it."""
    found = _FIELD.fullmatch(name)
    if found is None or found.lastgroup is None:
        return "", b""
    return found.lastgroup, re.sub(rb"[_.\-]", b"", found["prefix"]).lower()


def _belongs(row: _Entry, own: _Entry, text: bytes) -> bool:
    """Say whether an entry is about the same server: by its name, or as a neighbour without one."""
    gap = text[min(row.end, own.end) : max(row.start, own.start)]
    if row.field == "database" and not own.prefix and row.prefix in (b"db", b"database"):
        return _nearness.crossed(gap) <= _nearness.LINE
    if row.prefix != own.prefix:
        return False
    crossed = _nearness.crossed(gap)
    listed = crossed == _nearness.ENTRY and _is_item(row, text) and _is_item(own, text)
    return listed or crossed <= (_nearness.PARAGRAPH if own.prefix else _nearness.LINE)


def _is_item(row: _Entry, text: bytes) -> bool:
    """Say whether an entry stands right after the bullet of a list."""
    return _BULLET.fullmatch(text[: row.at].rpartition(b"\n")[2]) is not None


def _dsn(found: Mapping[str, bytes], about: bytes) -> Dsn | None:
    """Return the parts as a connection string, where they name a server and who logs in."""
    url = _URL.match(found.get("url", b""))
    located = {key: value or b"" for key, value in url.groupdict().items()} if url else {}
    host, port = dsn.split_port(found.get("host") or located.get("host", b""))
    user = found.get("user", b"")
    port = found.get("port") or port or located.get("port", b"")
    database = found.get("database") or located.get("database", b"")
    scheme = located.get("scheme", b"").lower() or _kind(about, port, database)
    if not _is_host(host) or reference.reason(user) or not (user or scheme in _WITHOUT_USER):
        return None
    port = port if port.isdigit() else b""
    database = b"" if reference.reason(database) else database
    return Dsn(scheme, user, host, port, database)


def _is_host(host: bytes) -> bool:
    if _HOST.fullmatch(host) is None or host.isdigit() or host.lower() in _NO_HOST:
        return False
    return not reference.reason(host)


def _kind(about: bytes, port: bytes, database: bytes) -> bytes:
    named = next((kind for pattern, kind in _KINDS if pattern.search(about)), b"")
    return named or _PORTS.get(port, b"") or (b"sql" if database else b"")
