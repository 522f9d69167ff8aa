"""The command line: `qa index | ask | search | articles | eval | serve`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.articles import articles_app
from qa.cli.indexing import index
from qa.cli.options import (
    ArticleOption,
    AuthorOption,
    IndexOption,
    JsonOption,
    SinceOption,
    SourceOption,
    UntilOption,
    chosen,
    print_json,
)
from qa.cli.sets import eval_app
from qa.errors import QAError, one_line
from qa.settings import Settings
from qa.types import Answer, Passage

if TYPE_CHECKING:
    from qa.index.store import Store

app = typer.Typer(
    help="Ask questions of a collection of articles; get short answers tied to exact passages.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("index")(index)
app.add_typer(articles_app, name="articles")

ERROR, ABSTAINED = 2, 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Exit codes: 0 done, 1 something refused or worse, 2 error, 3 abstained."""
    # A question is embedded in products too small to share; threads that wait for each other made it take ten times as
    # long as soon as others were asking too.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a terminal may not know a letter
    try:
        app(arguments)
    except (QAError, OSError) as error:
        print(f"qa: {error}", file=sys.stderr)
        sys.exit(ERROR)


@app.command()
def ask(  # noqa: PLR0913 - one argument for each option
    question: Annotated[str, typer.Argument()],
    *,
    folder: IndexOption = None,
    source: SourceOption = "",
    author: AuthorOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    article: ArticleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question with cited quotes. Exits with 3 when the articles do not contain an answer."""
    from qa.pipeline import Pipeline

    where = chosen(source, author, since, until, article)
    pipeline = Pipeline.open(Settings.from_env(index=folder))
    answer = pipeline.answer(question, where=where)
    if as_json:
        print_json(answer)
    else:
        _print_answer(answer, pipeline.index.store)
    if answer.abstained:
        raise typer.Exit(ABSTAINED)


@app.command()
def search(  # noqa: PLR0913 - one argument for each option
    query: Annotated[str, typer.Argument()],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many passages.")] = 10,
    *,
    folder: IndexOption = None,
    source: SourceOption = "",
    author: AuthorOption = "",
    since: SinceOption = "",
    until: UntilOption = "",
    article: ArticleOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the passages that fit a query best: rank, score, article and span, text."""
    from qa.pipeline import Pipeline
    from qa.scope import searched

    where = chosen(source, author, since, until, article)
    pipeline = Pipeline.open(Settings.from_env(index=folder))
    hits = pipeline.search(query, k=k, where=where)
    if where and not hits:
        print(f"qa: {one_line(searched(pipeline.index, where))}", file=sys.stderr)
    if as_json:
        print_json(hits)
        return
    for hit in hits:
        passage = hit.passage
        print(f"{hit.rank:3}  {hit.score:.4f}  {one_line(passage.article_id)}:{passage.start}-{passage.end}")
        print(f"     {one_line(' '.join(passage.text.split()))}")
        _print_also("     ", hit.also, pipeline.index.store)


app.add_typer(eval_app, name="eval")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: 7860")] = None,
    folder: IndexOption = None,
) -> None:
    """Start the chat in the browser."""
    from qa.chat import serve as serve_chat

    serve_chat(Settings.from_env(index=folder), host=host, port=port)


def _print_also(indent: str, reprints: Sequence[Passage], store: Store) -> None:
    if reprints:
        print(f"{indent}also in {'; '.join(_named(store, reprints))}")


def _named(store: Store, passages: Sequence[Passage]) -> Iterator[str]:
    """Yield where each passage lies, with its article's source."""
    articles = store.some({passage.article_id for passage in passages})
    for passage in passages:
        article = articles.get(passage.article_id)
        source = f" ({article.source})" if article and article.source else ""
        yield one_line(f"{passage.article_id}:{passage.start}-{passage.end}{source}")


def _print_answer(answer: Answer, store: Store) -> None:
    for line in answer.text.split("\n"):
        print(one_line(" ".join(line.split())))
    for cited in answer.citations:
        about = ", ".join(part for part in (cited.title, cited.source, cited.published) if part)
        print(f"\n[{cited.number}] {one_line(about or cited.article_id)}")
        print(f"    {one_line(cited.article_id)}:{cited.start}-{cited.end}")
        print(f"    “{one_line(' '.join(cited.quote.split()))}”")
        _print_also("    ", answer.reprints(cited), store)
