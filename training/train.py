"""Train the reader: `python training/train.py --out DIR`. The same command goes on after the run was killed.

DIR gets `log.jsonl`, `checkpoint.pt` while the run lasts, and `reader.safetensors` (averaged parameters) with
`reader-last.safetensors` (the last step's) and `recipe.json` at its end.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import deque
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
# Threads that spin while they wait cost two thirds of the speed as soon as other programs want the cores.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

from training import model
from training.base import LAYOUTS, packaged_tokenizer
from training.checkpoint import Average, Run
from training.data import MIXES, Lesson, Plan, lesson, without
from training.features import Encoder
from training.schedule import Progress, Schedule


class Log:
    """A log of JSON lines, one object each, with the time it was written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, event: str, **fields: Any) -> None:
        """Append an event, and show it."""
        line = json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **fields})
        print(line, flush=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class Trainer:
    """Takes a run through a lesson, from wherever it is to the end."""

    def __init__(self, run: Run, taught: Lesson, schedule: Schedule, options: argparse.Namespace, log: Log) -> None:
        self._run = run
        self._lesson = taught
        self._schedule = schedule
        self._options = options
        self._log = log
        self._layout = LAYOUTS[options.base]
        self._recent: deque[tuple[float, int, float]] = deque(maxlen=50)

    def finish(self) -> None:
        """Train to the end of the schedule, with a checkpoint every few minutes."""
        progress, saved = self._run.progress, time.monotonic()
        self._run.reader.train()
        while progress.position < self._schedule.steps:
            began = time.monotonic()
            batch = self._lesson.order[progress.position]
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
        batch = model.collate([self._lesson.features[i] for i in indices], self._layout.pad, self._options.device)
        with autocast(self._options):
            output = run.reader(batch)
        value = model.loss(output, batch)
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


def autocast(options: argparse.Namespace) -> AbstractContextManager[Any]:
    """Return the context in which a step runs: bf16 products where asked, parameters always in float32."""
    return torch.autocast(options.device, dtype=torch.bfloat16, enabled=options.precision == "bf16")


def optimiser(reader: model.Reader, rate: float) -> torch.optim.Optimizer:
    """Return AdamW, without decay on biases and normalisation."""
    named = [(name, value) for name, value in reader.named_parameters() if value.requires_grad]
    groups = [
        {"params": [value for _, value in named if value.ndim > 1], "weight_decay": 0.01},
        {"params": [value for _, value in named if value.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, fused=True)


def start(taught: Lesson, options: argparse.Namespace) -> Run:
    """Return a run: a fresh one, or the one that the checkpoint in the output folder holds."""
    torch.manual_seed(options.seed)
    reader = model.fresh(options.base, options.frozen)
    if options.start:
        model.load(reader, options.start)
    reader = reader.to(options.device)
    run = Run(reader, optimiser(reader, options.rate), Average(reader, options.average), Progress(), taught.digest())
    checkpoint = options.out / "checkpoint.pt"
    if checkpoint.exists():
        run.load(checkpoint)
    return run


def arguments() -> argparse.Namespace:
    """Read the command line; unset values follow the machine."""
    gpu = torch.cuda.is_available()
    fast = gpu or torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 -- torch has no public name for it
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--datasets", type=Path, default=os.environ.get("QA_DATASETS"))
    parser.add_argument("--base", choices=LAYOUTS, default="mpnet", help="the encoder to start from")
    parser.add_argument(
        "--mix",
        choices=MIXES,
        default="plain",
        help="harder: nearly twice as many other texts that do not answer, on top",
    )
    parser.add_argument(
        "--without", choices=["sentences", "made", "unanswerable"], help="leave a part of the mixture out"
    )
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--frozen", type=int, default=0, help="lowest layers that stay as they are")
    parser.add_argument("--max-examples", type=int, default=160_000, help="examples that are taught")
    parser.add_argument("--fraction", type=float, default=1.0, help="take only this part of them")
    parser.add_argument("--minutes", type=float, help="end after this much training, leaving batches out")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--average", type=float, default=0.99, help="decay of the parameters' average")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cuda" if gpu else "cpu")
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16" if fast else "fp32")
    parser.add_argument("--checkpoint-minutes", type=float, default=10.0)
    parser.add_argument("--log-every", type=int, default=50, help="steps between two lines of the log")
    options = parser.parse_args()
    if options.datasets is None:
        parser.error("--datasets, or QA_DATASETS, must name the folder that holds train/ and dev/")
    return options


def main() -> None:
    """Train, and write the weights."""
    options = arguments()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    log = Log(options.out / "log.jsonl")
    settings = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    plan = Plan(round(options.max_examples * options.fraction), options.batch, options.seed)
    mix = MIXES[options.mix]
    mix = without(options.without, mix) if options.without else mix
    taught = lesson(options.datasets, plan, Encoder(packaged_tokenizer(), LAYOUTS[options.base]), mix)
    run = start(taught, options)
    log.write("start", position=run.progress.position, digest=run.digest, counts=taught.counts, settings=settings)
    schedule = Schedule(len(taught.order), options.rate, options.minutes)
    Trainer(run, taught, schedule, options, log).finish()
    run.save(options.out / "checkpoint.pt")
    model.save(run.average.values, options.out / "reader.safetensors")
    model.save(dict(run.reader.named_parameters()), options.out / "reader-last.safetensors")
    made = {"updates": run.progress.updates, "minutes": round(run.progress.seconds / 60, 1), "torch": torch.__version__}
    content = {"digest": run.digest, "counts": taught.counts, "mix": [asdict(part) for part in mix]}
    recipe = {**made, "settings": settings, **content}
    (options.out / "recipe.json").write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")
    log.write("end", updates=run.progress.updates, minutes=made["minutes"])


if __name__ == "__main__":
    main()
