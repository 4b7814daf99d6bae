"""Judges the password of a connection string by what it opens: who can reach the host, and how.

Knows the URL form, JDBC and query parameters, `key=value` lines (libpq, ADO, ODBC) and `.pgpass`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from occ_audit.model import Confidence, Severity
from occ_audit.validators import Candidate, Verdict, placeholder, reference
from occ_audit.validators._host import GENERIC, Place, place
from occ_audit.validators._shape import is_random, wordiness


@dataclass(frozen=True, slots=True)
class Dsn:
    """A connection string taken apart; a part that is not written is empty."""

    scheme: bytes = b""
    user: bytes = b""
    host: bytes = b""
    port: bytes = b""
    database: bytes = b""

    @property
    def opens(self) -> str:
        """`user@host:port/database`, as far as known."""
        port = b":" + self.port if self.port else b""
        database = b"/" + self.database if self.database else b""
        text = self.user + b"@" + self.host + port + database
        return text.decode("utf-8", "replace")

    @property
    def login(self) -> str:
        """`user@server`, one text for the pooled and the direct address of one project.

        Empty where the host means another server on each machine, such as localhost.
        """
        if place(self.host) not in (Place.PUBLIC, Place.PRIVATE):
            return ""
        user, server = self.user, self.host.lower().rstrip(b".")
        role, _, ref = user.rpartition(b".")
        if direct := _DIRECT.fullmatch(server):
            server = direct[1]
        elif _POOLER.fullmatch(server) and _REF.fullmatch(ref):
            user, server = role, ref + b".supabase.co"
        server = _NEON_POOLED.sub(b"", server)
        return (user + b"@" + server).decode("utf-8", "replace")


_REF = re.compile(rb"[a-z]{20}")
_DIRECT = re.compile(rb"db\.([a-z]{20}\.supabase\.(?:co|red))")
_POOLER = re.compile(rb"[\w-]+\.pooler\.supabase\.(?:com|red)")
"""Supabase's pooler serves all projects: which one it is stands in the user."""
_NEON_POOLED = re.compile(rb"-pooler(?=\.[\w.-]+\.neon\.tech\Z)")

_DATABASE = re.compile(
    rb"(?i)(?:jdbc:)?(?:postgres\w*|postgis|redshift|timescaledb|cockroachdb|mysql\w*|mariadb|"
    rb"mongodb|rediss?|valkeys?|amqps?|pyamqp|mssql|sqlserver|oracle|clickhouse\w*|snowflake|"
    rb"cassandra|scylla|neo4j|bolt|nats|tls|kafka|couchbases?|influxdb|trino|presto|hive|impala|"
    rb"vertica|db2|firebird|teradatasql|databricks|libsql|ldaps?|mqtts?|es|opensearch|"
    rb"elasticsearch|dbconnection|sql|edgedb|surrealdb|rethinkdb|ado)(?:[+.:-][\w+.:-]*)?"
)
_PAIR = re.compile(
    rb"(?i)(?<![\w-])(host(?:addr|name)?|server|data[ ]?source|address|addr|network[ ]?address|"
    rb"port|user[ ]?(?:id|name)?|uid|database(?:name)?|dbname|db|initial[ ]?catalog|sslmode|ssl|"
    rb"abortconnect|driver|provider|account(?:name|endpoint)?|endpoint|hubname|hostname|"
    rb"sharedaccesskeyname|trusted_connection|integrated[ ]?security|encrypt)"
    rb"[ \t]{0,4}[=:][ \t]{0,4}('[^'\r\n]{0,200}'|\{[^}\r\n]{0,200}\}|[^\s;,'\"&<>]{0,200})"
)
_KEYS = {
    b"user": b"user", b"userid": b"user", b"username": b"user", b"uid": b"user",
    b"host": b"host", b"hostaddr": b"host", b"hostname": b"host", b"server": b"host",
    b"datasource": b"host", b"address": b"host", b"addr": b"host", b"networkaddress": b"host",
    b"endpoint": b"host", b"accountendpoint": b"host", b"account": b"host",
    b"accountname": b"host", b"port": b"port", b"database": b"database",
    b"databasename": b"database", b"dbname": b"database", b"db": b"database",
    b"initialcatalog": b"database",
}  # fmt: skip
_TAIL = re.compile(rb"(?::(\d{1,5})(?![\w.]))?(?:[:,][^/?\s]*)?(?:\\?/([\w%.\-]*))?")
_COUNTED_WORD = re.compile(rb"(?:secret|password|pass|test|changeme)(?:1|12|123|1234)")
_BARE_HOST = re.compile(rb"([a-zA-Z][\w.-]{1,200}):(\d{2,5})\Z")
_NEXT_KEY = re.compile(rb"[a-z]{2,12}(?:_[a-z]{2,12})?=")
_ESCAPED = re.compile(rb"\\([\\/\"'])")
_UNICODE = re.compile(rb"\\+u([0-9A-Fa-f]{4})")


def check(candidate: Candidate) -> Verdict:
    """Say what the connection string opens, and drop one whose password is none."""
    dsn = parse(candidate)
    password = _password(candidate)
    if not _connects(candidate, dsn):
        why = "the text around is no connection string"
        return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)
    if _NEXT_KEY.fullmatch(candidate.secret):
        return Verdict(keep=False, reason="the password is empty, and the next key follows")
    if why := reference.reason(password) or _braced_name(candidate.secret):
        return Verdict(keep=False, reason=why)
    verdict = judge(dsn, password)
    return _unescaped(candidate, verdict) if verdict.keep else verdict


def _braced_name(secret: bytes) -> str:
    """ODBC puts a value that holds a `;` into braces; a plain name in braces is a template."""
    return "the value is a template" if re.fullmatch(rb"[{<$%]+[\w.,:= -]*[}>%]*", secret) else ""


def parse(candidate: Candidate) -> Dsn:
    """Take apart the connection string in which the candidate is the password."""
    groups = candidate.groups
    if "user" not in groups:
        return _from_pairs(candidate)
    host, port = split_port(groups["host"])
    tail = _TAIL.match(candidate.after[:300])
    database = (tail.group(2) or b"") if tail else b""
    port = port or (tail.group(1) or b"" if tail else b"")
    return Dsn(
        scheme=groups["scheme"].lower(),
        user=unquote_to_bytes(groups["user"]),
        host=host,
        port=groups.get("port", port),
        database=groups.get("database", database),
    )


def split_port(host: bytes) -> tuple[bytes, bytes]:
    """Return a host and the port that follows it, if any."""
    bare, colon, port = host.rpartition(b":")
    single = colon and b"," not in host and (host.startswith(b"[") == bare.endswith(b"]"))
    return (bare, port) if single and port.isdigit() else (host, b"")


def _from_pairs(candidate: Candidate) -> Dsn:
    line = _line(candidate)
    found: dict[str, bytes] = {}
    for key, value in _PAIR.findall(line):
        field = _KEYS.get(key.lower().replace(b" ", b""))
        if field:
            found.setdefault(field.decode(), value.strip(b"'{}"))
    host = found.get("host", b"")
    server, _, port = host.removeprefix(b"tcp:").partition(b",")
    found["host"] = server.partition(b"\\")[0]
    if port.isdigit():
        found.setdefault("port", port)
    bare = _BARE_HOST.search(candidate.before[-200:])
    if bare and not found["host"]:
        found["host"], found["port"] = bare.groups()
    scheme = re.search(rb"(?i)([a-z][\w+.-]{1,30}:(?:[a-z]+:)?)(?:\\?/){2}([\w.-]{0,255})", line)
    if scheme and not found["host"]:
        found["host"] = scheme.group(2)
    return Dsn(scheme=scheme.group(1).rstrip(b":").lower() if scheme else b"ado", **found)


def _line(candidate: Candidate) -> bytes:
    before = candidate.before.rpartition(b"\n")[2]
    return before[-600:] + b" ; " + candidate.after.partition(b"\n")[0][:400]


def _connects(candidate: Candidate, dsn: Dsn) -> bool:
    if "user" in candidate.groups:
        return bool("host" in candidate.groups and not _is_path(candidate))
    keys = {key.lower() for key, _ in _PAIR.findall(_line(candidate))}
    return len(keys) >= 2 or bool(dsn.scheme != b"ado" and keys)


def _is_path(candidate: Candidate) -> bool:
    """Return whether "user:password" is rather `git@host:path` with an `@` further on."""
    secret = candidate.secret
    return b"/" in secret and (b"@" in candidate.groups["user"] or wordiness(secret) > 0.6)


def _password(candidate: Candidate) -> bytes:
    secret = candidate.secret
    if "scheme" in candidate.groups:
        plain = _UNICODE.sub(
            lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), secret
        )
        return unquote_to_bytes(_ESCAPED.sub(rb"\1", plain))
    if len(secret) > 2 and secret[:1] + secret[-1:] in (b"''", b"{}"):
        return _ESCAPED.sub(rb"\1", secret[1:-1])
    return secret


def judge(dsn: Dsn, password: bytes) -> Verdict:
    """Say how bad it is that this password for this server can be read."""
    where = place(dsn.host)
    scheme = dsn.scheme.decode("ascii", "replace")
    facts: Mapping[str, object] = {"opens": dsn.opens, "reach": where.value, "scheme": scheme}
    facts = {**facts, "login": dsn.login} if dsn.login else facts
    if why := _weak(dsn, password):
        guessable = where is Place.PUBLIC and not placeholder.is_mask(password)
        if not guessable or _sampled(dsn):
            return Verdict(keep=False, reason=why, properties=facts)
        return Verdict(
            reason=f"{why}, but the host is public",
            severity=Severity.LOW,
            confidence=Confidence.POSSIBLE,
            identity=password,
            properties=facts,
        )
    severity = _severity(dsn, where, password)
    return Verdict(
        reason=f"a password for {where.value}",
        severity=severity,
        confidence=Confidence.CERTAIN if severity >= Severity.HIGH else Confidence.LIKELY,
        identity=password,
        properties=facts,
    )


def _weak(dsn: Dsn, password: bytes) -> str:
    lower = password.lower()
    if lower and lower in (dsn.user.lower(), dsn.host.lower()):
        return "the password equals the user or the host"
    if lower and lower == dsn.database.lower() and not is_random(password):
        return "the password equals the database"
    if _COUNTED_WORD.fullmatch(lower):
        return "the password is what everybody tries first"
    return placeholder.reason(password)


def _sampled(dsn: Dsn) -> bool:
    """Return whether the user is a stand-in as well, as in user:password@host."""
    return dsn.user.lower() in {b"user", b"username", b"login", b"you", b"me", b"name", b"foo"}


def _severity(dsn: Dsn, where: Place, password: bytes) -> Severity:
    if where in (Place.HERE, Place.SAMPLE) or len(password) < 4:
        return Severity.LOW
    if where is Place.NEIGHBOUR:
        plain = dsn.host.lower() in GENERIC and wordiness(password) > 0.6
        return Severity.LOW if plain else Severity.MEDIUM
    if where is Place.PRIVATE:
        return Severity.MEDIUM
    return Severity.CRITICAL if _DATABASE.fullmatch(dsn.scheme) else Severity.HIGH


def _unescaped(candidate: Candidate, verdict: Verdict) -> Verdict:
    """Lower the confidence of a password that holds a raw `/`, `?` or `#`."""
    if "scheme" not in candidate.groups or not re.search(rb"[/?#]", candidate.secret):
        return verdict
    return Verdict(
        reason=f"{verdict.reason}, not percent-encoded",
        severity=verdict.severity,
        confidence=Confidence.LIKELY,
        identity=verdict.identity,
        properties=verdict.properties,
    )
