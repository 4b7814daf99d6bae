"""The page of a plan: what the rewrite changes, and what people have to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from occ_audit.masking import Masker
from occ_audit.scrub.expressions import REMOVED
from occ_audit.scrub.plan import Plan
from occ_audit.scrub.rewrite import Rewritten
from occ_audit.scrub.script import Place
from occ_audit.wording import plural, some, visible

_LISTED = 20


def masker(plan: Plan) -> Masker:
    """Return what masks the secrets of a plan."""
    return Masker({v for row in plan.secrets for secret in row.secrets for v in secret.variants})


def page(plan: Plan, place: Place, done: Rewritten | None = None) -> str:
    """Return the page that says what the rewrite changes, and what people have to do."""
    text = "\n".join(
        [
            "# Scrub plan",
            "",
            f"Repository: {_code(place.root)}. Remote: {_code(place.url)}.",
            "",
            "**Everything in this folder except this page, `report.json` and `scrub.sh` holds the",
            "secrets in clear.** Keep it private, and delete it when the scrub is verified.",
            "",
            "## What leaves the history",
            "",
            *_secrets(plan),
            "",
            "## What changes",
            "",
            *_changes(plan, done),
            "",
            *_beyond(plan),
            _PEOPLE,
        ]
    )
    return masker(plan).name(text)


def _secrets(plan: Plan) -> Iterable[str]:
    yield "| rule | secret | severity | fingerprint |"
    yield "|---|---|---|---|"
    for row in plan.secrets:
        mask = row.secret.mask if row.secret else ""
        yield f"| {row.rule_id} | `{mask}` | {row.severity.label} | `{row.fingerprint}` |"


def _changes(plan: Plan, done: Rewritten | None) -> Iterable[str]:
    known = plan.changes
    if done:
        yield f"- {done.commits_changed:,} of {done.commits:,} commits (dry run)"
        yield from _refs("branch", done.moved("refs/heads/"))
        yield from _refs("tag", done.moved("refs/tags/"))
    else:
        yield f"- {known.commits:,} of {known.commits_before:,} commits"
        yield from _refs("branch", known.branches)
        yield from _refs("tag", known.tags)
    yield from _refs("other ref", known.others)
    if known.signed_commits:
        yield f"- signed commits that lose their signature: {known.signed_commits:,}"
    if known.signed_tags:
        yield from _refs("lost tag signature", known.signed_tags)
    if plan.refs:
        yield f"- refs that get another name, because it holds a secret: {len(plan.refs):,}"
    if plan.authors:
        yield f"- authors who get another name, because it holds a secret: {len(plan.authors):,}"
    yield f"- texts replaced by `{REMOVED.decode()}`: {len(plan.expressions):,}"
    if plan.unreachable:
        yield (
            f"- {plan.unreachable:,} objects that no ref reaches (reflogs, stash entries, index, "
            "dangling) are not in a fresh clone; they go when old clones are thrown away"
        )


def _refs(what: str, names: Sequence[str]) -> Iterable[str]:
    if names:
        yield f"- {plural(len(names), what)}: {some(list(map(_code, names)), _LISTED)}"


def _beyond(plan: Plan) -> Iterable[str]:
    """Tell what text replacement does not reach."""
    if plan.removed:
        yield "## Files that are removed as a whole\n"
        yield "Text replacement does not reach the secret in these blobs, so they go:\n"
        for row in plan.removed:
            head = " **It is in HEAD: add a clean version afterwards.**" if row.in_head else ""
            yield f"- `{row.oid[:12]}` {_code(row.path)}: {row.reason}.{head}"
        yield ""
    if plan.unmended:
        yield "## What this plan cannot mend\n"
        yield from (f"- {row}" for row in plan.unmended)
        yield ""
    if plan.unread:
        yield "## What was not looked at\n"
        yield "A secret in there stays in the history, so **plan again where all can be read**:\n"
        yield from (f"- {visible(row)}" for row in plan.unread)
        yield ""


def _code(text: str) -> str:
    return f"`{visible(text).replace('`', chr(39))}`"


_PEOPLE = """\
## Order of work

1. **Rotate every secret first.** Whatever was pushed counts as known; a rewrite does not undo that.
   Record it: `occ-audit rotate add FINGERPRINT --what … --by … --evidence PATH`.
2. Take the secrets out of the current files, then commit and push: where they still stand, the
   rewrite leaves `***REMOVED***` behind, and what reads these files stops working.
3. Announce a freeze. Merge or close open branches: what is based on old commits brings the secrets
   back when it is merged later.
4. Run the steps of `scrub.sh`: `clone`, `backup`, `rewrite`, `check`. Look at the mirror.
5. Lift branch protection against force pushes for the `push` step, and restore it afterwards.
   A ref that someone has pushed to since `clone` is refused: begin again with a new clone elsewhere
   (`WORK=/another/folder sh scrub.sh clone` and so on), and keep the first backup.
6. `sh scrub.sh verify` looks at the remote and writes the certificate. File it, for example under
   `artifacts/security/<date>/`.

## What to ask of the host

- Delete or rewrite the refs that nobody can push to (pull or merge requests): `push` lists them in
  `work/ask-the-host.txt`.
- Run garbage collection, and drop cached views: old commits stay readable by their id otherwise.
- Name the forks and mirrors: each keeps the old history until it is deleted or rewritten.
- Remove artifacts that hold the old files: releases, packages, images, CI caches and logs.

## What every colleague does

- Save open work as patches (`git format-patch`), delete the old clone, clone afresh, apply them.
  Never merge or push from an old clone: one push brings the whole old history back.
- A clone that has to stay: fetch, reset or rebase every branch onto the new history, delete old
  tags and stashes, then `git reflog expire --expire=now --all && git gc --prune=now`.
- `occ-audit scrub verify --report report.json` shows whether a clone is clean.

## Afterwards

- Commit ids in tickets, changelogs, notes and submodules name commits that are gone; the mirror's
  `filter-repo/commit-map` has the new ids.
- Git notes stay, but hang on old ids.
- Delete this folder, the mirror, and (as soon as it is no longer needed) the backup bundle.
"""
