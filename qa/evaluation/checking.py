"""Checks a question set and reports all its problems at once.

An error stops a run or makes its figures wrong; a warning may be intended. evals/README.md lists
both.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa import sources
from qa.evaluation import sets
from qa.evaluation.corpus import parse_record
from qa.evaluation.metrics import quote_contains_answer, squad_normalise, token_f1
from qa.evaluation.questions import (
    GoldSpan,
    OnError,
    Question,
    QuestionSetError,
    lines_of,
    numbered,
)
from qa.evaluation.rubric import CATALOGUE, TALK, folded, stem

Texts = Mapping[str, str]
_KEYS = tuple(Question.__dataclass_fields__)
# Above this similarity a key is a misspelling: `answer` is, `answerability` is another tool's key.
_ALIKE = 0.85
# Characters of a text that are shown.
_SHOWN = 60
# Answers that are named.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of a set.

    Attributes:
        where: the file, with its line if there is one (`questions.jsonl:12`).
        reason: the problem, as a message for the set's author.
        warning: whether it may be intended.
    """

    where: str
    reason: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """The findings in the order of the files' lines, and how much was checked."""

    findings: tuple[Finding, ...]
    questions: int
    articles: int

    @property
    def errors(self) -> int:
        """Number of findings that are not warnings."""
        return sum(not finding.warning for finding in self.findings)


def check(name: str | Path, *, max_chars: int) -> Check:
    """Check a set: a folder, or a pair of files by its common name.

    Args:
        name: as `load_set` takes it.
        max_chars: an index refuses longer articles.

    Raises:
        QuestionSetError: the set does not exist, or a file of it cannot be read at all.
    """
    found: list[Finding] = []

    def report(error: QuestionSetError) -> None:
        found.append(Finding(error.path, error.reason))

    in_pair = sets.is_pair(name)
    file = sets.pair_files(name)[1] if in_pair else sets.questions_file(name)
    try:
        source = sets.pair_files(name)[0] if in_pair else sets.articles_of(file.parent)
    except QuestionSetError as error:
        report(error)
        source = None
    texts = _texts(source, max_chars, report) if source else {}
    if not texts:
        found.append(
            Finding(str(file), "there are no articles to check the gold against", warning=True)
        )
    lines = sets.numbered_pairs(file, texts, report) if in_pair else numbered(file, report)
    count = 0
    for number, question in lines:
        count += 1
        found += _findings(question, texts, f"{file}:{number}")
    if not count:
        found.append(Finding(str(file), "holds no question"))
    if not in_pair:
        found += _misspelt(file)
        asked, turns = _of_dialogues(file.parent / sets.DIALOGUES, texts, report)
        count, found = count + asked, found + turns
    # A line that is wrong is met twice among dialogues: alone, and with the others.
    return Check(tuple(dict.fromkeys(found)), count, len(texts))


def _of_dialogues(file: Path, texts: Texts, report: OnError) -> tuple[int, list[Finding]]:
    """Return how many turns a set's dialogues have, and what is wrong with them."""
    if not file.is_file():
        return 0, []
    turns = list(numbered(file, report))
    found = [
        finding for number, turn in turns for finding in _findings(turn, texts, f"{file}:{number}")
    ]
    try:
        sets.read_dialogues(file.parent)
    except QuestionSetError as error:
        report(error)
    return len(turns), [*found, *_misspelt(file)]


def _texts(path: Path, max_chars: int, report: OnError) -> dict[str, str]:
    """Return raw texts by article id, and report articles that an index would refuse.

    Gold offsets refer to the raw texts.
    """
    texts, refused = {}, set()
    for reading in sources.read(path, base=path, max_chars=max_chars):
        if reading.article is not None:
            texts[reading.article.id] = reading.article.text
        if reading.error is not None:
            refused.add(reading.error.path)
            report(QuestionSetError(reading.error.path, reading.error.explanation))
    if path.suffix.lower() != ".jsonl":
        return texts
    for number, line in lines_of(path, lambda error: refused.add(error.path)):
        if (where := f"{path}:{number}") not in refused:
            try:
                record = parse_record(line, where)
            except QuestionSetError as error:
                report(error)
            else:
                texts[record["id"]] = record["text"]
    return texts


def _findings(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    yield from _contradictions(question, where)
    yield from _of_history(question, where)
    yield from _of_rubric(question, texts, where)
    if texts:
        yield from _of_articles(question, texts, where)
        yield from _of_spans(question, texts, where)
        yield from _of_answers(question, texts, where)


def _contradictions(question: Question, where: str) -> Iterator[Finding]:
    articles_given = any(grade > 0 for grade in question.grades.values())
    if question.answerable is False:
        if question.relevant:
            yield Finding(where, "is not answerable, but has 'relevant', the place of an answer")
        if articles_given:
            yield Finding(where, "is not answerable, but has gold articles", warning=True)
    elif not (question.answers or question.relevant or articles_given or question.rubric):
        yield Finding(
            where,
            "has neither answers nor gold: nothing about its answer can be judged",
            warning=True,
        )
    for name in ("answers", "false_answers"):
        if any(not answer.strip() for answer in getattr(question, name)):
            yield Finding(where, f"{name!r} holds an empty text")


def _of_rubric(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    rubric = question.rubric
    if rubric is None:
        if question.must_not or question.cite or question.corrects_must:
            yield Finding(where, "has no 'must': nothing of what it wants is judged")
        return
    told = {folded(one) for fact in rubric.must for one in fact}
    for phrase in rubric.must_not:
        if any(folded(phrase) in one for one in told):
            yield Finding(where, f"'must_not' {_short(phrase)} is in a fact of 'must'")
    if question.answerable and not rubric.must and rubric.kind not in {CATALOGUE, TALK}:
        yield Finding(where, "is answerable, but 'must' names no fact: no answer can pass")
    stems = {stem(article_id) for article_id in texts}
    for group in rubric.cite if texts else ():
        for article_id in group:
            if stem(article_id) not in stems:
                yield Finding(where, f"'cite': there is no article {_short(article_id)}")


def _of_history(question: Question, where: str) -> Iterator[Finding]:
    turns = question.history
    if any(not turn.text.strip() for turn in turns):
        yield Finding(where, "'history' holds an empty turn")
    if [turn.role for turn in turns] != (["user", "assistant"] * len(turns))[: len(turns)] or len(
        turns
    ) % 2:
        yield Finding(where, "'history' is not user, assistant, user, assistant, ...", warning=True)


def _of_articles(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    gold = question.gold_articles
    spanned = {span.article_id for span in _all_spans(question).values()}
    for article_id in sorted(question.about - texts.keys()):
        # Published judgements may grade articles that a collection lacks; that is harmless as long
        # as some gold is left.
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
    near = token_f1(gold, question.answers) or any(
        answer in gold or gold in answer for answer in question.answers
    )
    reason = f"{name}: the text there is {_short(gold)}, which is not one of 'answers'"
    yield Finding(
        where, reason if near else f"{reason} and shares no word with them", warning=bool(near)
    )


def _of_answers(question: Question, texts: Texts, where: str) -> Iterator[Finding]:
    gold = question.gold_articles & texts.keys()
    searched = [texts[article_id] for article_id in sorted(gold)] if gold else texts.values()
    answers = question.answers
    present = next(
        (answer for answer in answers if any(_is_in(answer, text) for text in searched)), None
    )
    if question.answerable is False and answers:
        # Some sets give a reply to show instead of an answer, which is in no article.
        reason = "is not answerable, but has 'answers'"
        yield Finding(
            where,
            f"{reason}, and {_short(present)} is there" if present else reason,
            warning=not present,
        )
    elif answers and present is None:
        names = " or ".join(_short(answer) for answer in answers[:_NAMED])
        place = "its gold articles" if gold else "the articles"
        yield Finding(
            where, f"{names} does not stand in {place}: no quote can contain it", warning=True
        )


def _is_in(answer: str, text: str) -> bool:
    return bool(answer.strip() and answer in text) or quote_contains_answer(text, [answer])


def _all_spans(question: Question) -> dict[str, GoldSpan]:
    spans = {f"relevant.{number}": span for number, span in enumerate(question.relevant)}
    return spans | ({"paragraph": question.paragraph} if question.paragraph else {})


def _misspelt(file: Path) -> Iterator[Finding]:
    """Report ignored keys that look like misspelt ones."""
    for number, line in lines_of(file, lambda _: None):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        for key in sorted(record.keys() - set(_KEYS)) if isinstance(record, dict) else ():
            if meant := difflib.get_close_matches(key, _KEYS, n=1, cutoff=_ALIKE):
                yield Finding(
                    f"{file}:{number}",
                    f"{_short(key)} is not read: is {meant[0]!r} meant?",
                    warning=True,
                )


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
