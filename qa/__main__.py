"""The command `qa`, also as `python -m qa`."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the command line. While it is being loaded, Ctrl-C ends it at once."""
    signal.signal(signal.SIGINT, _stop)
    from qa import cli

    signal.signal(signal.SIGINT, signal.default_int_handler)
    cli.main()


def _stop(*_: object) -> None:
    os.write(2, b"qa: interrupted\n")
    os._exit(130)


if __name__ == "__main__":
    main()
