"""Lets `python -m occ_audit` do what the `occ-audit` command does."""

from occ_audit.cli import main

if __name__ == "__main__":
    main()
