"""Makes answers that quote nothing: the catalogue's, and small talk."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from qa.answering.rendering import render_text
from qa.query import Query
from qa.types import Answer, Form, Statement


def uncited(
    query: Query, form: Form, statements: Sequence[Statement], fingerprint: str
) -> Generator[Statement, None, Answer]:
    """Yield the statements of an answer that quotes nothing, and return it.

    Args:
        query: that is answered.
        form: "catalogue" or "talk".
        statements: in order.
        fingerprint: of the settings that produced it.
    """
    yield from statements
    return Answer(
        query.question,
        form,
        render_text(form, statements),
        tuple(statements),
        confidence=1.0,
        fingerprint=fingerprint,
        standalone_question=query.question if form == "talk" else query.text,
        where=query.scopes[0].where if query.scopes else None,
    )
