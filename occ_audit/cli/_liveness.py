"""The options of `occ-audit scrub report` that ask vendors whether leaked secrets still work."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from occ_audit.errors import AuditError

if TYPE_CHECKING:  # imported late below, so that help and completion stay quick
    from occ_audit.liveness import Checked
    from occ_audit.model import Finding
    from occ_audit.scrub.report import ScrubReport
    from occ_audit.scrub.subjects import Subject

Function = TypeVar("Function", bound=Callable[..., Any])
_FIXED = ("postgresql",)
"""Their address stands next to the secret, and nobody else is asked."""


def liveness_options(function: Function) -> Function:
    """Add the options that have vendors asked."""
    for option in (
        click.option(
            "--record",
            type=click.Path(path_type=Path),
            metavar="PATH",
            help="Write the answers to this file or folder, as evidence for the ledger.",
        ),
        click.option(
            "--endpoint",
            "endpoints",
            multiple=True,
            metavar="VENDOR=URL",
            help="Ask there instead, for example chatwoot=https://desk.example.org.",
        ),
        click.option(
            "--check-live",
            is_flag=True,
            help="Ask each vendor, by one request with the secret, whether it still works.",
        ),
    ):
        function = option(function)
    return function


def asker(
    check_live: bool, endpoints: Sequence[str], record: Path | None
) -> Callable[[Iterable[Finding]], Callable[[Subject], Checked | None]]:
    """Return what, told all findings, asks about one subject; without --check-live nobody."""
    if not check_live:
        if endpoints or record:
            option = "--endpoint" if endpoints else "--record"
            raise click.UsageError(f"{option} needs --check-live")
        return lambda found: lambda subject: None
    from occ_audit.liveness import Checker
    from occ_audit.liveness._web import Web
    from occ_audit.scrub import asking

    chosen = dict(map(_endpoint, endpoints))
    checker = Checker(lambda name: Web(chosen.get(name, "")))
    return lambda found: asking.asker(checker, found)


def _endpoint(text: str) -> tuple[str, str]:
    from occ_audit import liveness
    from occ_audit.liveness._web import checked_endpoint

    name, equals, url = text.partition("=")
    known = [vendor for vendor in liveness.vendors() if vendor not in _FIXED]
    if not equals or name not in known:
        raise AuditError(
            "an endpoint needs a vendor and an address",
            where=f"--endpoint {text}",
            mend=f"Write VENDOR=URL with one of these vendors: {', '.join(known)}.",
        )
    return name, checked_endpoint(url)


def write_record(report: ScrubReport, record: Path) -> Path:
    """Write all answers to this file, and return it."""
    from occ_audit.files import write_beside
    from occ_audit.scrub import asking

    record.parent.mkdir(parents=True, exist_ok=True)
    write_beside(record, asking.record(report, datetime.datetime.now(datetime.UTC)))
    return record
