"""Options that several commands share, and how they print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from qa.types import Filter, to_dict


def _folder(text: str) -> Path:
    if not text:  # which would mean the working directory
        raise typer.BadParameter("it is empty: name a folder, or leave the option out")
    return Path(text)


IndexOption = Annotated[
    Path | None,
    typer.Option(
        "--index",
        metavar="DIR",
        parser=_folder,
        help="The index folder. Default: $QA_INDEX, else .qa",
    ),
]
CollectionsOption = Annotated[
    Path | None,
    typer.Option(
        "--collections",
        metavar="DIR",
        parser=_folder,
        help="Each folder in it is one more index, a collection named after it. "
        "Default: $QA_COLLECTIONS",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
SourceOption = Annotated[
    str, typer.Option("--source", metavar="NAME", help="Only articles from this source.")
]
AuthorOption = Annotated[
    str, typer.Option("--author", metavar="NAME", help="Only articles by this author.")
]
PlaceOption = Annotated[
    str,
    typer.Option("--place", metavar="NAME", help="Only articles written there (their dateline)."),
]
LanguageOption = Annotated[
    str,
    typer.Option(
        "--language", metavar="NAME", help="Only articles in this language: es, or Spanish."
    ),
]
SinceOption = Annotated[
    str,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Only articles from this day on: 2024-01-31, 2024-01 or 2024.",
    ),
]
UntilOption = Annotated[
    str, typer.Option("--until", metavar="DATE", help="Only articles up to this day, included.")
]
ArticleOption = Annotated[
    list[str] | None,
    typer.Option("--article", metavar="ID", help="Only this article; may be given several times."),
]


def chosen(  # noqa: PLR0913, PLR0917 - the options in their order
    source: str,
    author: str,
    since: str,
    until: str,
    article_ids: list[str] | None,
    place: str = "",
    language: str = "",
) -> Filter | None:
    """Return the filter that the options describe; None where all articles are meant."""
    return Filter(source, author, since, until, tuple(article_ids or ()), place, language) or None


def print_json(value: Any) -> None:
    """Print one JSON value, with escapes where the output does not know every letter."""
    readable = sys.stdout.encoding.lower().startswith("utf")
    print(json.dumps(to_dict(value), ensure_ascii=not readable))
