"""Nothing is lost when `qa index` is stopped anywhere, and readers never notice.

A few trials run here; `python -m benchmarks.kill_trial` runs 200, and `QA_KILL_TRIALS` says how
many here.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.kill_trial import trials

# Other such tests wait: this one takes whole cores, or ends processes.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("alone")]

# Its first three trials are one of each way, in the middle of the update.
_SEED = 109
_TRIALS = int(os.environ.get("QA_KILL_TRIALS", "3"))


def test_a_stopped_update_loses_nothing(tmp_path: Path) -> None:
    """Killed, interrupted or out of disk space, the next run completes what one without a stop would have made."""
    made = list(trials(_TRIALS, _SEED, tmp_path))
    assert [(trial.way, trial.faults) for trial in made if trial.faults] == []
    assert any(trial.stopped for trial in made)
