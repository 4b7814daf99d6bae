"""A progress bar appears on a terminal, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import repos, scans
from tests.scans import leak

IMPATIENT = """
from occ_audit import cli
from occ_audit.cli import _progress
_progress.PATIENCE = 0
cli.main()
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = repos.init(tmp_path_factory.mktemp("progress") / "repo")
    repos.commit(made, {"a.env": leak("a"), "log.md": "Seen: `docs/gone.md`\n", "b.md": "x\n"})
    return made


def shown(repo: Path, *options: str) -> str:
    """Return what a terminal shows on standard error."""
    import pty  # on other systems there are other terminals

    here, there = pty.openpty()
    line = [sys.executable, "-c", IMPATIENT, "scan", "--no-cache", *options, str(repo)]
    env = repos.environment(PYTHONPATH=str(scans.ROOT), TERM="xterm", COLUMNS="100")
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=there, env=env) as process:
        os.close(there)
        text = bytearray()
        try:
            while piece := os.read(here, 4096):
                text += piece
        except OSError:  # how Linux says that nobody writes any more
            pass
        finally:
            os.close(here)
    assert process.returncode in (0, 1)
    return text.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize(
    ("options", "what", "amount"),
    [
        ((), "scanning", " bytes of "),
        (("--history",), "attributing", ""),
        (("--only", "evidence"), "evidence", ""),
    ],
)
def test_a_terminal_shows_what_is_done(
    repo: Path, options: tuple[str, ...], what: str, amount: str
) -> None:
    text = shown(repo, *options)
    assert what in text
    assert amount in text
    assert shown(repo, "--quiet", *options) == ""
