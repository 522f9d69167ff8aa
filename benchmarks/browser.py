"""Measures the chat in Chromium: time to first words and answers, opened articles, concurrency.

    python -m benchmarks.browser [--articles 1000] [--questions 20] [--visitors 16] [--index DIR]

The articles are those of corpus/, repeated under other titles. DIR keeps their index for the next
run. Results, with the machine and the versions, are written to benchmarks/browser.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from qa import Index, Pipeline, Settings
from qa.sources import read

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "evals" / "sets" / "corpus" / "questions.jsonl"
PACKAGES = ("chromadb", "gradio", "numpy", "onnxruntime", "playwright")
HOST = "127.0.0.1"
# Measured in the page, from the key press to the frame that shows the result, so that the driver's
# time is excluded.
_MEASURES = """
window.bench = {
  painted: () => new Promise((done) =>
    requestAnimationFrame(() => setTimeout(() => done(performance.now())))),
  until: (there) => new Promise((done) => {
    const look = () => there() && (watch.disconnect(), done());
    const watch = new MutationObserver(look);
    watch.observe(document,
      { childList: true, subtree: true, characterData: true, attributes: true });
    look();
  }),
  async ask(question) {
    const box = document.querySelector("#question textarea");
    const number = document.querySelectorAll("#transcript .exchange").length;
    const reply = (css) =>
      document.querySelectorAll("#transcript .exchange")[number]?.querySelector(css);
    const whole = ".reply.answered, .reply.abstained, .reply.error";
    box.value = question;
    const start = performance.now();
    const enter = { key: "Enter", bubbles: true, cancelable: true };
    box.dispatchEvent(new KeyboardEvent("keydown", enter));
    await this.until(() => reply(".reply"));
    const shown = await this.painted();
    await this.until(() => reply(`.reply.partial, ${whole}`));
    const first = await this.painted();
    await this.until(() => reply(whole));
    const last = await this.painted();
    const failed = Boolean(reply(".reply.error"));
    return { shown: shown - start, first: first - start, last: last - start, failed };
  },
  async open(marker) {
    const text = document.querySelector("#reader .article-text");
    text.replaceChildren();
    const start = performance.now();
    marker.click();
    await this.until(() => text.querySelector("mark"));
    const opened = (await this.painted()) - start;
    document.querySelector("[data-reader-close]").click();
    return opened;
  },
};
"""
Row = tuple[str, str, str]


def main() -> None:
    """Run the benchmark, and write its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--visitors", type=int, default=16)
    parser.add_argument("--index", type=Path, help="an index to use or create, and keep")
    options = parser.parse_args()
    chromium = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if chromium is None:
        sys.exit("no Chromium: see tools/chromium.sh")
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()[: options.questions]
    questions = [str(json.loads(line)["question"]) for line in lines]
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        settings = Settings(index=options.index or Path(folder, "index"))
        articles = indexed(settings, options.articles)
        alone = _alone(settings, questions)
        with served(settings) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            rows = _one_visitor(browser, address, questions, alone)
            rows += _many_visitors(browser, address, questions, options.visitors)
            chrome = browser.version
            browser.close()
    text = _page(rows, articles, chrome)
    print(text)
    (Path(__file__).parent / "browser.md").write_text(text, encoding="utf-8")


def indexed(settings: Settings, wanted: int) -> int:
    """Index articles until there are enough, and return their number."""
    if not settings.index.exists() or Index.open(settings).counts()["articles"] < wanted:
        found = [
            reading.article
            for reading in read(ROOT / "corpus", base=ROOT / "corpus", max_chars=10**6)
        ]
        texts = [article for article in found if article is not None]
        records = (
            {
                "id": f"{i}",
                "title": f"{texts[i % len(texts)].title} {i}",
                "text": texts[i % len(texts)].text,
            }
            for i in range(wanted)
        )
        # Beside the index, so that an interrupted run can be continued.
        settings.index.parent.mkdir(parents=True, exist_ok=True)
        collection = settings.index.parent / "articles.jsonl"
        collection.write_text(
            "".join(json.dumps(record) + "\n" for record in records), encoding="utf-8"
        )
        Index.open(settings, create=True).update([collection])
    return Index.open(settings).counts()["articles"]


def _alone(settings: Settings, questions: Sequence[str]) -> list[float]:
    """Return the seconds of the pipeline for each question, without server and browser."""
    pipeline = Pipeline.open(settings)
    pipeline.answer(questions[0])
    times = []
    for question in questions:
        started = time.perf_counter()
        pipeline.answer(question)
        times.append(time.perf_counter() - started)
    return times


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve the chat with `qa serve` in another process, and yield its address."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    address = f"http://{HOST}:{port}"
    environment = {**os.environ, "QA_INDEX": str(settings.index)}
    command = [sys.executable, "-m", "qa", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        _wait_for(address)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def _wait_for(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - this machine's own server
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    sys.exit("the server did not start")


def _visit(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(120_000)
    page.goto(address)
    page.locator("#notice").get_by_text("articles").wait_for()
    page.evaluate(_MEASURES)
    return page


def _one_visitor(
    browser: Browser, address: str, questions: Sequence[str], alone: Sequence[float]
) -> list[Row]:
    """Ask each question in a new conversation, warm, and open the answers' articles."""
    page = _visit(browser, address)
    page.evaluate("question => bench.ask(question)", questions[0])
    asked, opened = [], []
    for question in questions:
        page.get_by_role("button", name="New", exact=True).click()
        page.locator(".welcome").wait_for()
        asked.append(page.evaluate("question => bench.ask(question)", question))
        if (marker := page.locator(".reply.answered .marker").first).count():
            opened.append(marker.evaluate("marker => bench.open(marker)") / 1000)
    page.context.close()
    _check(asked)
    shown, first, last = (
        [found[name] / 1000 for found in asked] for name in ("shown", "first", "last")
    )
    return [
        ("the pipeline alone, an answer", _told(alone), ""),
        ("Enter to the question on screen", _told(shown), ""),
        ("Enter to the first words", _told(first), "p50 0.5 s"),
        ("Enter to the whole answer", _told(last), ""),
        (
            f"click to the open article ({len(opened)} opened, without hovering first)",
            _told(opened),
            "0.2 s",
        ),
    ]


def _many_visitors(
    browser: Browser, address: str, questions: Sequence[str], visitors: int
) -> list[Row]:
    """Let many visitors ask at once, each another question if there are enough."""
    pages = [_visit(browser, address) for _ in range(visitors)]
    for page, question in zip(
        pages, (questions[i % len(questions)] for i in range(visitors)), strict=True
    ):
        page.evaluate("question => { window.asked = bench.ask(question); }", question)
    asked = [page.evaluate("window.asked") for page in pages]
    for page in pages:
        page.context.close()
    _check(asked)
    last = [found["last"] / 1000 for found in asked]
    return [
        (
            f"{visitors} visitors at once, Enter to the whole answer",
            _told(last),
            "all answered, p95 6 s",
        )
    ]


def _check(asked: Sequence[dict[str, float]]) -> None:
    """Exit if an answer was an error, so that none is counted as an answer."""
    if failed := sum(bool(found["failed"]) for found in asked):
        sys.exit(f"{failed} of {len(asked)} questions ended with an error")


def _told(seconds: Sequence[float]) -> str:
    p50, p95 = np.percentile(seconds, [50, 95])
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s"


def _page(rows: Sequence[Row], articles: int, chrome: str) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}"
    )
    load = os.getloadavg()[1]
    lines = [
        "# The chat in the browser",
        "",
        "Written by `python -m benchmarks.browser`, not edited by hand.",
        "Server, browser and driver share the machine.",
        "",
        f"{articles:,} articles. {machine}; Chromium {chrome}; {versions}.",
        f"Load average at the end: {load:.1f}, of which the run itself is a part.",
        "",
        "| what | measured | goal |",
        "|---|---|---|",
        *(f"| {what} | {measured} | {goal} |" for what, measured, goal in rows),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
