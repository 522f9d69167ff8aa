"""The commands `qa eval ...`: run, check, import, export and draft question sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from qa.cli.evaluating import SetArgument, evaluate
from qa.errors import QAError, one_line
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.evaluation.review import Review

FOUND = 1
_RUN = "run"


class DefaultRun(TyperGroup):
    """Commands with a default: `qa eval SET` means `qa eval run SET`.

    A set with the name of a command is written as a path, `qa eval ./check`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert `run` if the first argument is not a command."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the commands, then the default command's options."""
        super().format_help(ctx, formatter)
        run = self.commands[_RUN]
        run.format_help(typer.Context(run, info_name=ctx.info_name, parent=ctx.parent), formatter)


eval_app = typer.Typer(
    cls=DefaultRun,
    help="Measure how good the answers are on a question set, or check, import or draft one.",
    subcommand_metavar="[COMMAND] ...",
    no_args_is_help=True,
)
eval_app.command(_RUN)(evaluate)


@eval_app.command("check")
def check_set(set_path: SetArgument) -> None:
    """Report all problems of a question set, with file and line.

    Exits with 1 if there are errors, which stop a run or make its figures wrong. Warnings may be
    intended.
    """
    from qa.evaluation.checking import check

    checked = check(set_path, max_chars=Settings.from_env().max_article_chars)
    for finding in checked.findings:
        print(
            one_line(f"{finding.where}: {'warning: ' if finding.warning else ''}{finding.reason}")
        )
    warnings = len(checked.findings) - checked.errors
    print(
        f"{checked.questions} questions, {checked.articles} articles: "
        f"{checked.errors} errors, {warnings} warnings"
    )
    if checked.errors:
        raise typer.Exit(FOUND)


@eval_app.command("import")
def import_set(
    source: Annotated[Path, typer.Argument(metavar="PATH", help="The file or folder to read.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The set's folder to create.")],
    articles: Annotated[
        Path | None,
        typer.Option(
            "--articles", metavar="PATH", help="The articles that the questions are about."
        ),
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option("--qrels", metavar="FILE", help="Relevance grades, as TREC's.")
    ] = None,
    split: Annotated[
        str, typer.Option("--split", metavar="NAME", help="Which qrels of a BEIR folder.")
    ] = "",
) -> None:
    """Make a question set from another format: SQuAD, BEIR, CSV or TSV, ragas, LangSmith.

    The format is detected from the content; evals/README.md lists the columns and keys. If PATH is
    a question set, such as the chat's feedback (.qa/chat/feedback), and DIR is one too, the
    questions are added to it.
    """
    from qa.evaluation import imports

    imported = imports.import_set(source, out, qrels=qrels, split=split, articles=articles)
    for note in imported.notes:
        print(f"note: {note}", file=sys.stderr)
    counts = f"{len(imported.questions)} questions, {len(imported.articles)} articles"
    print(f"{counts} -> {one_line(str(out))}")
    print(f"next: qa eval check {one_line(str(out))}")


@eval_app.command("export")
def export_result(
    result_file: Annotated[
        Path, typer.Argument(metavar="RESULT", help="What `qa eval SET --json` wrote.")
    ],
    run: Annotated[
        Path | None, typer.Option("--run", metavar="FILE", help="Write the rankings here.")
    ] = None,
    qrels: Annotated[
        Path | None, typer.Option("--qrels", metavar="FILE", help="Write the gold here.")
    ] = None,
) -> None:
    """Write a result's rankings and gold by article, in the format of trec_eval."""
    from qa import evaluation
    from qa.evaluation.report import trec_qrels, trec_run

    result = evaluation.load(result_file)
    if run is None and qrels is None:
        raise QAError("nothing to write: name a file with --run, --qrels or both")
    for file, lines in ((run, trec_run(result)), (qrels, trec_qrels(result))):
        if file is not None:
            file.write_text("".join(lines), encoding="utf-8", newline="\n")


@eval_app.command("new")
def new_set(  # noqa: PLR0913 - one argument for each option
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="The set's folder: a new one, or one to continue."),
    ],
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="[ARTICLES]...", show_default=False)
    ] = None,
    sources: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="ARTICLES", help="Files and folders to draft from."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The largest number of drafts.")] = 40,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Where the review page is served.")
    ] = 7861,
    *,
    review: Annotated[
        bool, typer.Option("--review/--no-review", help="Open the review page.")
    ] = True,
) -> None:
    """Draft questions from articles and review them: qa eval new DIR --from ARTICLES...

    Continues the review of an existing set. `qa eval` asks only accepted questions.
    """
    from qa.evaluation import review as reviews
    from qa.evaluation.sets import QUESTIONS

    settings = Settings.from_env()
    paths = [*(sources or ()), *(more or ())]
    if not paths and not any((folder / name).is_file() for name in (reviews.DRAFTS, QUESTIONS)):
        raise QAError(f"{folder}: no question set is there; to make one, name articles with --from")
    if paths:
        count = reviews.start(folder, paths, limit=limit, max_chars=settings.max_article_chars)
        print(f"{count} drafts -> {one_line(str(folder / reviews.DRAFTS))}")
    if review:
        _serve(reviews.Review(folder, max_chars=settings.max_article_chars), port)


def _serve(review: Review, port: int) -> None:
    """Serve the review page until interrupted."""
    from qa.chat.review import build_review, launch_review
    from qa.chat.serving import HOST

    app = build_review(review)
    print(f"review: http://{HOST}:{port}/  (Ctrl C ends it; every step is saved)", flush=True)
    launch_review(app, host=HOST, port=port)
