"""Tells a place that cannot be written to from a repository that cannot be read."""

from __future__ import annotations

import errno
import os
import signal
import tempfile

from occ_audit.git_process import GitError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PROBE = 2**16
_MEND = "Make room there, lift the limit, or name another folder in the variable TMPDIR."


def complaint(error: Exception) -> str:
    """Say what cannot be written, if that is why git or we failed; empty if it is not."""
    if reason := _temporary(error):
        return f"there is no room for temporary files: {reason}\n  {_MEND}"
    if isinstance(error, OSError) and error.errno in FULL:
        return f"the output cannot be written: {error.strerror}"
    return ""


def _temporary(error: Exception) -> str:
    try:
        with tempfile.TemporaryFile() as probe:
            probe.write(bytes(_PROBE))
    except OSError as refused:
        return refused.strerror or str(refused)
    if isinstance(error, GitError):
        reasons = [os.strerror(number) for number in FULL if os.strerror(number) in str(error)]
        if error.status == -getattr(signal, "SIGXFSZ", 0):
            reasons.append(os.strerror(errno.EFBIG))
        return f"{tempfile.gettempdir()}: {reasons[0]}" if reasons else ""
    return ""
