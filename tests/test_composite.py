"""What belongs together is one finding: ids and secrets, what they open, DSNs in parts."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from occ_audit import rules
from occ_audit.errors import AuditError
from occ_audit.scrub.rewrite import TEXTS
from occ_audit.templates import expand
from tests import repos
from tests.scans import Scan, run, scan

REF, OTHER = "lumenlumenlumenlumen", "amberamberamberamber"
PASSWORD = "Qv8h2" + "Lp4Rk7" + "mZtX9"
POOLED = f"postgres://postgres.{REF}:{PASSWORD}@aws-1-us-east-1.pooler.supabase.com:6543/postgres"
DIRECT = f"postgres://postgres:{PASSWORD}@db.{REF}.supabase.co:5432/postgres"
_numbers = iter(range(10_000))


def filled(template: str) -> str:
    """Return a text with its templates filled in; password and project stand in their places."""
    text = template.replace("PW", PASSWORD).replace("REF", REF)
    return expand(text, "composite")


def scanned(folder: Path, files: dict[str, str | bytes], *options: str) -> Scan:
    """Return the scan of a repository with one commit of these files."""
    repo = repos.init(folder / f"r{next(_numbers)}")
    repos.commit(
        repo,
        {path: data if isinstance(data, bytes) else filled(data) for path, data in files.items()},
    )
    return scan("--only", "secrets", *options, repo)


def found(folder: Path, text: str) -> list[tuple[str, str, int]]:
    """Return rule, severity and line of each finding in a text, by line."""
    rows = scanned(folder, {"a.env": text}).report["findings"]
    named = ((row, place) for row in rows for place in row["locations"])
    return sorted(
        ((row["rule_id"], row["severity"], place["line"]) for row, place in named),
        key=lambda one: one[2],
    )


def only(folder: Path, text: str, rule: str) -> dict[str, Any]:
    """Return the one finding of a rule in a text."""
    [row] = scanned(folder, {"a.env": text}).rules(rule)
    return row


class TestIdAndSecret:
    @pytest.mark.parametrize(
        ("text", "rule", "severity", "id_"),
        [
            (
                "AWS_ACCESS_KEY_ID=AKIAV{upper:15}\nAWS_SECRET_ACCESS_KEY={base64:40}\n",
                "aws-access-key-pair",
                "critical",
                "AKIA****",
            ),
            (
                "aws_secret_access_key = {base64:40}\naws_access_key_id = AKIAV{upper:15}\n",
                "aws-secret-access-key",
                "critical",
                "AKIA****",
            ),
            (
                "GOOGLE_CLIENT_ID={digits:12}-{lowernum:32}.apps.googleusercontent.com\n"
                "GOOGLE_CLIENT_SECRET=GOCSPX-{base64url:28}\n",
                "google-oauth-client-secret",
                "high",
                "{digits:12}-{lowernum:32}.apps.googleusercontent.com",
            ),
            (
                "TWILIO_ACCOUNT_SID=AC{hex:32}\n\n\nTWILIO_AUTH_TOKEN={hex:32}\n",
                "twilio-auth-token",
                "critical",
                "AC{hex:32}",
            ),
            (
                '{brace}"apiKey": 1, "SHOPIFY_API_KEY": "{hex:32}", "secret": "shpss_{hex:32}"}',
                "shopify-app-secret",
                "high",
                "{hex:32}",
            ),
            (
                "zoho:\n  client_id: 1000.{uppernum:30}\n  client_secret: {hex:42}\n",
                "zoho-client-pair",
                "high",
                "1000.{uppernum:30}",
            ),
            (
                "ZOOM_CLIENT_ID={alnum:22}\nZOOM_CLIENT_SECRET={alnum:32}\n",
                "zoom-client-secret",
                "medium",
                "{alnum:22}",
            ),
        ],
    )
    def test_they_are_one_finding_that_names_the_id(
        self, tmp_path: Path, text: str, rule: str, severity: str, id_: str
    ) -> None:
        [row] = scanned(tmp_path, {"a.env": text}).report["findings"]
        assert (row["rule_id"], row["severity"], row["confidence"]) == (rule, severity, "certain")
        named = row["properties"]["id"]
        assert named == id_ if "*" in id_ else len(named) == len(filled(id_))
        assert f"with id={named}" in row["message"]

    def test_each_profile_has_its_own_id(self, tmp_path: Path) -> None:
        ids = ["TWILIO_ACCOUNT_SID=AC" + digit * 4 + filled("{hex:28}") for digit in "789"]
        secret = "TWILIO_AUTH_TOKEN={0}{{hex:31}}"
        lines = [
            *(ids[0], secret.format("a"), ""),
            *(ids[1], "# no token here", ""),
            *(secret.format("b"), ids[2], ""),
        ]
        report = scanned(tmp_path, {"a.env": "\n".join(lines)})
        rows = [row for row in report.report["findings"] if "id" in row["properties"]]
        named = {row["locations"][0]["line"]: row["properties"]["id"][2:6] for row in rows}
        assert named == {2: "7777", 7: "9999"}
        assert [row["locations"][0]["line"] for row in report.rules("twilio-account-sid")] == [4]

    def test_pairs_without_blank_lines_between(self, tmp_path: Path) -> None:
        lines = [
            line
            for digit in "789"
            for line in (
                f"TWILIO_ACCOUNT_SID=AC{digit * 4}" + filled("{hex:28}"),
                f"TWILIO_AUTH_TOKEN={digit}{{hex:31}}",
            )
        ]
        rows = scanned(tmp_path, {"a.env": "\n".join(lines)}).report["findings"]
        named = {row["locations"][0]["line"]: row["properties"]["id"][2:6] for row in rows}
        assert named == {2: "7777", 4: "8888", 6: "9999"}

    @pytest.mark.parametrize(
        ("text", "rows"),
        [
            ("AWS_ACCESS_KEY_ID=AKIAV{upper:15}\n", [("aws-access-key-id", "medium", 1)]),
            ("AWS_SECRET_ACCESS_KEY={base64:40}\n", [("aws-secret-access-key", "critical", 1)]),
            ("TWILIO_ACCOUNT_SID=AC{hex:32}\n", [("twilio-account-sid", "info", 1)]),
            ("ZOHO_CLIENT_SECRET={hex:42}\n", [("zoho-client-secret", "medium", 1)]),
            ("GOOGLE_CLIENT_ID={digits:12}-{lowernum:32}.apps.googleusercontent.com\n", []),
        ],
    )
    def test_alone_each_is_as_before(
        self, tmp_path: Path, text: str, rows: list[tuple[str, str, int]]
    ) -> None:
        assert found(tmp_path, text) == rows

    def test_an_id_far_away_belongs_to_nobody(self, tmp_path: Path) -> None:
        text = "AWS_ACCESS_KEY_ID=AKIAV{upper:15}\n" + "x = 1\n" * 30
        rows = found(tmp_path, text + "AWS_SECRET_ACCESS_KEY={base64:40}\n")
        assert [row[0] for row in rows] == ["aws-access-key-id", "aws-secret-access-key"]

    def test_the_id_is_masked_wherever_it_was_before(self, tmp_path: Path) -> None:
        key = filled("AKIAV{upper:15}")
        text = f"{key} AWS_SECRET_ACCESS_KEY={{base64:40}}\n"
        repo = repos.init(tmp_path / "r")
        repos.commit(repo, {f"{key}.env": filled(text)}, f"Add {key}")
        for form in ("json", "terminal", "sarif", "markdown", "jsonl"):
            for choice in ([], ["--history"], ["--explain"]):
                _, out, _ = run("scan", "--format", form, "-v", *choice, repo)
                assert "AKIA****" in out
                assert key not in out

    def test_to_accept_the_id_is_not_to_accept_the_secret(self, tmp_path: Path) -> None:
        lines = [
            "AWS_ACCESS_KEY_ID=AKIAV{upper:15}  # occ-audit: allow[aws-access-key-id] no secret",
            "AWS_SECRET_ACCESS_KEY={base64:40}",
        ]
        [row] = scanned(tmp_path, {"a.env": "\n".join(lines)}).report["findings"]
        assert (row["rule_id"], row["suppression"]) == ("aws-access-key-pair", None)

    def test_in_a_history_an_id_is_a_finding_only_where_it_stands_alone(
        self, tmp_path: Path
    ) -> None:
        key, secret = filled("AKIAV{upper:15}"), filled("AWS_SECRET_ACCESS_KEY={base64:40}\n")
        repo = repos.init(tmp_path / "r")
        repos.commit(repo, {"alone.env": f"AWS_ACCESS_KEY_ID={key}\n"})
        repos.commit(repo, {"both.env": f"AWS_ACCESS_KEY_ID={key}\n{secret}"})
        report = scan("--only", "secrets", "--history", repo)
        [pair] = report.rules("aws-access-key-pair")
        [alone] = report.rules("aws-access-key-id")
        assert [place["path"] for place in pair["locations"]] == ["both.env"]
        assert [place["path"] for place in alone["locations"]] == ["alone.env"]

    def test_explain_says_what_became_of_the_id(self, tmp_path: Path) -> None:
        text = "AWS_ACCESS_KEY_ID=AKIAV{upper:15}\nAWS_SECRET_ACCESS_KEY={base64:40}\n"
        report = scanned(tmp_path, {"a.env": text}, "--explain").report
        by_rule = {(row["rule_id"], row["kept"]): row["reasons"] for row in report["candidates"]}
        part = by_rule["aws-access-key-id", False]
        assert part[-1] == "composite: a part of the finding of aws-access-key-pair"
        whole = by_rule["aws-access-key-pair", True]
        assert whole[-1] == "composite: aws-access-key-id stands beside it"

    def test_inside_an_archive_and_in_encoded_text(self, tmp_path: Path) -> None:
        text = filled("AWS_ACCESS_KEY_ID=AKIAV{upper:15}\nAWS_SECRET_ACCESS_KEY={base64:40}\n")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("prod.env", text)
        wide = text.encode("utf-16")
        coded = b"env: " + base64.b64encode(text.encode())
        files = {"a.zip": packed.getvalue(), "b.txt": wide, "c.yaml": coded}
        for path, data in files.items():
            [row] = scanned(tmp_path, {path: data}).report["findings"]
            assert row["properties"]["id"] == "AKIA****", path
            assert row["locations"][0]["path"].startswith(path)


class TestWhatItOpens:
    @pytest.mark.parametrize(
        ("text", "rule", "opens"),
        [
            (
                "SHOP=lumen-goods.myshopify.com\nTOKEN=shpat_{hex:32}\n",
                "shopify-admin-token",
                "lumen-goods.myshopify.com",
            ),
            (
                "SUPABASE_URL=https://REF.supabase.co\n"
                "KEY={jwt:role=service_role,iss=supabase,iat=1700000000,exp=4100000000}\n",
                "supabase-jwt-key",
                "https://REF.supabase.co",
            ),
            (
                "the project is supabase.com/dashboard/project/REF\n\n"
                "SUPABASE_JWT_SECRET={base64:86}==\n",
                "supabase-jwt-secret",
                "https://REF.supabase.co",
            ),
            (
                "CHATWOOT_BASE_URL=https://chat.lumen.io\nCHATWOOT_API_ACCESS_TOKEN={base58:24}\n",
                "chatwoot-access-token",
                "https://chat.lumen.io",
            ),
        ],
    )
    def test_the_place_nearby(self, tmp_path: Path, text: str, rule: str, opens: str) -> None:
        row = only(tmp_path, text, rule)
        assert row["properties"]["opens"] == filled(opens)
        assert row["properties"]["opens_by"] == "nearby"
        assert row["message"].endswith(f"in clear, opens {filled(opens)}")

    def test_the_locator_stays_a_finding(self, tmp_path: Path) -> None:
        text = "SHOP=lumen-goods.myshopify.com\nTOKEN=shpat_{hex:32}\n"
        assert found(tmp_path, text)[0] == ("shopify-shop", "info", 1)

    def test_each_section_has_its_own(self, tmp_path: Path) -> None:
        text = (
            "# Shops\n\n## One\n\nAt lumen-one.myshopify.com:\n\n- the token is\n\n"
            "  shpat_{hex:32}\n\n## Two\n\nlumen-two.myshopify.com\n\n- shpca_{hex:32}\n"
        )
        report = scanned(tmp_path, {"notes.md": text})
        [one] = report.rules("shopify-admin-token")
        [two] = report.rules("shopify-custom-app-token")
        assert one["properties"]["opens"] == "lumen-one.myshopify.com"
        assert two["properties"]["opens"] == "lumen-two.myshopify.com"

    def test_each_object_of_one_long_line_has_its_own(self, tmp_path: Path) -> None:
        shops = [
            {"domain": f"lumen-{n}.myshopify.com", "key": f"shpat_{n}" + filled("{hex:31}")}
            for n in range(1, 6)
        ]
        rows = scanned(tmp_path, {"a.json": json.dumps(shops).encode()})
        named = sorted(
            (row["locations"][0]["column"], row["properties"]["opens"])
            for row in rows.rules("shopify-admin-token")
        )
        assert [name for _, name in named] == [f"lumen-{n}.myshopify.com" for n in range(1, 6)]

    def test_each_row_of_a_table_has_its_own(self, tmp_path: Path) -> None:
        lines = [f"| shpat_{n}{{hex:31}} | lumen-{n}.myshopify.com |" for n in range(1, 4)]
        rows = scanned(tmp_path, {"a.md": "\n".join(lines)}).rules("shopify-admin-token")
        assert {row["locations"][0]["line"]: row["properties"]["opens"] for row in rows} == {
            n: f"lumen-{n}.myshopify.com" for n in range(1, 4)
        }

    def test_a_proof_goes_before_nearness(self, tmp_path: Path) -> None:
        text = (
            f"A=https://REF.supabase.co\n{'x = 1' * 900}\nB=https://{OTHER}.supabase.co\n"
            "SUPABASE_SECRET_KEY={supabase_secret:REF}\n"
        )
        row = only(tmp_path, text, "supabase-secret-key")
        assert row["properties"]["opens"] == f"https://{REF}.supabase.co"
        assert "opens_by" not in row["properties"]
        assert row["confidence"] == "certain"

    def test_a_project_that_the_checksum_refutes_is_not_named(self, tmp_path: Path) -> None:
        text = f"A=https://{OTHER}.supabase.co\nSUPABASE_SECRET_KEY={{supabase_secret:REF}}\n"
        assert "opens" not in only(tmp_path, text, "supabase-secret-key")["properties"]

    def test_one_token_in_two_files_opens_what_both_say(self, tmp_path: Path) -> None:
        files = {
            f"{name}.env": f"SHOP=lumen-{name}.myshopify.com\nTOKEN=shpat_{{hex:32}}\n"
            for name in ("one", "two", "three", "four")
        }
        [row] = scanned(tmp_path, {**files}).rules("shopify-admin-token")
        assert len(row["locations"]) == 4
        assert row["properties"]["opens"] == [
            f"lumen-{name}.myshopify.com" for name in ("four", "one", "three", "two")
        ]
        assert row["message"].endswith(
            "opens lumen-four.myshopify.com, lumen-one.myshopify.com and 2 more"
        )

    @pytest.mark.parametrize("form", ["terminal", "markdown", "sarif", "json", "jsonl"])
    def test_every_report_says_so(self, tmp_path: Path, form: str) -> None:
        repo = repos.init(tmp_path / "r")
        repos.commit(
            repo, {"a.env": filled("SHOP=lumen-goods.myshopify.com\nTOKEN=shpat_{hex:32}\n")}
        )
        _, out, _ = run("scan", "--format", form, repo)
        plain = out.replace("\\", "")
        assert "access token in clear, opens lumen-goods.myshopify.com" in plain

    def test_the_scrub_report_says_what_it_opens(self, tmp_path: Path) -> None:
        repo = repos.init(tmp_path / "r")
        repos.commit(
            repo, {"a.env": filled("SHOP=lumen-goods.myshopify.com\nTOKEN=shpat_{hex:32}\n")}
        )
        repos.commit(repo, {"b.env": filled(f"A={POOLED}\nB={DIRECT}\n")})
        _, out, _ = run("scrub", "report", "--format", "json", repo)
        rows = {row["rule_id"]: row for row in json.loads(out)["secrets"]}
        assert rows["shopify-admin-token"]["opens"] == ["lumen-goods.myshopify.com"]
        assert len(rows["dsn-url"]["opens"]) == 2


class TestOneLogin:
    def test_pooled_and_direct_are_one_leak_in_two_places(self, tmp_path: Path) -> None:
        report = scanned(tmp_path, {"a.env": f"DATABASE_URL={POOLED}\nDIRECT_URL={DIRECT}\n"})
        [row] = report.rules("dsn-url")
        assert [place["line"] for place in row["locations"]] == [1, 2]
        assert row["properties"]["login"] == f"postgres@{REF}.supabase.co"
        assert len(row["properties"]["opens"]) == 2

    def test_in_two_files_and_in_the_history(self, tmp_path: Path) -> None:
        files = {"a.env": f"A={POOLED}\n", "b/c.yaml": f"url: {DIRECT}\n"}
        for choice in ([], ["--history"]):
            [row] = scanned(tmp_path, {**files}, *choice).rules("dsn-url")
            assert len(row["locations"]) == 2

    def test_neon(self, tmp_path: Path) -> None:
        host = "ep-lumen-1.eu-central-1.aws.neon.tech/shop"
        pooled = host.replace(".", "-pooler.", 1)
        text = f"A=postgres://app:PW@{host}\nB=postgres://app:PW@{pooled}\n"
        assert len(only(tmp_path, text, "dsn-url")["locations"]) == 2

    @pytest.mark.parametrize(
        "other",
        [
            DIRECT.replace(REF, OTHER),
            f"postgres://app:{PASSWORD}@db.acme.io/shop",
            f"postgres://reader:{PASSWORD}@db.{REF}.supabase.co/postgres",
        ],
    )
    def test_another_server_or_user_is_another_leak(self, tmp_path: Path, other: str) -> None:
        report = scanned(tmp_path, {"a.env": f"A={POOLED}\nB={other}\n"})
        rows = report.rules("dsn-url")
        assert [len(row["locations"]) for row in rows] == [1, 1]
        assert len({row["fingerprint"] for row in rows}) == 1

    def test_a_baseline_from_one_address_covers_the_other(self, tmp_path: Path) -> None:
        repo = repos.init(tmp_path / "r")
        repos.commit(repo, {"a.env": f"A={DIRECT}\n"})
        assert run("baseline", "write", repo)[0] == 0
        repos.commit(repo, {"b.env": f"A={POOLED}\n"})
        [row] = scan("--only", "secrets", repo).rules("dsn-url")
        assert row["suppression"]["kind"] == "baseline"
        assert len(row["locations"]) == 2

    def test_two_forms_in_one_file(self, tmp_path: Path) -> None:
        text = "A=postgres://app:PW@db.acme.io/shop\ndb.acme.io:5432:shop:app:PW\n"
        rows = scanned(tmp_path, {"a.txt": text}, "--explain").report["findings"]
        assert [(row["rule_id"], len(row["locations"])) for row in rows] == [("dsn-url", 2)]


class TestParts:
    @pytest.mark.parametrize(
        ("text", "opens"),
        [
            (
                "DB_HOST=db.acme.io\nDB_PORT=5432\nDB_NAME=shop\nDB_USER=app\nDB_PASSWORD=PW\n",
                "app@db.acme.io:5432/shop",
            ),
            (
                "export PGPASSWORD='PW'\nexport PGHOST=db.acme.io\nexport PGUSER=app\n"
                "export PGDATABASE=shop\n",
                "app@db.acme.io/shop",
            ),
            (
                "POSTGRES_HOST=db.acme.io\n\nPOSTGRES_USER=app\n\nPOSTGRES_PASSWORD=PW\n",
                "app@db.acme.io",
            ),
            ("REDIS_HOST=cache.acme.io\nREDIS_PASSWORD=PW\n", "@cache.acme.io"),
            ("redis:\n  host: cache.acme.io\n  password: PW\n", "@cache.acme.io"),
            (
                "define('DB_NAME', 'shop');\ndefine( 'DB_USER', 'app' );\n"
                "define('DB_PASSWORD', 'PW');\ndefine('DB_HOST', 'db.acme.io');\n",
                "app@db.acme.io/shop",
            ),
            (
                "DATABASES = {brace}'default': {brace}'NAME': 'shop', 'USER': 'app',"
                " 'PASSWORD': 'PW', 'HOST': 'db.acme.io', 'PORT': '5432'}}\n",
                "app@db.acme.io:5432/shop",
            ),
            (
                "- Host: db.acme.io\n- Port: 5432\n- User: app\n- Password: PW\n",
                "app@db.acme.io:5432",
            ),
            (
                'ds.setServerName("db.acme.io");\nds.setPort("5432");\nds.setUser("app");\n'
                'ds.setPassword("PW");\n',
                "app@db.acme.io:5432",
            ),
            (
                "DB_HOST=db.acme.io\r\nDB_USERNAME=app\r\nDB_PASSWORD=PW\r\n",
                "app@db.acme.io",
            ),
            (
                "$config = ['db' => [\n  'host' => 'db.acme.io',\n  'username' => 'app',\n"
                "  'password' => 'PW',\n  'database' => 'shop',\n]];\n",
                "app@db.acme.io/shop",
            ),
            (
                "services:\n  web:\n    environment:\n      - MYSQL_HOST=db.acme.io\n"
                "      - MYSQL_USER=app\n      - MYSQL_PASSWORD=PW\n",
                "app@db.acme.io",
            ),
            (
                "- name: DB_HOST\n  value: db.acme.io\n- name: DB_USER\n  value: app\n"
                "- name: DB_PASSWORD\n  value: PW\n",
                "app@db.acme.io",
            ),
            (
                "database:\n  host: db.acme.io\n  port: 5432\n  user: app\n  password: PW\n",
                "app@db.acme.io:5432",
            ),
            (
                '{brace}"db": {brace}"host": "db.acme.io", "user": "app", "password": "PW",'
                ' "database": "shop"}}',
                "app@db.acme.io/shop",
            ),
            (
                '[database]\nserver = "db.acme.io"\nusername = "app"\npassword = "PW"\n'
                'dbname = "shop"\n',
                "app@db.acme.io/shop",
            ),
            (
                "spring.datasource.url=jdbc:postgresql://db.acme.io:5432/shop\n"
                "spring.datasource.username=app\nspring.datasource.password=PW\n",
                "app@db.acme.io:5432/shop",
            ),
            (
                "dbHost: 'db.acme.io:5432',\ndbUser: 'app',\ndbPassword: 'PW',\n",
                "app@db.acme.io:5432",
            ),
        ],
    )
    def test_they_are_one_dsn(self, tmp_path: Path, text: str, opens: str) -> None:
        [row] = scanned(tmp_path, {"a.txt": text}).report["findings"]
        assert row["rule_id"] == "dsn-parts"
        assert row["severity"] == "critical"
        assert row["properties"]["opens"] == opens
        assert row["message"].endswith(f"in clear, opens {opens}")
        assert PASSWORD not in json.dumps(row)

    @pytest.mark.parametrize(
        ("host", "severity"),
        [
            ("localhost", "medium"),
            ("127.0.0.1", "medium"),
            ("10.40.2.17", "medium"),
            ("db-internal", "medium"),
            ("db.example.com", "low"),
        ],
    )
    def test_the_host_decides_as_in_a_dsn(self, tmp_path: Path, host: str, severity: str) -> None:
        text = f"DB_HOST={host}\nDB_USER=app\nDB_PASSWORD=PW\n"
        assert found(tmp_path, text) == [("dsn-parts", severity, 3)]

    def test_a_word_for_this_machine_is_low(self, tmp_path: Path) -> None:
        text = "DB_HOST=localhost\nDB_USER=app\nDB_PASSWORD=meadowlark7\n"
        assert found(tmp_path, text) == [("dsn-parts", "low", 3)]

    def test_mail_is_no_database(self, tmp_path: Path) -> None:
        text = "SMTP_HOST=mail.acme.io\nSMTP_PORT=587\nSMTP_USER=robot\nSMTP_PASSWORD=PW\n"
        assert found(tmp_path, text) == [("dsn-parts", "high", 4)]

    @pytest.mark.parametrize(
        "text",
        [
            "POSTGRES_USER=app\nPOSTGRES_PASSWORD=PW\nPOSTGRES_DB=shop\n",
            "DB_HOST=${DB_HOST}\nDB_USER=app\nDB_PASSWORD=PW\n",
            "DB_HOST=db.acme.io\nDB_USER=$USER\nDB_PASSWORD=PW\n",
            "DB_HOST=db.acme.io\nDB_USER=app\nADMIN_LOGIN_PASSWORD=PW\n",
            "DB_HOST=true\nDB_USER=app\nDB_PASSWORD=PW\n",
            "db:\n  host: db.acme.io\n  user: app\nadmin:\n  password: PW\n",
            "- user: app\n  password: PW\n- host: db.acme.io\n  user: robot\n",
        ],
    )
    def test_what_names_no_server_is_as_before(self, tmp_path: Path, text: str) -> None:
        assert [row[0] for row in found(tmp_path, text)] == ["assigned-password"]

    def test_neighbours_do_not_mix(self, tmp_path: Path) -> None:
        text = (
            "db:\n  host: db.acme.io\n  user: app\n  password: PW\n"
            "mail:\n  host: mail.acme.io\n  user: robot\n  password: Zk3PW\n"
        )
        rows = scanned(tmp_path, {"a.yaml": text}).rules("dsn-parts")
        assert {row["locations"][0]["line"]: row["properties"]["opens"] for row in rows} == {
            4: "app@db.acme.io",
            8: "robot@mail.acme.io",
        }
        assert [row["severity"] for row in rows] == ["critical", "high"]

    def test_a_placeholder_is_dropped_as_before(self, tmp_path: Path) -> None:
        assert found(tmp_path, "DB_HOST=db.acme.io\nDB_USER=app\nDB_PASSWORD=changeme\n") == []

    def test_beside_a_url_of_the_same_login(self, tmp_path: Path) -> None:
        text = (
            "DATABASE_URL=postgres://app:PW@db.acme.io/shop\n"
            "DB_HOST=db.acme.io\nDB_USER=app\nDB_PASSWORD=PW\n"
        )
        row = only(tmp_path, text, "dsn-url")
        assert [place["line"] for place in row["locations"]] == [1, 4]

    def test_the_rule_can_be_turned_off(self, tmp_path: Path) -> None:
        files = {
            "a.env": "DB_HOST=db.acme.io\nDB_USER=app\nDB_PASSWORD=PW\n",
            ".occ-audit.toml": 'disable = ["dsn-parts"]\n',
        }
        [row] = scanned(tmp_path, {**files}).report["findings"]
        assert row["rule_id"] == "assigned-password"

    def test_what_only_names_tell_is_less_sure_in_tests(self, tmp_path: Path) -> None:
        files = {
            "tests/a.env": "DB_HOST=db.acme.io\nDB_USER=app\nDB_PASSWORD=PW\n",
        }
        [row] = scanned(tmp_path, {**files}).report["findings"]
        assert (row["severity"], row["confidence"]) == ("medium", "possible")


class TestRules:
    RULE = """
[[rule]]
id = "acme-secret"
name = "Acme secret"
severity = "high"
description = "Opens the shop."
pattern = '''(?P<secret>acme_[0-9a-f]{32})(?![0-9a-f])'''
examples = ["acme_{hex:32}", "a: acme_{hex:32}"]
counter_examples = ["acme_{hex:12}", "acme_"]
KEY
[rule.rotate]
advice = "Make another."
"""

    @pytest.mark.parametrize(
        ("key", "problem", "mend"),
        [
            (
                'pairs_with = ["aws-acces-key-id"]',
                "`pairs_with` names an unknown rule `aws-acces-key-id`",
                "Did you mean aws-access-key-id",
            ),
            (
                'located_by = ["nothing-like-it-at-all"]',
                "`located_by` names an unknown rule",
                "`occ-audit rules list`",
            ),
            ('beside_host = "dsn-part"', "`beside_host` names an unknown rule", "dsn-parts"),
            ("within_lines = 1000", "`within_lines` is out of range", "up to 200"),
            ('paired_severity = "grave"', "paired_severity: 'grave' is not a severity", "critical"),
        ],
    )
    def test_a_mistake_names_file_key_and_mend(
        self, tmp_path: Path, key: str, problem: str, mend: str
    ) -> None:
        file = tmp_path / "acme.toml"
        file.write_text(self.RULE.replace("KEY", key))
        with pytest.raises(AuditError) as caught:
            rules.load([file])
        assert problem in caught.value.problem
        assert "acme.toml:2: rule `acme-secret`" in caught.value.where
        assert mend in caught.value.mend
        code, _, err = run("rules", "check", file)
        assert code == 2
        assert "acme.toml:2" in err

    def test_rules_of_ones_own(self, tmp_path: Path) -> None:
        ids = (
            self.RULE.replace("acme", "acme-id").replace("acme-id_", "acid_").replace("-secret", "")
        )
        file = tmp_path / "acme.toml"
        file.write_text(
            self.RULE.replace("KEY", 'pairs_with = ["acme-id"]\npaired_severity = "critical"')
            + ids.replace("KEY", "helper = true")
        )
        assert run("rules", "check", file)[0] == 0
        rows = scanned(
            tmp_path, {"a.txt": "acid_{hex:32}\nacme_{hex:32}\n"}, "--rules", str(file)
        ).report["findings"]
        assert [(row["rule_id"], row["severity"]) for row in rows] == [("acme-secret", "critical")]

    def test_the_built_in_rules_name_rules_that_exist(self) -> None:
        known = rules.load()
        rules.check_named(known, {rule.id for rule in known}, {})


def test_a_plan_to_scrub_takes_the_id_away_too(tmp_path: Path) -> None:
    pytest.importorskip("git_filter_repo")
    key = filled("AKIAV{upper:15}")
    repo = repos.init(tmp_path / "r")
    text = filled(f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={{base64:40}}\n")
    repos.commit(repo, {"a.env": text})
    code, out, err = run("scrub", "plan", repo, "--out", tmp_path / "plan", "--dry-run")
    assert code == 0, out + err
    assert key not in out
    replaced = (tmp_path / "plan" / TEXTS).read_text()
    assert key in replaced
    assert len(replaced.splitlines()) == 2


def test_a_report_that_is_kept_as_evidence_is_no_leak(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "r")
    files = {
        "a.env": "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n",
        "b.env": "ZOOM_CLIENT_ID={alnum:22}\nZOOM_CLIENT_SECRET={alnum:32}\n",
        "c.env": "SHOP=lumen-goods.myshopify.com\nTOKEN=shpat_{hex:32}\n",
        "d.env": "DB_HOST=db.acme.io\nDB_USER=app\nDB_PASSWORD=PW\n",
        "e.env": f"A={POOLED}\nB={DIRECT}\n",
    }
    repos.commit(repo, {path: filled(text) for path, text in files.items()})
    for form in ("terminal", "json", "jsonl", "sarif", "markdown"):
        _, out, _ = run("scan", "--only", "secrets", "--format", form, repo)
        kept = scanned(tmp_path, {f"report.{form}": out.encode()}).report["findings"]
        assert [row for row in kept if row["severity"] not in ("low", "info")] == [], form


def _many() -> Iterator[str]:
    for number in range(4000):
        yield f"AKIAV{number:015d}".translate(str.maketrans("0123456789", "ABCDEFGHIJ"))
        yield "shpat_" + f"{number * 7919:032x}"[::-1]
        yield f"lumen-{number}.myshopify.com"


def test_a_content_full_of_halves(tmp_path: Path) -> None:
    rows = scanned(tmp_path, {"a.txt": " ".join(_many()).encode()}).report["findings"]
    tokens = [row for row in rows if row["rule_id"] == "shopify-admin-token"]
    assert all("opens" in row["properties"] for row in tokens)
