"""The command `qa eval`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qa.cli.progress import progress
from qa.errors import QAError
from qa.settings import Settings

if TYPE_CHECKING:
    from qa import evaluation

WORSE, INTERRUPTED = 1, 130


SetArgument = Annotated[
    str, typer.Argument(metavar="SET", help="A set's folder or pair of files, or its name under evals/sets.")
]
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result here.")]
CompareOption = Annotated[
    Path | None, typer.Option("--compare", metavar="FILE", help="Compare with an earlier --json FILE.")
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="DIR", help="Write a page for people to read: DIR/report.html.")
]
LimitOption = Annotated[int | None, typer.Option(min=1, help="Ask only the first so many questions.")]
IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="Ask this index, not one of the set's articles.")
]
GivenOption = Annotated[
    Literal["article", "paragraph"] | None,
    typer.Option("--given", help="Search nothing: read each question with its article, or its paragraph."),
]
WhereOption = Annotated[
    str, typer.Option("--where", metavar="FIELD=VALUE[,VALUE]", help="Only the articles whose field has such a value.")
]
WithoutOption = Annotated[
    str, typer.Option("--without", metavar="ID[,ID]", help="Leave out the questions about these articles.")
]
VaryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="NAME=VALUE,VALUE",
        help="Try every combination of these settings, one after the other, so that the seconds stay true; repeatable.",
    ),
]
HalfOption = Annotated[
    bool, typer.Option("--half", help="Leave out every second article: its questions have no answer.")
]


def evaluate(  # noqa: PLR0913 - one argument for each option
    set_path: SetArgument,
    json_file: JsonOption = None,
    compare_file: CompareOption = None,
    limit: LimitOption = None,
    folder: IndexOption = None,
    *,
    report: ReportOption = None,
    given: GivenOption = None,
    where: WhereOption = "",
    without: WithoutOption = "",
    vary: VaryOption = None,
    half: HalfOption = False,
) -> None:
    """Measure how good the answers to a question set are.

    A run that was stopped goes on where it was when the same command is given again. With --compare, exits with 1
    when a metric fell significantly. evals/README.md says what a set looks like and what each metric means.
    """
    from qa import evaluation

    before = evaluation.load(compare_file) if compare_file else None
    ids = tuple(filter(None, (article_id.strip() for article_id in without.split(","))))
    options = evaluation.Options(half=half, limit=limit, given=given, where=where, without=ids)
    if vary and (before is not None or report):
        raise QAError(f"--{'report' if report else 'compare'} is for one result: leave it out, or --vary")
    if vary:
        _vary(set_path, vary, options, folder, json_file)
        return
    if before is not None:
        evaluation.check_alike(before, set_path, options)
    result, unfinished = _run(set_path, options, folder)
    if json_file:
        evaluation.save(result, json_file)
    if report:
        corpus = evaluation.corpus_of(set_path, Settings.from_env(), options, index=folder)
        print(f"report: {evaluation.write_report(result, corpus, report)}")
    code = _compared(before, result) if before is not None else 0
    unfinished.remove()
    raise typer.Exit(code)


def _run(
    set_path: str, options: evaluation.Options, folder: Path | None
) -> tuple[evaluation.Result, evaluation.Unfinished]:
    """Run a set and show its table; what was kept of the run is to be removed when all that is wanted of it is done."""
    from qa import evaluation

    settings = Settings.from_env()
    unfinished = evaluation.Unfinished(settings.index / "eval", lambda told: print(f"qa: {told}", file=sys.stderr))
    try:
        with progress("evaluating") as shown:
            result = evaluation.run(set_path, settings, options, index=folder, progress=shown, unfinished=unfinished)
    except KeyboardInterrupt:
        print("qa: interrupted: what was answered is kept; run the same command to go on", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    print(evaluation.table(result))
    return result, unfinished


def _compared(before: evaluation.Result, result: evaluation.Result) -> int:
    """Show what changed, and return the exit code: whether something fell significantly."""
    from qa import evaluation

    differences = evaluation.compare(before, result)
    print(evaluation.comparison_table(differences))
    print(evaluation.changes_list(evaluation.question_changes(before, result)))
    return WORSE if any(difference.worse for difference in differences) else 0


def _vary(
    set_path: str, vary: Sequence[str], options: evaluation.Options, folder: Path | None, json_file: Path | None
) -> None:
    from qa import evaluation

    grid = evaluation.combinations(Settings.from_env(), vary)
    with progress("evaluating") as shown:
        results = list(evaluation.run_grid(set_path, grid, options, index=folder, progress=shown))
    print(evaluation.grid_table(grid, results))
    if json_file:
        evaluation.write_whole(json_file, evaluation.grid_json(grid, results))
