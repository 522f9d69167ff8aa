"""The articles of a question set, read independently of any index, to check the index against."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa import sources
from qa.errors import QAError, one_line
from qa.evaluation.questions import GoldSpan, Question, QuestionSet, QuestionSetError, lines_of
from qa.evaluation.rubric import stem
from qa.text import normalise

Record = dict[str, Any]
# How many values of a field an error names.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Corpus:
    """Articles by id, as records of the `.jsonl` format. The texts are raw, as in their file."""

    records: Mapping[str, Record]

    def texts(self) -> dict[str, str]:
        """Return the articles' texts by id, normalised: what citations point into."""
        return {
            article_id: normalise(record["text"]) for article_id, record in self.records.items()
        }


def read_corpus(path: Path, *, max_chars: int) -> Corpus:
    """Read a set's articles: a `.jsonl` file, or a folder that `qa index` would take.

    A `.jsonl` file is parsed here and not by `qa.extract`: so its texts stay raw, as gold offsets
    need them, and citations are checked against something that the product did not read itself.

    Raises:
        QuestionSetError: an article cannot be read; a set is all or nothing.
    """
    if path.suffix.lower() == ".jsonl":
        return Corpus(read_jsonl(path))
    records = {}
    for reading in sources.read(path, base=path, max_chars=max_chars):
        if reading.error is not None:
            raise QuestionSetError(reading.error.path, reading.error.explanation)
        if reading.article is not None:
            records[reading.article.id] = dataclasses.asdict(reading.article)
    return Corpus(records)


def read_jsonl(path: Path) -> dict[str, Record]:
    """Read articles by id, their texts raw.

    Raises:
        QuestionSetError: naming the line that is no article.
    """
    records: dict[str, Record] = {}
    for number, line in lines_of(path):
        where = f"{path}:{number}"
        record = parse_record(line, where)
        if record["id"] in records:
            raise QuestionSetError(where, f"the id {record['id']!r} is that of an earlier article")
        records[record["id"]] = record
    return records


def parse_record(line: str, where: str) -> Record:
    """Return one article of a `.jsonl` file, its text raw.

    Raises:
        QuestionSetError: the line is no article.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise QuestionSetError(where, f"not valid JSON ({error})") from None
    if (
        not isinstance(record, dict)
        or not isinstance(record.get("text"), str)
        or not record.get("id")
    ):
        raise QuestionSetError(where, "an article needs an 'id' and a 'text'")
    return {**record, "id": str(record["id"])}


@dataclass(frozen=True, slots=True)
class Where:
    """Which articles are kept: those whose field has one of these values."""

    field: str
    values: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Where:
        """Read `FIELD=VALUE[,VALUE]`.

        Raises:
            QAError: it is something else.
        """
        field, _, values = (part.strip() for part in text.partition("="))
        listed = tuple(value.strip() for value in values.split(","))
        if not field or not all(listed):
            raise QAError(
                f"where {text!r}: write FIELD=VALUE or FIELD=VALUE,VALUE, as in kind=news,letter"
            )
        return cls(field, listed)

    def __str__(self) -> str:
        return f"{self.field}={','.join(self.values)}"


def keep(corpus: Corpus, where: Where) -> Corpus:
    """Return the articles whose field has one of the values; other types are compared as `str`.

    Raises:
        QAError: no article has the field, or none of them such a value.
    """
    found = {
        key: str(record[where.field])
        for key, record in corpus.records.items()
        if where.field in record
    }
    if not found:
        fields = sorted({field for record in corpus.records.values() for field in record})
        raise QAError(
            f"where {where}: no article has a field {where.field!r}; there are: {', '.join(fields)}"
        )
    kept = {key: corpus.records[key] for key, value in found.items() if value in where.values}
    if not kept:
        values = [one_line(value) for value, _ in Counter(found.values()).most_common(_SHOWN)]
        raise QAError(
            f"where {where}: no article is left; the commonest values are: {', '.join(values)}"
        )
    return Corpus(kept)


def halve(corpus: Corpus) -> Corpus:
    """Return the corpus without every second article, in the order of their ids."""
    return Corpus(
        {article_id: corpus.records[article_id] for article_id in sorted(corpus.records)[::2]}
    )


def write_jsonl(corpus: Corpus, path: Path) -> None:
    """Write the articles as a `.jsonl` file, texts still raw.

    Non-ASCII characters are escaped: JSON can hold what UTF-8 cannot.
    """
    lines = (json.dumps(record) + "\n" for record in corpus.records.values())
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def check_gold(questions: QuestionSet, corpus: Corpus) -> None:
    """Check that the articles hold every gold span and paragraph, and a gold article per question.

    Published relevance judgements may name articles that their collection lacks: these are ignored.

    Raises:
        QuestionSetError: a span, or all gold of a question, is missing: it could never be found.
    """
    for question in questions.questions:
        where = f"question {question.id!r}"
        gold = question.gold_articles
        if gold and not gold & corpus.records.keys():
            raise QuestionSetError(
                str(questions.file), f"{where}: no article {' or '.join(map(repr, sorted(gold)))}"
            )
        stems = {stem(article_id) for article_id in corpus.records}
        for group in question.cite:
            if stems.isdisjoint(map(stem, group)):
                names = " or ".join(map(repr, group))
                raise QuestionSetError(str(questions.file), f"{where}: no article {names} to cite")
        spans = [("gold span", span) for span in question.relevant]
        spans += [("paragraph", question.paragraph)] if question.paragraph else []
        for kind, span in spans:
            if (problem := _problem(kind, span, corpus)) is not None:
                raise QuestionSetError(str(questions.file), f"{where}: {problem}")


def _problem(kind: str, span: GoldSpan, corpus: Corpus) -> str | None:
    if span.article_id not in corpus.records:
        return f"no article {span.article_id!r}"
    length = len(corpus.records[span.article_id]["text"])
    if span.end > length:
        return (
            f"{kind} {span.start}:{span.end} of {span.article_id!r}, which has {length} characters"
        )
    return None


def for_corpus(question: Question, corpus: Corpus) -> Question:
    """Return a question for a corpus that may lack articles, with offsets into normalised texts.

    A question becomes unanswerable if none of its gold articles is left, or none of a group that an
    answer has to cite. One that is answerable but names no gold article is returned unchanged.
    """
    kept = corpus.records.keys()
    paragraph = question.paragraph
    stems = {stem(article_id) for article_id in kept}
    lost = bool(question.gold_articles) and not question.gold_articles & kept
    lost = lost or any(stems.isdisjoint(map(stem, group)) for group in question.cite)
    return dataclasses.replace(
        question,
        answers=() if lost else question.answers,
        answerable=False if lost else question.answerable,
        relevant=tuple(
            _mapped(span, corpus) for span in question.relevant if span.article_id in kept
        ),
        doc_ids=tuple(article_id for article_id in question.doc_ids if article_id in kept),
        relevance={key: grade for key, grade in question.relevance.items() if key in kept},
        paragraph=_mapped(paragraph, corpus)
        if paragraph and paragraph.article_id in kept
        else None,
    )


def _mapped(span: GoldSpan, corpus: Corpus) -> GoldSpan:
    raw = corpus.records[span.article_id]["text"]
    return GoldSpan(span.article_id, map_offset(raw, span.start), map_offset(raw, span.end))


def map_offset(raw: str, offset: int) -> int:
    """Return where `offset` of a raw text is after `qa.text.normalise`.

    This is the length of the normalised prefix. If `offset` cuts a line end or a composed character
    in two, it is behind the character.
    """
    return len(normalise(raw[:offset]))
