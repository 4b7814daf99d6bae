"""Files are replaced whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from occ_audit.errors import AuditError
from occ_audit.files import read_text, replacing, write_beside


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
def test_writing_keeps_the_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    file = tmp_path / "f"
    write_beside(file, "a")
    mode = file.stat().st_mode & 0o777
    assert mode == 0o666 & ~os.umask(os.umask(0o022))
    file.chmod(0o640)
    write_beside(file, "b")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("b", 0o640)
    with pytest.raises(AuditError, match="cannot write the file"):
        write_beside(tmp_path / "missing" / "f", "c")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
def test_a_private_file_is_its_owners_whatever_it_replaces(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("a")
    file.chmod(0o644)
    with replacing(file, private=True) as out:
        out.write(b"b")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("b", 0o600)


def test_what_fails_while_it_is_written_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("a")
    with pytest.raises(ZeroDivisionError), replacing(file) as out:
        out.write(b"b%d" % (1 // 0))
    assert file.read_text() == "a"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "f")
    with pytest.raises(AuditError, match="is a symbolic link"):
        write_beside(tmp_path / "link", "a")
    assert not (tmp_path / "f").exists()


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "f"
    for prepare, problem in (
        (lambda: None, "cannot read the list: No such file"),
        (lambda: file.write_bytes(b"ab\xff"), "is not UTF-8 at byte 2"),
        (lambda: file.write_bytes(b"123456789"), "cannot read the list: larger than 8 bytes"),
    ):
        prepare()
        with pytest.raises(AuditError) as caught:
            read_text(file, "the list", "Name a list.", most=8)
        assert (caught.value.problem[: len(problem)], caught.value.where) == (problem, str(file))
