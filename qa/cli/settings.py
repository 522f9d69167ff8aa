"""The command `qa settings`."""

from __future__ import annotations

from qa.cli.options import JsonOption, print_json
from qa.errors import one_line
from qa.settings import Settings


def settings(*, as_json: JsonOption = False) -> None:
    """List every setting: its value, where it comes from, and what it means.

    A value comes from the environment (QA_NAME), else from the settings file, else it is the
    default. The settings file is the one that QA_CONFIG names, else qa.toml in this folder, else
    ~/.config/qa/qa.toml.
    """
    values = Settings.from_env().model_dump(mode="json")
    origins = Settings.origins()
    about = {name: field.description or "" for name, field in Settings.model_fields.items()}
    if as_json:
        rows = {
            name: {"value": value, "origin": origins[name], "description": about[name]}
            for name, value in values.items()
        }
        print_json(rows)
        return
    for name, value in values.items():
        print(f"{name:18} {one_line(str(value)):18} {origins[name]}\n    {about[name]}")
