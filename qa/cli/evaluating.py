"""The command `qa eval`, and the steps of it that evals/run_all.py takes too."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qa.cli.progress import progress
from qa.cli.streams import Interrupted
from qa.errors import QAError
from qa.settings import Settings

if TYPE_CHECKING:
    from qa import evaluation
    from qa.protocols import Reader

WORSE = 1

SetArgument = Annotated[
    str,
    typer.Argument(
        metavar="SET", help="A set's folder or pair of files, or its name under evals/sets."
    ),
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the result here.")
]
CompareOption = Annotated[
    Path | None,
    typer.Option("--compare", metavar="FILE", help="Compare with an earlier --json FILE."),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="DIR", help="Write a page for people to read: DIR/report.html."
    ),
]
LimitOption = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Ask only the first N questions.")
]
IndexOption = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Ask this index, not one of the set's articles."),
]
GivenOption = Annotated[
    Literal["article", "paragraph"] | None,
    typer.Option(
        "--given", help="Search nothing: read each question with its article, or its paragraph."
    ),
]
WhereOption = Annotated[
    str,
    typer.Option(
        "--where",
        metavar="FIELD=VALUE[,VALUE]",
        help="Only the articles whose field has such a value.",
    ),
]
WithoutOption = Annotated[
    str,
    typer.Option(
        "--without", metavar="ID[,ID]", help="Leave out the questions about these articles."
    ),
]
VaryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="NAME=VALUE,VALUE",
        help="Try every combination of these settings, one after the other; repeatable.",
    ),
]
HalfOption = Annotated[
    bool,
    typer.Option("--half", help="Leave out every second article: its questions have no answer."),
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

    To resume a run that was stopped, give the same command again. With --compare, exits with 1 when
    a metric got significantly worse. evals/README.md says what a set looks like and what each
    metric means.
    """
    from qa import evaluation

    ids = tuple(filter(None, (article_id.strip() for article_id in without.split(","))))
    options = evaluation.Options(half=half, limit=limit, given=given, where=where, without=ids)
    if not vary:
        files = {"json_file": json_file, "compare_file": compare_file, "report": report}
        raise typer.Exit(_measure(set_path, options, folder, **files))
    if compare_file or report:
        option = "report" if report else "compare"
        raise QAError(f"--{option} is for one result: leave it out, or --vary")
    run_grid(set_path, vary, Settings.from_env(), options, index=folder, json_file=json_file)


def _measure(  # noqa: PLR0913 - the options of the command
    set_path: str,
    options: evaluation.Options,
    folder: Path | None,
    *,
    json_file: Path | None,
    compare_file: Path | None,
    report: Path | None,
) -> int:
    """Run a set once, show and write everything that was asked for; return the exit code."""
    from qa import evaluation

    before = evaluation.load(compare_file) if compare_file else None
    if before is not None:
        evaluation.check_comparable(before, set_path, options)
    settings = Settings.from_env()
    unfinished = evaluation.Unfinished(
        settings.index / "eval", lambda told: print(f"qa: {told}", file=sys.stderr)
    )
    try:
        result = run_set(set_path, settings, options, index=folder, unfinished=unfinished)
    except KeyboardInterrupt:
        raise Interrupted(": what was answered is kept; run the same command to go on") from None
    if json_file:
        evaluation.save(result, json_file)
    if report:
        corpus = evaluation.corpus_of(set_path, settings, options, index=folder)
        print(f"report: {evaluation.write_report(result, corpus, report)}")
    code = compare_with(before, result) if before is not None else 0
    unfinished.remove()
    return code


def run_set(  # noqa: PLR0913 - what `qa.evaluation.run` takes
    set_path: str | Path,
    settings: Settings,
    options: evaluation.Options,
    *,
    index: Path | None = None,
    reader: Reader | None = None,
    unfinished: evaluation.Unfinished | None = None,
    label: str = "evaluating",
) -> evaluation.Result:
    """Run a set, showing its progress, and print the table of its metrics."""
    from qa import evaluation

    with progress(label) as shown:
        result = evaluation.run(
            set_path,
            settings,
            options,
            index=index,
            reader=reader,
            progress=shown,
            unfinished=unfinished,
        )
    print(evaluation.table(result), flush=True)
    return result


def compare_with(before: evaluation.Result, result: evaluation.Result) -> int:
    """Print what changed; return the exit code: 1 if a metric got significantly worse, else 0.

    Raises:
        QAError: the results cannot be compared.
    """
    from qa import evaluation

    differences = evaluation.compare(before, result)
    print(evaluation.comparison_table(differences))
    print(evaluation.changes_list(evaluation.question_changes(before, result)), flush=True)
    return WORSE if any(difference.worse for difference in differences) else 0


def run_grid(  # noqa: PLR0913 - what `qa.evaluation.run_grid` takes
    set_path: str | Path,
    vary: Sequence[str],
    settings: Settings,
    options: evaluation.Options,
    *,
    index: Path | None = None,
    json_file: Path | None = None,
    label: str = "evaluating",
) -> None:
    """Run a set with every combination of some settings; print the table, and write the results."""
    from qa import evaluation

    grid = evaluation.combinations(settings, vary)
    with progress(label) as shown:
        results = list(evaluation.run_grid(set_path, grid, options, index=index, progress=shown))
    print(evaluation.grid_table(grid, results), flush=True)
    if json_file:
        evaluation.write_whole(json_file, evaluation.grid_json(grid, results))
