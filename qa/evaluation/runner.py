"""Runs a question set through the pipeline; a run that was stopped can be resumed."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from qa.evaluation import comparison
from qa.evaluation import corpus as corpora
from qa.evaluation.asking import Given, Prepared, Progress, evaluate, given_passages, read_articles
from qa.evaluation.corpus import Corpus, Where
from qa.evaluation.metrics import summarise
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError
from qa.evaluation.result import Result, Row
from qa.evaluation.sets import load_set
from qa.files import make_private_file, make_private_folder
from qa.index import Index
from qa.pipeline import Pipeline
from qa.protocols import Reader
from qa.settings import Settings
from qa.types import to_dict

PROGRAM = Path(__file__).parent.parent
"""The code and models that answer: any change of them changes the key of a run."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a set is asked.

    Attributes:
        half: leave out every second article, sorted by id: questions about these must be abstained
            from.
        limit: ask only the first `limit` questions; all articles are kept.
        given: search nothing, and read each question with the passages of its gold article, or of
            its paragraph.
        where: `FIELD=VALUE,VALUE`: leave out the articles whose field has no such value, as `half`
            does.
        without: leave out the questions about these articles; the articles are kept.
    """

    half: bool = False
    limit: int | None = None
    given: Given | None = None
    where: str = ""
    without: tuple[str, ...] = ()

    def check(self, name: str, index: Path | None) -> None:
        """Refuse options that contradict each other.

        Raises:
            QuestionSetError: naming the set.
        """
        if self.given and (index or self.half or self.where):
            raise QuestionSetError(
                name, f"with the {self.given} given nothing is searched: no index, half or where"
            )
        if index and (self.half or self.where):
            raise QuestionSetError(name, "articles can be left out of a temporary index only")


@dataclass(slots=True)
class Unfinished:
    """The rows of one run so far, as a file of JSON lines, so that a killed run can be resumed.

    Attributes:
        folder: where such files are; made when a run needs it.
        told: called with a sentence when a run is resumed, or cannot be kept.
    """

    folder: Path
    told: Callable[[str], None] = lambda _: None
    _file: Path | None = None

    def resume(self, key: str, questions: Sequence[Question]) -> list[Row]:
        """Return the rows of the first questions that an earlier run answered; `add` appends more.

        Args:
            key: as `fingerprint` gives it; rows of another key are ignored.
            questions: of the run, in order.
        """
        file = self.folder / f"{key}.jsonl"
        try:
            make_private_folder(self.folder)
            make_private_file(file)
            rows = _read_rows(file, questions)
        except OSError as error:
            self.told(
                f"this run cannot be resumed if it is stopped: {file}: {error.strerror or error}"
            )
            return []
        self._file = file
        if rows:
            self.told(f"resuming: {len(rows)} of {len(questions)} questions were answered already")
        return rows

    def add(self, row: Row) -> None:
        """Append a row."""
        if self._file:
            with self._file.open("a", encoding="ascii", newline="\n") as file:
                file.write(json.dumps(to_dict(row)) + "\n")

    def remove(self) -> None:
        """Delete the file: the run is complete, and its result is saved."""
        if self._file:
            self._file.unlink(missing_ok=True)


def _read_rows(file: Path, questions: Sequence[Question]) -> list[Row]:
    """Return the rows of the first questions, and truncate the file after them.

    What follows is a last line that was torn, or comes from a second run at the same time.
    """
    rows, size = [], 0
    content = file.read_bytes()
    # There are more lines than questions if any of these is torn.
    for question, line in zip(questions, content.splitlines(keepends=True), strict=False):
        row = _parse_row(line)
        if row is None or row.id != question.id:
            break
        rows.append(row)
        size += len(line)
    if size < len(content):
        with file.open("r+b") as kept:
            kept.truncate(size)
    return rows


def _parse_row(line: bytes) -> Row | None:
    if not line.endswith(b"\n"):
        return None
    try:
        return _row_adapter().validate_python(json.loads(line))
    except (ValueError, ValidationError, RecursionError):
        return None


@functools.cache
def _row_adapter() -> TypeAdapter[Row]:
    return TypeAdapter(Row)


def fingerprint(*parts: Any) -> str:
    """Return 32 hexadecimal digits that change with any of `parts`, or with the program.

    Parts are values that `to_dict` takes. The program is all of its files, models included: its
    version stays the same while it is being changed.
    """
    digest = hashlib.sha256()
    for file in sorted(PROGRAM.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    for part in parts:
        digest.update(json.dumps(to_dict(part), sort_keys=True, default=str).encode() + b"\n")
    return digest.hexdigest()[:32]


def run(  # noqa: PLR0913 - the set, and each thing that can be said about its run
    set_path: str | Path,
    settings: Settings,
    options: Options = Options(),
    *,
    index: Path | None = None,
    workspace: Path | None = None,
    reader: Reader | None = None,
    progress: Progress | None = None,
    unfinished: Unfinished | None = None,
) -> Result:
    """Evaluate a question set.

    Args:
        set_path: its folder, its name in `evals/sets`, or the common name of a pair of files.
        settings: of the pipeline, apart from where its index is.
        options: how the set is asked.
        index: searched instead of a temporary index of the set's articles.
        workspace: a folder where that index is made and left, for another run over these articles.
        reader: of the pipeline; by default a new one.
        progress: told about indexing and about each question.
        unfinished: keeps the rows until the caller has saved the result and calls `remove`.

    Raises:
        QAError: the set cannot be used, or not with these options; or `index` is missing or stale.
    """
    options.check((questions := load_set(set_path)).name, index)
    with contextlib.ExitStack() as stack:
        if index is not None:
            opened = Index.open(settings.model_copy(update={"index": index}))
            prepared = prepare(questions, _corpus(questions, settings, opened), options)
        else:
            prepared = prepare(questions, _corpus(questions, settings), options)
            folder = workspace or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="qa-eval-"))
            )
            opened, prepared = _opened(prepared, folder, settings, options.given, progress)
        pipeline = Pipeline(opened, reader=reader)
        rows = _rows(pipeline, prepared, options, unfinished, progress, given=index is not None)
        return _result(pipeline, questions, prepared, options, rows)


def corpus_of(
    set_path: str | Path, settings: Settings, options: Options, *, index: Path | None = None
) -> Corpus:
    """Return the articles that `run` searches with the same arguments, without running anything.

    Raises:
        QAError: as `run`.
    """
    questions = load_set(set_path)
    opened = None if index is None else Index.open(settings.model_copy(update={"index": index}))
    return prepare(questions, _corpus(questions, settings, opened), options).corpus


def check_comparable(before: Result, set_path: str | Path, options: Options) -> None:
    """Refuse, before it is made, a run that could not be compared with an earlier result.

    Raises:
        QAError: the earlier result is of another set, or was asked with other options.
        QuestionSetError: the set cannot be used.
    """
    given = options.given or ""
    name = load_set(set_path).name
    after = Result(name, options.half, "", {}, 0, given=given, where=options.where)
    comparison.check_comparable(before, after)


def _rows(  # noqa: PLR0913 - all that a row depends on
    pipeline: Pipeline,
    prepared: Prepared,
    options: Options,
    unfinished: Unfinished | None,
    progress: Progress | None,
    *,
    given: bool,
) -> list[Row]:
    """Return the rows that an earlier run left, and those of the other questions, asked now."""
    if unfinished is None:
        return list(evaluate(pipeline, prepared, progress=progress))
    settings = pipeline.settings.fingerprint()
    # An index that was given may hold other articles than the set.
    others = pipeline.index.articles() if given else ()
    key = fingerprint(settings, options, prepared.questions, prepared.corpus.records, others)
    rows = unfinished.resume(key, prepared.questions)
    for row in evaluate(pipeline, prepared, answered=rows, progress=progress):
        unfinished.add(row)
        rows.append(row)
    return rows


def _result(
    pipeline: Pipeline,
    questions: QuestionSet,
    prepared: Prepared,
    options: Options,
    rows: Sequence[Row],
) -> Result:
    return Result(
        set=questions.name,
        half=options.half,
        fingerprint=pipeline.settings.fingerprint(),
        settings=pipeline.settings.model_dump(mode="json", exclude={"index", "login"}),
        articles=len(prepared.texts),
        metrics=summarise(rows),
        rows=tuple(rows),
        given=options.given or "",
        where=options.where,
        without=options.without,
    )


def _corpus(questions: QuestionSet, settings: Settings, index: Index | None = None) -> Corpus:
    """Return the set's own articles; if it has none, those of the given index."""
    if questions.articles is not None:
        return corpora.read_corpus(questions.articles, max_chars=settings.max_article_chars)
    if index is not None:
        return Corpus({article.id: dataclasses.asdict(article) for article in index.articles()})
    folder = str(questions.file.parent)
    raise QuestionSetError(
        folder, "has no articles.jsonl, and no set.toml with a 'corpus': name an index to search"
    )


def prepare(questions: QuestionSet, corpus: Corpus, options: Options) -> Prepared:
    """Check the set's gold against its articles, and apply the options to questions and articles.

    Raises:
        QuestionSetError: a gold article or span does not exist, or no question is left.
        QAError: no article is left.
    """
    corpora.check_gold(questions, corpus)
    asked = _without(questions, corpus, options.without)
    kept = corpora.keep(corpus, Where.parse(options.where)) if options.where else corpus
    kept = corpora.halve(kept) if options.half else kept
    taken = tuple(corpora.for_corpus(question, kept) for question in asked[: options.limit])
    return Prepared(taken, kept, kept.texts())


def _without(
    questions: QuestionSet, corpus: Corpus, articles: Sequence[str]
) -> tuple[Question, ...]:
    """Return the questions that are about none of these articles, answerable or not."""
    if unknown := [article_id for article_id in articles if article_id not in corpus.records]:
        raise QuestionSetError(
            str(questions.file), f"without {unknown[0]!r}: there is no such article"
        )
    left = tuple(
        question for question in questions.questions if question.about.isdisjoint(articles)
    )
    if not left:
        raise QuestionSetError(str(questions.file), "without these articles no question is left")
    return left


def _opened(
    prepared: Prepared,
    folder: Path,
    settings: Settings,
    given: Given | None,
    progress: Progress | None,
) -> tuple[Index, Prepared]:
    """Return an index of exactly the articles that are kept, below `folder`.

    Where passages are given they are added, and the index stays empty: nothing is searched, so no
    vector is needed.
    """
    source = folder / "articles.jsonl"
    corpora.write_jsonl(prepared.corpus, source)
    settings = settings.model_copy(update={"index": folder / "index"})
    index = Index.open(settings, create=True)
    if given is not None:
        passages = given_passages(
            prepared.questions,
            read_articles(source, max_chars=settings.max_article_chars),
            given,
            passage_tokens=settings.passage_tokens,
            count_tokens=index.encoder.count_tokens,
        )
        return index, dataclasses.replace(prepared, given=passages)
    report = index.update([source], progress=progress)
    if report.refused:
        first, count = report.refused[0], len(report.refused)
        raise QuestionSetError(
            first.path, f"{first.explanation} ({count} of the set's articles cannot be indexed)"
        )
    return Index.open(settings), prepared
