"""Each evidence rule: what a user reads in a real repository, and the section about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from occ_audit import rules
from occ_audit.model import Rule
from tests import repos
from tests.scans import ROOT, leak, scan

RULES = {rule.id: rule for rule in rules.load() if rule.vendor == "evidence"}
HEAD = "---\nepoch: 3\nowner: ops\n---\n"
"""Front matter that makes an evidence document; what follows begins on line 5."""
LATER = repos.START + 90 * 24 * 3600


@dataclass(frozen=True)
class Case:
    """Commits of files, what then lies on disk only, the configuration, and what is said."""

    said: str
    """`path:line message`; the name of a commit is written as ….."""
    commits: Sequence[Mapping[str, str]]
    disk: Mapping[str, str] | None = None
    config: str = ""
    remove: Sequence[str] = ()
    """What the last commit removes."""


def log(text: str, **more: str) -> dict[str, str]:
    return {"log.md": HEAD + text, **{name.replace("__", "/"): text for name, text in more.items()}}


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
CASES: Mapping[str, Case] = {
    "evidence-missing": Case(
        "log.md:5 out/a.txt is cited but does not exist (never existed)", [log("`out/a.txt`\n")]
    ),
    "reference-missing": Case(
        "README.md:1 docs/a.md is cited but does not exist (deleted in commit … on 2025-10-10)",
        [{"README.md": "[a](docs/a.md)\n", "docs/a.md": "x\n"}, {}],
        remove=["docs/a.md"],
    ),
    "reference-doubtful": Case(
        "README.md:1 docs/b.md is cited but does not exist (never existed)",
        [{"README.md": "See `docs/b.md`.\n", "docs/a.md": "x\n"}],
    ),
    "reference-anchor": Case(
        "README.md:1 docs/a.md#instal: there is no such heading (did you mean #install?)",
        [{"README.md": "[a](docs/a.md#instal)\n", "docs/a.md": "# Install\n"}],
    ),
    "evidence-lines": Case(
        "log.md:5 a.txt: lines 2-9 cited, but the file has 1 line",
        [log("`a.txt:2-9`\n") | {"a.txt": "x\n"}],
    ),
    "evidence-drift": Case(
        "log.md:5 a.txt:1: it no longer says what it said in commit …, when it was cited:"
        " it moved to line 2",
        [log("`a.txt:1`\n") | {"a.txt": "one\n"}, {"a.txt": "zero\none\n"}],
    ),
    "evidence-untracked": Case(
        "log.md:5 a.txt is cited but not in git: a fresh clone will not have it"
        " (ignored by .gitignore:1 *.txt)",
        [log("`a.txt`\n") | {".gitignore": "*.txt\n"}],
        {"a.txt": "x\n"},
    ),
    "evidence-empty-folder": Case(
        "log.md:5 out/ is cited but holds no evidence (the folder holds no evidence)",
        [log("`out/`\n") | {"out/.gitkeep": ""}],
    ),
    "evidence-empty-file": Case(
        'log.md:5 a.md is cited but holds no evidence (the file says only "TBD")',
        [log("`a.md`\n") | {"a.md": "# Report\n\nTBD\n"}],
    ),
    "evidence-not-fetched": Case(
        "log.md:5 a.bin is cited but was not checked: git LFS has not fetched it",
        [log("[a](a.bin)\n") | {"a.bin": POINTER}],
    ),
    "evidence-vault-tracked": Case(
        "vault/db.env:1 vault/db.env must never be in git, but git tracks it",
        [{"vault/db.env": "x\n"}],
    ),
    "evidence-vault-history": Case(
        "vault/db.env:1 vault/db.env must never be in git, but commit … of 2025-10-10 added it",
        [{"vault/db.env": "x\n", "a.txt": "x\n"}, {}],
        remove=["vault/db.env"],
    ),
    "evidence-vault-unignored": Case(
        "vault/db.env:1 vault/db.env must never be in git, but no .gitignore names it",
        [{"a.txt": "x\n"}],
        {"vault/db.env": "x\n"},
    ),
    "evidence-planned": Case(
        'log.md:5 out/a.txt is cited as planned and does not exist yet ("to be authored")',
        [log("`out/a.txt` (to be authored)\n")],
    ),
    "evidence-overdue": Case(
        "log.md:5 out/a.txt is cited as planned and does not exist yet"
        " (marked as planned for 2025-01-31, due by 2025-01-31)",
        [log("`out/a.txt` <!-- planned: 2025-01-31 -->\n")],
    ),
    "evidence-list-empty": Case(
        'log.md:5 "New evidence artifacts:" is followed by no evidence',
        [log("- Done. New evidence artifacts:\n- Blockers: none\n")],
    ),
    "evidence-stamp": Case(
        "log.md:6 run-20310502T1130Z.log is of 2031-05-02 11:30,"
        " later than the entry of 2031-05-02 10:00",
        [
            log("## 2031-05-02 Run (10:00 UTC)\n`run-20310502T1130Z.log`\n")
            | {"run-20310502T1130Z.log": "x\n"}
        ],
    ),
    "evidence-late": Case(
        "log.md:6 a.txt came later than the entry that cites it (commit … added it on 2025-10-10)",
        [log("## 2025-01-02 Run\n`a.txt`\n"), {"a.txt": "x\n"}],
    ),
    "evidence-outside": Case(
        "log.md:5 ../../run.log is cited but lies outside the repository"
        " (leads out of the repository)",
        [log("`../../run.log`\n")],
    ),
    "evidence-machine-path": Case(
        "log.md:5 /home/ada/run.log is cited but lies outside the repository"
        " (a path of some machine)",
        [log("`/home/ada/run.log`\n")],
    ),
    "evidence-claim-refuted": Case(
        'log.md:5 "repo now clean" is said here, but this scan found a secret,'
        " for example at config.txt:1",
        [log("All rotated, repo now clean.\n") | {"config.txt": leak("claim")}],
    ),
    "document-expired": Case(
        "log.md:3 log.md expired on 2025-10-10",
        [{"log.md": "---\nowner: ops\nexpires: 2025-10-10\n---\n"}],
    ),
    "document-lifetime": Case(
        "log.md:3 expires (2025-10-10) is not after last_reviewed (2025-10-10)",
        [{"log.md": "---\nlast_reviewed: 2025-10-10\nexpires: 2025-10-10\n---\n"}],
    ),
    "document-path": Case(
        "log.md:3 doc says notes/log.md, but this is log.md",
        [{"log.md": "---\nowner: ops\ndoc: notes/log.md\n---\n"}],
    ),
    "document-review": Case(
        "log.md:3 last_reviewed (2031-05-01) is older than the newest entry (2031-05-02)",
        [{"log.md": "---\nowner: ops\nlast_reviewed: 2031-05-01\n---\n## 2031-05-02 A\nx\n"}],
    ),
    "document-hash": Case(
        "log.md:3 doc_hash is TBD: the content is not locked",
        [{"log.md": "---\nowner: ops\ndoc_hash: TBD\n---\n"}],
    ),
    "document-keys": Case(
        "log.md:2 the front matter has no expires",
        [log("x\n")],
        config='[evidence]\nrequired = ["expires"]\n',
    ),
    "log-order": Case(
        'log.md:7 "Log" is the title, but stands below another heading',
        [log("## 2031-05-02 A\nx\n# Log\ny\n")],
        config='[evidence]\nchronological = ["log.md"]\n',
    ),
    "log-duplicate": Case(
        'log.md:7 "2031-05-02 A" is there twice',
        [log("## 2031-05-02 A\nx\n## 2031-05-02 A\ny\n")],
        config='[evidence]\nchronological = ["log.md"]\n',
    ),
    "log-empty-entry": Case(
        'log.md:5 "2031-05-02 A" has no text',
        [log("## 2031-05-02 A\n## 2031-05-01 B\ny\n")],
        config='[evidence]\nchronological = ["log.md"]\n',
    ),
}


def test_each_rule_has_a_case() -> None:
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_what_a_user_reads(rule: str, tmp_path: Path) -> None:
    case = CASES[rule]
    repo = repos.init(tmp_path / "repo")
    *first, last = case.commits
    for files in first:
        repos.commit(repo, files)
    repos.commit(repo, last | {".occ-audit.toml": case.config}, remove=case.remove)
    repos.write(repo, case.disk or {})
    found = scan(repo)
    [row] = found.rules(rule)
    place = row["locations"][0]
    shown = f"{place['path']}:{place['line']} {row['message']}"
    assert re.sub(r"(?<=commit )[0-9a-f]{12}", "…", shown) == case.said
    assert row["severity"] == RULES[rule].severity.label
    assert row["properties"]["next_step"]
    assert found.code == (1 if RULES[rule].severity >= 2 else found.code)
    silent = scan(repo, "--config", _without(rule, case, tmp_path))
    assert silent.rules(rule) == [], "a rule can be switched off"


def _without(rule: str, case: Case, folder: Path) -> Path:
    file = folder / "other.toml"
    file.write_text(f'disable = ["{rule}"]\n{case.config}')
    return file


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_each_rule_is_explained(rule: Rule) -> None:
    page = (ROOT / "docs/evidence.md").read_text()
    sections = re.split(r"^### ", page.partition("\n## Rules\n")[2], flags=re.MULTILINE)
    about = [text for text in sections if rule.id in text.partition("\n")[0]]
    assert len(about) == 1
    heading, _, text = about[0].partition("\n")
    assert rule.severity.label in heading
    example, _, words = text.partition("\n")
    assert example.startswith("    "), "it begins with what a user reads"
    assert len(words.split()) > 12, "it says why, and what to do"
