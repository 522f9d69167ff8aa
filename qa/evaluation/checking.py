"""Checks a question set, and tells everything that is wrong with it at once.

An error stops a run or makes a figure of it wrong; a warning is what may be meant so. evals/README.md lists both.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa import articles
from qa.evaluation import pairs, sets
from qa.evaluation.corpus import parse_record
from qa.evaluation.metrics import quote_contains_answer, squad_normalise, token_f1
from qa.evaluation.questions import GoldSpan, OnError, Question, QuestionSetError, lines_of, numbered

Texts = Mapping[str, str]
_KEYS = tuple(Question.__dataclass_fields__)
# Above this ratio a key is taken for a slip: `answer` is one, `answerability` is another tool's.
_ALIKE = 0.85
# So many characters of a text are shown.
_SHOWN = 60
# So many answers are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a set.

    Attributes:
        where: the file, with a line number where there is one (`questions.jsonl:12`).
        reason: what is wrong there, in words for the set's author.
        warning: whether it may be meant so.
    """

    where: str
    reason: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found, in the order of the files' lines, and how much it looked at."""

    findings: tuple[Finding, ...]
    questions: int
    articles: int

    @property
    def errors(self) -> int:
        """How many findings are no mere warnings."""
        return sum(not finding.warning for finding in self.findings)


def check(name: str | Path, *, max_chars: int) -> Check:
    """Check a set: a folder, or the common name of a pair of files.

    Args:
        name: as `load_set` takes it.
        max_chars: longer articles are refused by an index.

    Raises:
        QuestionSetError: there is no such set, or a file of it cannot be read at all.
    """
    found: list[Finding] = []

    def tell(error: QuestionSetError) -> None:
        found.append(Finding(error.path, error.reason))

    in_pair = pairs.is_pair(name)
    file = pairs.files(name)[1] if in_pair else sets.questions_file(name)
    try:
        source = pairs.files(name)[0] if in_pair else sets.articles_of(file.parent)
    except QuestionSetError as error:
        tell(error)
        source = None
    texts = _texts(source, max_chars, tell) if source else {}
    if not texts:
        found.append(Finding(str(file), "there are no articles to check the gold against", warning=True))
    lines = pairs.numbered(file, texts, tell) if in_pair else numbered(file, tell)
    count = 0
    for count, (number, question) in enumerate(lines, 1):  # noqa: B007 - the last count is the number of questions
        found += _findings(question, texts, f"{file}:{number}")
    if not count:
        found.append(Finding(str(file), "holds no question"))
    found += () if in_pair else _misspelt(file)
    return Check(tuple(found), count, len(texts))


def _texts(path: Path, max_chars: int, tell: OnError) -> dict[str, str]:
    """Return the articles' texts by id, raw as gold offsets need them, and tell of what an index would refuse."""
    texts, refused = {}, set()
    for reading in articles.read(path, base=path, max_chars=max_chars):
        if reading.article is not None:
            texts[reading.article.id] = reading.article.text
        if reading.error is not None:
            refused.add(reading.error.path)
            tell(QuestionSetError(reading.error.path, reading.error.reason))
    if path.suffix.lower() != ".jsonl":
        return texts
    for number, line in lines_of(path, lambda error: refused.add(error.path)):
        if (where := f"{path}:{number}") not in refused:
            try:
                record = parse_record(line, where)
            except QuestionSetError as error:
                tell(error)
            else:
                texts[record["id"]] = record["text"]
    return texts


def _findings(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    yield from _contradictions(question, where)
    yield from _of_history(question, where)
    if texts:
        yield from _of_articles(question, texts, where)
        yield from _of_spans(question, texts, where)
        yield from _of_answers(question, texts, where)


def _contradictions(question: Question, where: str) -> Iterator[Finding]:
    articles_given = any(grade > 0 for grade in question.grades.values())
    if question.answerable is False:
        if question.relevant:
            yield Finding(where, "is not answerable, but has 'relevant', where its answer stands")
        if articles_given:
            yield Finding(where, "is not answerable, but has gold articles", warning=True)
    elif not (question.answers or question.relevant or articles_given):
        yield Finding(where, "has neither answers nor gold: nothing about its answer can be judged", warning=True)
    for name in ("answers", "false_answers"):
        if any(not answer.strip() for answer in getattr(question, name)):
            yield Finding(where, f"{name!r} holds an empty text")


def _of_history(question: Question, where: str) -> Iterator[Finding]:
    turns = question.history
    if any(not turn.text.strip() for turn in turns):
        yield Finding(where, "'history' holds an empty turn")
    if [turn.role for turn in turns] != (["user", "assistant"] * len(turns))[: len(turns)] or len(turns) % 2:
        yield Finding(where, "'history' is not user, assistant, user, assistant, ...", warning=True)


def _of_articles(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    gold = question.gold_articles
    spanned = {span.article_id for span in _all_spans(question).values()}
    for article_id in sorted(question.about - texts.keys()):
        # Published judgements may grade articles that a collection leaves out, as long as some gold is left.
        passed_over = article_id not in spanned and not gold.isdisjoint(texts)
        yield Finding(where, f"there is no article {_short(article_id)}", warning=passed_over)


def _of_spans(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    for name, span in _all_spans(question).items():
        text = texts.get(span.article_id)
        if text is None:
            continue
        if span.end > len(text):
            article = f"{_short(span.article_id)}, which has {len(text)} characters"
            yield Finding(where, f"{name}: {span.start}:{span.end} is not within {article}")
        elif question.answers and name.startswith("relevant"):
            yield from _of_gold(name, text[span.start : span.end], question, where)


def _of_gold(name: str, gold: str, question: Question, where: str) -> Iterator[Finding]:
    if squad_normalise(gold) in map(squad_normalise, question.answers):
        return
    near = token_f1(gold, question.answers) or any(answer in gold or gold in answer for answer in question.answers)
    reason = f"{name}: the text there is {_short(gold)}, which is not one of 'answers'"
    yield Finding(where, reason if near else f"{reason} and shares no word with them", warning=bool(near))


def _of_answers(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    gold = question.gold_articles & texts.keys()
    searched = [texts[article_id] for article_id in sorted(gold)] if gold else texts.values()
    answers = question.answers
    standing = next((answer for answer in answers if any(_stands(answer, text) for text in searched)), None)
    if question.answerable is False and answers:
        # Some sets give what should be said instead of an answer: that stands nowhere.
        reason = "is not answerable, but has 'answers'"
        yield Finding(where, f"{reason}, and {_short(standing)} is there" if standing else reason, warning=not standing)
    elif answers and standing is None:
        names = " or ".join(_short(answer) for answer in answers[:_NAMED])
        place = "its gold articles" if gold else "the articles"
        yield Finding(where, f"{names} does not stand in {place}: no quote can contain it", warning=True)


def _stands(answer: str, text: str) -> bool:
    return bool(answer.strip() and answer in text) or quote_contains_answer(text, [answer])


def _all_spans(question: Question) -> dict[str, GoldSpan]:
    spans = {f"relevant.{number}": span for number, span in enumerate(question.relevant)}
    return spans | ({"paragraph": question.paragraph} if question.paragraph else {})


def _misspelt(file: Path) -> Iterator[Finding]:
    """Tell of keys that are passed over, and look like some that are not."""
    for number, line in lines_of(file, lambda _: None):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        for key in sorted(record.keys() - set(_KEYS)) if isinstance(record, dict) else ():
            if meant := difflib.get_close_matches(key, _KEYS, n=1, cutoff=_ALIKE):
                yield Finding(f"{file}:{number}", f"{_short(key)} is not read: is {meant[0]!r} meant?", warning=True)


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
