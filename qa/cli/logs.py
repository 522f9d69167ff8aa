"""Log lines as JSON, one object a line, for those who collect logs."""

from __future__ import annotations

import datetime as dt
import json
import logging


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; what its caller passes as `fields` comes with it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        when = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """Formats a record as text, with the `fields` of its caller at the end."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        fields = getattr(record, "fields", {})
        return " ".join(
            [super().format(record), *(f"{name}={value}" for name, value in fields.items())]
        )
