"""Every setting of the product, in one flat frozen object."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa.errors import SettingsError

PREFIX = "QA_"
# Variables with our prefix that are not settings.
_OTHER_VARIABLES = frozenset({"QA_DATASETS"})
# Where things lie and what they cost does not change an answer.
_NOT_IN_FINGERPRINT = frozenset({"index", "llm_price_in", "llm_price_out"})
_INDEX_FIELDS = ("encoder", "passage_tokens")


class Settings(BaseSettings):
    """Settings of a pipeline. Each is read from the environment as `QA_<NAME>`, arguments come first.

    Raises:
        SettingsError: a name is unknown (the nearest known one is suggested) or a value is not allowed.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    index: Annotated[Path, Field(description="folder that holds the index")] = Path(".qa")
    encoder: Annotated[str, Field(min_length=1, description="sentence-transformers model, by name or path")] = (
        "all-MiniLM-L6-v2"
    )
    passage_tokens: Annotated[int, Field(ge=32, le=512, description="longest passage, in the encoder's tokens")] = 224
    max_article_chars: Annotated[int, Field(ge=1, description="longer articles are refused")] = 5_000_000
    candidates: Annotated[int, Field(ge=1, le=1000, description="hits taken from each retriever before fusion")] = 50
    lexical_weight: Annotated[float, Field(ge=0, le=1, description="share of BM25 in a passage's first score")] = 0.1
    k: Annotated[int, Field(ge=1, le=100, description="passages that are found for an answer")] = 10
    read: Annotated[int, Field(ge=1, le=100, description="best of them, which the reader reads")] = 4
    read_within: Annotated[
        float, Field(ge=0, description="of these it leaves out what scores below the best by more than this")
    ] = 0.3
    quotes: Annotated[int, Field(ge=1, le=10, description="most sentences that an answer quotes")] = 3
    threshold: Annotated[
        float | None, Field(ge=0, le=1, description="least confidence of an answer; unset: the reader's own")
    ] = None
    llm: Annotated[str, Field(description="chat model that writes, e.g. ollama:qwen3; empty: answers are quotes")] = ""
    llm_seconds: Annotated[float, Field(gt=0, description="longest that a chat model may take for an answer")] = 180.0
    llm_silence: Annotated[float, Field(gt=0, description="longest that it may be silent, in seconds")] = 60.0
    llm_tokens: Annotated[int, Field(ge=600, description="most tokens of passages that it is shown")] = 3000
    llm_followups: Annotated[
        bool, Field(description="let it put follow-up questions so that they stand alone; what it puts is checked")
    ] = True
    llm_price_in: Annotated[float, Field(ge=0, description="price of a million tokens that it reads; 0: unknown")] = 0.0
    llm_price_out: Annotated[float, Field(ge=0, description="price of a million tokens that it writes")] = 0.0
    keep_unsupported: Annotated[
        bool, Field(description="show what a chat model writes without support, marked, in place of leaving it out")
    ] = False

    def __init__(self, **values: Any) -> None:
        _reject_unknown(values, type(self).model_fields, "setting")
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise SettingsError(_explain(error)) from None

    @classmethod
    def from_env(cls, **overrides: Any) -> Settings:
        """Return the settings of the environment, where `overrides` that are not None come first.

        Raises:
            SettingsError: also for a variable `QA_...` that looks like a misspelt setting.
        """
        known = {PREFIX + name.upper() for name in cls.model_fields}
        for variable in os.environ.keys() - known - _OTHER_VARIABLES:
            if variable.startswith(PREFIX) and (near := difflib.get_close_matches(variable, known, 1, 0.85)):
                raise SettingsError(f"unknown environment variable {variable}: did you mean {near[0]}?")
        return cls(**{name: value for name, value in overrides.items() if value is not None})

    def fingerprint(self) -> str:
        """Return 12 hexadecimal digits that change with any setting that can change an answer."""
        return _digest(self.model_dump(mode="json", exclude=set(_NOT_IN_FINGERPRINT)))

    def index_fields(self) -> dict[str, Any]:
        """Return the settings that an index is built with; an index built with others is stale."""
        return self.model_dump(mode="json", include=set(_INDEX_FIELDS))


def _reject_unknown(names: Iterable[str], known: Iterable[str], what: str) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, list(known), 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            raise SettingsError(f"unknown {what} {name!r}: {hint}")


def _explain(error: ValidationError) -> str:
    return "; ".join(
        f"setting {'.'.join(map(str, item['loc']))!r} = {item['input']!r}: {item['msg'].lower()}"
        for item in error.errors()
    )


def _digest(fields: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:12]
