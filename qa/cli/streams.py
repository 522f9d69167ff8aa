"""Standard output and error: closed, full, or in another encoding; and how a command ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from typing import TextIO

from qa.errors import QAError, shortened

ERROR, INTERRUPTED, NOT_READ = 2, 130, 141
# Of a message; an argument may be much longer, and the end says what to do.
_CHARS = 2_000


class Interrupted(Exception):  # noqa: N818 - no error
    """Ctrl-C, with what that means for a command."""


def prepare() -> None:
    """Make both streams such that any character can be printed, even if they are closed."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            # The next file to be opened would take its place. Output fails, if there is any.
            os.open(os.devnull, mode)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same
    for stream in (sys.stdout, sys.stderr):
        # A terminal may be unable to show a character.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def run(command: Callable[[], object]) -> int:
    """Run a command, tell what stopped it on one line, and return the exit code."""
    output = sys.stdout
    try:
        code = _code(command)
        if sys.stdout is not output:  # typer replaces it where nobody reads any more
            return NOT_READ
        output.flush()
    except BrokenPipeError:
        return NOT_READ
    except Interrupted as told:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process ends in any case
        _tell(f"interrupted{told}")
        return INTERRUPTED
    except UnicodeEncodeError:
        _tell("an argument is not valid Unicode: type it again")
        return ERROR
    except (QAError, OSError) as error:
        _tell(str(error))
        return ERROR
    else:
        return code
    finally:
        _finish(output)


def _code(command: Callable[[], object]) -> int:
    try:
        command()
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer's, for Ctrl-C
            raise Interrupted from None
        return stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        raise Interrupted from None
    return 0


def _tell(message: str) -> None:
    with contextlib.suppress(OSError):
        print(f"qa: {shortened(message, _CHARS)}", file=sys.stderr, flush=True)


def _finish(output: TextIO) -> None:
    """Print what waits; where that fails, let nothing try again when the process ends."""
    try:
        output.flush()
    except OSError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), output.fileno())
