"""The articles of a question set, read apart from any index, so that the index can be checked against them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa import articles
from qa.evaluation.questions import GoldSpan, Question, QuestionSet, QuestionSetError, read_text
from qa.text import normalise

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles by id, as records of the `.jsonl` format. The texts are raw: as their file has them."""

    records: Mapping[str, Record]

    def texts(self) -> dict[str, str]:
        """Return the articles' texts by id, normalised: what citations point into."""
        return {article_id: normalise(record["text"]) for article_id, record in self.records.items()}


def read_corpus(path: Path, *, max_chars: int) -> Corpus:
    """Read a set's articles: a `.jsonl` file, or a folder that `qa index` would take.

    A `.jsonl` file is parsed here and not by `qa.articles`: so its texts stay raw, as gold offsets need
    them, and a citation is checked against something that the product did not read itself.

    Raises:
        QuestionSetError: an article cannot be read; a set is all or nothing.
    """
    if path.suffix.lower() == ".jsonl":
        return Corpus(_read_jsonl(path))
    records = {}
    for reading in articles.read(path, base=path, max_chars=max_chars):
        if reading.error is not None:
            raise QuestionSetError(reading.error.path, reading.error.reason)
        if reading.article is not None:
            records[reading.article.id] = dataclasses.asdict(reading.article)
    return Corpus(records)


def _read_jsonl(path: Path) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        record = _parse(line, where)
        if record["id"] in records:
            raise QuestionSetError(where, f"the id {record['id']!r} is that of an earlier article")
        records[record["id"]] = record
    return records


def _parse(line: str, where: str) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(where, f"not valid JSON ({error})") from None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not record.get("id"):
        raise QuestionSetError(where, "an article needs an 'id' and a 'text'")
    return {**record, "id": str(record["id"])}


def halve(corpus: Corpus) -> Corpus:
    """Return the corpus without every second article, in the order of their ids."""
    return Corpus({article_id: corpus.records[article_id] for article_id in sorted(corpus.records)[::2]})


def write_jsonl(corpus: Corpus, path: Path) -> None:
    """Write the articles as a `.jsonl` file, texts still raw. Escaped, as JSON can hold what UTF-8 cannot."""
    lines = (json.dumps(record) + "\n" for record in corpus.records.values())
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def check_gold(questions: QuestionSet, corpus: Corpus) -> None:
    """Check that the articles hold every gold span, and some gold article of every question that has any.

    Published relevance judgements may name articles that their collection leaves out: those are passed over.

    Raises:
        QuestionSetError: a span or all gold is missing; without this the question would be missed for ever.
    """
    for question in questions.questions:
        where = f"question {question.id!r}"
        gold = question.gold_articles
        if gold and not gold & corpus.records.keys():
            raise QuestionSetError(str(questions.file), f"{where}: no article {' or '.join(map(repr, sorted(gold)))}")
        for span in question.relevant:
            if (problem := _problem(span, corpus)) is not None:
                raise QuestionSetError(str(questions.file), f"{where}: {problem}")


def _problem(span: GoldSpan, corpus: Corpus) -> str | None:
    if span.article_id not in corpus.records:
        return f"no article {span.article_id!r}"
    length = len(corpus.records[span.article_id]["text"])
    if span.end > length:
        return f"gold span {span.start}:{span.end} of {span.article_id!r}, which has {length} characters"
    return None


def for_corpus(question: Question, corpus: Corpus) -> Question:
    """Return `question` as it stands for a corpus that may lack articles, with offsets into normalised texts.

    A question none of whose gold articles is left becomes unanswerable. One that is answerable but names
    no gold article cannot be judged in a reduced corpus by this rule, and is returned unchanged.
    """
    kept = corpus.records.keys()
    lost = bool(question.gold_articles) and not question.gold_articles & kept
    return dataclasses.replace(
        question,
        answers=() if lost else question.answers,
        answerable=False if lost else question.answerable,
        relevant=tuple(_mapped(span, corpus) for span in question.relevant if span.article_id in kept),
        doc_ids=tuple(article_id for article_id in question.doc_ids if article_id in kept),
        relevance={key: grade for key, grade in question.relevance.items() if key in kept},
    )


def _mapped(span: GoldSpan, corpus: Corpus) -> GoldSpan:
    raw = corpus.records[span.article_id]["text"]
    return GoldSpan(span.article_id, map_offset(raw, span.start), map_offset(raw, span.end))


def map_offset(raw: str, offset: int) -> int:
    """Return where `offset` of a raw text lies after `qa.text.normalise`.

    The length of the normalised prefix: exact unless `offset` cuts a line end or a composed character in
    two, where it lies behind the character.
    """
    return len(normalise(raw[:offset]))
