"""PostgreSQL: one login over TLS, and no query; only it decides whether a password works."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from occ_audit.liveness import Answer, Ask, Credential, NoAnswerError, State
from occ_audit.liveness._web import SECONDS, is_here, why

RULES = ("dsn-url", "dsn-query", "dsn-pairs", "dsn-parts", "dsn-pgpass")
_SCHEME = re.compile(r"(?:jdbc:)?(?:postgres(?:ql)?|postgis|timescaledb|cockroachdb)(?:\+\w+)?")
_OPENS = re.compile(
    r"(?P<user>.+)@(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s@:/,\[\]]+)"
    r"(?::(?P<port>\d{1,5}))?(?:/(?P<database>[^\s@/?]*))?",
    re.DOTALL,
)
_REFUSED = "28P01"


@dataclass(frozen=True, slots=True)
class _Server:
    user: str
    host: str
    port: int
    database: str


def check(credential: Credential, ask: Ask) -> Answer:
    """Return live for a login, dead for a wrong password, unknown for every other answer."""
    try:
        from pg8000.exceptions import DatabaseError, InterfaceError
    except ImportError:
        hint = "pg8000 is not installed: pip install 'occ-audit[liveness]'"
        raise NoAnswerError(hint) from None
    server = _server(credential)
    try:
        with _connected(server) as connection:
            return _login(server, credential.value.decode(), connection)
    except DatabaseError as error:
        return _refused(error.args[0] if error.args else None)
    except InterfaceError as error:
        refused = "refuses SSL" in str(error)
        raise NoAnswerError("no TLS" if refused else "no login that is known here") from None
    except (OSError, OverflowError, UnicodeError) as error:
        raise NoAnswerError(why(error)) from None


def _refused(said: object) -> Answer:
    code = said.get("C") if isinstance(said, dict) else None
    if not isinstance(code, str) or not re.fullmatch("[0-9A-Z]{5}", code):
        return Answer(State.UNKNOWN, "an error without a code")
    return Answer(State.DEAD if code == _REFUSED else State.UNKNOWN, f"SQLSTATE {code}")


def _server(credential: Credential) -> _Server:
    scheme = credential.fact("scheme")
    if credential.rule_id != "dsn-pgpass" and not _SCHEME.fullmatch(scheme):
        raise NoAnswerError("no such check for this kind of server")
    found = _OPENS.fullmatch(credential.fact("opens"))
    if found is None:
        raise NoAnswerError("the text around does not name user and host")
    return _Server(
        user=found["user"],
        host=found["host"].strip("[]"),
        port=int(found["port"] or 5432),
        database=unquote(found["database"] or "") or found["user"],
    )


@contextlib.contextmanager
def _connected(server: _Server) -> Iterator[socket.socket]:
    """Give a connection that is cut after a while, whatever the server does meanwhile."""
    address = (server.host, server.port)
    # A second handle: the TLS layer takes the first one over.
    with socket.create_connection(address, SECONDS) as connection, connection.dup() as other:
        cut = threading.Timer(SECONDS, _cut, [other])
        cut.daemon = True
        cut.start()
        try:
            yield connection
        finally:
            cut.cancel()


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _login(server: _Server, password: str, connection: socket.socket) -> Answer:
    from pg8000.native import Connection

    asked = False

    class Login(Connection):  # type: ignore[misc]  # it has no types
        def handle_AUTHENTICATION_REQUEST(self, data: Any, context: Any) -> None:  # noqa: N802
            nonlocal asked
            asked = asked or any(data[:4])
            super().handle_AUTHENTICATION_REQUEST(data, context)

    # Without TLS, whoever is on the way could read the password, or pose as the server.
    tls: Any = False if is_here(server.host) else ssl.create_default_context()
    Login(
        server.user,
        host=server.host,
        database=server.database,
        password=password,
        ssl_context=tls,
        sock=connection,
        application_name="occ-audit",
    ).close()
    if not asked:
        return Answer(State.UNKNOWN, "the server asks for no password")
    return Answer(State.LIVE, "logged in")
