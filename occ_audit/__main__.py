"""Begins the program, as `occ-audit` and as `python -m occ_audit`, before anything is loaded."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the program and exit; an interrupt while it loads or exits ends it without a word."""
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not so with nohup
    if heeded:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from occ_audit import cli

    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        cli.main()
    finally:
        if heeded:
            signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()
