"""`qa index --watch`: follows files as they change, and the web at its own pace."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cli.reporting import show, write
from qa.errors import IndexLockedError, QAError, one_line
from qa.sources import is_address, to_path, watch

if TYPE_CHECKING:
    from qa.extract import ReadOptions
    from qa.index import Index, Report


def follow(
    index: Index, places: Sequence[str | Path], options: ReadOptions, file: Path | None
) -> None:
    """Update until interrupted; after a failure, at the next change.

    Args:
        index: to update.
        places: files, folders and web addresses.
        options: how articles are read.
        file: also write each report there.
    """
    addresses = [str(place) for place in places if is_address(place)]
    paths = [to_path(place).absolute() for place in places if not is_address(place)]
    pace = Pace(index, addresses)
    told = set[str]()
    shown = one_line(", ".join(map(str, (*paths, *addresses))))
    print(f"watching {shown}; Ctrl-C ends it", file=sys.stderr)
    with contextlib.suppress(KeyboardInterrupt):
        for due in watch.changes(paths, interval=watch.INTERVAL, due=pace.due):
            while (report := _tried(index, due, options)) is None:
                time.sleep(watch.INTERVAL)
            refused = {str(error) for error in report.refused}
            if report.added or report.changed or report.removed or refused - told:
                show(report)
                if file:
                    write(report, file)
            told = refused
            if asked := [str(place) for place in due if is_address(place)]:
                pace.renew(asked)
                print(f"looked at {len(asked)} web addresses; the next look is at {pace.next_look}")
            sys.stdout.flush()


class Pace:
    """When each web address is to be looked at again.

    Args:
        index: remembers when.
        addresses: of pages, feeds, sitemaps and lists.
    """

    def __init__(self, index: Index, addresses: Iterable[str]) -> None:
        self._index = index
        self._due = dict.fromkeys(addresses, 0.0)
        self.renew(())

    def due(self) -> list[str]:
        """Return the addresses that are to be looked at now."""
        now = time.time()
        return [address for address, due in self._due.items() if due <= now]

    def renew(self, asked: Iterable[str]) -> None:
        """Take over when the addresses are due; those that were asked just now, not at once."""
        from qa.sources.web.pages import FLOOR

        soonest = dict.fromkeys(asked, time.time() + min(FLOOR.values()))
        for address, due in self._index.due(self._due).items():
            self._due[address] = max(due, soonest.get(address, 0.0))

    @property
    def next_look(self) -> str:
        """The time of day of the next look."""
        return time.strftime("%H:%M:%S", time.localtime(min(self._due.values())))


def _tried(index: Index, places: Sequence[str | Path], options: ReadOptions) -> Report | None:
    """Update; return None if another process is writing, so that it must be tried again."""
    from qa.index import Report

    try:
        return index.update(places, options=options, only_due=True)
    except IndexLockedError:
        return None
    except (QAError, OSError) as error:
        print(f"qa: {error}", file=sys.stderr)
        return Report()
