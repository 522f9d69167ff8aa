"""The commands `qa mcp`, `qa backup` and `qa restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.options import CollectionsOption, IndexOption
from qa.errors import QAError
from qa.settings import Settings


def mcp(folder: IndexOption = None, collections: CollectionsOption = None) -> None:
    """Serve ask, search and read_article over standard input and output, for an MCP client."""
    from qa.conversations.lazy_pipeline import LazyPipeline
    from qa.pipeline import Pipeline
    from qa.server.access import DEFAULT
    from qa.server.backend import Backend
    from qa.server.collections import folders

    try:
        from qa.server.mcp import run_stdio
    except ModuleNotFoundError as error:
        raise QAError("MCP is not installed here: run: pip install 'qa-articles[mcp]'") from error

    settings = Settings.from_env(index=folder, collections=collections)

    def over(index: Path) -> Backend:
        own = settings.model_copy(update={"index": index})
        pipeline = LazyPipeline(lambda: Pipeline.open(own, cached=True))
        return Backend.over(pipeline, index.absolute() / "chat", read_only=True)

    indexes = {DEFAULT: settings.index, **folders(settings.collections)}
    run_stdio({name: over(index) for name, index in indexes.items()})


def backup(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist.")],
    folder: IndexOption = None,
) -> None:
    """Copy the index, conversations, added articles and users, while they are in use.

    Who asks is not held up; who wants to write waits until the copy is done.
    """
    from qa.index.backup import back_up

    settings = Settings.from_env(index=folder)
    counts = back_up(settings, target)
    print(f"{target} holds {counts['articles']:,} articles with {counts['vectors']:,} vectors")


def restore(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="What qa backup wrote.")],
    folder: IndexOption = None,
) -> None:
    """Make a backup the index; there must be none yet where it goes."""
    from qa.index.backup import restore as restore_index

    settings = Settings.from_env(index=folder)
    counts = restore_index(source, settings)
    print(f"{settings.index} holds {counts['articles']:,} articles again")
