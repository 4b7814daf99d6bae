"""`occ-audit init` writes a file that is valid as it stands and when its examples are used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from occ_audit import cli, config
from occ_audit.settings import Config


def test_it_writes_a_valid_file_with_a_salt_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    salts = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert cli.run(["init", str(tmp_path / name)]) == 0
        read = config.load(tmp_path / name / ".occ-audit.toml")
        assert read == Config(path=read.path, salt=read.salt)
        assert re.fullmatch("[0-9a-f]{32}", read.salt)
        salts.add(read.salt)
    assert len(salts) == 2
    assert "a/.occ-audit.toml" in capsys.readouterr().out.replace("\\", "/")
    assert [file.name for file in (tmp_path / "a").iterdir()] == [".occ-audit.toml"]


def test_the_examples_in_it_are_valid(tmp_path: Path) -> None:
    assert cli.run(["init", str(tmp_path)]) == 0
    text = (tmp_path / ".occ-audit.toml").read_text(encoding="utf-8")
    setting = re.compile(r"^# (\[|[a-z-]+(_[a-z]+)? = )", re.MULTILINE)
    read = config.parse(setting.sub(r"\1", text), "example")
    assert read.exclude
    assert read.allow[0].expires == "2030-12-31"
    assert read.severity
    assert read.evidence.vault


def test_it_refuses_to_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".occ-audit.toml"
    file.write_text("# mine\n")
    assert cli.run(["init", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert file.read_text() == "# mine\n"
    assert cli.run(["init", "--force", str(tmp_path)]) == 0
    assert config.load(file).salt


def test_it_does_not_follow_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    other.write_text("keep\n")
    (tmp_path / ".occ-audit.toml").symlink_to(other)
    assert cli.run(["init", "--force", str(tmp_path)]) == 2
    assert "is a symbolic link" in capsys.readouterr().err
    assert other.read_text() == "keep\n"
