"""The REST app: routes for programs, under /api/v1 and /v1."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from qa.server.backend import Backend
from qa.server.rest import articles, chat_completions, conversations, problems, questions, status
from qa.server.rest.admission import Admission

_DESCRIPTION = (
    "Ask questions of a collection of articles; every statement of an answer is tied to an exact "
    "span of an article. Where the service asks for a login, send an API key as a bearer token, or "
    "name and password by basic authentication. Errors are application/problem+json (RFC 9457)."
)


def build(
    backend: Backend,
    admission: Admission | None = None,
    shared: Mapping[str, Backend] | None = None,
) -> FastAPI:
    """Return the app over a backend.

    Args:
        backend: answers, and holds conversations and articles.
        admission: lets questions in; by default one of its own.
        shared: collection -> backend, for the app that also has what all of them share.
    """
    from qa import __version__

    api = FastAPI(
        title="Ask the articles",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    admission = admission or Admission()
    asking = questions.Asking(backend, admission)
    questions.add_routes(api, asking, backend)
    articles.add_routes(api, backend)
    conversations.add_routes(api, backend)
    status.add_routes(api, backend)
    if shared is not None:
        status.add_shared(api, shared, admission)
    chat_completions.add_routes(api, asking)
    problems.install(api)
    return api
