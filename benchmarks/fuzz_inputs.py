"""Mutated files and pages: each is read or refused with a reason, none crashes or hangs.

    python -m benchmarks.fuzz_inputs [--count 10000] [--seed 1]

Each file is that of a test with some bytes flipped, cut, doubled, moved or replaced; in half of the
cases within a member of a ZIP file, or before a file is compressed, so that what is inside is
reached. Feeds and sitemaps are mutated, too, as a server may send them. Prints how many were read
and refused by format, and the reasons.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import re
import signal
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType

from qa.errors import ArticleError
from qa.extract import Document, ReadOptions, extract
from qa.sources.web.addresses import parse
from qa.sources.web.listings import listing_of
from qa.sources.web.responses import Response
from qa.types import Article
from tests.formats import STORY, html_body, zipped
from tests.web_server import feed, item, sitemap

SECONDS = 60
"""That one file may take, on a machine that does much else."""

_PDF_SHARE = 25  # one file in so many: each PDF file takes a process of its own
_TOKENS = (
    b"\0",
    b"\xff\xfe",
    b"\n",
    b'"',
    b"<",
    b"</",
    b">",
    b"{",
    b"[",
    b"&#0;",
    b"%s",
    b"\r\n.\r\n",
    b"=?utf-8?b?",
    b"PK\x03\x04",
    b"endobj",
    b"999999999",
    b"-1",
    "é\u202e".encode(),
)
_NUMBERS = re.compile(r"\d[\d,.]*|'[^']*'|\([^)]*\)|: [^:]*$")


_ADDRESS = "https://courier.example/lido"


def _feed() -> bytes:
    ttl = "<ttl>30</ttl><language>en</language>"
    return feed(item(_ADDRESS), item("/full", text=html_body() * 2), more=ttl).data


LISTINGS: Mapping[str, Callable[[], bytes]] = {
    "feed.xml": _feed,
    "sitemap.xml": lambda: sitemap((_ADDRESS, "2025-05-04"), f"{_ADDRESS}?page=2").data,
}
"""Name -> what makes the content of what names pages."""


@dataclass
class Tally:
    """What came of the files of one format."""

    read: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return data with one to eight random changes."""
    changed = bytearray(data)
    bits = chance.choice((4, 8))  # with four, what is ASCII stays so
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        span = slice(at, at + chance.choice((1, 2, 16, 200)))
        match chance.randrange(7):
            case 0:
                changed[span] = bytes(byte ^ 1 << chance.randrange(bits) for byte in changed[span])
            case 1:
                del changed[span]
            case 2:
                changed[at:at] = changed[span] * chance.choice((1, 2, 50))
            case 3:
                changed[at:at] = chance.choice(_TOKENS)
            case 4:
                junk = chance.randbytes(chance.randint(0, 8))
                changed[span] = junk if bits == 8 else junk.hex().encode()
            case 5:
                changed[at:at] = bytes(changed[span.start // 2 :][:200])
            case _:
                if chance.random() < 0.2:
                    del changed[at:]
    return bytes(changed)


def variant(name: str, data: bytes, chance: random.Random) -> bytes:
    """Return a mutated file: from outside, or from inside where it is packed."""
    inside = chance.random() < 0.5
    if inside and data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {each: archive.read(each) for each in archive.namelist()}
        chosen = chance.choice(list(members))
        return zipped({**members, chosen: mutated(members[chosen], chance)})
    if inside and name.endswith(".gz"):
        return gzip.compress(mutated(gzip.decompress(data), chance), 1)
    return mutated(data, chance)


def inputs(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of mutated files, the formats in turn."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    contents = {name: make() for name, make in {**STORY, **LISTINGS}.items()}
    others = [name for name in contents if name != "story.pdf"]
    for number in range(count):
        pdf = number % _PDF_SHARE == 0
        name = "story.pdf" if pdf else others[number % len(others)]
        yield name, variant(name, contents[name], chance)


def tally(count: int, seed: int) -> dict[str, Tally]:
    """Read so many mutated files; return what came of them, by name."""
    found = {name: Tally() for name in (*STORY, *LISTINGS)}
    for number, (name, data) in enumerate(inputs(count, seed)):
        _try(found[name], f"{name}, number {number} of seed {seed}", name, data)
    return found


def _try(result: Tally, which: str, name: str, data: bytes) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    started = time.perf_counter()
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        if name in LISTINGS:
            _list(result, data)
        else:
            _read(result, Document(name, name, io.BytesIO(data), ReadOptions(1_000_000)))
    except Exception as error:  # noqa: BLE001 - which is what must not happen
        result.faults.append(f"{which}: {type(error).__name__}: {error}")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    taken = time.perf_counter() - started
    result.seconds += taken
    result.slowest = max(result.slowest, taken)


def _read(result: Tally, document: Document) -> None:
    try:
        made = list(extract(document))
    except ArticleError as error:
        made = [error]
    if not made:
        raise ValueError("neither read nor refused")
    for each in made:
        if isinstance(each, Article):
            each.text.encode()  # what cannot be stored raises
        elif not each.reason:
            raise ValueError("refused without a reason")
        else:
            result.reasons[_NUMBERS.sub("…", each.reason)] += 1
    result.read += any(isinstance(each, Article) for each in made)
    result.refused += not any(isinstance(each, Article) for each in made)


def _list(result: Tally, data: bytes) -> None:
    """Read a listing, and the addresses that it names."""
    reason = ""
    try:
        found = listing_of(Response(parse(_ADDRESS), 200, {"content-type": "text/xml"}, data))
        reason = "" if found else "is no feed or sitemap any more"
        for entry in found.entries if found else ():
            entry.text.encode()
            parse(entry.address)
    except ArticleError as error:
        reason = error.reason
    result.refused += bool(reason)
    result.read += not reason
    if reason:
        result.reasons[_NUMBERS.sub("…", reason)] += 1


def main() -> None:
    """Print a row for each format, the reasons, and whatever went wrong."""
    parser = argparse.ArgumentParser(description="Read mutated files of every format.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = tally(given.count, given.seed)
    print(f"{'file':14} {'read':>6} {'refused':>8} {'mean ms':>8} {'slowest ms':>11}")
    for name, result in found.items():
        mean, slowest = 1000 * result.seconds / (result.read + result.refused or 1), result.slowest
        row = f"{name:14} {result.read:6} {result.refused:8} {mean:8.1f}"
        print(f"{row} {1000 * slowest:11.0f}")
    reasons = sum((result.reasons for result in found.values()), Counter[str]())
    print("\nrefused")
    for reason, number in reasons.most_common(40):
        print(f"{number:6}  {reason[:90]}")
    faults = [fault for result in found.values() for fault in result.faults]
    print(f"\n{len(faults)} crashed or hung")
    for fault in faults:
        print(f"  {fault}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
