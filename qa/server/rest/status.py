"""Health, evaluation results, the audit log, the collections that there are."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import fastapi
from fastapi import Query
from starlette.responses import JSONResponse, Response

from qa.errors import QAError
from qa.server.access import DEFAULT, current
from qa.server.collections import readable
from qa.server.rest.admission import Admission
from qa.server.rest.bodies import CollectionItem, Health, Ready
from qa.server.rest.problems import RESPONSES, NotFoundError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from qa.server.backend import Backend

_Name = Annotated[str, fastapi.Path(pattern=r"^[\w-]{1,100}$")]
EVALUATIONS = "evaluations"
"""Folder of an index with the results that `qa eval --json` wrote there."""


def add_routes(api: FastAPI, backend: Backend) -> None:
    """Add the routes to an app."""
    _add_evaluations(api, backend)

    @api.get("/api/v1/health", responses=RESPONSES, tags=["status"])
    async def health() -> Health:
        """Say that the service runs."""
        from qa import __version__

        return Health(status="ok", version=__version__)

    @api.get("/api/v1/ready", responses=RESPONSES, tags=["status"])
    def ready() -> Ready:
        """Say that the service can answer: its index is there and can be read."""
        return Ready(status="ready", articles=len(backend.pipeline.get().index.catalogue()))

    @api.get("/api/v1/audit", responses=RESPONSES, tags=["status"])
    def audit(limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> list[dict[str, Any]]:
        """Return the newest events of the audit log, the newest first."""
        return backend.audit.newest(limit)


def add_shared(api: FastAPI, backends: Mapping[str, Backend], admission: Admission) -> None:
    """Add the routes that are there once for all collections."""

    @api.get("/api/v1/collections", responses=RESPONSES, tags=["collections"])
    def collections() -> list[CollectionItem]:
        """List the collections that you may read, and what the paths of each begin with."""
        found = readable(current.get().principal, backends.keys())
        return [CollectionItem(**each._asdict()) for each in found]

    @api.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        """Return what Prometheus reads."""
        default, generation = backends[DEFAULT], ""
        with contextlib.suppress(QAError):  # there is no index yet
            generation = default.pipeline.get().index.generation()
        body, kind = default.metrics.written(
            waiting=admission.waiting, working=admission.working, generation=generation
        )
        return Response(body, headers={"Content-Type": kind})


def _add_evaluations(api: FastAPI, backend: Backend) -> None:
    @api.get("/api/v1/evaluations", responses=RESPONSES, tags=["evaluations"])
    def evaluations() -> list[str]:
        """List the results of `qa eval` that lie in the index's folder `evaluations`."""
        return sorted(file.stem for file in _folder(backend).glob("*.json"))

    @api.get(
        "/api/v1/evaluations/{name}",
        response_model=dict[str, Any],
        responses=RESPONSES,
        tags=["evaluations"],
    )
    def evaluation(name: _Name) -> Response:
        """Return the metrics of a result."""
        try:
            result = json.loads((_folder(backend) / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise NotFoundError(f"there is no result {name!r} that can be read") from None
        return JSONResponse({key: result.get(key) for key in ("set", "metrics")})


def _folder(backend: Backend) -> Path:
    return backend.folder.parent / EVALUATIONS
