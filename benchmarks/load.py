"""Measures the service while many ask at once, over HTTP.

    python -m benchmarks.load [--askers 128] [--seconds 600] [--flood 10000] [--write]

Each asker has a conversation of their own, at an address of their own on loopback, and asks about a
place that nobody else asks about: first by its name, then without ("When was that?"). An answer
that names another's place, or another's question, is counted as foreign. No answers are kept while
the askers ask (QA_CACHE_MB=0). Then, on a server that keeps answers, questions are asked twice; a
flood of posts comes from one address while a visitor of another one asks; last, the server is told
to end while it answers. Every run is bounded: by the seconds (half a minute for one asker, a minute
for 32), and a minute for what is under way. With --write the table goes to benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import re
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks import page
from qa import Index, Settings

PACKAGES = ("chromadb", "gradio", "numpy", "onnxruntime")
ROOT = Path(__file__).resolve().parent.parent
_SYLLABLES = (
    "Ba Ke Do Mi Su Ta Ri Lo Ga Ve Zu".split(),
    "ran len vor dim sul bet".split(),
    "mouth holm wick stead ford".split(),
)
PLACES = ["".join(parts) for parts in itertools.product(*_SYLLABLES)]
"""Names that occur nowhere else, one for each asker."""

_ASKED = (
    "Who repaired the lighthouse at {place}?",
    "When was that?",
    "What did the repair at {place} cost?",
    "Why was the lighthouse at {place} closed?",
)
# Seconds that a request may take; that a server may take to start, or to end.
_PATIENCE = 120.0
_TICKS = os.sysconf("SC_CLK_TCK")
_TWICE = 12


@dataclass
class Load:
    """What was counted while many asked.

    Attributes:
        statuses: of the responses.
        seconds: that each answer took, without those that were refused.
        foreign: answers that belong to somebody else.
        answered_at: when each came.
        memory: MB of the server, once a second.
        cpu: seconds of processor time that the server took.
        wall: seconds in all.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    foreign: int = 0
    memory: list[float] = field(default_factory=list)
    cpu: float = 0.0
    wall: float = 0.0

    @property
    def growth(self) -> float:
        """Share by which memory grew after the first minute, or the first half of a shorter run."""
        at = min(60, len(self.memory) // 2)
        return max(self.memory[at:]) / self.memory[at] - 1 if self.memory else 0.0


class Server:
    """`qa serve` in another process."""

    def __init__(self, index: Path, **settings: str) -> None:
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "qa", "serve", "--port", str(port)]
        environment = {**os.environ, "QA_INDEX": str(index), **settings}
        begun = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdout=subprocess.DEVNULL
        )
        self.ready = self._until_ready(begun)

    def _until_ready(self, begun: float) -> float:
        while time.perf_counter() - begun < _PATIENCE:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}/api/v1/ready", trust_env=False).is_success:
                    return time.perf_counter() - begun
            time.sleep(0.05)
        sys.exit("the server did not start")

    @property
    def memory(self) -> float:
        """MB that it holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has taken."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / _TICKS

    def end(self) -> float:
        """Tell it to end, and return the seconds until it has."""
        begun = time.perf_counter()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(_PATIENCE)
        return time.perf_counter() - begun


def empty_interpreter() -> float:
    """Return the median seconds that an interpreter takes which does nothing."""
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def indexed(folder: Path, askers: int) -> Path:
    """Make an index of the sample articles and of an invented one for the place of each asker."""
    records = (
        {
            "id": place,
            "title": f"{place} repairs its lighthouse",
            "source": "Coast Courier",
            "published": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}",
            "text": f"Ann {place[:4]}son repaired the lighthouse at {place} on "
            f"{number % 28 + 1} May. The repair at {place} cost {number + 1},500 crowns, the "
            f"council said. The lighthouse at {place} was closed because its lamp had failed.",
        }
        for number, place in enumerate(PLACES[: max(askers, _TWICE)])
    )
    articles = folder / "places.jsonl"
    articles.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    index = folder / "index"
    Index.open(Settings(index=index), create=True).update([ROOT / "corpus", articles])
    return index


def client(number: int, server: Server, network: int = 1) -> httpx.AsyncClient:
    """Return a client at an address of its own on loopback, with a secret of its own."""
    local = f"127.{network}.{number // 250}.{number % 250 + 1}"
    return httpx.AsyncClient(
        base_url=server.address,
        transport=httpx.AsyncHTTPTransport(local_address=local),
        headers={"QA-Visitor": f"{network:016x}{number:016x}"},
        timeout=_PATIENCE,
        trust_env=False,
    )


async def ask_many(server: Server, askers: int, seconds: float) -> Load:
    """Have askers ask for some seconds, in conversations that nobody had before."""
    load, end = Load(), time.perf_counter() + seconds
    cpu, begun = server.cpu, time.perf_counter()

    async def watch() -> None:
        while True:
            load.memory.append(server.memory)
            await asyncio.sleep(1.0)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(_asker(number, server, load, end) for number in range(askers)))
    watching.cancel()
    load.cpu, load.wall = server.cpu - cpu, time.perf_counter() - begun
    return load


async def _asker(number: int, server: Server, load: Load, end: float) -> None:
    place = PLACES[number % len(PLACES)]
    async with client(number, server) as http:
        while True:
            conversation = secrets.token_hex(16)
            asked: list[str] = []
            for question in _ASKED:
                if time.perf_counter() > end:
                    return
                text = question.format(place=place)
                body = {"question": text, "conversation": conversation}
                answer = await _put(http, body, load, end)
                if answer is None:
                    break
                asked.append(text)
                load.foreign += _is_foreign(answer, place, text)
            if asked:
                kept = (await http.get(f"/api/v1/conversations/{conversation}")).json()
                told = [exchange["question"] for exchange in kept.get("exchanges", [])]
                load.foreign += told != asked


async def _put(
    http: httpx.AsyncClient, body: dict[str, str], load: Load, end: float
) -> dict[str, object] | None:
    """Ask until there is an answer, as a refusal says; None where there is none."""
    while True:
        begun = time.perf_counter()
        got = await http.post("/api/v1/ask", json=body)
        load.statuses[got.status_code] += 1
        if got.status_code == 200:
            load.seconds.append(time.perf_counter() - begun)
            answer: dict[str, object] = got.json()
            return answer
        if got.status_code not in {429, 503} or time.perf_counter() > end:
            return None
        await asyncio.sleep(float(got.headers["retry-after"]))


def _is_foreign(answer: dict[str, object], place: str, asked: str) -> bool:
    """Return whether an answer was to another question, or took up another conversation."""
    understood = f"{answer['question']} {answer['standalone_question']}"
    named = set(re.findall(r"\w+", understood)).intersection(PLACES)
    return answer["question"] != asked or bool(named - {place})


async def twice(server: Server) -> tuple[float, float]:
    """Ask questions twice; return the median seconds of the first and of the second time."""
    rounds: list[list[float]] = [[], []]
    async with client(0, server, network=2) as http:
        for seconds in rounds:
            for place in PLACES[:_TWICE]:
                begun = time.perf_counter()
                await http.post("/api/v1/ask", json={"question": _ASKED[0].format(place=place)})
                seconds.append(time.perf_counter() - begun)
    return statistics.median(rounds[0][1:]), statistics.median(rounds[1])


async def flood(server: Server, posts: int) -> tuple[Counter[int], list[float]]:
    """Post questions to the chat from one address; return statuses, and another visitor's waits."""
    statuses: Counter[int] = Counter()
    done = asyncio.Event()
    numbers = iter(range(posts))

    async def post(http: httpx.AsyncClient) -> None:
        for number in numbers:
            question = _ASKED[2].format(place=PLACES[number % _TWICE])
            data = {"data": [question, [], "", "", ""], "session_hash": f"flood{number}"}
            got = await http.post("/gradio_api/call/ask", json=data)
            statuses[got.status_code] += 1

    async def honest() -> list[float]:
        waits = list[float]()
        async with client(0, server, network=4) as http:
            while not done.is_set():
                begun = time.perf_counter()
                question = _ASKED[3].format(place=PLACES[len(waits) % _TWICE])
                body = {"data": [question, [], "", "", ""], "session_hash": f"honest{len(waits)}"}
                await _listened(http, body)
                waits.append(time.perf_counter() - begun)
        return waits

    waiting = asyncio.create_task(honest())
    async with client(0, server, network=3) as http:
        await asyncio.gather(*(post(http) for _ in range(20)))
    done.set()
    return statuses, await waiting


async def _listened(http: httpx.AsyncClient, body: Mapping[str, object]) -> None:
    """Ask in the chat's queue, and listen until the answer is there."""
    while True:
        asked = await http.post("/gradio_api/call/ask", json=body)
        if asked.is_success:
            await http.get(f"/gradio_api/call/ask/{asked.json()['event_id']}")
            return
        await asyncio.sleep(float(asked.headers.get("retry-after", 1)))


async def ended(server: Server, askers: int = 8) -> tuple[float, Counter[str]]:
    """Tell the server to end once one asker has an answer; return seconds and outcomes."""
    outcomes: Counter[str] = Counter()

    async def one(number: int) -> None:
        async with client(number, server, network=5) as http:
            question = f"{_ASKED[1]} {_ASKED[0].format(place=PLACES[number])}"
            try:
                got = await http.post("/api/v1/ask", json={"question": question})
                outcomes[str(got.status_code)] += 1
            except httpx.HTTPError:
                outcomes["cut off"] += 1

    asking = [asyncio.create_task(one(number)) for number in range(askers)]
    await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    seconds = await asyncio.to_thread(server.end)
    await asyncio.gather(*asking)
    return seconds, outcomes


def _row(name: str, load: Load) -> list[str]:
    answers = load.statuses[200]
    statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(load.statuses.items()))
    cuts = statistics.quantiles(load.seconds, n=20) if len(load.seconds) > 1 else [0.0] * 19
    return [
        name,
        statuses,
        str(load.foreign),
        f"{answers / load.wall:.2f}",
        f"{load.cpu / max(answers, 1):.2f}",
        f"{statistics.median(load.seconds or [0.0]):.1f}",
        f"{cuts[-1]:.1f}",
        f"{load.growth:+.1%}",
    ]


_HEAD = (
    "askers",
    "statuses",
    "foreign answers",
    "answers/s",
    "processor s/answer",
    "p50 s",
    "p95 s",
    "memory after the first minute",
)


def measure(askers: int, seconds: float, posts: int) -> str:
    """Return the tables."""
    with tempfile.TemporaryDirectory(prefix="qa-load-") as place:
        index = indexed(Path(place), askers)
        server = Server(index, QA_CACHE_MB="0")
        cold = server.ready
        asyncio.run(ask_many(server, 1, 5.0))  # loads everything
        counts = {1: min(seconds, 30.0), 32: min(seconds, 60.0), askers: seconds}
        rows = [
            _row(f"{count}", asyncio.run(ask_many(server, count, length)))
            for count, length in sorted(counts.items())
            if count <= askers
        ]
        drained, outcomes = asyncio.run(ended(server))
        server = Server(index)
        first, again = asyncio.run(twice(server))
        flooded, waits = asyncio.run(flood(server, posts))
        server.end()
    ends = ", ".join(f"{name}: {count}" for name, count in sorted(outcomes.items()))
    posted = ", ".join(f"{status}: {count:,}" for status, count in sorted(flooded.items()))
    kept = f"{again * 1000:.0f} ms, not {first * 1000:.0f}: {first / again:.0f} times as fast"
    waited = f"median {statistics.median(waits):.1f} s, worst {max(waits):.1f} s of {len(waits)}"
    facts = [
        (
            "cold start, until it is ready",
            f"{cold:.1f} s, {cold / empty_interpreter():.0f} x an empty interpreter",
        ),
        ("a question asked before", kept),
        (f"another visitor during a flood of {posts:,} posts ({posted})", waited),
        ("SIGTERM while 8 ask", f"ends after {drained:.1f} s ({ends})"),
    ]
    tables = page.table(_HEAD, rows), page.table(("what", "measured"), facts)
    return f"{page.machine(PACKAGES)}\n\n" + "\n\n".join(tables)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--askers", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--flood", type=int, default=10_000, metavar="POSTS")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    text = measure(options.askers, options.seconds, options.flood)
    given = f"--askers {options.askers} --seconds {options.seconds:.0f} --flood {options.flood}"
    print(text)
    if options.write:
        page.write(
            "Many who ask at once",
            f"Written by `python -m benchmarks.load {given}`; "
            f"one asks for half a minute, 32 for a minute. {text}",
        )


if __name__ == "__main__":
    main()
