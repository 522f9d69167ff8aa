"""Asks one half of a newsroom set: the halves have no story in common.

    python -m evals.newsroom [--half a|b] [--kinds KIND,KIND] [--dialogues] [--set FOLDER]
        [--indexes DIR] [--show] [--json FILE]

`qa eval` asks a whole set and judges it in the same way. Work that is fitted to the questions it
looks at needs others to be judged by: half a may be looked at, half b only judges. The set is by
default dev/newsroom of the folder that the environment variable QA_DATASETS names.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from qa import Pipeline, QAError, Settings
from qa.evaluation import Options, Question, Result, Row, load_set, save, table
from qa.evaluation.asking import evaluate
from qa.evaluation.corpus import read_corpus
from qa.evaluation.metrics import summarise
from qa.evaluation.questions import QuestionSetError
from qa.evaluation.rubric import CATALOGUE, TALK, stem
from qa.evaluation.runner import prepare
from qa.index import Index
from qa.text import terms

# Articles that at least this many questions want cited together are of one story.
_TOGETHER = 2
_OF_NO_STORY = frozenset({CATALOGUE, TALK, "off_topic"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print the tables, and return the exit code."""
    options = _parser().parse_args(arguments)
    kinds = options.kinds.split(",") if options.kinds else None
    try:
        with tempfile.TemporaryDirectory(prefix="qa-newsroom-") as folder:
            indexes = options.indexes or Path(folder)
            result = run(
                options.set, options.half, indexes, kinds, dialogues_only=options.dialogues
            )
        if options.json:
            save(result, options.json)
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    if options.show:
        _show(result.rows)
    print(table(result))
    return 0


def run(
    folder: Path,
    half: str | None,
    indexes: Path,
    kinds: Sequence[str] | None = None,
    *,
    dialogues_only: bool = False,
) -> Result:
    """Ask the questions and dialogues of one half, or of all; or some kinds; or dialogues alone."""
    questions = load_set(folder)
    if questions.articles is None:
        raise QuestionSetError(str(folder), "has no articles of its own to index")
    settings = Settings.from_env(index=indexes / questions.name)
    index = Index.open(settings, create=True)
    index.update([questions.articles])
    corpus = read_corpus(questions.articles, max_chars=settings.max_article_chars)
    texts = {stem(id_): f"{one['title']}\n{one['text']}" for id_, one in corpus.records.items()}
    taken = halves(questions.questions, texts)
    prepared = prepare(questions, corpus, Options())
    asked = tuple(
        question
        for question in prepared.questions
        if half in {None, taken[question.id]}
        and (kinds is None or (question.kind in kinds and not question.dialogue))
        and (question.dialogue or not dialogues_only)
    )
    rows = tuple(evaluate(Pipeline(index), dataclasses.replace(prepared, questions=asked)))
    return Result(
        set=questions.name,
        half=False,
        fingerprint=settings.fingerprint(),
        settings=settings.model_dump(mode="json", exclude={"index", "login"}),
        articles=len(corpus.records),
        metrics=summarise(rows),
        rows=rows,
        where=f"stories of half {half}" if half else "",
    )


def _show(rows: Sequence[Row]) -> None:
    """Print each question that did not pass, with what was wanted and what was said."""
    for row in rows:
        if row.rubric is not None and not row.scores["passed"]:
            wanted = {"must": row.rubric.must, "must_not": row.rubric.must_not}
            print(json.dumps({"id": row.id, "question": row.question, **wanted, "text": row.text}))


def halves(questions: Sequence[Question], texts: Mapping[str, str]) -> dict[str, str]:
    """Return question id -> "a" or "b"; a dialogue stays together, and so does a story.

    Articles that several questions want cited together are one story. A question without articles
    to cite belongs to the story whose article has most of its words; one of no story at all to the
    halves by turns.

    Args:
        questions: of the set, turns of dialogues included.
        texts: article id without its ending -> title and text.
    """
    stories = _stories([question for question in questions if not question.dialogue], texts)
    weights = Counter(word for text in texts.values() for word in set(terms(text)))
    bags = {name: set(terms(text)) for name, text in texts.items()}

    def story(asked: Sequence[Question]) -> str:
        named = [stories[stem(name)] for one in asked for group in one.cite for name in group[:1]]
        if named:
            return Counter(named).most_common(1)[0][0]
        words = set(terms(" ".join(one.question for one in asked)))
        nearest = max(
            sorted(bags), key=lambda name: sum(1 / weights[word] for word in words & bags[name])
        )
        return stories[nearest]

    groups: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups[question.dialogue or question.id].append(question)
    members: dict[str, list[Question]] = defaultdict(list)
    loose: list[list[Question]] = []
    for asked in groups.values():
        if asked[0].kind in _OF_NO_STORY:
            loose.append(asked)
        else:
            members[story(asked)].extend(asked)
    sizes = {"a": 0, "b": 0}
    half = {question.id: "ab"[at % 2] for at, asked in enumerate(loose) for question in asked}
    for name in sorted(members, key=lambda name: (-len(members[name]), name)):
        lighter = min(sizes, key=lambda each: (sizes[each], each))
        sizes[lighter] += len(members[name])
        half |= {question.id: lighter for question in members[name]}
    return half


def _stories(questions: Sequence[Question], names: Iterable[str]) -> dict[str, str]:
    """Return article -> the first article of its story."""
    pairs: Counter[tuple[str, str]] = Counter()
    for question in questions:
        cited = sorted({stem(name) for group in question.cite for name in group})
        pairs.update((a, b) for a in cited for b in cited if a < b)
    first = {name: name for name in names}
    for (a, b), count in pairs.items():
        if count >= _TOGETHER:
            old, new = sorted((first[a], first[b]), reverse=True)
            first = {name: new if of == old else of for name, of in first.items()}
    return first


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Judge the answers to half of a newsroom set.")
    public = Path(os.environ.get("QA_DATASETS", "."))
    parser.add_argument("--set", type=Path, default=public / "dev" / "newsroom", metavar="FOLDER")
    parser.add_argument("--half", choices=["a", "b"], help="ask only the stories of this half")
    parser.add_argument("--indexes", type=Path, metavar="DIR", help="keep the index here")
    parser.add_argument("--kinds", help="ask only questions of these kinds, and no dialogues")
    parser.add_argument("--dialogues", action="store_true", help="ask only the dialogues")
    parser.add_argument("--show", action="store_true", help="print what did not pass")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
