"""The command line: `qa index | ask | search | articles | eval | serve`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from qa.cli.evaluating import evaluate
from qa.cli.progress import progress
from qa.errors import QAError, one_line
from qa.settings import Settings
from qa.types import Answer, to_dict

app = typer.Typer(
    help="Ask questions of a collection of articles; get short answers tied to exact passages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
articles_app = typer.Typer(help="List the articles of the index, or remove one.")
app.add_typer(articles_app, name="articles")

IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="The index folder. Default: $QA_INDEX, else .qa")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]

REFUSED = 1
ERROR, ABSTAINED, INTERRUPTED = 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Exit codes: 0 done, 1 something refused or worse, 2 error, 3 abstained."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal may not know a letter
    try:
        app(arguments)
    except (QAError, OSError) as error:
        print(f"qa: {error}", file=sys.stderr)
        sys.exit(ERROR)


@app.command()
def index(
    paths: Annotated[list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files and folders.")] = None,
    folder: IndexOption = None,
    *,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the index anew, with today's settings.")] = False,
) -> None:
    """Bring the index up to date with files and folders: add, change, remove.

    Reads .txt, .md and .jsonl. Without PATH, reads again what the index was made from. Exits with 1 when
    something was refused; the rest is indexed all the same.
    """
    from qa.index import Index

    opened = Index.open(Settings.from_env(index=folder), create=bool(paths), rebuild=rebuild)
    try:
        with progress("reading") as shown:
            report = opened.update(paths or (), progress=shown)
    except KeyboardInterrupt:
        print("qa: interrupted: what was finished is kept; run the same command to go on", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    for name in ("added", "changed", "removed"):
        for article_id in getattr(report, name):
            print(f"{name:9} {one_line(article_id)}")
    for error in report.refused:
        print(f"refused   {error}", file=sys.stderr)
    counts = ", ".join(
        f"{len(getattr(report, name))} {name}" for name in ("added", "changed", "unchanged", "removed", "refused")
    )
    print(f"{counts}; {report.passages} passages embedded in {report.seconds:.1f} s")
    if report.refused:
        raise typer.Exit(REFUSED)


@app.command()
def ask(question: Annotated[str, typer.Argument()], folder: IndexOption = None, *, as_json: JsonOption = False) -> None:
    """Answer a question with cited quotes. Exits with 3 when the articles do not contain an answer."""
    from qa.pipeline import Pipeline

    answer = Pipeline.open(Settings.from_env(index=folder)).answer(question)
    if as_json:
        _print_json(answer)
    else:
        _print_answer(answer)
    if answer.abstained:
        raise typer.Exit(ABSTAINED)


@app.command()
def search(
    query: Annotated[str, typer.Argument()],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    folder: IndexOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the passages that fit a query best: rank, score, article and span, text."""
    from qa.pipeline import Pipeline

    hits = Pipeline.open(Settings.from_env(index=folder)).search(query, k=k)
    if as_json:
        _print_json(hits)
        return
    for hit in hits:
        passage = hit.passage
        print(f"{hit.rank:3}  {hit.score:.4f}  {one_line(passage.article_id)}:{passage.start}-{passage.end}")
        print(f"     {one_line(' '.join(passage.text.split()))}")


@articles_app.callback(invoke_without_command=True)
def articles(context: typer.Context, folder: IndexOption = None, *, as_json: JsonOption = False) -> None:
    """List the articles of the index, or remove one."""
    if context.invoked_subcommand is None:
        list_articles(folder, as_json=as_json)
    elif folder or as_json:
        context.fail(f"options come after {context.invoked_subcommand!r}")


@articles_app.command("list")
def list_articles(folder: IndexOption = None, *, as_json: JsonOption = False) -> None:
    """List the articles: id, date, source, title."""
    from qa.index import Index

    found = Index.open(Settings.from_env(index=folder)).articles()
    if as_json:
        _print_json(found)
        return
    for article in found:
        print(*map(one_line, (article.id, article.published, article.source, article.title)), sep="\t")


@articles_app.command("remove")
def remove_article(
    article_id: Annotated[str, typer.Argument(metavar="ID")], folder: IndexOption = None, *, as_json: JsonOption = False
) -> None:
    """Remove one article from the index. Its file stays, and is added again when its folder is indexed."""
    from qa.index import Index

    Index.open(Settings.from_env(index=folder)).remove(article_id)
    if as_json:
        _print_json({"removed": article_id})
    else:
        print(f"removed   {one_line(article_id)}")


app.command("eval")(evaluate)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: 7860")] = None,
    folder: IndexOption = None,
) -> None:
    """Start the chat in the browser."""
    from qa.chat import serve as serve_chat

    serve_chat(Settings.from_env(index=folder), host=host, port=port)


def _print_json(value: Any) -> None:
    readable = sys.stdout.encoding.lower().startswith("utf")
    print(json.dumps(to_dict(value), ensure_ascii=not readable))


def _print_answer(answer: Answer) -> None:
    for line in answer.text.split("\n"):
        print(one_line(" ".join(line.split())))
    for cited in answer.citations:
        about = ", ".join(part for part in (cited.title, cited.source, cited.published) if part)
        print(f"\n[{cited.number}] {one_line(about or cited.article_id)}")
        print(f"    {one_line(cited.article_id)}:{cited.start}-{cited.end}")
        print(f"    “{one_line(' '.join(cited.quote.split()))}”")
