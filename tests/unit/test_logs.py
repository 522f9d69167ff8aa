"""Log lines: what a caller passes along stands in each, as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys

from qa.cli.logs import JsonFormatter, TextFormatter


def _record(**more: object) -> logging.LogRecord:
    record = logging.LogRecord("qa.server", logging.INFO, "", 0, "request", None, None)
    record.__dict__.update(more)
    return record


def test_json_lines_hold_their_fields() -> None:
    """One object a line, with the exception where there is one."""
    line = json.loads(JsonFormatter().format(_record(fields={"route": "/api/v1/ask"})))
    assert (line["message"], line["route"], line["level"]) == ("request", "/api/v1/ask", "INFO")
    try:
        raise ValueError("two\nlines")  # noqa: TRY301 - what is logged
    except ValueError:
        text = JsonFormatter().format(_record(exc_info=sys.exc_info()))
    assert "\n" not in text
    assert "ValueError" in json.loads(text)["exception"]


def test_text_lines_end_with_their_fields() -> None:
    """As name=value."""
    formatter = TextFormatter("%(levelname)s %(message)s")
    assert formatter.format(_record(fields={"status": 200})) == "INFO request status=200"
    assert formatter.format(_record()) == "INFO request"
