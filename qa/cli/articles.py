"""The commands `qa articles list | show | remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from qa.cli.options import (
    ArticleOption,
    AuthorOption,
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
from qa.errors import one_line
from qa.index.versions import as_read
from qa.settings import Settings
from qa.types import to_dict

articles_app = typer.Typer(help="List the articles of the index, show one, or remove some.")

AsOfOption = Annotated[
    str,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="As it was read on that day or at that time, e.g. 2025-03-03.",
    ),
]
_ABOUT = ("title", "source", "published", "place", "author", "url", "language")


@articles_app.callback(invoke_without_command=True)
def articles(
    context: typer.Context, folder: IndexOption = None, *, as_json: JsonOption = False
) -> None:
    """List the articles of the index, show one, or remove some."""
    if context.invoked_subcommand is None:
        list_articles(folder=folder, as_json=as_json)
    elif folder or as_json:
        context.fail(f"options come after {context.invoked_subcommand!r}")


@articles_app.command("list")
def list_articles(  # noqa: PLR0913 - one argument for each option
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
    """List the articles: id, date, source, title."""
    from qa.index import Index

    found = Index.open(Settings.from_env(index=folder)).articles(
        chosen(source, author, since, until, article, place, language)
    )
    if as_json:
        print_json(found)
        return
    for each in found:
        print(*map(one_line, (each.id, each.published, each.source, each.title)), sep="\t")


@articles_app.command("show")
def show_article(
    article_id: Annotated[str, typer.Argument(metavar="ID")],
    folder: IndexOption = None,
    *,
    as_of: AsOfOption = "",
    as_json: JsonOption = False,
) -> None:
    """Show an article: its metadata, its number of passages, its text; also as it was earlier."""
    from qa.index import Index

    index = Index.open(Settings.from_env(index=folder))
    with index.store.read() as read:
        versions = read.versions(article_id)
        passages = len(read.keys_of([article_id]))
        printed = [each for each in read.reprints([article_id]) if each != article_id]
        corrections = sorted({each.article_id for each in read.corrections([article_id])})
    article = as_read(versions, as_of)
    read_on = [version.read for version in versions]
    about = {"versions": read_on, "reprints": printed, "corrected_by": corrections}
    if as_json:
        print_json({**to_dict(article), "passages": passages, **about})
        return
    for name, value in [("id", article.id), *((name, getattr(article, name)) for name in _ABOUT)]:
        if value:
            print(f"{name:10} {one_line(value)}")
    for name, shown in (("reprints", printed), ("corrected", corrections)):
        for each in shown:
            print(f"{name:10} {one_line(each)}")
    if len(versions) > 1:
        print(f"{'versions':10} {', '.join(filter(None, read_on))} (show one: --as-of DATE)")
    if article.pages:
        print(f"{'pages':10} {len(article.pages)}")
    print(f"{'passages':10} {passages}\n")
    for line in article.text.split("\n"):
        print(one_line(line))


@articles_app.command("remove")
def remove_articles(
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...")],
    folder: IndexOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Remove articles from the index: all of them, or none if one is unknown.

    Their files stay, and are added again when their folder is indexed.
    """
    from qa.index import Index

    Index.open(Settings.from_env(index=folder)).remove(*article_ids)
    if as_json:
        print_json({"removed": article_ids})
        return
    for article_id in article_ids:
        print(f"removed   {one_line(article_id)}")
