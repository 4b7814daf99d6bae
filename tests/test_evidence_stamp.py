"""`occ-audit evidence stamp`: fills two values in front matter and touches no other byte."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import pytest

from occ_audit.documents import body_digest
from tests.scans import run

BODY = b"# Log\n\nCaf\xc3\xa9, and a bad byte: \xff\r\nno newline at the end"
HASH = hashlib.sha256(BODY).hexdigest().encode()
DAY = b"2031-05-02"


def stamp(tmp_path: Path, head: bytes, *options: str, name: str = "log.md") -> bytes:
    """Stamp a document of this head and BODY; return the new head."""
    file = tmp_path / name
    file.write_bytes(head + BODY)
    code, out, err = run("evidence", "stamp", file, "--date", "2031-05-02", *options)
    assert (code, err) == (0, "")
    assert out == f"{file}: stamped\n"
    data = file.read_bytes()
    assert data.endswith(BODY)
    again = run("evidence", "stamp", file, "--date", "2031-05-02", *options)
    assert again == (0, f"{file}: up to date\n", "")
    return data.removesuffix(BODY)


def refused(tmp_path: Path, data: bytes, *options: str, name: str = "log.md") -> str:
    """Return what is said of a document that stays as it is."""
    file = tmp_path / name
    file.write_bytes(data)
    code, out, err = run("evidence", "stamp", file, *options)
    assert (code, out) == (2, "")
    assert file.read_bytes() == data
    return err.removeprefix(f"occ-audit: error: {file}: ")


HEADS = [
    b"---\ndoc_hash: TBD\nowner: ops\nlast_reviewed: 2025-10-10\n---\n",
    b"---\r\ndoc_hash: TBD\r\nlast_reviewed: 2025-10-10\r\n---\r\n",
    b"\xef\xbb\xbf---\nlast_reviewed: 2025-10-10  # when\ndoc_hash: TBD\t# what\n---\n",
    b"---\n'doc_hash' :  'TBD'   \nlast_reviewed: \"2025-10-10\"\nx: [1,  2]\n...\n",
    b'+++\ndoc_hash = "TBD" # x\nlast_reviewed = 2025-10-10\n[extra]\nx = 1\n+++\n',
    b"+++\r\ndoc_hash = 'TBD'\r\nlast_reviewed='2025-10-10'\r\n+++\r\n",
]


@pytest.mark.parametrize("head", HEADS)
def test_no_other_byte_is_touched(tmp_path: Path, head: bytes) -> None:
    expected = head.replace(b"TBD", HASH).replace(b"2025-10-10", DAY)
    assert stamp(tmp_path, head) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            b"---\ndoc_hash:\nlast_reviewed: # when\n---\n",
            b"---\ndoc_hash: %s\nlast_reviewed: %s # when\n---\n" % (HASH, DAY),
        ),
        (
            b"---\ndoc_hash: ''\nlast_reviewed: \"\"\n---\n",
            b"---\ndoc_hash: '%s'\nlast_reviewed: \"%s\"\n---\n" % (HASH, DAY),
        ),
        (
            b"+++\ndoc_hash = 0\nlast_reviewed = 2025-10-10\n+++\n",
            b'+++\ndoc_hash = "%s"\nlast_reviewed = %s\n+++\n' % (HASH, DAY),
        ),
    ],
)
def test_empty_and_bare_values(tmp_path: Path, head: bytes, expected: bytes) -> None:
    assert stamp(tmp_path, head) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", b"---\ndoc_hash: %s\nlast_reviewed: %s\n---\n" % (HASH, DAY)),
        (
            b"---\r\nowner: ops\r\n---\r\n",
            b"---\r\nowner: ops\r\ndoc_hash: %s\r\nlast_reviewed: %s\r\n---\r\n" % (HASH, DAY),
        ),
        (b"---\n---\n", b"---\ndoc_hash: %s\nlast_reviewed: %s\n---\n" % (HASH, DAY)),
        (
            b"+++\nowner = 1\n[extra]\nx = 1\n+++\n",
            b'+++\nowner = 1\ndoc_hash = "%s"\nlast_reviewed = %s\n[extra]\nx = 1\n+++\n'
            % (HASH, DAY),
        ),
    ],
)
def test_what_is_missing_is_added_on_request(tmp_path: Path, head: bytes, expected: bytes) -> None:
    assert stamp(tmp_path, head, "--add") == expected


def test_one_key_alone_and_today(tmp_path: Path) -> None:
    head = b"---\ndoc_hash: TBD\n---\n"
    assert stamp(tmp_path, head, "--key", "doc_hash") == head.replace(b"TBD", HASH)
    file = tmp_path / "log.md"
    file.write_bytes(b"---\nlast_reviewed: 2025-10-10\n---\n")
    assert run("evidence", "stamp", file, "--key", "last_reviewed")[0] == 0
    assert datetime.date.today().isoformat() in file.read_text()


def test_a_front_matter_that_lacks_something(tmp_path: Path) -> None:
    assert refused(tmp_path, BODY) == (
        "the document has no front matter\n"
        "  Begin it with one, or let --add do that (in Markdown).\n"
    )
    assert refused(tmp_path, b"---\ndoc_hash: TBD\n---\n") == (
        "the front matter has no `last_reviewed`\n"
        "  Add the key, let --add do that, or name other keys with --key.\n"
    )
    assert "has no front matter" in refused(tmp_path, BODY, "--add", name="log.rst")
    assert "has no front matter" in refused(tmp_path, b"{}", "--add", name="log.ipynb")


@pytest.mark.parametrize(
    "head",
    [
        b"doc_hash: |\n  TBD\n",
        b"doc_hash: a\n  b\n",
        b"doc_hash: &a TBD\n",
        b"doc_hash: !!str TBD\n",
        b"b: &a x\ndoc_hash: *a\nc: d\n",
        b"{doc_hash: TBD}\n",
        b"? doc_hash\n: TBD\n",
        b"doc_hash: TBD\ndoc_hash: TBD\n",
        b"doc_hash: [TBD]\n",
        b"doc_hash:\n  sha256: TBD\n",
    ],
)
@pytest.mark.parametrize("options", [(), ("--add",)])
def test_forms_that_are_not_replaced(tmp_path: Path, head: bytes, options: tuple[str, ...]) -> None:
    said = refused(tmp_path, b"---\n" + head + b"---\n", "--key", "doc_hash", *options)
    assert said == (
        "`doc_hash` is written in a form that is not replaced\n"
        "  Write it once, on one line of its own, for example `doc_hash: TBD`.\n"
    )


def test_an_alias_is_no_value_of_the_next_key(tmp_path: Path) -> None:
    head = b"---\na: &a x\nb: *a\nlast_reviewed: 2025-10-10\n*a : y\ndoc_hash: TBD\n---\n"
    expected = head.replace(b"TBD", HASH).replace(b"2025-10-10", DAY)
    assert stamp(tmp_path, head) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"---\na: [1\n---\n",
        b"---\na: 1\n",
        b"+++\na = [\n [1],\n]\n+++\n",
        b'+++\na = """\n[x]\n"""\n+++\n',
        b"+++\nbroken\n+++\n",
    ],
)
def test_front_matter_that_cannot_be_read_to_its_end(tmp_path: Path, head: bytes) -> None:
    said = refused(tmp_path, head + BODY, "--add")
    assert said.startswith("the front matter cannot be read as YAML or TOML to its end\n  ")


def test_all_files_or_none(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_bytes(HEADS[0])
    bad.write_bytes(BODY)
    assert run("evidence", "stamp", good, bad)[0] == 2
    assert good.read_bytes() == HEADS[0]
    code, _, err = run("evidence", "stamp", tmp_path / "none.md")
    assert (code, "cannot read the document" in err) == (2, True)
    code, _, err = run("evidence", "stamp", good, "--date", "2.5.2031")
    assert (code, "Write it as YYYY-MM-DD." in err) == (2, True)


def test_the_body_is_what_follows_the_front_matter() -> None:
    digest = HASH.decode()
    assert [body_digest(head + BODY) for head in HEADS] == [digest] * len(HEADS)
    assert body_digest(BODY) == body_digest(b"\xef\xbb\xbf" + BODY) == digest
    assert body_digest(b"---\na: b\n---") == hashlib.sha256(b"").hexdigest()
