"""openapi.json is true: whatever fits it, and whatever does not, is answered as it says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks
from starlette.testclient import TestClient

from qa.server.rest import examples
from qa.server.rest.bodies import AnswerBody
from tests.service import VISITOR, backend, service

_CHECKS: list[Any] = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
_FOLDER = tempfile.TemporaryDirectory()
_APP = service(backend(Path(_FOLDER.name)))
_SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", _APP)
_OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for operation in (cast("Any", result).ok() for result in _SCHEMA.get_all_operations())
}


def _cases() -> Iterator[tuple[str, GenerationMode]]:
    """Yield each operation with requests that fit and, where something can be sent, that do not."""
    for name, operation in sorted(_OPERATIONS.items()):
        described = _SCHEMA.raw_schema["paths"][operation.path][operation.method]
        yield name, GenerationMode.POSITIVE
        if "parameters" in described or "requestBody" in described:
            yield name, GenerationMode.NEGATIVE


@pytest.mark.parametrize(("name", "mode"), list(_cases()))
def test_every_operation_keeps_to_its_description(name: str, mode: GenerationMode) -> None:
    """No 5xx, no undescribed status, type or body, for requests that fit and that do not."""
    operation = _OPERATIONS[name]

    @given(data=st.data())
    @settings(
        max_examples=12,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def keeps(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        case.call_and_validate(headers=dict(VISITOR), checks=_CHECKS)

    keeps()


def test_examples_are_in_the_description(tmp_path: Path) -> None:
    """Requests and answers have examples, and the requests work."""
    with TestClient(service(backend(tmp_path))) as http:
        schemas = http.get("/openapi.json").json()["components"]["schemas"]
        assert schemas["Ask"]["examples"] == examples.ASK
        (shown,) = schemas["AnswerBody"]["examples"]
        assert shown["text"] == AnswerBody.model_validate(examples.ANSWER).text
        for body in examples.ASK:
            assert http.post("/api/v1/ask", json=body).status_code == 200
        for body in examples.SEARCH:
            assert http.post("/api/v1/search", json=body).status_code == 200
