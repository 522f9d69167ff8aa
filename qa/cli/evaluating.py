"""The command `qa eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from qa.cli.progress import progress
from qa.settings import Settings

WORSE = 1


SetArgument = Annotated[
    str, typer.Argument(metavar="SET", help="A set's folder or pair of files, or its name under evals/sets.")
]
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the result here.")]
CompareOption = Annotated[
    Path | None, typer.Option("--compare", metavar="FILE", help="Compare with an earlier --json FILE.")
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
    given: GivenOption = None,
    where: WhereOption = "",
    without: WithoutOption = "",
    half: HalfOption = False,
) -> None:
    """Measure how good the answers to a question set are.

    With --compare, exits with 1 when a metric fell significantly. evals/README.md says what a set looks like
    and what each metric means.
    """
    from qa import evaluation

    before = evaluation.load(compare_file) if compare_file else None
    ids = tuple(filter(None, (article_id.strip() for article_id in without.split(","))))
    options = evaluation.Options(half=half, limit=limit, given=given, where=where, without=ids)
    with progress("evaluating") as shown:
        result = evaluation.run(set_path, Settings.from_env(), options, index=folder, progress=shown)
    print(evaluation.table(result))
    if json_file:
        evaluation.save(result, json_file)
    if before is not None:
        differences = evaluation.compare(before, result)
        print(evaluation.comparison_table(differences))
        if any(difference.worse for difference in differences):
            raise typer.Exit(WORSE)
