"""occ-audit: checks that no secret is in a repository and that the evidence it cites exists."""

__version__ = "0.1.0"
