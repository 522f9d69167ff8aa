"""Asks the questions of a newsroom set and prints what passed and what was wrong, by kind.

    python -m evals.newsroom [--half a|b] [--kinds KIND,KIND | --dialogues] [--set FOLDER]
        [--indexes DIR] [--show] [--json FILE]

The set (by default dev/newsroom of the folder that the environment variable QA_DATASETS names) has
`articles/`, `questions.jsonl` and `dialogues.jsonl`, and is judged as its `newsroom_score.py` does:
by the facts that an answer has to contain, those that only a wrong one contains, and the articles
to be cited. The halves have no story in common: half a may be looked at, half b only judges.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa import Answer, Pipeline, QAError, Settings, Turn
from qa.index import Index
from qa.text import terms

Item = Mapping[str, Any]
"""A line of the set."""

_SILENT = "do not contain an answer"
_VERDICT = re.compile(r"\W*(yes|no)\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d)")
# Articles that at least this many questions want cited together are of one story.
_TOGETHER = 2
_DEPTHS = ("1", "2 and 3", "4 and later")
_EARLY = 3
_OF_NO_STORY = frozenset({"catalogue", "smalltalk", "off_topic"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer was judged.

    Attributes:
        item: the question, as in the set.
        text: the answer's.
        passed: it says all that it must, nothing that it must not, and cites what it must.
        wrong: it says something else instead.
        yes_no: whether its yes or no is right; None where none is asked for.
    """

    item: Item
    text: str
    passed: bool
    wrong: bool
    yes_no: bool | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print the table, and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="qa-newsroom-") as folder:
            kinds = options.kinds.split(",") if options.kinds else None
            indexes = options.indexes or Path(folder)
            verdicts = run(options.set, options.half, indexes, [] if options.dialogues else kinds)
            if options.dialogues or kinds is None:
                verdicts += converse(options.set, options.half, indexes)
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    for shown in verdicts:
        if options.show and not shown.passed:
            fields = {name: shown.item.get(name) for name in ("id", "question", "must", "must_not")}
            print(json.dumps({**fields, "passed": shown.passed, "text": shown.text}))
    print("\n".join(table(verdicts)))
    if options.json:
        rows = [{**v.item, "text": v.text, "passed": v.passed, "wrong": v.wrong} for v in verdicts]
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


def run(
    folder: Path, half: str | None, indexes: Path, kinds: Sequence[str] | None = None
) -> list[Verdict]:
    """Ask the questions of one half, or of all; or some kinds of them."""
    pipeline, questions, _ = _opened(folder, half, indexes)
    asked = [item for item in questions if kinds is None or item["kind"] in kinds]
    return [judged(item, pipeline.answer(item["question"])) for item in asked]


def converse(folder: Path, half: str | None, indexes: Path) -> list[Verdict]:
    """Hold the dialogues of one half, or all, with the product's own answers as the history."""
    pipeline, _, dialogues = _opened(folder, half, indexes)
    history: dict[str, list[Turn]] = defaultdict(list)
    verdicts = []
    for item in sorted(dialogues, key=lambda item: (item["dialogue"], item["turn"])):
        turns = history[item["dialogue"]]
        answer = pipeline.answer(item["question"], history=tuple(turns))
        turns += [Turn("user", item["question"]), Turn("assistant", answer.text)]
        verdicts.append(judged(item, answer))
    return verdicts


def _opened(
    folder: Path, half: str | None, indexes: Path
) -> tuple[Pipeline, list[Item], list[Item]]:
    """Return a pipeline over the articles, and the questions and turns of one half, or all."""
    index = Index.open(Settings.from_env(index=indexes / folder.name), create=True)
    index.update([folder / "articles"])
    texts = {_base(a.id): f"{a.title}\n{a.text}" for a in index.articles()}
    questions, dialogues = _lines(folder / "questions.jsonl"), _lines(folder / "dialogues.jsonl")
    taken = halves(questions, dialogues, texts)

    def of_half(items: Sequence[Item]) -> list[Item]:
        return [item for item in items if half in {None, taken[item["id"]]}]

    return Pipeline(index), of_half(questions), of_half(dialogues)


def judged(item: Item, answer: Answer) -> Verdict:
    """Return how the set's own scorer judges an answer."""
    text = _folded(answer.text)
    facts = [_says(text, alternatives) for alternatives in item.get("must", [])]
    bad = _says(text, item.get("must_not", []))
    cited = {_base(citation.article_id) for citation in answer.citations}
    sourced = all({_base(name) for name in group} & cited for group in item.get("cite", []))
    silent = _SILENT in text
    if item.get("answerable") is False:
        told = item.get("corrects_must") or item.get("corrects") or []
        fixed = isinstance(told, list) and bool(told) and all(_says(text, any_) for any_ in told)
        passed = answer.abstained or fixed
        wrong = not passed
    elif item["kind"] in {"smalltalk", "catalogue"}:
        passed = all(facts) and not silent and not bad
        wrong = not passed and not silent
    else:
        passed = bool(facts) and all(facts) and not bad and sourced and not answer.abstained
        wrong = not answer.abstained and (bad or (bool(facts) and not any(facts)))
    yes_no = None
    if item.get("verdict"):
        found = _VERDICT.match(text)
        yes_no = found is not None and found[1] == item["verdict"]
    return Verdict(item, answer.text, passed, wrong, yes_no)


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Return a line for each kind of question, depth of turn and move, and the totals."""
    alone = [v for v in verdicts if "dialogue" not in v.item]
    turns = [v for v in verdicts if "dialogue" in v.item]
    kinds = sorted({v.item["kind"] for v in alone})
    groups = [(kind, [v for v in alone if v.item["kind"] == kind]) for kind in kinds]
    groups += [("all questions", alone), ("turns of dialogues", turns)]
    groups += [(f"  turn {name}", [v for v in turns if _depth(v.item) == name]) for name in _DEPTHS]
    moves = sorted({v.item["move"] for v in turns})
    groups += [(f"  {move}", [v for v in turns if v.item["move"] == move]) for move in moves]
    lines = [f"{'kind':22} {'n':>4}  passed  wrong"]
    for name, rows in groups:
        if rows:
            passed, wrong = (sum(each) / len(rows) for each in _outcomes(rows))
            lines.append(f"{name:22} {len(rows):4}  {passed:6.3f}  {wrong:5.3f}")
    decided = [v.yes_no for v in verdicts if v.yes_no is not None]
    if decided:
        share = sum(decided) / len(decided)
        lines.append(f"{'right verdict':22} {len(decided):4}  {share:6.3f}")
    return lines


def halves(
    questions: Sequence[Item], dialogues: Sequence[Item], texts: Mapping[str, str]
) -> dict[str, str]:
    """Return question id -> "a" or "b"; a dialogue stays together, and so does a story.

    Articles that several questions want cited together are one story. A question without articles
    to cite belongs to the story whose article has most of its words; one of no story at all to the
    halves by turns.
    """
    stories = _stories(questions, texts)
    weights = Counter(word for text in texts.values() for word in set(terms(text)))
    bags = {name: set(terms(text)) for name, text in texts.items()}

    def story(items: Sequence[Item]) -> str:
        named = [stories[_base(name)] for i in items for group in i["cite"] for name in group[:1]]
        if named:
            return Counter(named).most_common(1)[0][0]
        asked = set(terms(" ".join(i["question"] for i in items)))
        nearest = max(
            sorted(bags), key=lambda name: sum(1 / weights[word] for word in asked & bags[name])
        )
        return stories[nearest]

    groups: dict[str, list[Item]] = defaultdict(list)
    for item in (*questions, *dialogues):
        groups[item.get("dialogue") or item["id"]].append(item)
    members: dict[str, list[Item]] = defaultdict(list)
    loose: list[Item] = []
    for items in groups.values():
        (loose if items[0]["kind"] in _OF_NO_STORY else members[story(items)]).extend(items)
    sizes = {"a": 0, "b": 0}
    half = {item["id"]: "ab"[at % 2] for at, item in enumerate(loose)}
    for name in sorted(members, key=lambda name: (-len(members[name]), name)):
        lighter = min(sizes, key=lambda each: (sizes[each], each))
        sizes[lighter] += len(members[name])
        half |= {item["id"]: lighter for item in members[name]}
    return half


def _stories(questions: Sequence[Item], names: Iterable[str]) -> dict[str, str]:
    """Return article -> the first article of its story."""
    pairs: Counter[tuple[str, str]] = Counter()
    for item in questions:
        cited = sorted({_base(name) for group in item["cite"] for name in group})
        pairs.update((a, b) for a in cited for b in cited if a < b)
    first = {name: name for name in names}
    for (a, b), count in pairs.items():
        if count >= _TOGETHER:
            old, new = sorted((first[a], first[b]), reverse=True)
            first = {name: new if of == old else of for name, of in first.items()}
    return first


def _depth(item: Item) -> str:
    return _DEPTHS[0 if item["turn"] == 1 else 1 if item["turn"] <= _EARLY else 2]


def _outcomes(rows: Sequence[Verdict]) -> tuple[list[bool], list[bool]]:
    return [v.passed for v in rows], [v.wrong for v in rows]


def _says(text: str, alternatives: Sequence[str]) -> bool:
    return any(_folded(each) in text for each in alternatives)


def _folded(text: str) -> str:
    text = " ".join(text.lower().replace("’", "'").replace("‘", "'").split())
    return _THOUSANDS.sub("", text)


def _base(name: str) -> str:
    return Path(name).stem


def _lines(file: Path) -> list[Item]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Judge the answers to a newsroom set.")
    public = Path(os.environ.get("QA_DATASETS", "."))
    parser.add_argument("--set", type=Path, default=public / "dev" / "newsroom", metavar="FOLDER")
    parser.add_argument("--half", choices=["a", "b"], help="ask only the stories of this half")
    parser.add_argument("--indexes", type=Path, metavar="DIR", help="keep the index here")
    parser.add_argument("--kinds", help="ask only questions of these kinds, and no dialogues")
    parser.add_argument("--dialogues", action="store_true", help="hold only the dialogues")
    parser.add_argument("--show", action="store_true", help="print what did not pass")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all answers here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
