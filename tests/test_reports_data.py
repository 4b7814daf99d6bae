"""JSON, JSONL and SARIF hold their schemas, and say what is there."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sample import COMMIT, NOT_UTF8, PASSWORD, SECRETS, SHORT, TOKEN, clean, sample
from test_reports_all import rendered

from occ_audit.model import Report, Severity
from occ_audit.reports import RenderOptions

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs" / "report-schema.json").read_text(encoding="utf-8")
)
SARIF_SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)


def _validate(document: object, definition: str) -> None:
    jsonschema.Draft202012Validator(
        {**SCHEMA, "$ref": f"#/$defs/{definition}", "anyOf": [True]}
    ).validate(document)


def _sarif(report: Report | None = None) -> Any:
    log = json.loads(rendered("sarif", RenderOptions(), report))
    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
    return log["runs"][0]


@pytest.mark.parametrize("show", [False, True])
@pytest.mark.parametrize("report", [sample(), clean(), Report("", (), (), (), {})])
def test_json_and_jsonl_are_valid_and_agree(report: Report, show: bool) -> None:
    options = RenderOptions(show_secrets=show)
    document = json.loads(rendered("json", options, report))
    lines = [json.loads(line) for line in rendered("jsonl", options, report).splitlines()]
    _validate(document, "document")
    for line in lines:
        _validate(line, "line")
    kinds = ["header", *("rule" for _ in report.rules), *("finding" for _ in report.findings)]
    kinds += [*("skipped" for _ in report.skipped), "stats"]
    assert [line.pop("type") for line in lines] == kinds
    assert [line for line, kind in zip(lines, kinds, strict=True) if kind == "finding"] == (
        document["findings"]
    )
    assert lines[-1] == document["stats"]


def test_json_is_ascii_and_a_path_that_is_not_utf8_survives() -> None:
    text = rendered("json", RenderOptions())
    assert text.isascii()
    paths = [row["path"] for f in json.loads(text)["findings"] for row in f["locations"]]
    assert "caf\\xe9/notes.txt" in paths
    assert NOT_UTF8 not in paths


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_only_the_value_shows_a_secret_and_only_on_request(name: str) -> None:
    text = rendered(name, RenderOptions(show_secrets=True))
    assert rendered(name, RenderOptions()).count('"value"') == 0
    rows = [json.loads(text)] if name == "json" else list(map(json.loads, text.splitlines()))
    findings = (
        rows[0]["findings"] if name == "json" else [r for r in rows if r["type"] == "finding"]
    )
    values = [finding["secret"].pop("value") for finding in findings if finding["secret"]]
    assert values[:2] == [TOKEN, PASSWORD]
    assert values[3] == SHORT
    rest = json.dumps(rows, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in rest]


def test_json_counts_what_it_does_not_show() -> None:
    document = json.loads(rendered("json", RenderOptions(min_severity=Severity.MEDIUM)))
    assert {finding["severity"] for finding in document["findings"]} == {"critical", "high"}
    assert document["stats"]["findings"] == {
        "reported": 5,
        "below_min_severity": 2,
        "below_min_confidence": 0,
        "suppressed": 1,
    }
    assert document["stats"]["complete"] is False


def test_sarif_is_valid_and_its_indexes_fit() -> None:
    run = _sarif()
    _sarif(clean())
    _sarif(Report("", (), (), (), {}))
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert list(result["partialFingerprints"]) == ["occAudit/v1"]
        for location in result["locations"]:
            artifact = location["physicalLocation"]["artifactLocation"]
            assert run["artifacts"][artifact["index"]]["location"]["uri"] == artifact["uri"]
    assert rules[0]["properties"]["security-severity"] == "9.5"
    assert rules[0]["defaultConfiguration"]["level"] == "error"
    assert "Rotate the token" in rules[0]["help"]["markdown"]


def test_sarif_places() -> None:
    token, dsn = _sarif()["results"][:2]
    uris = [row["physicalLocation"]["artifactLocation"]["uri"] for row in dsn["locations"]]
    assert uris[0].startswith("docs/%1B%5B31m%0A%3A%3Aerror%3A%3Aowned%0D%E2%80%AE%3Cimg%20src")
    assert uris[1] == "caf%E9/notes.txt"
    first, message, old = token["locations"][:3]
    assert first["physicalLocation"]["region"] == {
        "startLine": 198,
        "startColumn": 122,
        "endLine": 198,
        "endColumn": 132,
    }
    assert message["physicalLocation"]["artifactLocation"]["uri"].startswith(".git/commit/")
    assert old["properties"]["commit"] == COMMIT


def test_sarif_names_no_person_and_no_credential() -> None:
    run = _sarif()
    assert "Ana Ops" not in json.dumps(run)
    assert run["versionControlProvenance"] == [
        {
            "repositoryUri": "https://git.example/team/ops.git",
            "revisionId": COMMIT,
            "branch": "fix-****",
            "mappedTo": {"uriBaseId": "SRCROOT"},
        }
    ]


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("git@git.example:team/ops.git", "ssh://git.example/team/ops.git"),
        ("ssh://me:pw@git.example:2222/ops", "ssh://git.example:2222/ops"),
        ("/home/me/ops", None),
        ("C:\\ops", None),
        ("https://git.example:port/x", None),
        ("file:///home/me/ops", None),
    ],
)
def test_sarif_remote(remote: str, expected: str | None) -> None:
    stats = {"repository": {"uri": remote, "revision": COMMIT}}
    provenance = _sarif(dataclasses.replace(clean(), stats=stats))["versionControlProvenance"]
    assert [row["repositoryUri"] for row in provenance] == ([expected] if expected else [])


def test_sarif_suppressions_and_what_was_not_read() -> None:
    run = _sarif()
    suppressed = [row["suppressions"] for row in run["results"] if "suppressions" in row]
    assert [(row["kind"], row["status"], row["justification"]) for (row,) in suppressed] == [
        ("external", "accepted", "known, was ****")
    ]
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False
    notes = [row["message"]["text"] for row in invocation["toolExecutionNotifications"]]
    assert "big.bin: not read: larger than 256 MB" in notes
    assert "vendor/lib.js (41 of them): left out on request: excluded by .occ-audit.toml" in notes


def test_a_message_makes_no_link() -> None:
    report = clean()
    finding = dataclasses.replace(
        sample().findings[4], message="`[here](http://evil.example)` is gone"
    )
    run = _sarif(dataclasses.replace(report, findings=(finding,)))
    assert run["results"][0]["message"]["text"] == "`[here\\](http://evil.example)` is gone"
    assert "ruleIndex" not in run["results"][0]
