"""What is installed is complete: the rules, the command, the licence, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from occ_audit import __version__
from tests import repos

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").is_file(), reason="no source tree here"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install '.[dev]'")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=repos.environment())
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "occ_audit", *arguments],
        cwd=installed,
        env=repos.environment(PYTHONPATH=str(installed)),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_wheel_holds_all_rules_and_modules(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    rules = {f"occ_audit/rules/{path.name}" for path in (ROOT / "rules").glob("*.toml")}
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "occ_audit").rglob("*.py")}
    assert rules
    assert rules | modules <= held


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"occ_audit", f"occ_audit-{__version__}.dist-info"}


def test_wheel_has_command_and_licence(installed: Path) -> None:
    info = installed / f"occ_audit-{__version__}.dist-info"
    assert "occ-audit = occ_audit.__main__:main" in (info / "entry_points.txt").read_text()
    assert "Apache License" in (info / "licenses/LICENSE").read_text()
    metadata = (info / "METADATA").read_text(encoding="utf-8")
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata


def test_module_runs_from_the_wheel(installed: Path) -> None:
    done = run(installed, "--version")
    assert done.returncode == 0, done.stderr
    assert __version__ in done.stdout


def test_rules_are_read_from_the_wheel(installed: Path) -> None:
    where = "import occ_audit.rules as rules; print(rules.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where],
        cwd=installed,
        env=repos.environment(PYTHONPATH=str(installed)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(installed)
    done = run(installed, "rules", "list")
    assert done.returncode == 0, done.stderr
    assert "shopify" in done.stdout


def test_lower_bounds_are_given() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [one for one in project["dependencies"] if ">=" not in one] == []
