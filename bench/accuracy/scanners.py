"""The scanners: how each is installed and called, offline, and how its JSON is read."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import venv
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import Span, Spans

from occ_audit.errors import AuditError

ENDS = (0, 1, 200)
"""Exit codes that say that a scanner ended by itself, with findings or without."""
RULES = {"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}
NPM = ("secretlint", "@secretlint/secretlint-rule-preset-recommend")
Places = Iterator[tuple[str, Span]]


@dataclass(frozen=True)
class Scanner:
    """A program that looks for secrets in the folder where it is started."""

    name: str
    options: Callable[[Path], Sequence[str]]
    """The arguments; the report goes to the file given, or to standard output."""
    read: Callable[[Any], Places]
    package: str = ""
    """Its name on PyPI; without one it comes from npm."""

    def command(self, tools: Path | None) -> list[str] | None:
        """Return how to start it: from the folder of tools, else from PATH."""
        if self.name.startswith("occ-audit"):
            return [sys.executable, "-m", "occ_audit"]
        parts = ("bin", "Scripts", "node_modules/.bin")
        places = [str(tools / part) for part in parts] if tools else []
        path = os.pathsep.join([*places, os.environ.get("PATH", "")])
        found = shutil.which(self.name, path=path)
        return [found] if found else None

    def run(self, command: Sequence[str], root: Path) -> Spans:
        """Scan a folder and return what is reported, by the folder of the case."""
        report = root.with_name(f"{self.name}.json")
        call = [*command, *self.options(report)]
        done = subprocess.run(call, cwd=root, capture_output=True, check=False, env=environment())
        text = report.read_bytes() if report.exists() else done.stdout
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        if done.returncode not in ENDS or data is None:
            raise AuditError(
                f"{self.name} ended with {done.returncode} and gave no report",
                where=" ".join(call),
                mend=done.stderr.decode(errors="replace")[-500:],
            )
        spans: dict[str, list[Span]] = defaultdict(list)
        for path, span in self.read(data):
            relative = Path(os.path.relpath(root / path, root))
            spans[relative.parts[0]].append(span)
        return spans


def environment() -> dict[str, str]:
    """Return the environment in which our own package is found from any folder."""
    package = Path(sys.modules["occ_audit"].__file__ or "").parent.parent
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def ours(report: Path, severity: str = "info") -> Sequence[str]:
    return [
        "scan",
        "--only",
        "secrets",
        "--exit-zero",
        "--min-severity",
        severity,
        "--report",
        f"json={report}",
        "--quiet",
        ".",
    ]


def read_ours(data: Any) -> Places:
    for finding in data["findings"]:
        if not finding["suppression"]:
            for at in finding["locations"]:
                start, end = (at["line"], at["column"] - 1), (at["end_line"], at["end_column"] - 1)
                yield at["path"], Span(start, end)


def kingfisher(report: Path) -> Sequence[str]:
    quiet = ("--no-validate", "--no-update-check", "--no-dedup", "--git-history", "none")
    return ["scan", *quiet, "--format", "json", "--output", str(report), "."]


def read_kingfisher(data: Any) -> Places:
    for finding in (row["finding"] for row in data["findings"]):
        lines = finding["snippet"].split("\n")
        start, last = finding["column_start"], finding["line"] + len(lines) - 1
        end = len(lines[-1]) + (start if len(lines) == 1 else 0)
        yield finding["path"], Span((finding["line"], start), (last, end))


def detect_secrets(report: Path) -> Sequence[str]:
    return ["scan", "--all-files", "--no-verify", "."]


def read_detect_secrets(data: Any) -> Places:
    for path, findings in data["results"].items():
        for finding in findings:
            yield path, Span.lines(finding["line_number"], finding["line_number"])


def credsweeper(report: Path) -> Sequence[str]:
    return ["--path", ".", "--pedantic", "--no-stdout", "--save-json", str(report)]


def read_credsweeper(data: Any) -> Places:
    for row in (line for finding in data for line in finding["line_data_list"]):
        number, start, end = row["line_num"], row["value_start"], row["value_end"]
        known = 0 <= start < end
        span = Span((number, start), (number, end)) if known else Span.lines(number, number)
        yield row["path"], span


def secretlint(report: Path) -> Sequence[str]:
    return [
        "--secretlintrcJSON",
        json.dumps(RULES),
        "--format",
        "json",
        "--output",
        str(report),
        "**/*",
    ]


def read_secretlint(data: Any) -> Places:
    for file in data:
        for message in file["messages"]:
            start, end = message["loc"]["start"], message["loc"]["end"]
            first, last = (start["line"], start["column"]), (end["line"], end["column"])
            yield file["filePath"], Span(first, last)


ALL = (
    Scanner("occ-audit", ours, read_ours),
    Scanner("occ-audit-medium", functools.partial(ours, severity="medium"), read_ours),
    Scanner("credsweeper", credsweeper, read_credsweeper, "credsweeper"),
    Scanner("detect-secrets", detect_secrets, read_detect_secrets, "detect-secrets"),
    Scanner("kingfisher", kingfisher, read_kingfisher, "kingfisher-bin"),
    Scanner("secretlint", secretlint, read_secretlint),
)


def install(tools: Path) -> None:
    """Install the scanners that PyPI and npm offer into a folder."""
    venv.create(tools, with_pip=True)
    python = tools / ("Scripts" if os.name == "nt" else "bin") / "python"
    packages = [scanner.package for scanner in ALL if scanner.package]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    if npm := shutil.which("npm"):
        subprocess.run([npm, "install", "--silent", "--prefix", tools, *NPM], check=True)


def version(command: Sequence[str]) -> str:
    """Return the version that a scanner prints."""
    done = subprocess.run(
        [*command, "--version"], capture_output=True, text=True, check=False, env=environment()
    )
    return (done.stdout.split() or ["?"])[-1]
