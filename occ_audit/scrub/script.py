"""The files of a plan: what git-filter-repo reads, the script to run, the page that explains it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from occ_audit.masking import Masker
from occ_audit.scrub import expressions
from occ_audit.scrub.plan import Plan
from occ_audit.scrub.rewrite import (
    AUTHORS,
    BLOBS,
    KEEP_ALL,
    MESSAGES,
    PATHS,
    REFS,
    TEXTS,
    Rewritten,
    file_options,
)
from occ_audit.wording import plural, some, visible

SCRIPT, PAGE, REPORT = "scrub.sh", "README.md", "report.json"

_NOBODY = b"REMOVED <removed@invalid>"
_LISTED = 20
_TRACKING = re.compile("^refs/remotes/[^/]+/")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the repository is."""

    url: str
    """What is cloned and pushed to: the remote's URL without credentials, or a path."""
    root: str


def data_files(plan: Plan) -> dict[str, bytes]:
    """Return what git-filter-repo and the script read, by name; it holds the secrets in clear."""
    texts = expressions.file_text(plan.expressions)
    removed = (f"{row.oid}\n".encode() for row in plan.removed)
    names = (b"regex:" + re.escape(text) + b"==>REMOVED\n" for text in plan.names)
    authors = (b"%b %b <%b>\n" % (_NOBODY, *author) for author in plan.authors)
    renamed = {_at_remote(old): _at_remote(new) for old, new in plan.refs} | dict(plan.refs)
    refs = "".join(f"{old} {new}\n" for old, new in renamed.items())
    return {
        TEXTS: texts,
        MESSAGES: texts,
        BLOBS: b"".join(removed),
        PATHS: b"".join(names),
        AUTHORS: b"".join(authors),
        REFS: refs.encode("utf-8", "surrogateescape"),
    }


def _at_remote(ref: str) -> str:
    """Return the name of a ref where it was fetched from; a remote-tracking ref is a branch."""
    return _TRACKING.sub("refs/heads/", ref)


def script(place: Place, files: Mapping[str, bytes]) -> str:
    """Return the shell script; it does one step for each call, and nothing without a step."""
    options = "".join(f' \\\n    {option} "$plan/{name}"' for option, name in file_options(files))
    return _SCRIPT.format(
        remote=shlex.quote(place.url), options=options, keep=" ".join(KEEP_ALL), refs=REFS
    )


_SCRIPT = """\
#!/bin/sh
# Takes leaked secrets out of a repository's history. Read it, then run it step by step:
#
#   sh scrub.sh clone     a fresh mirror of the remote
#   sh scrub.sh backup    a bundle of all refs as they are now (it holds the secrets)
#   sh scrub.sh rewrite   git-filter-repo on the mirror
#   sh scrub.sh check     are the secrets gone from the mirror?
#   sh scrub.sh push      each changed ref, refused where someone has pushed meanwhile
#   sh scrub.sh verify    are they gone from the remote?
#
# REMOTE and WORK may be set from outside. README.md says what comes before and after.
set -eu
umask 077
plan=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
remote=${{REMOTE:-{remote}}}
work=${{WORK:-$plan/work}}
mirror=$work/rewrite.git
# What refs/replace shows instead of an object must not hide that object from the rewrite.
export GIT_NO_REPLACE_OBJECTS=1

list_refs() {{
    git -C "$mirror" for-each-ref --format='%(objectname) %(refname)'
}}

refuse() {{
    echo "$1" >&2
    exit 2
}}

step_clone() {{
    [ ! -e "$mirror" ] || refuse "$mirror is there already: to begin again, set another WORK."
    mkdir -p "$work"
    git clone --mirror --no-local -- "$remote" "$mirror"
    # git-filter-repo removes it, too, but with advice to delete branches.
    git -C "$mirror" config --remove-section remote.origin
    list_refs >"$work/refs-before.txt"
}}

step_backup() {{
    git -C "$mirror" bundle create "$work/backup.bundle" --all
    git -C "$mirror" bundle verify "$work/backup.bundle"
}}

step_rewrite() {{
    # Refs whose name holds a secret, before anything writes the old names to its own files.
    head=$(git -C "$mirror" symbolic-ref HEAD || true)
    git -C "$mirror" for-each-ref --format='%(refname) %(objectname)' |
        awk 'NR == FNR {{ new[$1] = $2; next }}
            $1 in new {{ print "create " new[$1] " " $2; print "delete " $1 }}' "$plan/{refs}" - |
        git -C "$mirror" update-ref --stdin
    renamed=$(awk -v head="$head" '$1 == head {{ print $2 }}' "$plan/{refs}")
    [ -z "$renamed" ] || git -C "$mirror" symbolic-ref HEAD "$renamed"
    (cd "$mirror" && git-filter-repo {keep}{options})
    list_refs >"$work/refs-after.txt"
}}

step_check() {{
    git -C "$mirror" fsck --no-dangling
    occ-audit scrub verify --report "$plan/report.json" --plan "$plan" "$mirror"
}}

step_push() {{
    [ -s "$work/refs-after.txt" ] || refuse "Nothing is rewritten yet: rewrite comes first."
    rm -f "$work/not-pushed.txt" "$work/ask-the-host.txt"
    # Branches, tags and notes; hosts keep refs/pull and the like to themselves (see README.md).
    awk 'NR == FNR {{ before[$2] = $1; next }}
        {{ after[$2] = 1; if (!($2 in before)) print $2, "-", $2
           else if (before[$2] != $1) print $2, before[$2], $2 }}
        END {{ for (ref in before) if (!(ref in after)) print ref, before[ref], "-" }}' \\
        "$work/refs-before.txt" "$work/refs-after.txt" | sort |
        while read -r ref old source; do
            # A lease without an id: there is no such ref. A push without a source deletes it.
            old=${{old#-}} source=${{source#-}}
            case $ref in
            refs/heads/* | refs/tags/* | refs/notes/*)
                git -C "$mirror" push --force-with-lease="$ref:$old" "$remote" "$source:$ref" ||
                    echo "$ref" >>"$work/not-pushed.txt"
                ;;
            *) echo "$ref" >>"$work/ask-the-host.txt" ;;
            esac
        done
    for list in not-pushed ask-the-host; do
        [ ! -s "$work/$list.txt" ] || {{ echo "$list:" && sort -u "$work/$list.txt"; }}
    done
    [ ! -s "$work/not-pushed.txt" ]
}}

step_verify() {{
    occ-audit scrub verify --report "$plan/report.json" --plan "$plan" "$mirror" \\
        --remote "$remote" --certificate "$work/scrub-certificate.md"
}}

case ${{1:-}} in
clone | backup | rewrite | check | push | verify) "step_$1" ;;
*)
    sed -n '2,/^set -eu/s/^#//p' "$0"
    exit 2
    ;;
esac
"""


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
    yield f"- texts replaced by `{expressions.REMOVED.decode()}`: {len(plan.expressions):,}"
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
