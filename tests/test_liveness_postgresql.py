"""Asking a real PostgreSQL server whether a password works; skipped where there is none.

It needs the server's programs, for example Debian's package `postgresql`, and
`pip install 'occ-audit[liveness]'`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from occ_audit.liveness import Checker, Credential, NoAnswerError, State, _web, postgresql
from tests import repos
from tests.scans import run

pytest.importorskip("pg8000", reason="pg8000: the extra `liveness`")

GOOD, BAD = "Qv8h2Lp4" + "Rk7mZtX9", "Zt4mQ8xW" + "2vLp7Rk3"
PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")
OWNER = "nobody"
"""The server refuses to be run by root."""


@dataclass(frozen=True)
class Server:
    port: int
    certificate: Path

    def check(self, password: str, user: str = "app", database: str = "shop", **more: Any) -> Any:
        return checked(password, f"{user}@127.0.0.1:{self.port}/{database}", **more)


def checked(password: str, opens: str, scheme: str = "postgres") -> tuple[State, str]:
    facts = {"opens": opens, "scheme": scheme}
    credential = Credential("dsn-url", password.encode(), facts)
    made = Checker(lambda name: _web.Web(), pace=0.0)
    found = made.check(credential)
    assert found is not None
    return found.state, found.reason


def program(name: str) -> str:
    found = (next(Path(place).rglob(f"bin/{name}"), None) for place in PLACES)
    path = shutil.which(name) or next(filter(None, found), None)
    if path is None:
        pytest.skip(f"no PostgreSQL here: `{name}` is in no usual place")
    return str(path)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    as_other: dict[str, Any] = {"user": OWNER} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        if as_other:
            shutil.chown(folder, OWNER)

        def do(*command: str | Path, **more: Any) -> None:
            subprocess.run(
                list(map(str, command)), check=True, capture_output=True, cwd=folder, **as_other
            )

        data, certificate = folder / "data", folder / "server.crt"
        do(program("initdb"), "-D", data, "-U", "boss", "--auth=trust", "-N", "--locale=C")
        _make_certificate(certificate, do)
        (data / "pg_hba.conf").write_text(
            "local all boss trust\n"
            "host all open 127.0.0.1/32 trust\n"
            "host all old 127.0.0.1/32 md5\n"
            "host all away 127.0.0.1/32 reject\n"
            "host all all 127.0.0.1/32 scram-sha-256\n"
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        key = certificate.with_suffix(".key")
        tls = f"-c ssl=on -c ssl_cert_file={certificate} -c ssl_key_file={key}"
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off {tls}"
        start = (program("pg_ctl"), "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        do(*start)
        try:
            roles = "".join(
                f"CREATE ROLE {role} LOGIN PASSWORD '{GOOD}';" for role in ("app", "open", "away")
            )
            md5 = f"SET password_encryption='md5'; CREATE ROLE old LOGIN PASSWORD '{GOOD}';"
            run_sql = (
                program("psql"),
                "-h",
                folder,
                "-p",
                str(port),
                "-U",
                "boss",
                "-d",
                "postgres",
            )
            do(*run_sql, "-c", roles, "-c", md5, "-c", "CREATE DATABASE shop")
            yield Server(port, certificate)
        finally:
            do(program("pg_ctl"), "-D", data, "-m", "immediate", "stop")


def _make_certificate(file: Path, do: Any) -> None:
    do(
        *(shutil.which("openssl") or pytest.skip("no openssl here"), "req", "-x509", "-nodes"),
        *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "1"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", file.with_suffix(".key"), "-out", file),
    )


def test_only_a_login_is_live_and_only_a_wrong_password_dead(server: Server) -> None:
    assert server.check(GOOD) == (State.LIVE, "logged in")
    assert server.check(BAD) == (State.DEAD, "SQLSTATE 28P01")
    assert server.check(GOOD, user="old") == (State.LIVE, "logged in")
    assert server.check(BAD, user="old") == (State.DEAD, "SQLSTATE 28P01")


def test_what_does_not_decide_is_unknown(server: Server) -> None:
    assert server.check(GOOD, database="none") == (State.UNKNOWN, "SQLSTATE 3D000")
    assert server.check(GOOD, user="away") == (State.UNKNOWN, "SQLSTATE 28000")
    assert server.check(BAD, user="open") == (State.UNKNOWN, "the server asks for no password")
    assert checked(GOOD, f"app@127.0.0.9:{server.port}/shop")[0] is State.UNKNOWN


def test_elsewhere_the_certificate_must_be_trusted(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "is_here", lambda host: False)
    assert server.check(GOOD) == (State.UNKNOWN, "its certificate is not trusted")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    assert server.check(GOOD) == (State.LIVE, "logged in")
    assert server.check(BAD) == (State.DEAD, "SQLSTATE 28P01")


def test_a_user_is_told(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("occ_audit.liveness.PACE", 0.0)
    repo = repos.init(tmp_path / "r")
    at = f"@127.0.0.1:{server.port}/shop"
    repos.commit(
        repo,
        {
            "new.env": f"DATABASE_URL=postgresql://app:{GOOD}{at}\n",
            "old.env": f"DIRECT_URL=postgresql+asyncpg://app:{BAD}{at}\n",
            "other.env": f"MYSQL_URL=mysql://app:Wm5{BAD[3:]}{at}\n",
        },
    )
    _, out, _ = run("scrub", "report", "--check-live", "--format", "json", repo)
    rows = json.loads(out)["secrets"]
    said = {row["paths"]["shown"][0]: row["liveness"] for row in rows}
    assert {path: one["state"] for path, one in said.items()} == {
        "new.env": "live",
        "old.env": "dead",
        "other.env": "unknown",
    }
    assert said["other.env"]["reason"] == "no such check for this kind of server"
    assert GOOD not in out


# Without a server


@pytest.mark.parametrize(
    ("opens", "found"),
    [
        ("app@db.example.org:6543/shop", ("app", "db.example.org", 6543, "shop")),
        ("app.ref@db.example.org", ("app.ref", "db.example.org", 5432, "app.ref")),
        ("a@b@[2001:db8::1]:5432/my%20db", ("a@b", "2001:db8::1", 5432, "my db")),
    ],
)
def test_where_it_logs_in(opens: str, found: tuple[str, str, int, str]) -> None:
    facts = {"opens": opens, "scheme": "postgresql"}
    server = postgresql._server(Credential("dsn-url", b"x", facts))
    assert (server.user, server.host, server.port, server.database) == found


@pytest.mark.parametrize(
    "opens", ["", "@host", "app@", "app@h1:1,h2:2/db", "app@/tmp/socket", "a@h i"]
)
def test_what_names_no_one_host_is_not_asked(opens: str) -> None:
    facts = {"opens": opens, "scheme": "postgresql"}
    with pytest.raises(NoAnswerError, match="does not name user and host"):
        postgresql._server(Credential("dsn-url", b"x", facts))


def speaking(answer: bytes) -> int:
    """Run a server that answers the first request with this, then falls silent."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as connection:
            connection.recv(4096)
            connection.sendall(answer)
            connection.recv(4096)

    threading.Thread(target=serve, daemon=True).start()
    port: int = listening.getsockname()[1]
    return port


def test_a_server_without_tls_gets_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "is_here", lambda host: False)
    assert checked(GOOD, f"app@127.0.0.1:{speaking(b'N')}/x") == (State.UNKNOWN, "no TLS")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"R\x7f\xff\xff\xff"])
def test_a_server_that_talks_nonsense_is_cut_off(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SECONDS", 0.2)
    state, _ = checked(GOOD, f"app@127.0.0.1:{speaking(answer)}/x")
    assert state is State.UNKNOWN
