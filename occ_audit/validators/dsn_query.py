"""Judges a password that is a parameter of a connection URL."""

from __future__ import annotations

import re

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Groups, Verdict, dsn

_URL = re.compile(
    rb"(?i)(?P<scheme>(?:jdbc:[a-z0-9+]{2,20}|postgres(?:ql)?|mysql|mariadb|rediss?|valkey|libsql|"
    rb"mongodb|clickhouse|snowflake)(?:\+[a-z0-9]{1,20})?):(?:\\{0,2}/){2}(?:[^\s/@?;]{1,99}@)?"
    rb"(?P<host>[\w.\-]{0,200})(?::(?P<port>\d{1,5}))?(?:\\?/(?P<database>[\w\-]{0,60}))?"
)
_USER = re.compile(rb"(?i)[?;&](?:user|username|uid)=([^\s&;\"'`]+)")


def check(candidate: Candidate) -> Verdict:
    """Say what the URL opens, and drop one whose password is none."""
    line = candidate.before.rpartition(b"\n")[2][-600:]
    urls = list(_URL.finditer(line))
    if not urls or re.search(rb"[\s\"'`<>]", line[urls[-1].start() :]):
        why = "the parameter belongs to no connection URL"
        return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)
    parameters = line[urls[-1].start() :] + b"&" + candidate.after.split(b" ")[0]
    user = _USER.search(parameters)
    groups = Groups((name, value or b"") for name, value in urls[-1].groupdict().items())
    groups["user"] = user.group(1) if user else b""
    return dsn.check(
        Candidate(candidate.rule, candidate.secret, groups, candidate.before, candidate.after)
    )
