"""Drops what points to a secret kept elsewhere: variables, templates, vault and parameter names."""

from __future__ import annotations

import re

from occ_audit.validators import Candidate, Verdict

_WHOLE = re.compile(
    rb"""(?ix)
    \\?\$[a-z_{(\[:%@*&1-9].*            # $VAR ${VAR} $(command) ${{ expression }} $1
    | %[a-z_]\w*%.* | %[sdvqr@]\W* | %\(\w+\)[sd].*
    | \{[^"'{}:]{1,80}\} | \{\{.*        # {name} {{ template }}
    | <[^<>]{1,120}> | &lt;.*
    | \[[^\[\]]{1,120}\]
    | \#\{.* | @\{.* | @@.* | ~\{.* | __[a-z]\w*__ | \*{3,}\S{0,4}
    | :[a-z_]+ | @[a-z_]\w* (?<![0-9])   # :name and @name of SQL
    | @microsoft\.keyvault.* | op:// .* | (?:ref\+|az)?(?:key[_-]?)?vault: .* | vault/.+
    | sm:// .* | ssm: .*
    | arn:[a-z-]{2,12}:.* | secretsmanager: .* | awssm:.* | gcpsm:.* | keyring:.*
    | (?:bw|bitwarden|doppler|infisical|chamber|sops|gsm|secret):// .* | projects/.+/secrets/.*
    | !(?:ref|sub|vault|secret|env|getatt|importvalue).* | enc\[.* | \|-? | >-?
    | (?:var|local|data|module|each|self|secrets|env|inputs|steps|vars|settings|config|options
        |process\.env|os\.environ|os\.getenv|system\.getenv|import\.meta\.env|deno\.env
        |configuration|app\.config|credentials|params|props|this|args|opts|ctx|request|req
        )\??\.[a-z_].*
    | (?:env|getenv|file|lookup|ENV|environ|os\.getenv|fn::\w+)[(\[].*
    """,
    re.DOTALL,
)
_INSIDE = re.compile(
    rb"""(?x)
    \$\{[\w.:?=/ ()-]{1,80}\} | \$\([\w ./"'$-]{2,}[)] | \#\{[\w.\[\]:"' ]{1,80}\} | %\{\w+\}
    | \{\{[\w\s.|"'$()-]{1,120}\}\} | \$[A-Z][A-Z0-9_]{2,} | \{[a-z_][\w.]{2,40}\}
    | \{[a-zA-Z]\w{1,30}:[\w,=/. -]{0,40}(?:\}|$) | <%[=\s] | %\([a-z_]+\)s | \{\d?\} | \\\(\w+\)
    """
)

_SIGN = re.compile(rb"[$#%{<\\]")
"""What `_INSIDE` begins with."""


def check(candidate: Candidate) -> Verdict:
    """Drop a candidate whose secret is a reference."""
    why = reason(candidate.secret)
    return Verdict(keep=not why, reason=why or "the value is written out, no reference")


def reason(value: bytes) -> str:
    """Return why a value is a reference, or an empty text."""
    bare = value.strip(b" \t\"'`")
    if _WHOLE.fullmatch(bare):
        return "the value refers to a variable, a template or a vault"
    if _SIGN.search(bare) and _INSIDE.search(bare):
        return "a variable or a template stands in the value"
    return ""
