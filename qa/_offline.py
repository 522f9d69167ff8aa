"""Switches off what the libraries below report to their makers; imported before any of them is."""

from __future__ import annotations

import os

# Each is read when its library is imported. All are set whatever the environment says: that nothing
# leaves the machine is a promise.
_SWITCHES = {
    # ONNX Runtime reports by default since 1.29, and writes a device id below ~/.cache. The second
    # name was honoured before that release; 1.28 and older have only the call in
    # `qa.models.span_model`, which also covers Windows.
    "ORT_DISABLE_TELEMETRY": "1",
    "ORT_TELEMETRY_DISABLED": "1",
    "ANONYMIZED_TELEMETRY": "False",  # Chroma
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Hugging Face's libraries. A model named by the user may still be fetched from the hub.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def disable_telemetry() -> None:
    """Disable the telemetry of every library that is imported after this call."""
    os.environ.update(_SWITCHES)
