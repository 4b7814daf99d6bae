"""A large history is scanned by processes; what they say is what threads say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import repos, scans
from tests.scans import leak, token

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no workers elsewhere")

IN_WORKERS = """
import os, time
from occ_audit.matching.matcher import Matcher
main, hits = os.getpid(), Matcher.hits
Matcher.hits = lambda *a: hits(*a) if os.getpid() == main else {}
"""
"""What goes wrong in the workers alone."""
PROCESSES = "from occ_audit import cli, scanning; scanning.WORTH_A_PROCESS = 1; cli.main()"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = repos.init(tmp_path / "repo")
    noise = ("%x" % 3**60_000).encode()
    for number in range(6):
        repos.commit(repo, {f"{number}.env": leak(str(number)), f"{number}.bin": noise[number:]})
    repos.commit(repo, {"bomb.bin": b"\x1f\x8b\x08" + bytes(9)}, f"Tried {token('message')}")
    return repo


def started(repo: Path, code: str, *options: str) -> subprocess.Popen[bytes]:
    """Start a scan of the history in a program that has one thread, as a user's has."""
    line = [sys.executable, "-c", code, "scan", "--history", "--no-cache", "--format", "json"]
    env = repos.environment(PYTHONPATH=str(scans.ROOT))
    return subprocess.Popen([*line, *options, str(repo)], stdout=-1, stderr=-1, env=env)


def said(repo: Path, code: str, *options: str) -> dict[str, Any]:
    out, err = started(repo, code, *options).communicate()
    assert not err
    report: dict[str, Any] = json.loads(out)
    report["stats"].pop("seconds")
    return report


def test_processes_say_what_threads_say(repo: Path) -> None:
    watched = f"import occ_audit.workers as w; w.running = lambda *a: 1 / 0; {PROCESSES}"
    _, err = started(repo, watched, "-j", "2").communicate()
    assert b"ZeroDivisionError" in err, "processes are used"
    threads = said(repo, "from occ_audit import cli; cli.main()", "-j", "2")
    assert said(repo, PROCESSES, "-j", "2") == threads == said(repo, PROCESSES, "-j", "1")
    assert len(threads["findings"]) == 7


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("1 / 0", b"ZeroDivisionError"),
        ("os._exit(9)", b"a worker process ended before its work was done"),
    ],
    ids=["a fault", "a kill"],
)
def test_what_goes_wrong_in_a_worker_is_no_clean_scan(repo: Path, what: str, told: bytes) -> None:
    process = started(repo, IN_WORKERS.format(what) + PROCESSES, "-j", "2")
    _, err = process.communicate()
    assert process.returncode == 3
    assert told in err


def test_an_interrupt_ends_the_workers(repo: Path) -> None:
    slow = IN_WORKERS.format("time.sleep(60)") + PROCESSES
    line = [sys.executable, "-c", slow, "scan", "--history", "--no-cache", "-j", "2", str(repo)]
    env = repos.environment(PYTHONPATH=str(scans.ROOT))
    with subprocess.Popen(line, stdout=-1, stderr=-1, env=env, start_new_session=True) as process:
        try:
            _wait_for_children(process.pid)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, err
    assert err.strip() == b"occ-audit: interrupted"
    assert not out
    assert subprocess.run(["ps", "-s", str(process.pid)], capture_output=True).returncode


def _wait_for_children(pid: int) -> None:
    for _ in range(600):
        said = subprocess.run(["ps", "-o", "comm=", "--ppid", str(pid)], capture_output=True)
        if said.stdout.count(b"python") == 2:
            time.sleep(0.3)
            return
        time.sleep(0.05)
    pytest.fail("the workers did not start")
