"""Names the project of a Supabase URL, host or dashboard page, however it is written."""

from __future__ import annotations

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators.supabase_checksum import nearby


def check(candidate: Candidate) -> Verdict:
    """Say which project it is; nothing where no reference of 20 letters stands in it."""
    ref = next(iter(nearby(candidate.secret)), None)
    return Verdict(properties={"names": f"https://{ref.decode()}.supabase.co"} if ref else {})
