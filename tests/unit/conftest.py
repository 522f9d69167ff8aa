"""Unit tests reach no network, load no model and see no settings of whoever runs them."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import pytest
import pytest_socket

# Each takes seconds to import, and nothing but a model needs it.
_MODEL_LIBRARIES = frozenset({"torch", "sentence_transformers", "onnxruntime"})


class _NoModelLibraries(importlib.abc.MetaPathFinder):
    """Refuses to import what models run on; what is loaded already is left as it is."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in _MODEL_LIBRARIES:
            raise ImportError(
                f"a unit test imported {fullname}: mark it as integration, or use a fake encoder"
            )
        return None


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    # Unix sockets stay: asyncio wakes its own loop through a pair of them.
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [_NoModelLibraries(), *sys.meta_path])
    # An integration test may have loaded the libraries before, in this process: then this holds.
    if importlib.util.find_spec("qa.models.encoder"):
        encoder = importlib.import_module("qa.models.encoder")
        monkeypatch.setitem(encoder.FACTORIES, encoder.PACKAGED, encoder.Encoder)
        monkeypatch.setattr(encoder.Encoder, "_load", _refuse_model)
        monkeypatch.setattr("qa.models.bert.Bert.__init__", _refuse_model)
        monkeypatch.setattr("qa.models.span_model._Network.__init__", _refuse_model)
        monkeypatch.setattr("qa.models.judge_model._Network.__init__", _refuse_model)
        # Of a conversation, what the last question and answer mention counts as meant.
        if resolver := sys.modules.get("qa.understanding.followups.resolver"):
            monkeypatch.setattr(resolver, "resolution_model", _TheLastMeant)
        # Where a sentence is checked, rules and words decide alone.
        monkeypatch.setattr("qa.models.judge_model.JudgeModel.judge", _undecided)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("QA_")]:
        if name not in {"QA_CONFIG", "QA_DATASETS"}:
            monkeypatch.delenv(name)


class _TheLastMeant:
    """Stands for the network that reads conversations."""

    threshold = 0.5

    def probabilities(self, text: str, places: Sequence[Any], _features: Any) -> list[float]:
        last = len(" [SEP] ".join(text.split(" [SEP] ")[:2]))
        return [0.9 if place and place[0] < last else 0.1 for place in places]


def _undecided(*_args: Any) -> Any:
    judge = importlib.import_module("qa.models.judge_model")
    return judge.Judgement(supported=0.5, contradicted=0.25, neither=0.25)


def _refuse_model(*_args: Any) -> Any:
    pytest.fail("a unit test loaded a model: mark it as integration, or use a fake encoder")
