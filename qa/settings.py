"""Every setting of the product, in one flat frozen object.

A value comes from, in this order: an argument, the environment (`QA_<NAME>`), the settings file
`qa.toml`, the default.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from qa.errors import SettingsError

PREFIX = "QA_"
FILE_NAME = "qa.toml"
_FILE_VARIABLE = "QA_CONFIG"
# Variables with our prefix that are not settings.
_OTHER_VARIABLES = frozenset({_FILE_VARIABLE, "QA_DATASETS"})
# Where things are, who may ask and what it costs does not change an answer.
_NOT_IN_FINGERPRINT = frozenset(
    "index collections log_level log_format log_questions llm_price_in llm_price_out login "
    "oidc_issuer oidc_client_id oidc_client_secret oidc_scope oidc_callback "
    "allow_private_urls request_interval".split()
)
_SECRET = frozenset({"login", "oidc_client_secret"})
_INDEX_FIELDS = ("encoder", "passage_tokens")
# Names of version 0.1: an error names the new one. To be dropped after version 0.2.
_RENAMED = {
    "candidates": "first_stage_k",
    "read": "reader_top_k",
    "read_within": "reader_margin",
    "quotes": "max_quotes",
    "llm_silence": "llm_idle_timeout",
    "llm_seconds": "llm_timeout",
}


def _user_and_password(login: SecretStr) -> SecretStr:
    user, _, password = login.get_secret_value().partition(":")
    if login and not (user.strip() and password):
        raise ValueError("must be user:password")
    return login


def _not_empty(value: object) -> object:
    """Refuse an empty path, which would mean the working directory."""
    if value == "":
        raise ValueError("name a folder, or leave it out")
    return value


class Settings(BaseSettings):
    """Settings of a pipeline; `qa settings` lists them with their values and where these come from.

    Raises:
        SettingsError: a name is unknown (the nearest known one is suggested), a value is not
            allowed, or the settings file cannot be read.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    index: Annotated[
        Path, BeforeValidator(_not_empty), Field(description="folder of the index")
    ] = Path(".qa")
    collections: Annotated[
        Path | None,
        BeforeValidator(_not_empty),
        Field(description="folder whose folders are further indexes that the service has"),
    ] = None
    encoder: Annotated[
        str, Field(min_length=1, description="sentence-transformers model, by name or path")
    ] = "all-MiniLM-L6-v2"
    passage_tokens: Annotated[
        int, Field(ge=32, le=512, description="length limit of a passage, in the encoder's tokens")
    ] = 224
    max_article_chars: Annotated[int, Field(ge=1, description="longer articles are refused")] = (
        5_000_000
    )
    allow_private_urls: Annotated[
        bool, Field(description="fetch from this machine and from private networks, too")
    ] = False
    request_interval: Annotated[
        float, Field(ge=0, le=3600, description="seconds between two requests to one web site")
    ] = 1.0
    first_stage_k: Annotated[
        int, Field(ge=1, le=1000, description="hits taken from each retriever before fusion")
    ] = 50
    lexical_weight: Annotated[
        float, Field(ge=0, le=1, description="weight of BM25 in a passage's first-stage score")
    ] = 0.1
    k: Annotated[int, Field(ge=1, le=100, description="passages retrieved for an answer")] = 10
    reader_top_k: Annotated[
        int, Field(ge=1, le=100, description="only this many of them are read")
    ] = 4
    reader_margin: Annotated[
        float, Field(ge=0, description="passages scored this far below the best are not read")
    ] = 0.3
    max_quotes: Annotated[
        int, Field(ge=1, le=10, description="most sentences that an answer quotes")
    ] = 3
    threshold: Annotated[
        float | None,
        Field(ge=0, le=1, description="lowest confidence of an answer; unset: the reader's own"),
    ] = None
    llm: Annotated[
        str,
        Field(description="chat model that writes answers, e.g. ollama:qwen3; empty: only quotes"),
    ] = ""
    llm_timeout: Annotated[
        float, Field(gt=0, description="seconds that a chat model may take for an answer")
    ] = 180.0
    llm_idle_timeout: Annotated[
        float, Field(gt=0, description="seconds that it may send nothing")
    ] = 60.0
    llm_tokens: Annotated[
        int, Field(ge=600, description="tokens of passages in its prompt, at most")
    ] = 3000
    llm_followups: Annotated[
        bool,
        Field(description="let it rewrite follow-up questions; the result is checked"),
    ] = True
    llm_check: Annotated[
        bool,
        Field(
            description="ask it, in a second call, for the words that carry the sentences which"
            " the check doubts"
        ),
    ] = False
    llm_price_in: Annotated[
        float, Field(ge=0, description="price of a million input tokens; 0: unknown")
    ] = 0.0
    llm_price_out: Annotated[float, Field(ge=0, description="price of a million output tokens")] = (
        0.0
    )
    login: Annotated[
        SecretStr,
        AfterValidator(_user_and_password),
        Field(description="user:password that the chat asks for; empty: it asks for none"),
    ] = SecretStr("")
    oidc_issuer: Annotated[
        str,
        Field(description="identity provider (OpenID Connect) that signs people in; https://..."),
    ] = ""
    oidc_client_id: Annotated[str, Field(description="name of this service there")] = ""
    oidc_client_secret: Annotated[SecretStr, Field(description="secret of this service there")] = (
        SecretStr("")
    )
    oidc_scope: Annotated[
        str, Field(description="what the provider is asked to tell; some need groups, too")
    ] = "openid email profile"
    oidc_callback: Annotated[
        str,
        Field(description="address of /oidc/callback for browsers; empty: by the name they ask"),
    ] = ""
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
        BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
        Field(description="what the command line and the server log to standard error"),
    ] = "WARNING"
    log_format: Annotated[
        Literal["text", "json"], Field(description="how they are logged; json: an object a line")
    ] = "text"
    log_questions: Annotated[
        bool, Field(description="log each question with its answer's form, at the level INFO")
    ] = False

    def __init__(self, **values: Any) -> None:
        _reject_unknown(values, type(self).model_fields)
        try:
            super().__init__(**values)
        except ValidationError as error:
            origins = dict.fromkeys(values, "") | {
                name: f" (from {origin})"
                for name, origin in self.origins().items()
                if name not in values
            }
            raise SettingsError(_explain(error, origins)) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where values come from, the strongest first."""
        return init_settings, env_settings, _SettingsFile(settings_cls)

    @classmethod
    def from_env(cls, **overrides: Any) -> Settings:
        """Return the settings of the environment and the file, under `overrides` that are not None.

        Raises:
            SettingsError: also for a variable `QA_...` that looks like a misspelt setting.
        """
        known = {PREFIX + name.upper() for name in cls.model_fields} | {_FILE_VARIABLE}
        for old, new in _RENAMED.items():
            if (variable := PREFIX + old.upper()) in os.environ:
                raise SettingsError(f"{variable} is now {PREFIX}{new.upper()}: rename it")
        for variable in os.environ.keys() - known - _OTHER_VARIABLES:
            if variable.startswith(PREFIX) and (
                near := difflib.get_close_matches(variable, known, 1, 0.85)
            ):
                raise SettingsError(
                    f"unknown environment variable {variable}: did you mean {near[0]}?"
                )
        return cls(**{name: value for name, value in overrides.items() if value is not None})

    @classmethod
    def origins(cls) -> dict[str, str]:
        """Return for each setting where its value comes from: a variable, a file, or `default`."""
        from_file = dict.fromkeys(_SettingsFile(cls).toml_data, str(settings_file()))
        variables = {name.upper() for name in os.environ}
        return {
            name: variable
            if (variable := PREFIX + name.upper()) in variables
            else from_file.get(name, "default")
            for name in cls.model_fields
        }

    def fingerprint(self) -> str:
        """Return 12 hexadecimal digits that change with any setting that can change an answer."""
        fields = self.model_dump(mode="json", exclude=set(_NOT_IN_FINGERPRINT))
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:12]

    def index_fields(self) -> dict[str, Any]:
        """Return the settings that an index is built with; an index built with others is stale."""
        return self.model_dump(mode="json", include=set(_INDEX_FIELDS))


def settings_file() -> Path | None:
    """Return the settings file: $QA_CONFIG, else `qa.toml` here, else in the user's configuration.

    An empty QA_CONFIG means that no file is read.

    Raises:
        SettingsError: QA_CONFIG names a file that does not exist.
    """
    if (named := os.environ.get(_FILE_VARIABLE)) is not None:
        if named and not Path(named).is_file():
            raise SettingsError(f"{_FILE_VARIABLE} names {named}, which is not a file")
        return Path(named) if named else None
    # Unlike Path.home(), this does not fail where the user has no home.
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111
    candidates = (Path(FILE_NAME), Path(home, "qa", FILE_NAME))
    return next((path for path in candidates if path.is_file()), None)


class _SettingsFile(TomlConfigSettingsSource):
    """The settings file; one with an unknown name or broken syntax is refused."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        path = settings_file()
        try:
            super().__init__(settings_cls, path)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise SettingsError(f"{path} cannot be read: {error}") from None
        _reject_unknown(self.toml_data, settings_cls.model_fields, f"{path}: ")


def _reject_unknown(names: Iterable[str], known: Iterable[str], where: str = "") -> None:
    for name in names:
        if name in _RENAMED:
            raise SettingsError(f"{where}setting {name!r} is now {_RENAMED[name]!r}: rename it")
        if name not in known:
            near = difflib.get_close_matches(name, list(known), 1, 0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            raise SettingsError(f"{where}unknown setting {name!r}: {hint}")


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    faults = (
        (name, "(hidden)" if name in _SECRET else item["input"], item["msg"])
        for item in error.errors()
        for name in [str(item["loc"][0])]
    )
    return "; ".join(
        f"setting {name!r} = {value!r}{origins[name]}: "
        f"{message.lower().removeprefix('value error, ')}"
        for name, value, message in faults
    )
