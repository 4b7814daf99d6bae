"""Fetches all that a remote advertises into a temporary repository: the one place that connects."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from occ_audit import git_process
from occ_audit.errors import AuditError
from occ_audit.repository import Repository

PROTOCOLS = "file:https:ssh"
HEAD = "refs/occ-audit/HEAD"
"""Under this name the remote's HEAD is fetched, which may be detached."""

_URL = re.compile(r"(?:file|https|ssh)://[^\s]+|[\w.-]+(?:@[\w.-]+)?:(?!//)[^:\s][^\s]*")
_HELPER = re.compile(r"[a-z0-9+.-]+::", re.IGNORECASE)
_OWN = ("GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
_SETTINGS = (
    *("fetch.recurseSubmodules=false", "gc.auto=0", "maintenance.auto=false"),
    # A host that falls silent for two minutes is given up.
    *("http.lowSpeedLimit=1", "http.lowSpeedTime=120"),
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A copy of what a remote advertises."""

    repository: Repository
    advertised: Mapping[str, str]
    """Object id by ref, `HEAD` among them, without the peeled tags."""
    problem: str = ""
    """Why not all of it could be fetched."""


def fetch(url: str, folder: Path) -> Fetched:
    """Fetch every ref that the remote advertises into a bare repository in `folder`.

    Only `file`, `ssh` and `https` are spoken. Of the environment and configuration, what the user
    has set up to log in takes part; nothing of any repository does. Raises AuditError for another
    kind of URL; what the remote refuses is a `problem`.
    """
    address = _address(url)
    place = folder / "remote.git"
    place.mkdir()
    advertised, problem = {}, ""
    said = _git(place, "ls-remote", "--quiet", "--", address)
    if said.returncode:
        problem = f"its refs could not be listed: {_complaint(said)}"
    else:
        advertised = _advertised(said.stdout)
    widths = {len(oid) for oid in advertised.values()}
    kind = "sha256" if widths == {64} else "sha1"
    _git(place, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}")
    if advertised:
        problem = _fetch_all(place, address, advertised)
    found = Repository.discover(place)
    if found is None:
        raise AuditError("no temporary repository", where=str(place), mend="Is the disk full?")
    return Fetched(found, advertised, problem or _differing(found, advertised))


def _address(url: str) -> str:
    """Return the URL, or the absolute path of a repository on this machine."""
    if _HELPER.match(url) or url.startswith("-"):
        raise _refused(url)
    if "://" not in url and Path(url).exists():
        return str(Path(url).resolve())
    if not _URL.fullmatch(url):
        raise _refused(url)
    return url


def _refused(url: str) -> AuditError:
    return AuditError(
        "this is no remote that is looked at",
        where=f"--remote {url}",
        mend="Give an https, ssh or file URL, or the path of a repository.",
    )


def _fetch_all(place: Path, address: str, advertised: Mapping[str, str]) -> str:
    specs = ["+refs/*:refs/*", *([f"+HEAD:{HEAD}"] if "HEAD" in advertised else [])]
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    said = _git(place, "fetch", *options, "--", address, *specs)
    return f"its refs could not be fetched: {_complaint(said)}" if said.returncode else ""


def _differing(found: Repository, advertised: Mapping[str, str]) -> str:
    here = found.refs()
    missing = [
        name
        for name, oid in advertised.items()
        if (ref := here.get(HEAD if name == "HEAD" else name)) is None or ref.oid != oid
    ]
    return f"{len(missing)} refs changed while they were fetched" if missing else ""


def _advertised(listing: bytes) -> dict[str, str]:
    rows = (os.fsdecode(line).partition("\t") for line in listing.split(b"\n") if line)
    return {name: oid for oid, _, name in rows if not name.endswith("^{}")}


def _git(place: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    settings = (part for setting in _SETTINGS for part in ("-c", setting))
    return subprocess.run(
        git_process.command([*settings, *arguments]),
        cwd=place,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def _environment() -> dict[str, str]:
    """Return the isolated environment, with the user's own settings for logging in let through."""
    env = git_process.environment()
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        env.pop(name, None)
        if name in os.environ:
            env[name] = os.environ[name]
    env |= {name: os.environ[name] for name in _OWN if name in os.environ}
    return env | {"GIT_ALLOW_PROTOCOL": PROTOCOLS}


def _complaint(said: subprocess.CompletedProcess[bytes]) -> str:
    lines: Sequence[str] = said.stderr.decode("utf-8", "replace").strip().splitlines()
    return " ".join(lines[-3:]) or f"git ended with {said.returncode}"
