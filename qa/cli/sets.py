"""The commands `qa eval ...`: the run itself, and those that check, import and draft question sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from qa.cli.evaluating import SetArgument, evaluate
from qa.errors import QAError, one_line
from qa.settings import Settings

FOUND = 1
_RUN = "run"


class DefaultRun(TyperGroup):
    """Commands of which one may be left out: `qa eval SET` is `qa eval run SET`.

    A set that has the name of a command is written as a path, `qa eval ./check`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before arguments that begin with no command, options among them."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the commands, and then what the default one takes, since it is called without its name."""
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
    """Tell everything that is wrong with a question set, with file and line.

    Exits with 1 when there are errors, which stop a run or make its figures wrong; warnings alone are what may be
    meant so.
    """
    from qa.evaluation.checking import check

    checked = check(set_path, max_chars=Settings.from_env().max_article_chars)
    for finding in checked.findings:
        print(one_line(f"{finding.where}: {'warning: ' if finding.warning else ''}{finding.reason}"))
    warnings = len(checked.findings) - checked.errors
    print(f"{checked.questions} questions, {checked.articles} articles: {checked.errors} errors, {warnings} warnings")
    if checked.errors:
        raise typer.Exit(FOUND)


@eval_app.command("import")
def import_set(
    source: Annotated[Path, typer.Argument(metavar="PATH", help="The file or folder to read.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The set's folder to make.")],
    articles: Annotated[
        Path | None, typer.Option("--articles", metavar="PATH", help="The articles that the questions are about.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option("--qrels", metavar="FILE", help="Relevance grades, as TREC's.")] = None,
    split: Annotated[str, typer.Option("--split", metavar="NAME", help="Which qrels of a BEIR folder.")] = "",
) -> None:
    """Make a question set of another format: SQuAD, BEIR, CSV or TSV, ragas, LangSmith.

    The format is told from the content. evals/README.md says which columns and keys are read. The questions of a set,
    such as the chat's feedback (.qa/chat/feedback), are added to the one at DIR, if there is one.
    """
    from qa.evaluation import imports

    imported = imports.import_set(source, out, qrels=qrels, split=split, articles=articles)
    for note in imported.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"{len(imported.questions)} questions, {len(imported.articles)} articles -> {one_line(str(out))}")
    print(f"next: qa eval check {one_line(str(out))}")


@eval_app.command("export")
def export_result(
    result_file: Annotated[Path, typer.Argument(metavar="RESULT", help="What `qa eval SET --json` wrote.")],
    run: Annotated[Path | None, typer.Option("--run", metavar="FILE", help="Write the rankings here.")] = None,
    qrels: Annotated[Path | None, typer.Option("--qrels", metavar="FILE", help="Write the gold here.")] = None,
) -> None:
    """Write the rankings of a result, and what they are judged by, as trec_eval reads them: article by article."""
    from qa import evaluation
    from qa.evaluation import trec

    result = evaluation.load(result_file)
    if run is None and qrels is None:
        raise QAError("nothing to write: name a file with --run, --qrels or both")
    for file, lines in ((run, trec.run_lines(result)), (qrels, trec.qrels_lines(result))):
        if file is not None:
            file.write_text("".join(lines), encoding="utf-8", newline="\n")


@eval_app.command("new")
def new_set(  # noqa: PLR0913 - one argument for each option
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The set's folder: a new one, or one to go on with.")],
    more: Annotated[list[Path] | None, typer.Argument(metavar="[ARTICLES]...", show_default=False)] = None,
    sources: Annotated[
        list[Path] | None, typer.Option("--from", metavar="ARTICLES", help="Files and folders to draft from.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Draft at most so many questions.")] = 40,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the review page is served.")] = 7861,
    *,
    review: Annotated[bool, typer.Option("--review/--no-review", help="Open the review page.")] = True,
) -> None:
    """Draft questions from articles, and review them in the browser: qa eval new DIR --from ARTICLES...

    On a set that is there already, goes on with its review. Only what is accepted there is asked by `qa eval`.
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
    if not review:
        return
    from qa.chat.review import build_review, launch_review
    from qa.chat.serving import HOST

    app = build_review(reviews.Review(folder, max_chars=settings.max_article_chars))
    print(f"review: http://{HOST}:{port}/  (Ctrl C ends it; every step is saved)", flush=True)
    launch_review(app, host=HOST, port=port)
