"""What holds for all tests: nothing is kept in, or taken from, the user's own cache folder."""

from __future__ import annotations

import os
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".pytest_cache" / "user-cache"

# Before any test, and for the processes that they start; compiled rules stay from run to run.
os.environ["XDG_CACHE_HOME"] = str(CACHE)
