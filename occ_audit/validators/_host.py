"""What kind of place a host name or address is."""

from __future__ import annotations

import enum
import ipaddress
import re


class Place(enum.StrEnum):
    """Who can reach a host."""

    HERE = "this machine only"
    SAMPLE = "a name reserved for examples"
    NEIGHBOUR = "a bare or internal name"
    PRIVATE = "a private network"
    PUBLIC = "the internet"


_HERE = re.compile(
    rb"(?i)localhost(?:\.localdomain)?|host\.(?:docker|minikube|lima)\.internal|0\.0\.0\.0|"
    rb"[\w.-]+\.localhost"
)
_SAMPLE = re.compile(
    rb"(?i)(?:[\w.-]+\.)?(?:example(?:\.\w{2,3}){0,2}|test|invalid|domain\.com|foo\.com|"
    rb"(?:your|my)[-_]?(?:host|domain|server|site|company|app)(?:[\w.-]*))|"
    rb"(?:db\.)?your[-_].*"
)
_INTERNAL = re.compile(rb"(?i)[\w-]+|.*\.(?:local|internal|lan|corp|home|intranet|svc|cluster)\.?")
GENERIC = frozenset(
    b"host hostname server servername address ip db database postgres postgresql pg mysql mariadb "
    b"redis mongo mongodb rabbitmq rabbit cache broker queue elasticsearch mssql sqlserver".split()
)
"""Bare names that a documentation or a compose file uses for any host."""


def place(host: bytes) -> Place:
    """Return who can reach this host; a list of hosts counts as its most public one."""
    kinds = [_one(part) for part in host.split(b",") if part] or [Place.HERE]
    return max(kinds, key=list(Place).index)


def _one(host: bytes) -> Place:
    name = host.strip(b"[]").partition(b"%")[0] if host.startswith(b"[") else _without_port(host)
    address = _address(name)
    if address is not None:
        return address
    if _HERE.fullmatch(name) or not name:
        return Place.HERE
    if _SAMPLE.fullmatch(name):
        return Place.SAMPLE
    return Place.NEIGHBOUR if _INTERNAL.fullmatch(name) else Place.PUBLIC


def _without_port(host: bytes) -> bytes:
    return host.rpartition(b":")[0] if host.count(b":") == 1 else host


def _address(name: bytes) -> Place | None:
    try:
        address = ipaddress.ip_address(name.decode("ascii", "replace"))
    except ValueError:
        return None
    if address.is_loopback or address.is_unspecified:
        return Place.HERE
    return Place.PRIVATE if address.is_private else Place.PUBLIC
