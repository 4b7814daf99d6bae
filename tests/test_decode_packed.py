"""Every container in which a token can hide, and every trap that such a container can set."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from occ_audit import decode
from occ_audit.decode import Budget, Decoded
from tests.repos import commit, git, init, write
from tests.scans import Scan, scan, token

LABEL = "packed"
ENV = f"# a file\nSHOPIFY_ADMIN_TOKEN={token(LABEL)}\n".encode()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def looked_at(folder: Path, name: str, data: bytes) -> Scan:
    write(folder, {name: data})
    return scan(folder, "--only", "secrets")


INSIDE = {"readme.txt": b"nothing here\n", "conf/.env": ENV}
PACKED: dict[str, tuple[bytes, str]] = {
    "a.zip": (zipped(INSIDE), "!conf/.env"),
    "stored.zip": (zipped(INSIDE, zipfile.ZIP_STORED), "!conf/.env"),
    "bzip2.zip": (zipped(INSIDE, zipfile.ZIP_BZIP2), "!conf/.env"),
    "lzma.zip": (zipped(INSIDE, zipfile.ZIP_LZMA), "!conf/.env"),
    "app.jar": (zipped({"META-INF/app.properties": ENV}), "!META-INF/app.properties"),
    "a.whl": (zipped({"pkg/settings.py": ENV}), "!pkg/settings.py"),
    "a.tar": (tarred(INSIDE), "!conf/.env"),
    "a.tar.gz": (gzip.compress(tarred(INSIDE)), "!conf/.env"),
    "a.tar.bz2": (bz2.compress(tarred(INSIDE)), "!conf/.env"),
    "a.tar.xz": (lzma.compress(tarred(INSIDE)), "!conf/.env"),
    "a.log.gz": (gzip.compress(ENV), ""),
    "a.sql.bz2": (bz2.compress(ENV), ""),
    "a.xz": (lzma.compress(ENV), ""),
    "two.gz": (gzip.compress(b"first\n") + gzip.compress(ENV[9:]), ""),
    "nested.zip": (
        zipped({"lib/in.tar.gz": gzip.compress(tarred({"x/.env": ENV}))}),
        "!lib/in.tar.gz!x/.env",
    ),
    "zip-in-zip.zip": (zipped({"b.zip": zipped({"c.env": ENV})}), "!b.zip!c.env"),
    "coded.zip": (zipped({"a.yaml": b"x: " + base64.b64encode(ENV)}), "!a.yaml"),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_token_is_found_with_its_true_path(name: str, tmp_path: Path) -> None:
    data, member = PACKED[name]
    found = looked_at(tmp_path, f"data/{name}", data)
    assert found.code == 1
    assert found.paths(LABEL) == [f"data/{name}{member}"]
    assert token(LABEL) not in found.out
    assert not found.incomplete


def test_a_member_may_have_no_name(tmp_path: Path) -> None:
    found = looked_at(tmp_path, "a.zip", zipped({"": b"text\n", **INSIDE}))
    assert found.paths(LABEL) == ["a.zip!conf/.env"]
    assert not found.incomplete


def test_a_decoder_that_fails_is_reported_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from occ_audit.decode import zip as zip_

    def fails(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Iterator[Decoded]:
        raise IndexError(info.filename)
        yield

    monkeypatch.setattr(zip_, "_member", fails)
    write(tmp_path, {"b.env": ENV})
    found = looked_at(tmp_path, "a.zip", zipped(INSIDE))
    assert found.paths(LABEL) == ["b.env"]
    assert found.skipped("a decoder failed, please report it: zip: IndexError")


def test_zstandard(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    data = zstandard.ZstdCompressor().compress(tarred(INSIDE))
    assert looked_at(tmp_path, "a.tar.zst", data).paths(LABEL) == ["a.tar.zst!conf/.env"]


def test_zstandard_without_a_library_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from occ_audit.decode import zstd

    monkeypatch.setattr(zstd, "_library", lambda: None)
    found = looked_at(tmp_path, "a.zst", b"\x28\xb5\x2f\xfd" + bytes(40))
    assert found.code == 3
    assert found.skipped("install `zstandard`")


def test_lines_and_columns_are_those_of_the_member(tmp_path: Path) -> None:
    [place] = looked_at(tmp_path, "a.zip", PACKED["a.zip"][0]).finding(LABEL)["locations"]
    assert (place["line"], place["column"]) == (2, 21)
    assert "SHOPIFY_ADMIN_TOKEN=" in place.get("excerpt", "SHOPIFY_ADMIN_TOKEN=")


def test_what_unpacked_it_is_told(tmp_path: Path) -> None:
    row = looked_at(tmp_path, "nested.zip", PACKED["nested.zip"][0]).finding(LABEL)
    assert row["properties"]["decoded"] == ["zip", "gzip", "tar"]


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


def office() -> dict[str, tuple[str, str]]:
    """Return for each format the member and its XML, the token cut into runs."""
    first, last = token(LABEL)[:8], token(LABEL)[8:]
    return {
        "a.docx": (
            "word/document.xml",
            f'<w:document xmlns:w="{WORD}"><w:p><w:r><w:t>The token: {first}</w:t></w:r>'
            f"<w:r><w:t>{last}</w:t></w:r></w:p><w:p><w:r><w:t>next</w:t></w:r></w:p></w:document>",
        ),
        "a.pptx": (
            "ppt/slides/slide1.xml",
            f'<p:sld xmlns:p="{DRAWING}"><a:p><a:r><a:t>{first}</a:t></a:r>'
            f"<a:r><a:t>{last}</a:t></a:r></a:p></p:sld>",
        ),
        "a.xlsx": (
            "xl/sharedStrings.xml",
            f'<sst xmlns="{SHEET}"><si><r><t>{first}</t></r><r><t>{last}</t></r></si>'
            "<si><t>next</t></si></sst>",
        ),
        "a.odt": (
            "content.xml",
            f'<office:document-content xmlns:office="{OFFICE}"><text:p>{first}'
            f"<text:span>{last}</text:span></text:p></office:document-content>",
        ),
    }


@pytest.mark.parametrize("name", office())
def test_office_documents(name: str, tmp_path: Path) -> None:
    member, text = office()[name]
    data = zipped({member: f'<?xml version="1.0"?>\n{text}'.encode(), "other.xml": b"<a/>"})
    assert looked_at(tmp_path, name, data).paths(LABEL) == [f"{name}!{member}"]


def pdf(*streams: bytes) -> bytes:
    objects = b"".join(
        b"%d 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream\nendobj\n"
        % (number, len(zlib.compress(stream)), zlib.compress(stream))
        for number, stream in enumerate(streams, 4)
    )
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + objects + b"trailer << /Root 1 0 R >>\n%%EOF\n"


def shown(text: str) -> bytes:
    return f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()


def kerned(text: str) -> bytes:
    parts = " 15 ".join(f"({text[at : at + 5]})" for at in range(0, len(text), 5))
    return f"BT /F1 12 Tf 72 700 Td [{parts}] TJ T* (next line) Tj ET".encode()


def in_glyphs(text: str) -> tuple[bytes, bytes]:
    letters = sorted(set(text))
    codes = {letter: f"{number:04X}" for number, letter in enumerate(letters, 3)}
    rows = "\n".join(f"<{code}> <{ord(letter):04X}>" for letter, code in codes.items())
    head = "/CIDInit /ProcSet findresource begin\nbegincmap"
    table = f"{head}\n{len(rows)} beginbfchar\n{rows}\nendbfchar\nendcmap"
    return f"BT /F1 9 Tf <{''.join(codes[c] for c in text)}> Tj ET".encode(), table.encode()


@pytest.mark.parametrize(
    "streams",
    [
        (shown(token(LABEL)),),
        (shown("some text"), kerned(f"The token is {token(LABEL)}.")),
        in_glyphs(f"token {token(LABEL)} end"),
        (ENV,),
    ],
)
def test_pdf_text(streams: tuple[bytes, ...], tmp_path: Path) -> None:
    found = looked_at(tmp_path, "a.pdf", pdf(*streams))
    assert found.paths(LABEL) == ["a.pdf"]


def test_an_encrypted_pdf_is_reported(tmp_path: Path) -> None:
    data = pdf(shown("x")).replace(b"trailer <<", b"trailer << /Encrypt 9 0 R")
    found = looked_at(tmp_path, "a.pdf", data)
    assert found.code == 3
    assert found.skipped("encrypted PDF")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"tEXt", b"Comment\0" + ENV),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(ENV)),
        chunk(b"iTXt", b"Comment\0\x01\0en\0\0" + zlib.compress(ENV)),
        chunk(b"iTXt", b"Comment\0\0\0en\0\0" + ENV),
    ],
)
def test_png_text(text: bytes, tmp_path: Path) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + text + chunk(b"IEND", b"")
    assert looked_at(tmp_path, "a.png", data).paths(LABEL) == ["a.png"]


def database(path: Path, encoding: str = "UTF-8", mode: str = "delete") -> bytes:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA encoding='{encoding}'")
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute('CREATE TABLE "set""tings" (name TEXT, value TEXT)')
    filler = "x " * 3000
    connection.execute('INSERT INTO "set""tings" VALUES (?, ?)', ("t", filler + ENV.decode()))
    connection.execute("CREATE VIEW v AS SELECT load_extension('x')")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize(("encoding", "mode"), [("UTF-8", "delete"), ("UTF-16le", "wal")])
def test_sqlite(encoding: str, mode: str, tmp_path: Path) -> None:
    data = database(tmp_path / "made.db", encoding, mode)
    (tmp_path / "made.db").unlink()
    found = looked_at(tmp_path / "scanned", "app.db", data)
    assert found.paths(LABEL) == ['app.db!set"tings']


def test_names_of_the_columns_speak_for_passwords(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE users (login, password)")
    connection.execute("INSERT INTO users VALUES ('ada', ?)", ("Qv8h2" + "Lp4Rk7" + "mZtX9",))
    connection.commit()
    connection.close()
    rules = {row["rule_id"] for row in scan(tmp_path, "--only", "secrets").report["findings"]}
    assert "assigned-password" in rules


def test_history_finds_members_with_path_and_commit(tmp_path: Path) -> None:
    repo = init(tmp_path / "r")
    made = commit(repo, {"dist/a.zip": PACKED["a.zip"][0]})
    commit(repo, remove=["dist/a.zip"])
    found = scan(repo, "--history", "--only", "secrets")
    assert found.paths(LABEL) == ["dist/a.zip!conf/.env"]
    [place] = found.finding(LABEL)["locations"]
    assert place["origins"][0]["commit"] == made


def test_staged_archives(tmp_path: Path) -> None:
    repo = init(tmp_path / "r")
    write(repo, {"a.zip": PACKED["a.zip"][0]})
    from tests.repos import stage

    stage(repo)
    assert scan(repo, "--staged", "--only", "secrets").paths(LABEL) == ["a.zip!conf/.env"]
    commit(repo)
    assert scan(repo, "--at", "HEAD", "--only", "secrets").paths(LABEL) == ["a.zip!conf/.env"]


def test_an_excluded_archive_is_not_reported_in_history(tmp_path: Path) -> None:
    repo = init(tmp_path / "r")
    commit(repo, {"a.zip": PACKED["a.zip"][0], ".occ-audit.toml": 'exclude = ["*.zip"]\n'})
    assert not scan(repo, "--history", "--only", "secrets").has(LABEL)


# Traps


def zip_bomb() -> bytes:
    return zipped({f"{n}.txt": bytes(4 * 2**20) for n in range(9)})


def nested(depth: int, data: bytes) -> bytes:
    for number in range(depth):
        data = zipped({f"{number}.zip": data})
    return data


def wide() -> bytes:
    return zipped(
        {"layer.zip": zipped({f"{n}.gz": gzip.compress(bytes(4 * 2**20)) for n in range(9)})}
    )


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb.zip": (zip_bomb, "expands beyond the bound"),
    "bomb.gz": (lambda: gzip.compress(bytes(20 * 2**20)), "expands beyond the bound"),
    "bomb.xz": (lambda: lzma.compress(bytes(20 * 2**20), preset=0), "expands beyond the bound"),
    "bomb.bz2": (lambda: bz2.compress(bytes(20 * 2**20)), "expands beyond the bound"),
    "wide.zip": (wide, "expands beyond the bound"),
    "deep.zip": (lambda: nested(9, ENV), "nested deeper than 4"),
    "many.zip": (
        lambda: zipped({f"{n}": b"" for n in range(decode.MEMBERS + 1)}, zipfile.ZIP_STORED),
        "more than 10,000 members",
    ),
    "bomb.pdf": (lambda: pdf(shown("x" * 20 * 2**20)), "expands beyond the bound"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_left_out_and_reported(name: str, tmp_path: Path) -> None:
    make, reason = BOMBS[name]
    write(tmp_path, {"b.env": ENV})
    found = looked_at(tmp_path, name, make())
    assert found.skipped(reason), found.report["skipped"]
    assert found.paths(LABEL) == ["b.env"]
    (tmp_path / "b.env").unlink()
    assert scan(tmp_path, "--only", "secrets").code == 3


def test_an_archive_that_holds_itself_ends(tmp_path: Path) -> None:
    """A quine would unpack for ever; the nearest that can be made here is depth without end."""
    found = looked_at(tmp_path, "q.gz", _gzip_layers(12))
    assert found.skipped("nested deeper than 4")


def _gzip_layers(depth: int) -> bytes:
    data = ENV
    for _ in range(depth):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize(
    ("begins", "reason"),
    [
        (b"7z\xbc\xaf\x27\x1c\0\4", "a 7-Zip archive"),
        (b"Rar!\x1a\x07\1\0", "a RAR archive"),
        (b"\x04\x22\x4d\x18\x64", "compressed by LZ4"),
    ],
)
def test_what_nothing_opens_is_reported(begins: bytes, reason: str, tmp_path: Path) -> None:
    packed = begins + bytes(range(200))
    found = looked_at(tmp_path, "a.zip", zipped({"inner.bin": packed, "b.bin": b"x" + packed}))
    assert found.code == 3
    assert [row["origin"]["path"] for row in found.skipped(reason)] == ["a.zip!inner.bin"]


def test_a_bundle_of_git_is_reported(tmp_path: Path) -> None:
    repo = init(tmp_path / "r")
    commit(repo, {".env": ENV})
    git(repo, "bundle", "create", "-q", str(repo / "old.bundle"), "main")
    found = scan(repo / "old.bundle", "--only", "secrets")
    assert found.code == 3
    [row] = found.skipped("a git bundle: clone it")
    assert row["origin"]["path"] == "old.bundle"


def test_an_encrypted_member_is_reported(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"x", "b.env": ENV}, zipfile.ZIP_STORED))
    data[6] |= 1
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    found = looked_at(tmp_path, "a.zip", bytes(data))
    assert [row["origin"]["path"] for row in found.skipped("encrypted")] == ["a.zip!a.txt"]
    assert "a.zip!b.env" in found.paths(LABEL)


@pytest.mark.parametrize("name", [name for name in PACKED if not name.startswith("stored")])
def test_broken_containers_do_not_stop_the_scan(name: str, tmp_path: Path) -> None:
    data = PACKED[name][0]
    for number, step in enumerate(range(3, len(data), max(len(data) // 12, 1))):
        garbled = bytearray(data)
        garbled[step] ^= 0xFF
        write(tmp_path, {f"cut{number}.bin": data[:step], f"garbled{number}.bin": bytes(garbled)})
    write(tmp_path, {"z.env": ENV})
    found = scan(tmp_path, "--only", "secrets")
    assert found.code == 1
    assert "z.env" in found.paths(LABEL)


def test_broken_databases_images_and_documents(tmp_path: Path) -> None:
    made = database(tmp_path / "made.db")
    (tmp_path / "made.db").unlink()
    for name, data in {
        "db": made,
        "pdf": pdf(shown("x"), ENV),
        "png": b"\x89PNG\r\n\x1a\n\xff\xff\xff\xfftEXt",
    }.items():
        for number, step in enumerate(range(16, len(data), max(len(data) // 20, 1))):
            garbled = bytearray(data)
            garbled[step : step + 9] = b"\xff" * len(garbled[step : step + 9])
            write(
                tmp_path, {f"{number}-cut.{name}": data[:step], f"{number}.{name}": bytes(garbled)}
            )
    assert scan(tmp_path, "--only", "secrets").code in (0, 1)


def test_a_name_with_control_characters_does_not_reach_the_terminal(tmp_path: Path) -> None:
    from tests.scans import run

    write(tmp_path, {"a.zip": zipped({"\x1b[31mred\n.env": ENV})})
    _, out, err = run("scan", "--only", "secrets", tmp_path)
    assert "\x1b[31m" not in out + err
