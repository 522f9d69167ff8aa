"""Loads the graphs that ONNX Runtime runs, all with the same options."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from qa.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def load_session(
    graph: str,
    what: str,
    *,
    threads: int = 0,
    weights: Mapping[str, NDArray[np.float32]] | None = None,
) -> Any:
    """Return an `onnxruntime.InferenceSession`.

    Args:
        graph: the file, in this package.
        what: it is, for the error: "the reader's weights".
        threads: that share the work; 0 means one for each core.
        weights: those that the graph only names. The session does not copy all of them: whoever
            holds it keeps them, too.

    Raises:
        ModelError: the graph is missing or damaged.
    """
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # for where it was imported before `qa`
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    # Threads that spin while they wait are 3 % faster alone, but a third slower beside another
    # program or visitor.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    given = weights or {}
    values = map(onnxruntime.OrtValue.ortvalue_from_numpy, given.values())
    options.add_external_initializers(list(given), list(values))
    try:
        return onnxruntime.InferenceSession(
            resources.files("qa.models").joinpath(graph).read_bytes(),
            options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # ONNX Runtime's errors have no base class of their own
        raise unreadable(what, error) from error


def unreadable(what: str, error: Exception) -> ModelError:
    """Return the error for a part of the package that cannot be read."""
    reason = str(error).strip().partition("\n")[0]
    return ModelError(f"{what} cannot be loaded ({reason}): install the package again")
