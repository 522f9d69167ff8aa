"""Measures how long a visitor waits for answers while another one adds a large file.

    python -m benchmarks.adding [--articles 1000] [--characters 5000000] [--seconds 300]

The articles are those of corpus/, repeated under other titles, and so is the file. The visitor asks
one question after the other, over HTTP, as gradio_client does. After so many seconds the adding is
stopped. DIR keeps the index of the articles for the next run. Results are written to
benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks import page
from benchmarks.browser import QUESTIONS, ROOT, indexed, served
from qa import Settings
from qa.sources import read

PACKAGES = ("chromadb", "gradio", "numpy", "onnxruntime")
_VISITOR = "0" * 32
_PAUSE = 1.0  # between two looks at whether the file has been added


def main() -> None:
    """Run the benchmark, and write its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--characters", type=int, default=5_000_000)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--index", type=Path, help="an index to use or create, and keep")
    options = parser.parse_args()
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()[: options.questions]
    questions = [str(json.loads(line)["question"]) for line in lines]
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        index = Path(folder, "index")
        if options.index:
            indexed(Settings(index=options.index), options.articles)
            shutil.copytree(options.index, index)
        articles = indexed(Settings(index=index), options.articles)
        with served(Settings(index=index)) as address:
            visitor = Visitor(address)
            visitor.ask(questions[0])
            alone = [visitor.ask(question) for question in (*questions, *questions)]
            during, line = _ask_while_adding(
                visitor, questions, options.characters, options.seconds
            )
    rows = [
        ("nothing else", str(len(alone)), *_told(alone)),
        (f"adding {options.characters:,} characters", str(len(during)), *_told(during)),
    ]
    table = page.table(("the server does", "questions", "median s", "worst s"), rows)
    text = f"{articles:,} articles. {page.machine(PACKAGES)}\n\n{table}\n\n{line}"
    print(text)
    page.write("Asking while a file is added", f"Written by `python -m benchmarks.adding`. {text}")


class Visitor:
    """Who asks the chat over HTTP.

    Args:
        address: of the chat.
    """

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=600, trust_env=False)
        parts = self._http.get("/config").json()["components"]
        boxes = (part["id"] for part in parts if part["props"].get("elem_id") == "question")
        self._box = next(boxes)

    def ask(self, question: str) -> float:
        """Return the seconds until the answer to a question is there."""
        started = time.perf_counter()
        body = {"data": [question, [], "", "", ""], "session_hash": "honest"}
        asked = self._http.post("/gradio_api/call/ask", json=body).raise_for_status().json()
        with self._http.stream("GET", f"/gradio_api/call/ask/{asked['event_id']}") as stream:
            lines = list(stream.iter_lines())
        if "event: complete" not in lines:
            raise RuntimeError(f"not answered: {lines}")
        return time.perf_counter() - started

    def call(self, name: str, data: object) -> Any:
        """Return what a function of the page returns."""
        body = {
            "component_id": self._box,
            "session_hash": "adding",
            "fn_name": name,
            "data": data,
        }
        answer = self._http.post("/gradio_api/component_server", json=body).raise_for_status()
        return answer.json()["value"]


def _ask_while_adding(
    visitor: Visitor, questions: Sequence[str], characters: int, limit: float
) -> tuple[list[float], str]:
    """Return the seconds of each question asked meanwhile, and how far the adding got."""
    data = base64.b64encode(_text(characters).encode()).decode()
    file = {"visitor": _VISITOR, "name": "long.md", "data": data}
    started = time.perf_counter()
    seconds: list[float] = []
    done = threading.Event()

    def ask() -> None:
        for question in itertools.cycle(questions):
            if done.is_set():
                return
            seconds.append(visitor.ask(question))

    thread = threading.Thread(target=ask)
    thread.start()
    state = visitor.call("add", file)
    token = state.get("token")
    while "line" not in state and time.perf_counter() - started < limit:
        time.sleep(_PAUSE)
        state = visitor.call("adding", {"token": token})
    took = time.perf_counter() - started
    done.set()
    thread.join()
    if "line" in state:
        return seconds, f"The file was done after {took:.0f} s."
    visitor.call("stop_adding", {"token": token})
    return seconds, f"After {took:.0f} s the adding was stopped: {state['words']}."


def _text(characters: int) -> str:
    """Return a text of about so many characters."""
    corpus = ROOT / "corpus"
    readings = read(corpus, base=corpus, max_chars=10**6)
    texts = [reading.article.text for reading in readings if reading.article]
    parts, length = list[str](), 0
    for text in itertools.cycle(texts):
        if length + len(text) + 2 > characters:
            return "\n\n".join(parts)
        parts.append(text)
        length += len(text) + 2
    raise AssertionError


def _told(seconds: Sequence[float]) -> tuple[str, str]:
    return f"{np.median(seconds):.2f}", f"{max(seconds):.2f}"


if __name__ == "__main__":
    main()
