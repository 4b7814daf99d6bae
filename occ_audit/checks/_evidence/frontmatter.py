"""Checks what the front matter of a document claims: its path, its dates, its hash."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from occ_audit.checks._evidence.context import Context
from occ_audit.checks._evidence.paths import normal
from occ_audit.checks._evidence.problem import Problem
from occ_audit.documents import Field, body_digest
from occ_audit.settings import EvidenceConfig

_UNFILLED = frozenset({"", "tbd", "todo", "tba", "pending", "none", "null", "~", "placeholder"})


def problems(context: Context, config: EvidenceConfig, today: datetime.date) -> Iterator[Problem]:
    """Yield what the front matter says that is not so; nothing for an ordinary document."""
    if not context.evidence:
        return
    fields = context.document.fields
    if fields:
        yield from _own_path(context)
        yield from _expiry(context, today)
        yield from _review(context, config.review_days, today)
        yield from _hash(context)
        yield from _required(context, config.required)


def _problem(rule: str, key: str, field: Field, message: str, step: str) -> Problem:
    return Problem(rule, key, message, field.start, field.end, step)


def _own_path(context: Context) -> Iterator[Problem]:
    field = context.document.fields.get("doc")
    if field and field.value.strip() and normal(field.value.strip()) != context.path:
        message = f"doc says {field.value}, but this is {context.path}"
        yield _problem("document-path", "doc", field, message, f"Write doc: {context.path}")


def _expiry(context: Context, today: datetime.date) -> Iterator[Problem]:
    field = context.document.fields.get("expires")
    day = _date(field)
    if field is None or day is None:
        if field and field.value.strip().casefold() not in _UNFILLED:
            message = f"expires says {field.value}, which is no date"
            yield _problem("document-expired", "expires", field, message, "Write it as YYYY-MM-DD.")
        return
    if day < today:
        message = f"{context.path} expired on {day}"
        step = "Review the document and set a new date, or retire it."
        yield _problem("document-expired", "expires", field, message, step)
    reviewed = _date(context.document.fields.get("last_reviewed"))
    if reviewed and day <= reviewed:
        message = f"expires ({day}) is not after last_reviewed ({reviewed})"
        step = "Give the review a time in which it holds."
        yield _problem("document-lifetime", "expires", field, message, step)


def _review(context: Context, most_days: int, today: datetime.date) -> Iterator[Problem]:
    field = context.document.fields.get("last_reviewed")
    day = _date(field)
    if field is None or day is None:
        return
    newest = context.entries.newest
    if newest and day < newest.day:
        message = f"last_reviewed ({day}) is older than the newest entry ({newest.day})"
    elif (today - day).days > most_days:
        message = f"last_reviewed ({day}) is {(today - day).days} days ago, at most {most_days} do"
    else:
        return
    step = "Review the document and set last_reviewed."
    yield _problem("document-review", "last_reviewed", field, message, step)


def _hash(context: Context) -> Iterator[Problem]:
    field = context.document.fields.get("doc_hash")
    if field is None:
        return
    said = field.value.strip().casefold().removeprefix("sha256:")
    if said in _UNFILLED:
        message = f"doc_hash is {field.value.strip() or 'empty'}: the content is not locked"
    elif said != body_digest(context.document.data):
        message = "doc_hash is not the SHA-256 of the text below the front matter"
    else:
        return
    step = "Run `occ-audit evidence stamp` once the text is right."
    yield _problem("document-hash", "doc_hash", field, message, step)


def _required(context: Context, keys: tuple[str, ...]) -> Iterator[Problem]:
    fields = context.document.fields
    for key in keys:
        if key not in fields or not fields[key].value.strip():
            message = f"the front matter has no {key}"
            start = min(field.start for field in fields.values())
            step = f"Add {key}: to the front matter."
            yield Problem("document-keys", key, message, start, start, step)


def _date(field: Field | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(field.value.strip()[:10]) if field else None
    except ValueError:
        return None
