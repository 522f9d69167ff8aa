"""An article that is opened beside an answer."""

from __future__ import annotations

import logging
from html import escape

from qa.chat.opening import Opening
from qa.chat.sources import whole
from qa.errors import QAError
from qa.text import has_surrogates

_UNREADABLE = "This article cannot be opened."

_log = logging.getLogger(__name__)


def read(opening: Opening, request: object) -> str:
    """Return the whole text of an article for the reading view; an error reads as a sentence there.

    The request is [article id, number of the exchange, spans]; it comes from the browser and may be anything.
    """
    try:
        match request:
            case [str(article_id), int(exchange), str(spans)] if not has_surrogates(article_id):
                return whole(opening.pipeline().index.article(article_id), exchange, spans)
    except QAError as error:
        return escape(str(error))
    except Exception:  # noqa: BLE001 - this is a border
        _log.exception("an article could not be opened")
    return _UNREADABLE
