"""Trains the judge of a chat model's sentences.

    python -m training.train_judge --out DIR

The same command resumes a killed run. DIR receives `log.jsonl`, `checkpoint.pt`, and at its end
`judge.safetensors` (averaged parameters; `judge.f16.*.safetensors` with --packed) and
`recipe.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

from training import judge_model as model
from training import judge_pack
from training.base import LAYOUTS, packaged_tokenizer
from training.checkpoint import Run
from training.judge_data import JudgeData, JudgeEncoder, JudgePlan, arranged, judge_data, thinned
from training.model import save
from training.pack_judge import write_halves
from training.schedule import Schedule
from training.train import Log, Trainer, autocast, resumed


class JudgeTrainer(Trainer):
    """Trains the judge."""

    def __init__(self, run: Run, data: JudgeData, options: argparse.Namespace, log: Log) -> None:
        schedule = Schedule(len(data.order), options.rate, options.minutes)
        super().__init__(run, data.order, schedule, options, log)
        self._features = data.features
        self._rng = random.Random(options.seed)  # noqa: S311 -- no secret depends on it

    def _loss(self, indices: tuple[int, ...]) -> torch.Tensor:
        features = [thinned(self._features[i], self._rng) for i in indices]
        batch = model.collate(features, self._options.device)
        with autocast(self._options):
            verdicts, pieces = self._run.reader(batch)
        return model.loss(verdicts, pieces, batch)


def prepared(options: argparse.Namespace) -> JudgeData:
    """Return the training data: packed, made, or as an earlier call of this run left it."""
    kept = options.out / "data.pickle"
    if options.packed:
        arrays = judge_pack.unpack(options.packed)
        features = judge_pack.PackedFeatures(arrays)
        first, sizes = int(arrays["first"]), features.sizes()
        return arranged(features, first, sizes, {"packed": len(features)}, _plan(options))
    if kept.exists():
        # The run's own file, in the folder that its user named.
        found: JudgeData = pickle.loads(kept.read_bytes())  # noqa: S301 -- see above
        return found
    encoder = JudgeEncoder(packaged_tokenizer(), LAYOUTS["minilm"])
    data = judge_data(Path(options.datasets), options.mistakes, encoder, _plan(options))
    partial = kept.with_suffix(".partial")
    partial.write_bytes(pickle.dumps(data))
    partial.replace(kept)
    return data


def _plan(options: argparse.Namespace) -> JudgePlan:
    return JudgePlan(
        tokens=options.tokens,
        fraction=options.fraction,
        passes=options.passes,
        epochs=options.epochs,
        window=tuple(options.window),
        seed=options.seed,
    )


def start(data: JudgeData, options: argparse.Namespace) -> Run:
    """Return a new run, or the one in the output folder's checkpoint."""
    torch.manual_seed(options.seed)
    if not options.packed:
        return resumed(model.Judge(), data.digest(), options)
    arrays = judge_pack.unpack(options.packed)
    judge = model.Judge(json.loads(str(arrays["config"])))
    values = {name: torch.from_numpy(one) for name, one in judge_pack.weights(arrays).items()}
    missing = judge.load_state_dict(values, strict=False).missing_keys
    if missing:
        raise ValueError(f"{options.packed} lacks {missing}")
    return resumed(judge, f"{len(data.order)} batches of {options.packed.name}", options)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--datasets", type=Path, default=os.environ.get("QA_DATASETS"))
    parser.add_argument(
        "--mistakes", type=Path, default=Path("mistakes.jsonl"), help="see reader_mistakes"
    )
    parser.add_argument("--packed", type=Path, help="data and weights as pack_judge wrote them")
    parser.add_argument("--prepare", action="store_true", help="only make the training data")
    parser.add_argument(
        "--fraction", type=float, default=1.0, help="of all that is not the stories"
    )
    _add_run_options(parser)
    options = parser.parse_args()
    if options.datasets is None and not options.packed:
        parser.error("--datasets, or QA_DATASETS, must name the folder that holds train/")
    return options


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of optimisation, machine and log; some defaults depend on the machine.

    A step of a GPU takes as long for a hundred tokens as for ten thousand. On a CPU, half the
    tokens are half the time.
    """
    gpu = torch.cuda.is_available()
    parser.add_argument("--passes", type=int, default=8 if gpu else 2, help="over the stories")
    parser.add_argument("--epochs", type=int, default=3 if gpu else 1, help="passes over all")
    parser.add_argument(
        "--tokens", type=int, default=12288 if gpu else 1024, help="tokens in a batch"
    )
    parser.add_argument(
        "--window",
        type=int,
        nargs=2,
        default=[140, 288] if gpu else [90, 150],
        help="shortest and longest, in tokens",
    )
    parser.add_argument(
        "--minutes", type=float, help="end this long after the start, by skipping batches evenly"
    )
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16" if gpu else "fp32")
    parser.add_argument("--rate", type=float, default=2e-4 if gpu else 1.5e-4)
    parser.add_argument(
        "--average", type=float, default=0.998 if gpu else 0.98, help="decay of the average"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cuda" if gpu else "cpu")
    parser.add_argument("--checkpoint-minutes", type=float, default=4.0)
    parser.add_argument("--log-every", type=int, default=20)


def main() -> None:
    """Train, and write the weights."""
    began, options = time.monotonic(), arguments()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    log = Log(options.out / "log.jsonl")
    settings = {k: str(v) if isinstance(v, Path) else v for k, v in vars(options).items()}
    data = prepared(options)
    if options.prepare:
        return
    run = start(data, options)
    position = run.progress.position
    log.write("start", position=position, digest=run.digest, counts=data.counts, settings=settings)
    run.progress.seconds += time.monotonic() - began
    JudgeTrainer(run, data, options, log).finish()
    if options.packed:
        write_halves(run.average.values, options.out)
    else:
        run.save(options.out / "checkpoint.pt")
        save(run.average.values, options.out / "judge.safetensors")
    made = {"updates": run.progress.updates, "minutes": round(run.progress.seconds / 60, 1)}
    recipe = {**made, "settings": settings, "digest": run.digest, "counts": data.counts}
    (options.out / "recipe.json").write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")
    log.write("end", **made)


if __name__ == "__main__":
    main()
