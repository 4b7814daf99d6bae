"""Connection strings: which are leaks, what they open, how bad it is."""

from __future__ import annotations

import re

import pytest

from tests.detection import findings, text, told

PASSWORD = "Qv8h2" + "Lp4Rk7" + "mZtX9"


@pytest.mark.parametrize(
    ("written", "opens"),
    [
        ("postgres://app:PW@db.acme.io:5432/shop", "app@db.acme.io:5432/shop"),
        ("POSTGRES://app:PW@db.acme.io/shop", "app@db.acme.io/shop"),
        ("postgresql+asyncpg://app:PW@db.acme.io/shop?pgbouncer=true", "app@db.acme.io/shop"),
        ("mysql2://app:PW@db.acme.io/shop", "app@db.acme.io/shop"),
        ("postgres://:PW@db.acme.io/shop", "@db.acme.io/shop"),
        ("rediss://:PW@cache.acme.io:6379/0", "@cache.acme.io:6379/0"),
        ("mongodb+srv://app:PW@cluster.acme.io/shop", "app@cluster.acme.io/shop"),
        ("mongodb://app:PW@m1.acme.io:27017,m2.acme.io:27018/shop", ""),
        (r'{"url": "postgres:\/\/app:PW@db.acme.io\/shop"}', "app@db.acme.io/shop"),
        ('"url": "amqps://app:PW@mq.acme.io/%2F"', "app@mq.acme.io/%2F"),
        ("jdbc:postgresql://db.acme.io/shop?user=app&password=PW", "app@db.acme.io/shop"),
        ("jdbc:oracle:thin:app/PW@//db.acme.io:1521/SHOP", "app@db.acme.io:1521/SHOP"),
        (
            "jdbc:sqlserver://db.acme.io;databaseName=shop;user=app;password=PW;",
            "app@db.acme.io/shop",
        ),
        ("host=db.acme.io port=5432 user=app password=PW dbname=shop", "app@db.acme.io:5432/shop"),
        ("Server=db.acme.io;Password=PW;User Id=app;Database=shop;", "app@db.acme.io/shop"),
        ("Driver={ODBC Driver 18};Server=db.acme.io;Uid=app;PWD={PW};", "app@db.acme.io"),
        ("cache.acme.io:6380,password=PW,ssl=True,abortConnect=False", "@cache.acme.io:6380"),
        ("db.acme.io:5432:shop:app:PW", "app@db.acme.io:5432/shop"),
        ("machine db.acme.io login app password PW", "app@db.acme.io"),
        ("| prod | postgres://app:PW@db.acme.io/shop |", "app@db.acme.io/shop"),
        ("see (postgres://app:PW@db.acme.io/shop).", "app@db.acme.io/shop"),
    ],
)
def test_each_form_gives_the_password_and_what_it_opens(written: str, opens: str) -> None:
    data = written.replace("{PW}", "{" + PASSWORD + ";x}").replace("PW;", PASSWORD + ";")
    data = re.sub(r"\bPW\b", PASSWORD, data)
    [finding] = [found for found in findings(data.encode()) if found.severity >= 3]
    assert finding.secret is not None
    assert PASSWORD.encode() in finding.secret.reveal()
    assert b"acme" not in finding.secret.reveal()
    if opens:
        assert finding.properties["opens"] == opens


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("postgres://app:p@ss" + "W0rd9xK2@db.acme.io/shop", b"p@ss" + b"W0rd9xK2"),
        ("postgres://app:Qv8h2/" + "Lp4Rk7@db.acme.io/shop", b"Qv8h2/" + b"Lp4Rk7"),
        ("postgres://app:Qv8h2#" + "Lp4Rk7?x@db.acme.io/shop", b"Qv8h2#" + b"Lp4Rk7?x"),
        ("postgres://app:Qv:8h2" + "Lp4Rk7@db.acme.io/shop", b"Qv:8h2" + b"Lp4Rk7"),
        ("postgresql://app:" + PASSWORD + "@[2a01:4f8::1234]:5432/shop", PASSWORD.encode()),
    ],
)
def test_passwords_that_strict_parsers_lose(url: str, secret: bytes) -> None:
    assert [row[2] for row in told(url.encode())] == [secret]


def test_a_percent_encoded_password_is_the_same_leak_as_the_plain_one() -> None:
    plain = findings(f"Server=db.acme.io;Uid=app;Pwd={PASSWORD}!;".encode())
    coded = findings(f"postgres://app:{PASSWORD}%21@db.acme.io/shop".encode())
    assert plain[0].secret == coded[0].secret


@pytest.mark.parametrize(
    "url",
    [
        "postgres://postgres:postgres@localhost:5432/postgres",
        "postgres://postgres:postgres@127.0.0.1:54322/postgres",
        "amqp://guest:guest@localhost:5672",
        "postgres://user:password@host/db",
        "postgres://app:changeme@db.acme.io/app",
        "postgres://app:your_password_here@db.acme.io/app",
        "postgres://app:REDACTED@db.acme.io/app",
        "postgres://app:xxxx@db.acme.io/app",
        "postgres://app:****@db.acme.io/app",
        "postgres://app:...@db.acme.io/app",
        "postgres://app:[YOUR-PASSWORD]@db.acme.io/app",
        "postgres://app:<password>@db.acme.io/app",
        "postgres://app:${DB_PASSWORD}@db.acme.io/app",
        "postgres://$DB_USER:$DB_PASS@db.acme.io/app",
        "postgres://app:${{ secrets.DB_PASSWORD }}@db.acme.io/app",
        "postgres://app:#{brace}pw}@db.acme.io/app",
        "postgres://app:%s@db.acme.io/app",
        "postgres://app@db.acme.io/app",
        "redis://localhost:6379",
        "rg postgresql://",
        "postgres://host1:5432/app and contact me@corp.io:8080",
        "https://example.com:8080/users/someone@acme.io",
        "git@github.com:acme/shop.git@v1.2.3",
        "https://{hex:32}@o12345.ingest.sentry.io/42",
        "Server=db.acme.io;Password=<password>;User Id=app;",
        "http POST https://acme.io/login username=robot password=secret123",
        "10:20:30:40:50 and 2025.10:1000:a:b",
    ],
)
def test_stand_ins_references_and_locators_are_no_leaks(url: str) -> None:
    assert [row for row in told(url) if row[1] not in ("low", "info")] == []


@pytest.mark.parametrize(
    ("host", "severity"),
    [
        ("db.acme.io", "critical"),
        ("db.abcdefghijklmnopqrst.supabase.co", "critical"),
        ("10.40.2.17", "medium"),
        ("db-internal", "medium"),
        ("ledger.internal", "medium"),
        ("localhost", "low"),
        ("127.0.0.1", "low"),
        ("[::1]", "low"),
        ("host.docker.internal", "low"),
        ("db.example.com", "low"),
    ],
)
def test_the_host_decides_the_severity(host: str, severity: str) -> None:
    assert [row[1] for row in told(f"postgres://app:{PASSWORD}@{host}/shop".encode())] == [severity]


def test_basic_authentication_in_a_web_address_is_high() -> None:
    assert told(f"https://deploy:{PASSWORD}@mirror.acme.io/debian".encode())[0][1] == "high"


def test_a_token_alone_as_user() -> None:
    [row] = told("git clone https://{alnum:40}@git.acme.io/shop.git")
    assert row == ("url-token", "high", text("{alnum:40}"))


@pytest.mark.parametrize(
    "mask",
    ["****", "xxxxx", "REDACTED", "...", "…", r"\u2026", "__PASSWORD__", "PASSWORD", "removed"],
)
def test_a_password_that_was_left_out_is_no_finding_on_any_host(mask: str) -> None:
    assert told(f'"postgres://app:{mask}@db.acme.io/shop"'.encode()) == []
