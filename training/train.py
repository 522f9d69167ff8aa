"""Trains the reader.

    python -m training.train --out DIR

The same command resumes a killed run. DIR receives `log.jsonl`, `checkpoint.pt` during the run, and
at its end `reader.safetensors` (averaged parameters), `reader-last.safetensors` (those of the last
step) and `recipe.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Threads that spin while they wait cost two thirds of the speed once other programs use the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

from training import model
from training.base import LAYOUTS, packaged_tokenizer
from training.checkpoint import Average, Run
from training.data import MIXES, Plan, TrainingData, training_data, without
from training.features import Encoder
from training.schedule import Progress, Schedule


class Log:
    """A log in JSON Lines, each with its time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, event: str, **fields: Any) -> None:
        """Append an event, and print it."""
        line = json.dumps(
            {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **fields}
        )
        print(line, flush=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class Trainer(ABC):
    """Takes a run from its present position to the end of the training data.

    Args:
        run: what is trained.
        order: the batches, as indices into the training data.
        schedule: learning rates.
        options: of the command line.
        log: of the run.
    """

    def __init__(
        self,
        run: Run,
        order: Sequence[tuple[int, ...]],
        schedule: Schedule,
        options: argparse.Namespace,
        log: Log,
    ) -> None:
        self._run = run
        self._order = order
        self._schedule = schedule
        self._options = options
        self._log = log
        self._recent: deque[tuple[float, int, float]] = deque(maxlen=50)

    @abstractmethod
    def _loss(self, indices: tuple[int, ...]) -> torch.Tensor:
        """Return the loss of a batch, a scalar."""

    def finish(self) -> None:
        """Train to the end of the schedule, saving a checkpoint every few minutes."""
        progress, saved = self._run.progress, time.monotonic()
        self._run.reader.train()
        while progress.position < self._schedule.steps:
            began = time.monotonic()
            batch = self._order[progress.position]
            self._recent.append((self._step(batch), len(batch), time.monotonic() - began))
            progress.updates += 1
            progress.seconds += time.monotonic() - began
            progress.position = self._schedule.next(progress)
            if progress.updates % self._options.log_every == 0:
                self._report()
            if time.monotonic() - saved > 60 * self._options.checkpoint_minutes:
                self._run.save(self._options.out / "checkpoint.pt")
                saved = time.monotonic()

    def _step(self, indices: tuple[int, ...]) -> float:
        run = self._run
        for group in run.optimiser.param_groups:
            group["lr"] = self._schedule.rate_at(run.progress.position)
        value = self._loss(indices)
        run.optimiser.zero_grad(set_to_none=True)
        value.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(run.reader.parameters(), 1.0)
        run.optimiser.step()
        run.average.update(run.progress.updates)
        return float(value.detach())

    def _report(self) -> None:
        progress = self._run.progress
        losses, sizes, seconds = zip(*self._recent, strict=True)
        done = progress.position / self._schedule.steps
        self._log.write(
            "step",
            updates=progress.updates,
            position=progress.position,
            of=self._schedule.steps,
            loss=round(sum(losses) / len(losses), 4),
            rate=self._schedule.rate_at(progress.position),
            examples_per_second=round(sum(sizes) / sum(seconds), 2),
            minutes_left=round(progress.seconds / done * (1 - done) / 60, 1),
        )


class ReaderTrainer(Trainer):
    """Trains the reader."""

    def __init__(
        self,
        run: Run,
        data: TrainingData,
        schedule: Schedule,
        options: argparse.Namespace,
        log: Log,
    ) -> None:
        super().__init__(run, data.order, schedule, options, log)
        self._features = data.features
        self._layout = LAYOUTS[options.base]

    def _loss(self, indices: tuple[int, ...]) -> torch.Tensor:
        batch = model.collate(
            [self._features[i] for i in indices], self._layout.pad, self._options.device
        )
        with autocast(self._options):
            output = self._run.reader(batch)
        return model.loss(output, batch)


def autocast(options: argparse.Namespace) -> AbstractContextManager[Any]:
    """Return the context of a forward pass: bf16 products if asked for, float32 parameters."""
    return torch.autocast(options.device, dtype=torch.bfloat16, enabled=options.precision == "bf16")


def optimiser(reader: torch.nn.Module, rate: float) -> torch.optim.Optimizer:
    """Return AdamW without weight decay on biases and normalisation."""
    named = [(name, value) for name, value in reader.named_parameters() if value.requires_grad]
    groups = [
        {"params": [value for _, value in named if value.ndim > 1], "weight_decay": 0.01},
        {"params": [value for _, value in named if value.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, fused=True)


def start(data: TrainingData, options: argparse.Namespace) -> Run:
    """Return a new run, or the one in the output folder's checkpoint."""
    torch.manual_seed(options.seed)
    reader = model.fresh(options.base, options.frozen)
    if options.start:
        model.load(reader, options.start)
    return resumed(reader, data.digest(), options)


def resumed(network: torch.nn.Module, digest: str, options: argparse.Namespace) -> Run:
    """Return a new run of a network, or the one in the output folder's checkpoint.

    Args:
        network: with its first weights.
        digest: of the training data; a checkpoint of other data is refused.
        options: of the command line.
    """
    network = network.to(options.device)
    run = Run(
        network,
        optimiser(network, options.rate),
        Average(network, options.average),
        Progress(),
        digest,
    )
    checkpoint = options.out / "checkpoint.pt"
    if checkpoint.exists():
        run.load(checkpoint)
    return run


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--datasets", type=Path, default=os.environ.get("QA_DATASETS"))
    parser.add_argument(
        "--base", choices=LAYOUTS, default="mpnet", help="the encoder to start from"
    )
    parser.add_argument(
        "--mix",
        choices=MIXES,
        default="plain",
        help="harder: with nearly twice as many unrelated texts as negatives; news: to adapt a"
        " trained reader (--start) to news",
    )
    parser.add_argument(
        "--without",
        choices=["sentences", "made", "unanswerable"],
        help="part of the mixture to leave out",
    )
    parser.add_argument("--start", type=Path, help="weights of an earlier run to start from")
    parser.add_argument("--frozen", type=int, default=0, help="lowest layers to freeze")
    parser.add_argument(
        "--max-examples", type=int, default=160_000, help="number of training examples"
    )
    parser.add_argument(
        "--fraction", type=float, default=1.0, help="use only this fraction of them"
    )
    parser.add_argument(
        "--minutes", type=float, help="end after this much training by skipping batches"
    )
    add_run_options(parser)
    options = parser.parse_args()
    if options.datasets is None:
        parser.error("--datasets, or QA_DATASETS, must name the folder that holds train/ and dev/")
    return options


def computes_bf16() -> bool:
    """Return whether the processor has products of bf16 numbers."""
    return bool(torch.cpu._is_avx512_bf16_supported())  # noqa: SLF001 -- torch has no public name


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of optimisation, machine and log; some defaults depend on the machine."""
    gpu = torch.cuda.is_available()
    fast = gpu or computes_bf16()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument(
        "--average", type=float, default=0.99, help="decay of the parameters' average"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cuda" if gpu else "cpu")
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16" if fast else "fp32")
    parser.add_argument("--checkpoint-minutes", type=float, default=10.0)
    parser.add_argument(
        "--log-every", type=int, default=50, help="steps between two lines of the log"
    )


def main() -> None:
    """Train, and write the weights."""
    options = arguments()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    log = Log(options.out / "log.jsonl")
    settings = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(options).items()
    }
    plan = Plan(round(options.max_examples * options.fraction), options.batch, options.seed)
    mix = MIXES[options.mix]
    mix = without(options.without, mix) if options.without else mix
    data = training_data(
        options.datasets, plan, Encoder(packaged_tokenizer(), LAYOUTS[options.base]), mix
    )
    run = start(data, options)
    log.write(
        "start",
        position=run.progress.position,
        digest=run.digest,
        counts=data.counts,
        settings=settings,
    )
    schedule = Schedule(len(data.order), options.rate, options.minutes)
    ReaderTrainer(run, data, schedule, options, log).finish()
    run.save(options.out / "checkpoint.pt")
    model.save(run.average.values, options.out / "reader.safetensors")
    model.save(dict(run.reader.named_parameters()), options.out / "reader-last.safetensors")
    made = {
        "updates": run.progress.updates,
        "minutes": round(run.progress.seconds / 60, 1),
        "torch": torch.__version__,
    }
    content = {"digest": run.digest, "counts": data.counts, "mix": [asdict(part) for part in mix]}
    recipe = {**made, "settings": settings, **content}
    (options.out / "recipe.json").write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")
    log.write("end", updates=run.progress.updates, minutes=made["minutes"])


if __name__ == "__main__":
    main()
