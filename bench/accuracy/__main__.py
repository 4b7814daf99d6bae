"""Accuracy of occ-audit and of public scanners over a labelled corpus, as tables.

    python bench/accuracy CORPUS.jsonl… [--install FOLDER] [--save docs/accuracy.md]

A line of the corpus is an object with `id`, `text`, `filename`, `category`, `expect` (`secret` or
`clean`) and `value` (the secret, as it stands in the text). Each case becomes a file in a folder
of its own, and every scanner reads all of them once, without asking a server anything.

A secret counts as found when a finding overlaps it, or is on its line where a scanner names no
columns; a clean case counts as wrongly reported when it has any finding.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
from corpus import Case, Score, cases, mistakes, scores, write
from scanners import ALL, Scanner, install, version

from occ_audit.errors import AuditError

BEGIN, END = "<!-- tables -->", "<!-- end of tables -->"
FILE = click.Path(path_type=Path, dir_okay=False)
Scores = Mapping[str, Mapping[str, Score]]
"""By scanner with its version, then by category."""


@click.command(help=__doc__)
@click.argument("corpus", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--install", "tools", type=click.Path(path_type=Path), help="Install scanners here.")
@click.option("--only", multiple=True, help="Run this scanner; repeatable.")
@click.option("--misses", is_flag=True, help="Name the cases that went wrong.")
@click.option("--save", type=FILE, help="Put the tables into this document.")
def main(
    corpus: tuple[Path, ...],
    tools: Path | None,
    only: tuple[str, ...],
    misses: bool,
    save: Path | None,
) -> None:
    if tools and not tools.exists():
        install(tools)
    all_cases = list(cases(corpus))
    chosen = [scanner for scanner in ALL if not only or scanner.name in only]
    try:
        results = dict(measured(all_cases, chosen, tools, misses=misses))
    except AuditError as error:
        raise click.ClickException(str(error)) from error
    text = "\n\n".join([intro(all_cases), totals(results), by_category(all_cases, results)])
    click.echo(text)
    if save:
        put(save, text)


def measured(
    all_cases: Sequence[Case], chosen: Sequence[Scanner], tools: Path | None, *, misses: bool
) -> Iterator[tuple[str, dict[str, Score]]]:
    """Run the scanners that are there, one after the other, and yield their scores."""
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        root = Path(scratch, "files")
        write(all_cases, root)
        for scanner in chosen:
            command = scanner.command(tools)
            if not command:
                click.echo(f"{scanner.name}: not found, left out", err=True)
                continue
            spans = scanner.run(command, root)
            for mistake in mistakes(all_cases, spans) if misses else ():
                click.echo(f"{scanner.name} {mistake}", err=True)
            yield f"{scanner.name} {version(command)}", scores(all_cases, spans)


def intro(all_cases: Sequence[Case]) -> str:
    """Say how large the corpus is."""
    secret = sum(case.secret for case in all_cases)
    return f"{len(all_cases)} cases: {secret} with a secret, {len(all_cases) - secret} clean."


def totals(results: Scores) -> str:
    """Return a table of the scanners over all categories."""
    rows = ["| scanner | found | missed | wrongly reported | precision | recall | F1 |"]
    rows.append("|---|" + "---:|" * 6)
    for name, by_name in results.items():
        score = sum(by_name.values(), Score())
        rates = f"{score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f}"
        rows.append(f"| {name} | {score.right} | {score.missed} | {score.wrong} | {rates} |")
    return "\n".join(rows)


def by_category(all_cases: Sequence[Case], results: Scores) -> str:
    """Return a table of precision, recall and F1 with a column for each scanner."""
    names = [name.split()[0] for name in results]
    rows = ["Precision / recall / F1:", ""]
    rows.append(f"| category | secrets | clean | {' | '.join(names)} |")
    rows.append("|---|---:|---:|" + "---|" * len(names))
    for category in sorted({case.category for case in all_cases}):
        labels = [case.secret for case in all_cases if case.category == category]
        cells = (cell(by_name[category], any(labels)) for by_name in results.values())
        counts = f"{sum(labels)} | {len(labels) - sum(labels)}"
        rows.append(f"| {category} | {counts} | {' | '.join(cells)} |")
    return "\n".join(rows)


def cell(score: Score, secrets: bool) -> str:
    """Return the rates, or the errors where there is nothing to be found."""
    if not secrets:
        return f"{score.wrong} wrong"
    return f"{score.precision:.2f} / {score.recall:.2f} / {score.f1:.2f}"


def put(document: Path, text: str) -> None:
    """Replace what stands in a document between the comments around the tables."""
    old = document.read_text(encoding="utf-8") if document.exists() else "# Accuracy\n"
    head, _, rest = old.partition(BEGIN)
    tail = rest.partition(END)[2] or "\n"
    document.write_text(f"{head.rstrip()}\n\n{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
