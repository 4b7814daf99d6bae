"""Speed beside other tools and beside floors, in one interleaved run, as a table of medians.

    python bench/speed.py history REPOSITORY    # every object; the floor is two bare `cat-file`
    python bench/speed.py tree FOLDER           # files as they are checked out
    python bench/speed.py hook                  # one staged file, rules already compiled
    python bench/speed.py evidence              # the references of ten thousand documents
    python bench/speed.py growth                # one, ten and a hundred times the objects
    python bench/speed.py rules                 # each rule on hostile lines, beside plain text

Other tools take part where they are on PATH (kingfisher, gitleaks, rg, lychee, detect-secrets).
`--save docs/performance.md` puts the table between the comments that name the benchmark there.
"""

from __future__ import annotations

import itertools
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from occ_audit import cache
from occ_audit.matching import gates
from occ_audit.matching.matcher import Matcher
from occ_audit.model import Batch, Content, Origin
from occ_audit.rules import load as load_rules
from occ_audit.selftest import hostile_lines, plain_text

PIPES = 2
"""So many `cat-file` run side by side as the floor of a history."""
ENDS = (0, 1, 3, 200, 201, 205)
"""Exit codes that say that a tool ended by itself, with findings or without."""
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""An installed program is compiled; a checkout that may not keep what Python compiled is not."""
Command = Sequence[str]


@dataclass(frozen=True)
class Contestant:
    """A command that is measured."""

    name: str
    command: Command
    where: Path
    before: Callable[[], object] = field(default=lambda: None)
    """What is done before each run, unmeasured."""
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """What one run cost: seconds and megabytes, git's processes among them."""

    wall: float
    cpu: float
    memory: float


@click.group()
@click.option("--runs", default=3, show_default=True, help="How often each takes its turn.")
@click.option("--save", type=click.Path(path_type=Path), help="Put the table into this document.")
@click.pass_context
def main(context: click.Context, runs: int, save: Path | None) -> None:
    """Compare the speed of occ-audit with other tools and with floors."""
    context.obj = (runs, save)


@main.command()
@click.argument("repository", type=click.Path(path_type=Path, exists=True, resolve_path=True))
@click.pass_obj
def history(chosen: tuple[int, Path | None], repository: Path) -> None:
    """Read every object of a repository, of which a copy is made."""
    with tempfile.TemporaryDirectory(dir=repository.parent) as folder:
        copy = Path(shutil.copytree(repository, f"{folder}/copy", copy_function=os.link))
        cache = {"XDG_CACHE_HOME": f"{folder}/cache"}
        scan = ours("scan", "--history", "--only", "secrets", "--format", "json", str(copy))
        # In a process of its own: what it needs would count as the memory of those started later.
        subprocess.run([sys.executable, __file__, "listings", copy, folder], check=True)
        files = sorted(map(str, Path(folder).glob("*.oids")))
        floor = [sys.executable, __file__, "floor", str(copy), *files]
        rows = [
            Contestant("floor: two `git cat-file --batch`", floor, copy),
            Contestant("occ-audit, first scan", [*scan, "--no-cache"], copy, environment=cache),
            Contestant("occ-audit, again", scan, copy, environment=cache),
            Contestant(
                "occ-audit, after 100 new commits", scan, copy, lambda: commit_more(copy), cache
            ),
            *kingfisher(copy, "full"),
        ]
        warm(rows[2])
        report(f"history of {repository_name(repository)}", rows, *chosen)


def commit_more(repository: Path, commits: int = 100) -> None:
    """Put commits of three files each on top of HEAD, on a branch and in a pack of their own."""
    branch = f"refs/heads/more-{time.time_ns()}"
    dice = random.Random(branch)
    rows = []
    for number in range(commits):
        rows.append(f"commit {branch}\ncommitter A <a@example.org> {2 * 10**9 + number} +0000")
        rows.append("data 1\nx" if number else "data 1\nx\nfrom HEAD^0")
        for file in range(3):
            text = "\n".join(f"value_{dice.randrange(9**9)} = parse(line)" for _ in range(100))
            rows.append(f"M 100644 inline more/{file}.py\ndata {len(text)}\n{text}")
    imported = ["git", "-C", repository, "fast-import", "--quiet"]
    subprocess.run(imported, input="\n".join(rows) + "\n", text=True, check=True)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, resolve_path=True))
@click.pass_obj
def tree(chosen: tuple[int, Path | None], folder: Path) -> None:
    """Read the files of a checked-out tree."""
    scan = ours("scan", "--only", "secrets", "--format", "json", "--exit-zero", str(folder))
    rows = [Contestant("occ-audit", scan, folder)]
    if rg := shutil.which("rg"):
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
            file.writelines(f"{gate}\n" for gate in expressions())
        options = ["--count", "--no-unicode", "--multiline", "--file", file.name, "."]
        rows.insert(0, Contestant("rg -c, our gates", [rg, *options], folder))
    rows += kingfisher(folder, "none")
    warm(rows[0])
    report(f"tree of {folder.name}", rows, *chosen)


@main.command()
@click.pass_obj
def hook(chosen: tuple[int, Path | None]) -> None:
    """Look at one staged file."""
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "repository"
        subprocess.run(["git", "init", "-q", repository], check=True)
        (repository / "app.py").write_text("def greet(name):\n    return f'hello {name}'\n" * 50)
        subprocess.run(["git", "-C", repository, "add", "app.py"], check=True)
        imports = "import click, regex, hyperscan"
        rows = [
            Contestant(
                "python, our libraries imported", [sys.executable, "-c", imports], repository
            ),
            Contestant("occ-audit scan --staged", ours("scan", "--staged"), repository),
        ]
        others = {
            "gitleaks": ["git", "--staged", "--no-banner"],
            "detect-secrets-hook": ["app.py"],
            "kingfisher": ["scan", "--staged", "--no-validate", "--no-update-check", "."],
        }
        for name, options in others.items():
            if program := shutil.which(name):
                rows.append(Contestant(name, [program, *options], repository))
        warm(rows[1])
        report("hook on one staged file", rows, *chosen)


@main.command()
@click.option("--documents", default=10_000, show_default=True, help="So many are written.")
@click.pass_obj
def evidence(chosen: tuple[int, Path | None], documents: int) -> None:
    """Check the references of many documents."""
    with tempfile.TemporaryDirectory() as made:
        folder = documented(Path(made) / "documents", documents)
        scan = ours("scan", "--only", "evidence", "--format", "json", "--exit-zero", str(folder))
        rows = [Contestant("occ-audit scan --only evidence", scan, folder)]
        if rg := shutil.which("rg"):
            words = ["--count", r"\]\([^)]+\)|`[^`]+`", "."]
            rows.insert(0, Contestant("rg -c, links and code spans", [rg, *words], folder))
        if lychee := shutil.which("lychee"):
            options = ["--offline", "--no-progress", "**/*.md"]
            rows.insert(0, Contestant("lychee --offline", [lychee, *options], folder))
        report(f"evidence of {documents:,} documents", rows, *chosen)


def documented(folder: Path, documents: int) -> Path:
    """Make a repository of Markdown documents that refer to each other, some wrongly."""
    dice = random.Random(documents)
    for number in range(documents):
        file = folder / f"notes/{number % 100}/{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        others = [dice.randrange(documents + documents // 50) for _ in range(6)]
        lines = [f"# Note {number}", ""]
        for other in others:
            path = f"notes/{other % 100}/{other}.md"
            lines.append(
                f"- Checked `{path}:{dice.randrange(1, 9)}`, see [it](/{path}#note-{other})."
            )
            lines += ["", "Nothing else was found that day, and nobody was called. " * 6, ""]
        file.write_text("\n".join(lines))
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Notes"]):
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", folder, *author, *command], check=True)
    return folder


@main.command()
@click.pass_obj
def growth(chosen: tuple[int, Path | None]) -> None:
    """Read histories of one, ten and a hundred times as many objects."""
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for objects in (1_000, 10_000, 100_000):
            made = synthetic(Path(folder) / str(objects), objects)
            scan = ours("scan", "--history", "--no-cache", "--format", "json", str(made))
            rows.append(Contestant(f"{objects:,} objects", scan, made))
        warm(rows[0])
        report("growth", rows, *chosen)


def synthetic(folder: Path, objects: int) -> Path:
    """Make a bare repository of so many versions of source-like files of about 4 KB."""
    dice = random.Random(objects)
    words = ["value", "result", "parse(line)", "return None", "if index", "self.name = {}", "+= 1"]
    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
    with subprocess.Popen(
        ["git", "-C", folder, "fast-import", "--quiet"], stdin=subprocess.PIPE
    ) as importing:
        if importing.stdin is None:
            raise click.ClickException("git fast-import has no input")
        files = [[" ".join(dice.choices(words, k=8)) for _ in range(70)] for _ in range(200)]
        for number in range(objects):
            lines = files[number % len(files)]
            lines[dice.randrange(len(lines))] = " ".join(dice.choices(words, k=8))
            data = "\n".join(lines).encode()
            importing.stdin.write(
                b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata 1\nx\n"
                b"M 100644 inline %d.py\ndata %d\n%b\n"
                % (1_700_000_000 + number, number % len(files), len(data), data)
            )
    subprocess.run(["git", "-C", folder, "repack", "-qad"], check=True)
    return folder


@main.command()
@click.option("--megabytes", default=10, show_default=True, help="So much is read for each rule.")
@click.pass_obj
def rules(chosen: tuple[int, Path | None], megabytes: int) -> None:
    """Read long lines of what each rule likes best, and ordinary source code."""
    known = [rule for rule in load_rules() if rule.pattern and rule.enabled]
    plain = sized(plain_text(), megabytes * 2**20)
    everything = Matcher(known, cache.folder())
    searched(everything, plain)
    callbacks = everything.callbacks / megabytes
    rows = []
    for rule in known:
        matcher = Matcher([rule], cache.folder())
        usual = searched(matcher, plain) / megabytes
        lines = list(hostile_lines(rule, megabytes * 2**20 // 25))
        worst = sum(searched(matcher, line) for line in lines) * 2**20 / sum(map(len, lines))
        rows.append((worst, usual, rule.id))
    rows.sort(reverse=True)
    median = rows[len(rows) // 2]
    lines = [
        f"rules; {machine()}; {len(rows)} rules, {megabytes} MB each; all rules together have"
        f" {callbacks:,.0f} callbacks a MB of ordinary source",
        "",
        "| | CPU s a MB of hostile lines | of ordinary source |",
        "|---|---|---|",
        *(f"| {name} | {worst:.3f} | {usual:.4f} |" for worst, usual, name in rows[:10]),
        f"| *median of all rules* | {median[0]:.3f} | {median[1]:.4f} |",
    ]
    click.echo("\n".join(lines))
    if chosen[1]:
        put(chosen[1], "rules", "\n".join(lines))


def searched(matcher: Matcher, text: bytes) -> float:
    """Return the seconds of processor time that one search takes."""
    matcher.forget()
    batch = Batch(memoryview(text), [Content(0, len(text), Origin("file", "lines.txt"))])
    started = time.process_time()
    for _ in matcher.matches(batch):
        pass
    return time.process_time() - started


def sized(text: bytes, size: int) -> bytes:
    """Return a text repeated until it has this size."""
    return (text * (size // len(text) + 1))[:size]


@main.command(hidden=True)
@click.argument("repository")
@click.argument("files", nargs=-1)
def floor(repository: str, files: tuple[str, ...]) -> None:
    """Let one bare `git cat-file` per file write the objects that it names into nowhere."""
    command = ["git", "-C", repository, "cat-file", "--batch", "--buffer"]
    running = []
    for file in files:
        with Path(file).open("rb") as names:
            running.append(subprocess.Popen(command, stdin=names, stdout=subprocess.DEVNULL))
    for process in running:
        process.wait()


def ours(*arguments: str) -> Command:
    """Return the command line of the occ-audit that this Python has."""
    return [sys.executable, "-m", "occ_audit", *arguments]


def kingfisher(place: Path, history: str) -> list[Contestant]:
    """Return kingfisher with `full` history or with `none`, if it is on PATH."""
    found = shutil.which("kingfisher")
    options = ["--git-history", history, "--no-validate", "--no-update-check"]
    return [Contestant("kingfisher", [found, "scan", *options, str(place)], place)] if found else []


def expressions() -> Iterator[str]:
    """Yield the gates of our rules: other engines do not look around, as the patterns do."""
    known = [rule for rule in load_rules() if rule.pattern and rule.enabled]
    for one in gates.of_rules(known, cache.folder()):
        yield one.gate.expression.decode("ascii")


@main.command(hidden=True)
@click.argument("repository", type=click.Path(path_type=Path))
@click.argument("folder")
def listings(repository: Path, folder: str) -> None:
    """Write the ids of all objects but trees, in pack order, in parts of equal bytes."""
    form = "--batch-check=%(objecttype) %(objectname) %(objectsize)"
    said = subprocess.run(
        ["git", "-C", repository, "cat-file", "--batch-all-objects", "--unordered", form],
        capture_output=True,
        check=True,
    ).stdout.decode()
    rows = [row.split(" ") for row in said.splitlines() if not row.startswith("tree")]
    total = sum(int(row[2]) for row in rows)
    files = [f"{folder}/{number}.oids" for number in range(PIPES)]
    outs = [Path(file).open("w") for file in files]  # noqa: SIM115 - closed below
    for row, reached in zip(rows, itertools.accumulate(int(row[2]) for row in rows), strict=True):
        outs[min(reached * PIPES // (total + 1), PIPES - 1)].write(f"{row[1]}\n")
    for out in outs:
        out.close()


def warm(one: Contestant) -> None:
    """Run it once unmeasured: rules are compiled, files are in memory."""
    measured(one)


def measured(one: Contestant) -> Run:
    """Run a command; raises SystemExit where it fails."""
    one.before()
    started = time.perf_counter()
    process = subprocess.Popen(
        one.command,
        cwd=one.where,
        env={**ENVIRONMENT, **one.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ENDS:
        sys.exit(f"{one.name} ended with {process.returncode}: {' '.join(one.command)}")
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def report(title: str, rows: Sequence[Contestant], runs: int, save: Path | None) -> None:
    """Let all take turns, and print medians and ratios to the first."""
    results: dict[str, list[Run]] = {row.name: [] for row in rows}
    for _ in range(runs):
        for row in rows:
            results[row.name].append(measured(row))
    lines = [
        f"{title}; {machine()}; median of {runs} interleaved runs",
        "",
        "| | wall s | CPU s | largest process MB | wall, ratio | CPU, ratio |",
        "|---|---|---|---|---|---|",
    ]
    first = middle(results[rows[0].name])
    for row in rows:
        one = middle(results[row.name])
        ratios = f"{one.wall / first.wall:.2f} | {one.cpu / first.cpu:.2f}"
        lines.append(
            f"| {row.name} | {one.wall:.2f} | {one.cpu:.2f} | {one.memory:.0f} | {ratios} |"
        )
    table = "\n".join(lines)
    click.echo(table)
    if save:
        put(save, title, table)


def middle(runs: Sequence[Run]) -> Run:
    """Return the medians."""
    return Run(
        *(
            statistics.median(getattr(run, name) for run in runs)
            for name in ("wall", "cpu", "memory")
        )
    )


def put(document: Path, title: str, table: str) -> None:
    """Replace what stands in a document between the comments that name the benchmark."""
    begin, end = f"<!-- {title} -->", f"<!-- end of {title} -->"
    text = document.read_text()
    head, found, rest = text.partition(begin)
    if not found:
        text = f"{text.rstrip()}\n\n{begin}\n{table}\n{end}\n"
    else:
        text = f"{head}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
    document.write_text(text)


def machine() -> str:
    """Say what the figures were measured on."""
    versions = [f"Python {platform.python_version()}", said("git", "--version")]
    versions += [
        said(name, "--version") for name in ("kingfisher", "rg", "gitleaks") if shutil.which(name)
    ]
    return f"{os.cpu_count()} cores, {platform.machine()}, {', '.join(versions)}"


def said(*command: str) -> str:
    """Return the first line that a command prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or [""])[0].strip()


def repository_name(repository: Path) -> str:
    """Return how to call a repository: the folder's name, or its parent's for a bare one."""
    path = repository.resolve()
    return path.parent.name if path.name in ("repo", ".git", "repo.git") else path.name


if __name__ == "__main__":
    main()
