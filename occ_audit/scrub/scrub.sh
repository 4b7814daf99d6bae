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
remote=${REMOTE:-@REMOTE@}
work=${WORK:-$plan/work}
mirror=$work/rewrite.git
# What refs/replace shows instead of an object must not hide that object from the rewrite.
export GIT_NO_REPLACE_OBJECTS=1

list_refs() {
    git -C "$mirror" for-each-ref --format='%(objectname) %(refname)'
}

refuse() {
    echo "$1" >&2
    exit 2
}

step_clone() {
    [ ! -e "$mirror" ] || refuse "$mirror is there already: to begin again, set another WORK."
    mkdir -p "$work"
    git clone --mirror --no-local -- "$remote" "$mirror"
    # git-filter-repo removes it, too, but with advice to delete branches.
    git -C "$mirror" config --remove-section remote.origin
    list_refs >"$work/refs-before.txt"
}

step_backup() {
    git -C "$mirror" bundle create "$work/backup.bundle" --all
    git -C "$mirror" bundle verify "$work/backup.bundle"
}

step_rewrite() {
    # Refs whose name holds a secret, before anything writes the old names to its own files.
    head=$(git -C "$mirror" symbolic-ref HEAD || true)
    git -C "$mirror" for-each-ref --format='%(refname) %(objectname)' |
        awk 'NR == FNR { new[$1] = $2; next }
            $1 in new { print "create " new[$1] " " $2; print "delete " $1 }' "$plan/ref-renames.txt" - |
        git -C "$mirror" update-ref --stdin
    renamed=$(awk -v head="$head" '$1 == head { print $2 }' "$plan/ref-renames.txt")
    [ -z "$renamed" ] || git -C "$mirror" symbolic-ref HEAD "$renamed"
    (cd "$mirror" && git-filter-repo @OPTIONS@)
    list_refs >"$work/refs-after.txt"
}

step_check() {
    git -C "$mirror" fsck --no-dangling
    occ-audit scrub verify --report "$plan/report.json" --plan "$plan" "$mirror"
}

step_push() {
    [ -s "$work/refs-after.txt" ] || refuse "Nothing is rewritten yet: rewrite comes first."
    rm -f "$work/not-pushed.txt" "$work/ask-the-host.txt"
    # Branches, tags and notes; hosts keep refs/pull and the like to themselves (see README.md).
    awk 'NR == FNR { before[$2] = $1; next }
        { after[$2] = 1; if (!($2 in before)) print $2, "-", $2
           else if (before[$2] != $1) print $2, before[$2], $2 }
        END { for (ref in before) if (!(ref in after)) print ref, before[ref], "-" }' \
        "$work/refs-before.txt" "$work/refs-after.txt" | sort |
        while read -r ref old source; do
            # A lease without an id: there is no such ref. A push without a source deletes it.
            old=${old#-} source=${source#-}
            case $ref in
            refs/heads/* | refs/tags/* | refs/notes/*)
                git -C "$mirror" push --force-with-lease="$ref:$old" "$remote" "$source:$ref" ||
                    echo "$ref" >>"$work/not-pushed.txt"
                ;;
            *) echo "$ref" >>"$work/ask-the-host.txt" ;;
            esac
        done
    for list in not-pushed ask-the-host; do
        [ ! -s "$work/$list.txt" ] || { echo "$list:" && sort -u "$work/$list.txt"; }
    done
    [ ! -s "$work/not-pushed.txt" ]
}

step_verify() {
    occ-audit scrub verify --report "$plan/report.json" --plan "$plan" "$mirror" \
        --remote "$remote" --certificate "$work/scrub-certificate.md"
}

case ${1:-} in
clone | backup | rewrite | check | push | verify) "step_$1" ;;
*)
    sed -n '2,/^set -eu/s/^#//p' "$0"
    exit 2
    ;;
esac
