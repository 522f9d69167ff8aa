"""The command line: `qa index | ask | search | articles | eval | serve | mcp | users | ...`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli import streams
from qa.cli.articles import articles_app
from qa.cli.indexing import index
from qa.cli.logs import JsonFormatter, TextFormatter
from qa.cli.options import (
    ArticleOption,
    AuthorOption,
    CollectionsOption,
    IndexOption,
    JsonOption,
    LanguageOption,
    PlaceOption,
    SinceOption,
    SourceOption,
    UntilOption,
    chosen,
    print_json,
)
from qa.cli.serving import backup, mcp, restore
from qa.cli.sets import eval_app
from qa.cli.settings import settings as list_settings
from qa.cli.users import users_app
from qa.errors import one_line
from qa.languages import is_english, name_of
from qa.settings import Settings
from qa.types import Answer, Article, Passage

if TYPE_CHECKING:
    from qa.index import Index

app = typer.Typer(
    help="Ask questions of a collection of articles; get short answers tied to exact passages.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("index")(index)
app.add_typer(articles_app, name="articles")

ERROR, ABSTAINED = 2, 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Exit codes: 0 done, 1 something was refused or got worse, 2 error, 3 abstained, 130 Ctrl-C,
    141 whoever read the output wants no more of it.
    """
    streams.prepare()
    sys.exit(streams.run(lambda: app(arguments)))


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if wanted:
        from qa import __version__

        print(f"qa {__version__}")
        raise typer.Exit


@app.callback()
def configure(
    *,
    version: Annotated[  # noqa: ARG001 - its callback acts
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Configure what all commands share."""
    settings = Settings.from_env()
    handler = logging.StreamHandler()
    text = TextFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else text)
    # Others' loggers stay at warnings: at INFO they report each request to the chat's own server.
    logging.basicConfig(handlers=[handler])
    logging.getLogger("qa").setLevel(settings.log_level)


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
    place: PlaceOption = "",
    language: LanguageOption = "",
    as_json: JsonOption = False,
) -> None:
    """Answer a question with cited quotes.

    Exits with 3 when the articles do not contain an answer.
    """
    from qa.pipeline import Pipeline

    where = chosen(source, author, since, until, article, place, language)
    pipeline = Pipeline.open(Settings.from_env(index=folder))
    answer = pipeline.answer(question, where=where)
    if as_json:
        print_json(answer)
    else:
        _print_answer(answer, pipeline.index)
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
    place: PlaceOption = "",
    language: LanguageOption = "",
    as_json: JsonOption = False,
) -> None:
    """List the best passages for a query: rank, score, article and span, text."""
    from qa.pipeline import Pipeline

    where = chosen(source, author, since, until, article, place, language)
    pipeline = Pipeline.open(Settings.from_env(index=folder))
    hits = pipeline.search(query, k=k, where=where)
    if where and not hits:
        with pipeline.index.snapshot() as snapshot:
            print(f"qa: {one_line(snapshot.describe(where))}", file=sys.stderr)
    if as_json:
        print_json(hits)
        return
    for hit in hits:
        passage = hit.passage
        span = f"{one_line(passage.article_id)}:{passage.start}-{passage.end}"
        print(f"{hit.rank:3}  {hit.score:.4f}  {span}")
        print(f"     {one_line(' '.join(passage.text.split()))}")
        _print_also("     ", hit.duplicates, pipeline.index)


app.add_typer(eval_app, name="eval")


@app.command()
def serve(  # noqa: PLR0913 - one argument for each option
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: 7860")] = None,
    *,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Also answer to this name, such as a reverse proxy's; may be given several times.",
        ),
    ] = None,
    opened: Annotated[
        bool, typer.Option("--open", help="Let other machines in without a login.")
    ] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Nobody can add or remove articles.")
    ] = False,
    folder: IndexOption = None,
    collections: CollectionsOption = None,
) -> None:
    """Start the chat in the browser.

    Only this machine reaches it, unless --host says otherwise. Users (qa users add), or
    QA_LOGIN=user:password, make it ask for a login. Programs use REST under /api/v1.
    """
    from qa.chat import serve as serve_chat

    serve_chat(
        Settings.from_env(index=folder, collections=collections),
        host=host,
        port=port,
        allow_hosts=allow_host or (),
        opened=opened,
        read_only=read_only,
    )


app.command("mcp")(mcp)
app.add_typer(users_app, name="users")
app.command("backup")(backup)
app.command("restore")(restore)
app.command("settings")(list_settings)


def _print_also(indent: str, reprints: Sequence[Passage], index: Index) -> None:
    if reprints:
        print(f"{indent}also in {'; '.join(_named(index, reprints))}")


def _named(index: Index, passages: Sequence[Passage]) -> Iterator[str]:
    """Yield the place of each passage, with its article's source."""
    articles = index.articles_by_id({passage.article_id for passage in passages})
    for passage in passages:
        article = articles.get(passage.article_id)
        source = f" ({article.source})" if article and article.source else ""
        yield one_line(f"{passage.article_id}:{passage.start}-{passage.end}{source}")


def _other_language(article: Article | None) -> str:
    """Return the name of an article's language; empty for English."""
    return name_of(article.language) if article and not is_english(article.language) else ""


def _print_answer(answer: Answer, index: Index) -> None:
    for line in answer.text.split("\n"):
        print(one_line(" ".join(line.split())))
    articles = index.articles_by_id({cited.article_id for cited in answer.citations})
    for cited in answer.citations:
        page = f"page {cited.page}" if cited.page else ""
        language = _other_language(articles.get(cited.article_id))
        parts = (cited.title, cited.source, cited.published, page, language)
        about = ", ".join(part for part in parts if part)
        print(f"\n[{cited.number}] {one_line(about or cited.article_id)}")
        print(f"    {one_line(cited.article_id)}:{cited.start}-{cited.end}")
        print(f"    “{one_line(' '.join(cited.quote.split()))}”")
        _print_also("    ", answer.duplicates(cited), index)
