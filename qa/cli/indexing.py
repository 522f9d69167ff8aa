"""The command `qa index`: update, preview, check, repair."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import IndexOption
from qa.cli.progress import progress
from qa.cli.reporting import (
    EncodingOption,
    MapOption,
    ReportOption,
    read_options,
    show,
    write,
)
from qa.cli.streams import Interrupted
from qa.errors import IndexDamagedError, IndexNotFoundError, QAError, one_line
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.extract import ReadOptions
    from qa.index import Problem, Report

REFUSED = 1
_EXCLUSIVE = (
    "--rebuild, --dry-run, --check, --repair, --watch and --forget exclude each other; "
    "--check, --repair and --forget take no PATH; --publish goes with none but --rebuild"
)

PathsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH|URL]...",
        help="Files, folders, web addresses (a page, feed or sitemap), or a file that lists some.",
    ),
]
RebuildOption = Annotated[
    bool,
    typer.Option("--rebuild", help="Make the index again from scratch, with the current settings."),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only tell what would be done; write nothing.")
]
CheckOption = Annotated[
    bool,
    typer.Option("--check", help="Verify that all parts of the index agree; exits with 1 if not."),
]
WatchOption = Annotated[
    bool,
    typer.Option(
        "--watch",
        help="Go on until Ctrl-C: update whenever files change, and look at the web now and then.",
    ),
]
ForgetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--forget",
        metavar="PLACE",
        help="Read this file, folder or address no more; its articles stay.",
    ),
]
PublishOption = Annotated[
    Path | None,
    typer.Option(
        "--publish",
        metavar="DIR",
        help="Then copy the index for those who only read: qa serve --index DIR.",
    ),
]
RepairOption = Annotated[
    bool,
    typer.Option(
        "--repair", help="Verify, and mend what is wrong; exits with 1 if something is left."
    ),
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
    forget: ForgetOption = None,
    encoding: EncodingOption = "",
    mapping: MapOption = None,
    report_file: ReportOption = None,
    publish: PublishOption = None,
) -> None:
    """Bring the index up to date with files, folders and the web: add, change, remove.

    Reads text, Markdown, HTML, PDF, Word, OpenDocument, EPUB, mail, CSV, JSON, ZIP and TAR. Without
    PATH or URL, reads again what the index was made from. --encoding and --map are remembered.
    Exits with 1 when something was refused; the rest is indexed all the same.
    """
    alone = check, repair, bool(forget)
    if sum((rebuild or bool(publish), dry_run, watch, *alone)) > 1 or (paths and any(alone)):
        context.fail(_EXCLUSIVE)
    settings = Settings.from_env(index=folder)
    options = read_options(settings, encoding, mapping or ())
    places = tuple(_expanded(paths or ()))
    with _resumable():
        if check or repair:
            _verify(settings, repair=repair)
        elif forget:
            _forget(settings, forget)
        elif watch:
            _watch(settings, places, options, report_file)
        elif dry_run:
            _end(_preview(settings, places, options), report_file, done="would be embedded")
        else:
            _end(_update(settings, places, options, rebuild=rebuild, publish=publish), report_file)


@contextlib.contextmanager
def _resumable() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(": what was finished is kept; run the same command to go on") from None


def _tell(report: Report, file: Path | None, *, done: str = "embedded") -> None:
    show(report, done=done)
    if file:
        write(report, file)


def _end(report: Report, file: Path | None, *, done: str = "embedded") -> None:
    _tell(report, file, done=done)
    if report.refused:
        raise typer.Exit(REFUSED)


def _update(
    settings: Settings,
    paths: Sequence[str | Path],
    options: ReadOptions,
    *,
    rebuild: bool,
    publish: Path | None,
) -> Report:
    from qa.index import Index

    if rebuild and not paths:
        # The roots of any index, whatever settings it was built with.
        _require_places(settings, Index(settings).roots(), "--rebuild")
    opened = Index.open(settings, create=bool(paths), rebuild=rebuild)
    with progress("reading") as shown:
        report = opened.update(paths, progress=shown, options=options)
    if publish:
        _publish(settings, publish)
    return report


def _publish(settings: Settings, folder: Path) -> None:
    from qa.index.backup import publish

    counts = publish(settings, folder)
    print(f"published {counts['articles']:,} articles to {one_line(str(folder))}")


def _require_places(settings: Settings, places: Sequence[object], option: str) -> None:
    """Raise QAError if there are none: a rebuild would leave nothing, a watcher wait for ever."""
    if not places:
        raise QAError(
            f"the index in {settings.index} names no file, folder or web address to read: "
            f"run: qa index {option} PATH"
        )


def _preview(settings: Settings, paths: Sequence[str | Path], options: ReadOptions) -> Report:
    """Return what an update would do; if there is no index yet, to an empty temporary one."""
    from qa.index import Index

    with tempfile.TemporaryDirectory() as empty, progress("reading") as shown:
        try:
            opened = Index.open(settings)
        except IndexNotFoundError:
            if not paths:
                raise
            opened = Index.open(settings.model_copy(update={"index": Path(empty)}), create=True)
        return opened.preview(paths, progress=shown, options=options)


def _watch(
    settings: Settings, places: Sequence[str | Path], options: ReadOptions, file: Path | None
) -> None:
    from qa.cli.watching import follow
    from qa.index import Index

    opened = Index.open(settings, create=bool(places))
    watched = places or opened.roots()
    _require_places(settings, watched, "--watch")
    follow(opened, watched, options, file)


def _expanded(written: Sequence[str]) -> Iterator[str | Path]:
    """Yield web addresses and paths; a file that only lists addresses stands for them."""
    from qa.sources import is_address
    from qa.sources.web.listings import listed

    for place in written:
        if is_address(place):
            yield place
        elif addresses := listed(Path(place)):
            yield from addresses
        else:
            yield Path(place)


def _forget(settings: Settings, places: Sequence[str]) -> None:
    from qa.index import Index

    Index.open(settings).forget(places)
    for place in places:
        print(f"forgotten {one_line(place)}")


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
    try:
        counts = opened.counts()
    except IndexDamagedError as error:
        print(f"qa: {error}", file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    held = (
        f"{counts['articles']} articles, {counts['passages']} passages, {counts['vectors']} vectors"
    )
    cure = "rebuild" if repair else "repair"
    agreement = f"they do not agree; run: qa index --{cure}" if left else "all parts agree"
    print(f"{held}: {agreement}")
    if left:
        raise typer.Exit(REFUSED)
