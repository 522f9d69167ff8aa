"""The command `qa index`: update, rehearse, verify, mend."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import IndexOption
from qa.cli.progress import progress
from qa.errors import IndexLockedError, IndexNotFoundError, QAError, one_line
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.index import Index, Problem, Report

REFUSED, INTERRUPTED = 1, 130

PathsArgument = Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files and folders.")]
RebuildOption = Annotated[bool, typer.Option("--rebuild", help="Make the index anew, with today's settings.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done; write nothing.")]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Verify that all parts of the index agree; exits with 1 if not.")
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help="Go on until Ctrl-C: update whenever the files and folders change.")
]
RepairOption = Annotated[
    bool, typer.Option("--repair", help="Verify, and mend what is wrong; exits with 1 if something is left.")
]


def index(  # noqa: PLR0913 - one argument for each option
    context: typer.Context,
    paths: PathsArgument = None,
    folder: IndexOption = None,
    *,
    rebuild: RebuildOption = False,
    dry_run: DryRunOption = False,
    check: CheckOption = False,
    repair: RepairOption = False,
    watch: WatchOption = False,
) -> None:
    """Bring the index up to date with files and folders: add, change, remove.

    Reads .txt, .md and .jsonl. Without PATH, reads again what the index was made from. Exits with 1 when
    something was refused; the rest is indexed all the same.
    """
    if sum((rebuild, dry_run, check, repair, watch)) > 1 or (paths and (check or repair)):
        context.fail(
            "--rebuild, --dry-run, --check, --repair and --watch exclude each other; --check and --repair take no PATH"
        )
    settings = Settings.from_env(index=folder)
    try:
        if check or repair:
            _verify(settings, repair=repair)
        elif watch:
            _watch(settings, paths or ())
        elif dry_run:
            _exit(_show(_preview(settings, paths or ()), done="would be embedded"))
        else:
            _exit(_show(_update(settings, paths or (), rebuild=rebuild)))
    except KeyboardInterrupt:
        print("qa: interrupted: what was finished is kept; run the same command to go on", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _update(settings: Settings, paths: Sequence[Path], *, rebuild: bool) -> Report:
    from qa.index import Index

    if rebuild and not paths:
        _refuse_nothing(settings, _roots(settings), "--rebuild")
    opened = Index.open(settings, create=bool(paths), rebuild=rebuild)
    with progress("reading") as shown:
        return opened.update(paths, progress=shown)


def _roots(settings: Settings) -> list[Path]:
    """Return what an index was made from, whatever settings it was made with."""
    from qa.encoder import Encoder
    from qa.index import Index

    store = Index(settings, Encoder(settings.encoder)).store
    return store.roots() if store.manifest() else []


def _refuse_nothing(settings: Settings, places: Sequence[Path], option: str) -> None:
    """Refuse to go on without a file or folder: a rebuild would leave nothing, a watcher would wait for ever."""
    if not places:
        raise QAError(f"the index in {settings.index} names no file or folder to read: run: qa index {option} PATH")


def _preview(settings: Settings, paths: Sequence[Path]) -> Report:
    """Return what an update would do; where there is no index yet, to an empty one that is thrown away."""
    from qa.index import Index

    with tempfile.TemporaryDirectory() as empty, progress("reading") as shown:
        try:
            opened = Index.open(settings)
        except IndexNotFoundError:
            if not paths:
                raise
            opened = Index.open(settings.model_copy(update={"index": Path(empty)}), create=True)
        return opened.preview(paths, progress=shown)


def _watch(settings: Settings, paths: Sequence[Path]) -> None:
    """Update whenever files change, until interrupted; what fails is told, and tried again at the next change."""
    from qa.index import Index
    from qa.index.watch import INTERVAL, changes

    opened = Index.open(settings, create=bool(paths))
    watched = [path.absolute() for path in paths] or opened.store.roots()
    _refuse_nothing(settings, watched, "--watch")
    told: set[str] = set()
    print(f"watching {one_line(', '.join(map(str, watched)))}; Ctrl-C ends it", file=sys.stderr)
    with contextlib.suppress(KeyboardInterrupt):
        for _ in changes(watched):
            while (report := _tried(opened, watched)) is None:
                time.sleep(INTERVAL)
            refused = {str(error) for error in report.refused}
            if report.added or report.changed or report.removed or refused - told:
                _show(report)
                sys.stdout.flush()
            told = refused


def _tried(opened: Index, paths: Sequence[Path]) -> Report | None:
    """Update; None where another process is writing, so that it is to be tried again."""
    from qa.index import Report

    try:
        return opened.update(paths)
    except IndexLockedError:
        return None
    except (QAError, OSError) as error:
        print(f"qa: {error}", file=sys.stderr)
        return Report()


def _exit(report: Report) -> None:
    if report.refused:
        raise typer.Exit(REFUSED)


def _show(report: Report, *, done: str = "embedded") -> Report:
    """Print a line for each article that changed or was refused, and the sums."""
    for name in ("added", "changed", "removed"):
        for article_id in getattr(report, name):
            print(f"{name:9} {one_line(article_id)}")
    for error in report.refused:
        print(f"refused   {error}", file=sys.stderr)
    counts = ", ".join(
        f"{len(getattr(report, name))} {name}" for name in ("added", "changed", "unchanged", "removed", "refused")
    )
    pace = f" ({report.passages / report.seconds:.1f} a second)" if report.passages and done == "embedded" else ""
    print(f"{counts}; {report.passages} passages {done} in {report.seconds:.1f} s{pace}")
    return report


def _verify(settings: Settings, *, repair: bool) -> None:
    from qa.index import Index

    opened = Index.open(settings)
    left: list[Problem]
    if repair:
        with progress("mending") as shown:
            found, left = opened.repair(progress=shown)
        for problem in found:
            print(f"{'found' if problem in left else 'mended':9} {one_line(str(problem))}")
    else:
        left = opened.check()
    for problem in left:
        print(f"wrong     {one_line(str(problem))}", file=sys.stderr)
    counts = opened.counts()
    held = f"{counts['articles']} articles, {counts['passages']} passages, {counts['vectors']} vectors"
    print(f"{held}: {'all parts agree' if not left else 'they do not agree; run: qa index --' + _cure(repair=repair)}")
    if left:
        raise typer.Exit(REFUSED)


def _cure(*, repair: bool) -> str:
    return "rebuild" if repair else "repair"
