"""What to do first: the rows by urgency, and the steps that lead out, ready to paste."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from occ_audit.liveness import State
from occ_audit.scrub.report import ScrubRow, Step
from occ_audit.wording import plural, some

_ANSWERS = ("live", "unknown", "dead")
_PUSHED = ("yes", "possible", "no")
_NAMED = 3


def ranked(rows: Iterable[ScrubRow]) -> tuple[ScrubRow, ...]:
    """Return the most urgent row first: open, known to work, grave, seen by others, visible."""
    return tuple(sorted(rows, key=_urgency))


def _urgency(row: ScrubRow) -> tuple[object, ...]:
    return (
        row.fixed,
        bool(row.suppression),
        _ANSWERS.index(row.liveness.state if row.liveness else "unknown"),
        -row.severity,
        _PUSHED.index(row.exposure.pushed),
        bool(row.exposure.end),
        -row.confidence,
        row.exposure.start or "9999",
        row.fingerprint,
    )


def steps(rows: Sequence[ScrubRow], places: Sequence[str]) -> tuple[Step, ...]:
    """Return what to do about ranked rows, in order; `places` are known mirrors and forks."""
    leaks = [row for row in rows if not row.suppression]
    if not leaks:
        return ()
    return (
        *_rotations([row for row in leaks if not row.fixed]),
        *_files(leaks),
        *_history(leaks),
        *_local(leaks),
        *_others(leaks, places),
        *_proof(leaks),
    )


def _rotations(rows: Sequence[ScrubRow]) -> Iterator[Step]:
    """Yield one step for each kind of credential: its rotation is the same for all of a kind.

    What is known to work no longer is only to be recorded.
    """
    by_rule: dict[str, list[ScrubRow]] = {}
    for row in (row for row in rows if not _is_dead(row)):
        by_rule.setdefault(row.rule_id, []).append(row)
    for group in by_rule.values():
        first = group[0]
        opens = tuple(dict.fromkeys(text for row in group for text in row.opens))
        yield Step(
            title=f"Rotate {_many(len(group), first.rule_name)}",
            detail=" ".join(filter(None, (first.advice, _opens(opens)))),
            url=first.url,
            command=first.command,
            fingerprints=tuple(row.fingerprint for row in group),
        )
    if rows:
        yield Step(
            title="Record each rotation",
            detail="The ledger keeps when, by whom, and where the evidence is; no secret.",
            command=f"occ-audit rotate add {shlex.quote(rows[0].fingerprint)} "
            f"--what {shlex.quote(rows[0].rule_name)} --by NAME --evidence PATH",
        )


def _is_dead(row: ScrubRow) -> bool:
    return row.liveness is not None and row.liveness.state is State.DEAD


def _opens(opens: Sequence[str]) -> str:
    return f"It opens {some(opens, _NAMED)}." if opens else ""


def _files(rows: Sequence[ScrubRow]) -> Iterator[Step]:
    """Yield what takes the secrets out of the files that people see."""
    here = [row for row in rows if _in_files(row) and _paths_now(row)]  # a message has none
    if here:
        paths = dict.fromkeys(path for row in here for path in _paths_now(row))
        yield Step(
            title=f"Take {_many(len(here), 'secret')} out of the current files",
            detail="Read them from the environment or a vault instead, and commit that: "
            f"{some(list(paths), _NAMED)}.",
            fingerprints=tuple(row.fingerprint for row in here),
        )


def _in_files(row: ScrubRow) -> bool:
    return bool(row.presence.working_tree or row.presence.index or row.presence.head)


def _paths_now(row: ScrubRow) -> tuple[str, ...]:
    committed = tuple(path for path in row.paths.shown if not path.startswith(".git/"))
    return row.presence.working_tree or row.presence.index or committed[-1:]


def _history(rows: Sequence[ScrubRow]) -> Iterator[Step]:
    reached = [row for row in rows if row.presence.refs.count]
    if reached:
        yield Step(
            title=f"Rewrite the history of {_many(len(reached), 'secret')}",
            detail="Only after the rotation: whoever has a clone keeps the secret. The plan names "
            "every ref that changes.",
            command="occ-audit scrub plan --dry-run --out ../scrub-plan",
            fingerprints=tuple(row.fingerprint for row in reached),
        )


def _local(rows: Sequence[ScrubRow]) -> Iterator[Step]:
    """Yield what drops remains that no ref reaches; for what never left, that is enough."""
    left = [row for row in rows if row.presence.reflogs or row.presence.unreachable]
    stashed = any(row.presence.kinds.get("stash") for row in rows)
    stashed = stashed or any("refs/stash" in row.presence.reflogs for row in rows)
    if stashed:
        yield Step(
            title="Drop the stashes that hold a secret",
            detail="Look at each first: a stash may hold work that is nowhere else.",
            command="git stash list",
        )
    if left:
        enough = all(row.exposure.pushed == "no" for row in left)
        yield Step(
            title=f"Drop the remains of {_many(len(left), 'secret')} in this clone",
            detail="Reflogs and unreachable objects go; what else they kept is lost, too."
            + (" They never left this clone." if enough else ""),
            command="git reflog expire --expire=now --all && git gc --prune=now",
            fingerprints=tuple(row.fingerprint for row in left),
        )


def _others(rows: Sequence[ScrubRow], places: Sequence[str]) -> Iterator[Step]:
    """Yield what is to be asked of the host and of everyone who has a copy."""
    pulls = [row for row in rows if row.presence.kinds.get("pull")]
    pushed = [row for row in rows if row.exposure.pushed != "no"]
    if pulls:
        yield Step(
            title="Ask the host to delete pull refs and caches",
            detail=f"Pull refs reach {_many(len(pulls), 'secret')}, and no push changes them.",
            fingerprints=tuple(row.fingerprint for row in pulls),
        )
    if pushed and places:
        yield Step(
            title="Clean the mirrors and forks, too",
            detail=f"{some(places, _NAMED)}.",
        )


def _proof(rows: Sequence[ScrubRow]) -> Iterator[Step]:
    if rows:
        yield Step(
            title="Prove that all of it is gone",
            detail="Compares every object with the digests of this report as JSON, which "
            "`occ-audit scrub report --report json=FILE` writes, and makes a certificate.",
            command="occ-audit scrub verify --report FILE --remote URL "
            "--certificate artifacts/security",
        )


def _many(count: int, noun: str) -> str:
    """Return so many of a noun; a name, whose plural is not known, gets its number behind it."""
    if noun == "secret":
        return plural(count, noun)
    return noun if count == 1 else f"{noun} ({count:,} secrets)"
