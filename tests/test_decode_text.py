"""Every encoding in which a token can hide, written to a real file and found by a real scan."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import json
import quopri
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from occ_audit.checks import _overlap
from occ_audit.decode import columns
from occ_audit.templates import expand
from tests.detection import findings
from tests.repos import init, write
from tests.scans import Scan, scan, token

LABEL = "hidden"
ENV = f"SHOPIFY_ADMIN_TOKEN={token(LABEL)}\n"
DSN = "postgres://" + "app:" + "Qv8h2Lp4Rk7m" + "@db.internal.net:5432/orders"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def escaped(text: str, form: str) -> str:
    return "".join(form % ord(c) for c in text)


def looked_at(folder: Path, name: str, data: str | bytes) -> Scan:
    """Scan a folder with one file; what was encoded must not show."""
    write(folder, {name: data})
    return scan(folder, "--only", "secrets")


SHORT, LONG = token(LABEL), ENV * 3
ENCODED = {
    "base64": f"key: {b64(SHORT)}\n",
    "base64 of an env file": f"blob = '{b64(ENV)}'\n",
    "base64 at offset 1": f"blob = '{b64('x' + SHORT)}'\n",
    "base64 at offset 2": f"blob = '{b64('xy' + SHORT)}'\n",
    "base64 without padding": f"blob={b64('xy ' + SHORT).rstrip('=')};\n",
    "base64url": f"blob: {base64.urlsafe_b64encode(f'<<???>>{SHORT}'.encode()).decode()}\n",
    "base64 twice": f"data: {b64(b64(ENV))}\n",
    "base64 wrapped": "data: |\n  " + "\n  ".join(textwrap.wrap(b64("# env\n" + LONG), 76)),
    "base64 wrapped at 64": "\n".join(textwrap.wrap(b64("x" * 40 + LONG), 64)),
    "base64 wrapped in quotes": 'x = (\n    "'
    + '"\n    "'.join(textwrap.wrap(b64("#" * 50 + LONG), 60))
    + '"\n)',
    "base64 wrapped in JSON": json.dumps(
        {"a": base64.encodebytes(("#" * 30 + LONG).encode()).decode()}
    ),
    "gzip in base64": b64("x")
    + ' "'
    + base64.b64encode(gzip.compress(ENV.encode())).decode()
    + '"',
    "hex": f"payload = {SHORT.encode().hex()}\n",
    "hex in capitals": f"payload = {ENV.encode().hex().upper()}\n",
    "hex in pairs": f"dump: {SHORT.encode().hex(' ')}\n",
    "hex in colons": f"dump: {SHORT.encode().hex(':')}\n",
    "hex numbers": "{" + ", ".join(f"0x{c:02x}" for c in SHORT.encode()) + "}\n",
    "percent": "https://example.org/?q=" + escaped(SHORT, "%%%02X") + "&x=1\n",
    "percent in small letters": escaped(ENV.strip(), "%%%02x") + "\n",
    "unicode escapes": f'const t = "{escaped(SHORT, chr(92) + "u%04x")}";\n',
    "unicode escapes in capitals": f'const t = "{escaped(SHORT, chr(92) + "u%04X")}";\n',
    "unicode escapes in JSON in JSON": json.dumps(
        {"a": f'{{"t": "{escaped(SHORT, chr(92) + "u%04x")}"}}'}
    ),
    "braced escapes": f"const t = '{escaped(SHORT, chr(92) + 'u{%x}')}';\n",
    "hex escapes": f"t = '{escaped(SHORT, chr(92) + 'x%02x')}'\n",
    "octal escapes": f"t=$'{escaped(SHORT, chr(92) + '%03o')}'\n",
    "decimal entities": f"<p>{escaped(SHORT, '&#%d;')}</p>\n",
    "hex entities": f"<p>{escaped(SHORT, '&#x%X;')}</p>\n",
    "quoted-printable": "Subject: x\n\n" + escaped(SHORT, "=%02X") + "\n",
    "quoted-printable cut": quopri.encodestring(
        ("Hello " * 9 + SHORT + " is the token\n").encode()
    ).decode(),
    "joined by plus": f't = "{SHORT[:9]}" + "{SHORT[9:]}"\n',
    "joined by dots": f"$t = '{SHORT[:3]}' . '{SHORT[3:20]}' . '{SHORT[20:]}';\n",
    "joined within the prefix": f't = "{SHORT[:3]}"+"{SHORT[3:]}"\n',
    "joined as a list": f"t = ['{SHORT[:9]}', '{SHORT[9:20]}', '{SHORT[20:]}'].join('')\n",
    "joined as a list in Python": f't = "".join(["{SHORT[:9]}", "{SHORT[9:]}"])\n',
    "joined over lines": f't = "{SHORT[:12]}" +\n    "{SHORT[12:]}";\n',
    "joined by a leading plus": f't = "{SHORT[:12]}"\n    + "{SHORT[12:]}";\n',
    "joined by a backslash": f't = "{SHORT[:12]}" \\\n    "{SHORT[12:]}"\n',
    "continued line": f"export T={SHORT[:14]}\\\n{SHORT[14:]}\n",
    "coloured": f"\x1b[1;32mtoken\x1b[0m {SHORT[:7]}\x1b[31m{SHORT[7:]}\x1b[0m\n",
    "linked in a terminal": f"{SHORT[:9]}\x1b]8;;https://a.example/\x1b\\{SHORT[9:]}\x1b]8;;\x1b\\\n",
    "colours that are spelled": f'"log": "{SHORT[:7]}\\u001b[1m{SHORT[7:]}\\x1b[0m"\n',
    "colours of a shell": f"echo -e '{SHORT[:7]}\\e[31m{SHORT[7:]}\\033[0m'\n",
}
"""Not one of them shows the token as it is."""


@pytest.mark.parametrize("name", ENCODED)
def test_a_token_is_found_however_it_is_written(name: str, tmp_path: Path) -> None:
    text = ENCODED[name]
    assert SHORT not in text
    found = looked_at(tmp_path, "src/config.txt", text)
    assert found.code == 1
    assert found.paths(LABEL)[:1] == ["src/config.txt"], found.report["findings"]
    assert set(found.paths(LABEL)) == {"src/config.txt"}
    assert SHORT not in found.out


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_literals_are_joined_over_lines_by_every_joint(
    quote: str, line_end: str, tmp_path: Path
) -> None:
    first, second = f"{quote}{SHORT[:15]}{quote}", f"{quote}{SHORT[15:]}{quote}"
    trailing = [f"{blank}{joint}{line_end}" for joint in "+.&\\" for blank in ("", " ")]
    leading = [
        f"{line_end}{blanks}{joint}{blank}"
        for joint in "+.&"
        for blanks in ("", " ", "  ", "\t", " \t  ")
        for blank in ("", " ")
    ]
    files = {f"{at}.txt": f"t = {first}{joint}{second}" for at, joint in enumerate(trailing)}
    files |= {f"{at}-.txt": f"t = {first}{joint}{second}" for at, joint in enumerate(leading)}
    write(tmp_path, {name: text.encode() for name, text in files.items()})
    assert set(scan(tmp_path, "--only", "secrets").paths(LABEL)) == set(files)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8-sig", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b""),
        ("utf-32-be", b""),
        ("utf-32-le", b"\xff\xfe\0\0"),
        ("utf-32-be", b"\0\0\xfe\xff"),
        ("latin-1", b""),
    ],
)
def test_a_token_is_found_in_every_character_set(
    encoding: str, mark: bytes, tmp_path: Path
) -> None:
    text = f"# Zürich\r\n  ü {ENV}"
    found = looked_at(tmp_path, "settings.ini", mark + text.encode(encoding))
    [place] = found.finding(LABEL)["locations"]
    start = text.index(SHORT) - text.index("\n") - 1
    assert (place["line"], place["column"], place["end_column"]) == (2, start + 1, start + 39)
    assert found.paths(LABEL) == ["settings.ini"]


def test_wide_text_within_a_binary_file(tmp_path: Path) -> None:
    data = (
        b"MZ\x90\0" + bytes(range(256)) * 4 + f"Token: {SHORT}".encode("utf-16-le") + b"\xff" * 99
    )
    assert looked_at(tmp_path, "app.exe", data).paths(LABEL) == ["app.exe"]


def test_a_token_in_bytes_that_are_no_text(tmp_path: Path) -> None:
    data = bytes(range(256)) * 9 + b"\0" + SHORT.encode() + b"\0" + bytes(range(256))
    assert looked_at(tmp_path, "app.bin", data).paths(LABEL) == ["app.bin"]


@pytest.mark.parametrize("encoded", [SHORT, b64(SHORT), escaped(SHORT, "\\u%04x")])
def test_a_line_of_three_megabytes(encoded: str, tmp_path: Path) -> None:
    filler = "var a=[1,2,3];" * 110_000
    found = looked_at(tmp_path, "bundle.js", f'{filler}t="{encoded}";{filler}')
    [place] = found.finding(LABEL)["locations"]
    assert place["line"] == 1
    assert abs(place["column"] - len(filler) - 4) <= 1


def test_notebooks_sources_and_outputs(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": ["import os\n", f"t = '{token('source')}'\n"]}
    output = {"output_type": "stream", "text": [f"{token('output')}\n", "done\n"]}
    escape = {"output_type": "stream", "text": [f"<b>{escaped(token('html'), '&#%d;')}</b>"]}
    notebook = {"cells": [{**cell, "outputs": [output, escape]}], "nbformat": 4}
    found = looked_at(tmp_path, "a.ipynb", json.dumps(notebook, indent=1))
    for label in ("source", "output", "html"):
        assert found.paths(label) == ["a.ipynb"]


def manifest(kind: str, values: dict[str, str]) -> str:
    rows = "".join(f"  {key}: {value}\n" for key, value in values.items())
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: app\ndata:\n{rows}type: Opaque\n"


PASSWORD = "Qv8h2" + "Lp4Rk7" + "mZtX9"
KEY = expand("{pem:RSA}", LABEL).splitlines()
PREFIXES = {
    "patch": "+",
    "comment": "// ",
    "quotation": "> ",
    "log": "2026-03-04T10:15:{n:02} INFO [main] ",
    "build": "#6 0.2{n:02} ",
}


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
def test_a_key_whose_lines_begin_alike(prefix: str, tmp_path: Path) -> None:
    lines = [prefix.format(n=number) + line for number, line in enumerate(KEY)]
    found = looked_at(tmp_path, "notes.txt", "\n".join(["before", *lines, "after"]))
    [finding] = found.report["findings"]
    assert finding["rule_id"] == "private-key"
    [place] = finding["locations"]
    assert (place["line"], place["end_line"]) == (2, 1 + len(KEY))
    assert not any(line in found.out for line in KEY[1:-1])


MESSAGES = {
    "message": {"message": f"the new password for the vault is {PASSWORD}"},
    "escaped": {"body": f'Hello,\n\n"password: {PASSWORD}"\nBye'},
    "chat": [{"user": "ann", "text": f"staging pw is\n{PASSWORD}"}],
    "notebook": {"source": ["Logins of staging:\n", "\n", f"- password: `{PASSWORD}`\n"]},
}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("written", MESSAGES.values(), ids=MESSAGES)
def test_what_people_write_into_strings_of_json(
    written: object, indent: int | None, tmp_path: Path
) -> None:
    text = json.dumps(written, indent=indent)
    found = looked_at(tmp_path, "export.json", text)
    [finding] = [row for row in found.report["findings"] if row["severity"] not in ("info", "low")]
    [place] = finding["locations"]
    before = text[: text.index(PASSWORD)]
    assert place["line"] == before.count("\n") + 1
    assert place["column"] == len(before.rpartition("\n")[2]) + 1
    assert PASSWORD not in found.out


def test_kubernetes_secrets(tmp_path: Path) -> None:
    values = {"user": b64("admin"), "password": b64(PASSWORD), "url": f'"{b64(DSN)}"'}
    text = "---\nkind: ConfigMap\n---\n" + manifest("Secret", values)
    found = looked_at(tmp_path, "deploy/secret.yaml", text)
    shown = {
        (row["rule_id"], place["line"])
        for row in found.report["findings"]
        for place in row["locations"]
        if row["severity"] not in ("info", "low")
    }
    lines = text.splitlines()
    password = next(n for n, line in enumerate(lines, 1) if "password" in line)
    assert ("assigned-password", password) in shown
    assert any(line == password + 1 for _, line in shown)
    assert b64(PASSWORD) not in found.out


def test_the_values_of_a_config_map_are_not_decoded(tmp_path: Path) -> None:
    text = manifest("ConfigMap", {"password": b64("changeme or not, a text")})
    found = looked_at(tmp_path, "map.yaml", text)
    assert not [row for row in found.report["findings"] if "decoded" in row["properties"]]


@pytest.mark.parametrize("kind", ["Secret", '"Secret"', "'Secret'", "  Secret", '\t"Secret"'])
def test_a_manifest_may_write_its_kind_in_each_way(kind: str, tmp_path: Path) -> None:
    found = looked_at(tmp_path, "a.yaml", manifest(kind, {"password": b64(PASSWORD)}))
    assert "assigned-password" in {row["rule_id"] for row in found.report["findings"]}


def test_kubernetes_secret_in_json(tmp_path: Path) -> None:
    secret = {"kind": "Secret", "data": {"password": b64(PASSWORD)}}
    found = looked_at(tmp_path, "secret.json", json.dumps(secret))
    assert "assigned-password" in {row["rule_id"] for row in found.report["findings"]}


ROWS = {
    "last column": "host,login,password\nedge-1,root,{0}\n",
    "first column": "password,login\n{0},root\n",
    "quoted": '"id";"API Token";"owner"\n"1";"{0}";"a;b"\n',
    "tabs": "site\tadmin password\tnote\r\nA\t{0}\t-\r\n",
    "third row": "a,secret,c\n1,,x\n2,-,y\n3,{0},z\n",
    "abbreviated": "system\tpw\nerp\t{0}\n",
    "another language": "Sistema;Contraseña\nerp;{0}\n",
    "blanks": "  SYSTEM    LOGIN    PASSWORD\n  erp-2     batch    {0}\n",
    "blanks, first column": "Password            Site\n{0}   Ulm\n",
    "bars": "|host|password|\n|---|---|\n|edge-1|{0}|\n",
    "bars, no rim": "host|password|login\nedge-1|{0}|root\n",
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_rows_below_a_telling_column(rows: str, tmp_path: Path) -> None:
    text = rows.format(PASSWORD)
    found = looked_at(tmp_path, "hosts.csv", text)
    [finding] = [row for row in found.report["findings"] if row["severity"] not in ("info", "low")]
    [place] = finding["locations"]
    before = text[: text.index(PASSWORD)]
    assert place["line"] == before.count("\n") + 1
    assert place["column"] == len(before.rpartition("\n")[2]) + 1
    assert place["end_column"] == place["column"] + len(PASSWORD)
    assert "decoded" not in finding["message"]
    assert PASSWORD not in found.out


BELOW = {
    "html": "<table><tr><th>Host</th><th>Password</th></tr>\n<tr><td>a</td><td>{0}</td></tr>",
    "html, first column": "<TABLE>\n<TR><TH>PASSWORD</TH></TR>\n<TR><TD>{0}</TD></TR></TABLE>",
    "html, third row": "<table><tbody><tr><td>Dienst</td><td><p><strong>Passwort</strong></p></td>"
    "</tr><tr><td>x</td><td>-</td></tr>\n<tr><td>b</td><td><p><code>{0}</code></p></td></tr>",
    "list": "## Passwords\n\n- router: in the vault\n- NAS / admin: `{0}`\n",
    "list, colon": "Zugangsdaten:\r\n  Router:  {0} (neu)\r\n",
    "list, underlined": "Credentials\n-----------\n\n1. jenkins -> ci/{0}\n",
    "list, confluence": "h2. Mots de passe\n* routeur - {0}\n",
    "list, yaml": "logins:\n  nas-2: {0}\n",
}


@pytest.mark.parametrize("text", BELOW.values(), ids=BELOW)
def test_cells_and_entries_below_a_telling_heading(text: str, tmp_path: Path) -> None:
    value = "Slate?" + "Roof77"
    text = text.format(value)
    found = looked_at(tmp_path, "hosts.txt", text)
    [finding] = [row for row in found.report["findings"] if row["severity"] not in ("info", "low")]
    [place] = finding["locations"]
    before = text[: text.index(value)]
    assert place["line"] == before.count("\n") + 1
    assert place["column"] == len(before.rpartition("\n")[2]) + 1
    assert place["end_column"] == place["column"] + len(value)
    assert value not in found.out


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><th>A</th><th>Password</th></tr><tr><td>a</td><td>none</td></tr></table> {0}",
        "<table><tr><td>Password</td><td>yes</td></tr><tr><td>OAuth2</td><td>no</td></tr></table>",
        "<table><tr><th>a</th></tr><tr><td>1</td><td>token</td></tr><tr><td>2</td><td>B64s</td></tr>",
        "## Logins\n\n- docs: C++17\n- CI: https://ci.example/job?id=7\n- tag: release-2026.2\n",
        "## Passwords\n\n- router: in the vault\n\nColours\n- wall: {0}\n",
        "They had no logins\n- wall: {0}\n",
    ],
)
def test_what_stands_below_another_heading(text: str, tmp_path: Path) -> None:
    text = text.format("Slate?" + "Roof77")
    assert looked_at(tmp_path, "words.txt", text).report["findings"] == []


def test_a_row_far_below_its_heading(tmp_path: Path) -> None:
    text = "host,password\n" + "edge-1,-\n" * 100_000
    found = looked_at(tmp_path, "hosts.csv", f"{text}last,{PASSWORD}\n")
    [finding] = found.report["findings"]
    assert finding["locations"][0]["line"] == 100_002
    assert not found.incomplete


def test_a_table_that_is_not_read_to_its_end_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "FAR", 2**18)
    text = "host,password\n" + "edge-1,-\n" * 100_000 + f"last,{PASSWORD}\n"
    found = looked_at(tmp_path, "hosts.csv", text)
    assert found.code == 3
    [row] = found.incomplete
    assert row["reason"] == "a table goes on more than 262,144 bytes below its headings"
    assert row["origin"]["path"] == "hosts.csv"


@pytest.mark.parametrize(
    "text",
    [
        "host,password_age,owner\na," + PASSWORD[:9] + ",b\n",
        "call(name,password,host)\ncall(a," + PASSWORD[:9] + ",b)\n",
        "host,password\na,b,c," + PASSWORD[:9] + "\n",
        "token,pos\nharbour,noun\nlantern,noun\n",
        "NAME     SECRET   AGE\nweb-1    my-app-x2  3d\n",
        "SYSTEM   PASSWORD   TOKEN LIFETIME\nerp-prod   rotated   90d\n",
        "password   string\ntoken22x   String\n",
        "ERR_BAD_PASSPHRASE   NEW.\nERR_NO_PIN_2   NEW.\n",
        "|kind|token|\n|---|---|\n|bar|PIPE|\n",
    ],
)
def test_what_are_no_rows_of_secrets(text: str, tmp_path: Path) -> None:
    assert looked_at(tmp_path, "words.csv", text).report["findings"] == []


@pytest.mark.parametrize(
    "written",
    [
        DSN.replace("/", "\\/"),
        DSN.replace(":", "%3A").replace("/", "%2F").replace("@", "%40"),
        DSN.replace(":", "\\u003a").replace("/", "\\u002f"),
        DSN.replace("@", "&#64;"),
        DSN.replace(":", "=3A").replace("@", "=40"),
        b64(DSN),
        b64(f"DATABASE_URL={DSN}"),
        DSN.encode().hex(),
    ],
)
def test_the_address_of_a_database(written: str, tmp_path: Path) -> None:
    found = looked_at(tmp_path, "a.json", f'{{"url": "{written}"}}\n')
    rows = [row for row in found.report["findings"] if row["severity"] in ("high", "critical")]
    assert [row["rule_id"] for row in rows] == ["dsn-url"], found.report["findings"]


@pytest.mark.parametrize(
    "row",
    [
        "a" * 200_000 + "\rb",
        "1," + " " * 200_000 + '"',
        "'" * 200_000,
        "a " * 100_000,
        "|" * 200_000,
        "| " * 100_000,
    ],
)
def test_a_long_row_that_ends_oddly_takes_no_time(row: str) -> None:
    assert findings(f"id,password\n{row}\n".encode()) == []
    assert findings(f"ID   PASSWORD\n{row}\n".encode()) == []
    assert findings(f"|id|password|\n{row}\n".encode()) == []


@pytest.mark.parametrize(
    "text",
    [
        '"text": "' + "\\" * 200_000,
        '"text": ["' + '1 ", "' * 100_000,
        "\x1b[" * 100_000,
        "\x1b]8;" + "1;" * 100_000,
        "+-----BEGIN RSA PRIVATE KEY-----\n" * 10_000,
        "<table><tr><th>a<th>Password</th>" * 2_000,
        "<table <tr Password</td>" * 10_000,
        "# Passwords\n- a: " * 10_000,
        "# Passwords\n- " + "a " * 100_000,
    ],
)
def test_what_begins_like_a_message_or_a_control_sequence_takes_no_time(text: str) -> None:
    assert findings(text.encode()) == []


def test_the_place_is_that_of_the_encoded_token(tmp_path: Path) -> None:
    code = b64("# one\n" + ENV)
    found = looked_at(tmp_path, "a.txt", f"first\n  value: {code} # end\n")
    [place] = found.finding(LABEL)["locations"]
    start = 6 + ENV.index(SHORT)
    assert place["line"] == 2
    assert place["column"] == 10 + start * 8 // 6
    assert place["end_column"] == 10 + ((start + len(SHORT)) * 8 - 1) // 6 + 1
    assert place["end_line"] == 2


def test_the_report_says_what_hid_it_and_does_not_show_it(tmp_path: Path) -> None:
    code = b64(b64(ENV))
    write(tmp_path, {"a.txt": f"value: {code} # {escaped(SHORT, '%%%02x')}\n"})
    found = scan(tmp_path, "--only", "secrets", "--report", f"markdown={tmp_path / 'report.md'}")
    row = found.finding(LABEL)
    assert row["properties"]["decoded"] in (["base64", "base64"], ["percent"])
    written = found.out + (tmp_path / "report.md").read_text()
    core = b64(SHORT)[4:-4]
    for secret in (
        SHORT,
        core,
        b64(core)[4:-4],
        SHORT.encode().hex(),
        escaped(SHORT[8:], "%%%02x"),
    ):
        assert secret not in written


def test_in_clear_and_encoded_is_one_finding(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "a.txt", f"{ENV}\nvalue: {b64(ENV)}\n")
    assert [place["line"] for place in found.finding(LABEL)["locations"]] == [1, 3]


def test_what_is_found_as_it_is_is_not_found_again(tmp_path: Path) -> None:
    text = f'url = "{DSN}?a=1&amp;b=2" + "x"\ncurl "https://a.example/?u={DSN}%20"\n'
    found = looked_at(tmp_path, "a.txt", text)
    rows = [row for row in found.report["findings"] if row["rule_id"] == "dsn-url"]
    assert [[place["line"] for place in row["locations"]] for row in rows] == [[1, 2]]


def test_history_finds_what_was_encoded_and_deleted(tmp_path: Path) -> None:
    from tests.repos import commit

    repo = init(tmp_path / "r")
    commit(repo, {"a.txt": f"value: {b64(ENV)}\n"})
    commit(repo, remove=["a.txt"])
    found = scan(repo, "--history", "--only", "secrets")
    assert found.paths(LABEL) == ["a.txt"]


ORDINARY: dict[str, Callable[[], str]] = {
    "lock file": lambda: "".join(
        f'  resolved "https://registry.example.org/p/-/p-{n}.tgz#{n:040x}"\n'
        f"  integrity sha512-{base64.b64encode(bytes(range(n, n + 64))).decode()}\n"
        for n in range(100)
    ),
    "data address": lambda: (
        "url(data:image/png;base64,"
        + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40).decode()
        + ")"
    ),
    "page": lambda: "".join(
        f'<a href="/search?q={n}&amp;token=off">{html.escape("a < b & c > d")}</a>\n'
        for n in range(300)
    ),
    "mail": lambda: quopri.encodestring(
        ("Grüße aus Zürich, password= vergessen? " * 40).encode()
    ).decode(),
    "program": lambda: (
        'print("a" + "b" + "c")\nx = "/usr/" + "lib"\ny = "foo-" + name + "-bar"\n' * 99
    ),
    "escapes": lambda: r'{"a": "\u00fcber \u2028 \/path\/to\/file", "b": "\x1b[0m"}' * 50,
    "hashes": lambda: "\n".join(f"{n:064x}  file{n}" for n in range(10**12, 10**12 + 300)),
    "certificate": lambda: (
        "-----BEGIN CERTIFICATE-----\n"
        + "\n".join(textwrap.wrap(base64.b64encode(bytes(range(256)) * 4).decode(), 64))
        + "\n-----END CERTIFICATE-----\n"
    ),
    "dump": lambda: binascii.hexlify(bytes(range(256)), " ", 2).decode(),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_text_gives_no_finding(name: str, tmp_path: Path) -> None:
    found = looked_at(tmp_path, "a.txt", ORDINARY[name]())
    assert [row["rule_id"] for row in found.report["findings"]] == []
    assert found.code == 0


def test_what_many_encoded_texts_cost_grows_with_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entered: list[object] = []
    enter = _overlap._enter
    monkeypatch.setattr(
        _overlap, "_enter", lambda near, one: [entered.append(one), enter(near, one)]
    )
    count = 300
    findings((b64("password=" + "Kohl9" + "rabi") + " ") * count)
    assert count <= len(entered) <= 3 * count


@pytest.mark.parametrize(
    "text",
    [
        "GET /login?password%3D" + "Kohl9" + "rabi HTTP/1.1\n",
        f"kind: Secret\ndata:\n  password: {b64('Kohl9' + 'rabi')}\n---\n",
    ],
    ids=["percent", "kubernetes"],
)
def test_thousands_of_short_encoded_texts_are_read_whole(text: str, tmp_path: Path) -> None:
    found = looked_at(tmp_path, "all.txt", text * 2_500)
    assert found.report["stats"]["complete"]
    assert found.code == 1
