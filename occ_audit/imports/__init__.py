"""Rules of other scanners, read as they are; each module here knows one format.

A format module has `SUFFIXES`, `recognises(document)` and `convert(document, where)`. The rules
keep their own ids, and what their file asks for, keywords, entropy and allowlists, judges their
matches; none of our own validators does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

from occ_audit import plugins
from occ_audit.errors import AuditError
from occ_audit.imports._rule import (
    Drop,
    ImportedRule,
    Refused,
    Required,
    Sight,
    Test,
    Translation,
    dropped,
    drops_path,
)
from occ_audit.imports._table import written

__all__ = [
    "SUFFIXES",
    "Drop",
    "ImportedRule",
    "Refused",
    "Required",
    "Sight",
    "Test",
    "Translation",
    "apart",
    "dropped",
    "drops_path",
    "read",
    "translate",
    "written",
]

SUFFIXES = (".toml", ".yml", ".yaml")


class Format(Protocol):
    """What a module in this folder promises."""

    SUFFIXES: tuple[str, ...]

    def recognises(self, document: Mapping[str, Any]) -> bool:
        """Return whether the document is of this format."""

    def convert(self, document: Mapping[str, Any], where: Path) -> Translation:
        """Return the rules of a document, and what could not be translated."""


def translate(document: Mapping[str, Any], where: Path) -> Translation | None:
    """Return the rules of a document of another scanner; None where no format recognises it."""
    for name in plugins.names(sys.modules[__name__]):
        chosen = cast(Format, plugins.load(sys.modules[__name__], name))
        if where.suffix.lower() in chosen.SUFFIXES and chosen.recognises(document):
            return chosen.convert(document, where)
    return None


def read(file: Path, text: str) -> Translation | None:
    """Return the rules of a foreign file; None for a TOML file that is not foreign.

    Raises AuditError for a YAML file that no format recognises.
    """
    if file.suffix.lower() in (".yml", ".yaml"):
        found = translate(_yaml_document(file, text), file)
        if found is None:
            mend = "Nosey Parker's and kingfisher's rule files are understood"
            raise AuditError("this YAML file holds no rules", where=str(file), mend=mend)
        return found
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None  # whoever reads our own format says what is wrong
    return translate(document, file)


def _yaml_document(file: Path, text: str) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (both are safe loaders)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f":{place.line + 1}" if place else ""
        raise AuditError("not YAML", where=f"{file}{line}", mend="mend its syntax") from None
    return document if isinstance(document, dict) else {}


def apart(rules: Iterable[ImportedRule], taken: Iterable[str]) -> list[ImportedRule]:
    """Return the rules with ids that are not `taken`: `format/id` where their own is."""
    known, result = set(taken), []
    for rule in rules:
        name, number = rule.id, 2
        while name in known:
            name = f"{rule.source}/{rule.own_id}" if number == 2 else f"{name}-{number}"
            number += 1
        known.add(name)
        result.append(replace(rule, id=name))
    return result
