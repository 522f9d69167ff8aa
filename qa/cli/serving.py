"""The commands `qa mcp`, `qa backup` and `qa restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.options import IndexOption
from qa.errors import QAError
from qa.settings import Settings


def mcp(folder: IndexOption = None) -> None:
    """Serve ask, search and read_article over standard input and output, for an MCP client."""
    from qa.conversations.lazy_pipeline import LazyPipeline
    from qa.pipeline import Pipeline
    from qa.server.backend import Backend

    try:
        from qa.server.mcp import run_stdio
    except ModuleNotFoundError as error:
        raise QAError("MCP is not installed here: run: pip install 'qa-articles[mcp]'") from error

    settings = Settings.from_env(index=folder)
    pipeline = LazyPipeline(lambda: Pipeline.open(settings, cached=True))
    run_stdio(Backend.over(pipeline, settings.index.absolute() / "chat", read_only=True))


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
