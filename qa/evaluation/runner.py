"""Runs a question set through the pipeline."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.evaluation import comparison
from qa.evaluation import corpus as corpora
from qa.evaluation import given as reading
from qa.evaluation.asking import Prepared, Progress, evaluate
from qa.evaluation.corpus import Corpus, Where
from qa.evaluation.given import Given
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError
from qa.evaluation.result import Result, Row
from qa.evaluation.sets import load_set
from qa.evaluation.summary import summarise
from qa.evaluation.unfinished import Unfinished, fingerprint
from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """How a set is asked.

    Attributes:
        half: leave out every second article, sorted by id: questions about these must be abstained from.
        limit: take only the first so many questions; all articles stay.
        given: search nothing, and read each question with the passages of its gold article, or of its paragraph.
        where: `FIELD=VALUE,VALUE`: leave out the articles whose field has no such value, as `half` does.
        without: leave out the questions about these articles; the articles stay.
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
            raise QuestionSetError(name, f"with the {self.given} given nothing is searched: no index, half or where")
        if index and (self.half or self.where):
            raise QuestionSetError(name, "articles can be left out of a temporary index only")


def run(  # noqa: PLR0913 - the set, and each thing that can be said about its run
    set_path: str | Path,
    settings: Settings,
    options: Options = Options(),
    *,
    index: Path | None = None,
    workspace: Path | None = None,
    progress: Progress | None = None,
    unfinished: Unfinished | None = None,
) -> Result:
    """Evaluate a question set.

    Args:
        set_path: the set's folder, or the name of one in `evals/sets`, or the common name of a pair of files.
        settings: of the pipeline; where its index lies is decided here.
        options: how the set is asked.
        index: search this index instead of a temporary one over the set's articles.
        workspace: a folder to make and leave that index in; one which is there, over the same articles, is used again.
        progress: told about indexing and about each question.
        unfinished: keeps the rows until the caller, who has put the result where it belongs, tells it to `remove` them.

    Raises:
        QuestionSetError: the set cannot be used, or not with these options.
        QAError: `options.where` leaves nothing, or is not understood.
        IndexNotFoundError: `index` is no index.
        IndexStaleError: `index` was built with other settings.
    """
    questions = load_set(set_path)
    options.check(questions.name, index)
    if index is not None:
        pipeline = Pipeline.open(settings.model_copy(update={"index": index}))
        prepared = prepare(questions, _corpus(questions, settings, pipeline.index), options)
        rows = _rows(pipeline, prepared, options, unfinished, progress, searched=pipeline.index)
        return _result(pipeline, questions, prepared, options, rows)
    prepared = prepare(questions, _corpus(questions, settings), options)
    temporary = contextlib.nullcontext(workspace) if workspace else tempfile.TemporaryDirectory(prefix="qa-eval-")
    with temporary as folder:
        pipeline, prepared = _opened(prepared, Path(folder), settings, options.given, progress)
        rows = _rows(pipeline, prepared, options, unfinished, progress)
        return _result(pipeline, questions, prepared, options, rows)


def corpus_of(set_path: str | Path, settings: Settings, options: Options, *, index: Path | None = None) -> Corpus:
    """Return the articles that `run` searches with the same arguments, without running anything.

    Raises:
        QAError: as `run`.
    """
    questions = load_set(set_path)
    opened = None if index is None else Index.open(settings.model_copy(update={"index": index}))
    return prepare(questions, _corpus(questions, settings, opened), options).corpus


def check_alike(before: Result, set_path: str | Path, options: Options) -> None:
    """Refuse to compare a run with an earlier result before it is made, where its set or options tell already.

    Raises:
        QAError: the earlier result is of another set, or was asked otherwise.
        QuestionSetError: the set cannot be used.
    """
    after = Result(load_set(set_path).name, options.half, "", {}, 0, given=options.given or "", where=options.where)
    comparison.check_alike(before, after)


def _rows(  # noqa: PLR0913 - all that a row depends on
    pipeline: Pipeline,
    prepared: Prepared,
    options: Options,
    unfinished: Unfinished | None,
    progress: Progress | None,
    *,
    searched: Index | None = None,
) -> list[Row]:
    """Return the rows of all questions: those that an earlier run left unfinished, then the others, asked now."""
    if unfinished is None:
        return list(evaluate(pipeline, prepared, progress=progress))
    # An index that was given can hold other articles than the set.
    others = searched.articles() if searched else ()
    settings = pipeline.settings.fingerprint()
    key = fingerprint(settings, options, prepared.questions, prepared.corpus.records, others)
    rows = unfinished.resume(key, prepared.questions)
    for row in evaluate(pipeline, prepared, answered=len(rows), progress=progress):
        unfinished.add(row)
        rows.append(row)
    return rows


def _result(
    pipeline: Pipeline, questions: QuestionSet, prepared: Prepared, options: Options, rows: Sequence[Row]
) -> Result:
    return Result(
        set=questions.name,
        half=options.half,
        fingerprint=pipeline.settings.fingerprint(),
        settings=pipeline.settings.model_dump(mode="json", exclude={"index"}),
        articles=len(prepared.texts),
        metrics=summarise(rows),
        rows=tuple(rows),
        given=options.given or "",
        where=options.where,
        without=options.without,
    )


def _corpus(questions: QuestionSet, settings: Settings, index: Index | None = None) -> Corpus:
    """Return the set's own articles; where it has none, those of the given index."""
    if questions.articles is not None:
        return corpora.read_corpus(questions.articles, max_chars=settings.max_article_chars)
    if index is not None:
        return Corpus({article.id: dataclasses.asdict(article) for article in index.articles()})
    folder = str(questions.file.parent)
    raise QuestionSetError(folder, "has no articles.jsonl, and no set.toml with a 'corpus': name an index to search")


def prepare(questions: QuestionSet, corpus: Corpus, options: Options) -> Prepared:
    """Check the set's gold against its articles, and take questions and gold to those that stay.

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


def _without(questions: QuestionSet, corpus: Corpus, articles: Sequence[str]) -> tuple[Question, ...]:
    """Return the questions that are about none of these articles, whether or not they have an answer there."""
    if unknown := [article_id for article_id in articles if article_id not in corpus.records]:
        raise QuestionSetError(str(questions.file), f"without {unknown[0]!r}: there is no such article")
    left = tuple(question for question in questions.questions if question.about.isdisjoint(articles))
    if not left:
        raise QuestionSetError(str(questions.file), "without these articles no question is left")
    return left


def _opened(
    prepared: Prepared, folder: Path, settings: Settings, given: Given | None, progress: Progress | None
) -> tuple[Pipeline, Prepared]:
    """Return a pipeline over exactly the articles that stay, with its index below `folder`.

    Where passages are given they are added, and the index stays empty: nothing is searched, so no vector is needed.
    """
    source = folder / "articles.jsonl"
    corpora.write_jsonl(prepared.corpus, source)
    settings = settings.model_copy(update={"index": folder / "index"})
    index = Index.open(settings, create=True)
    if given is not None:
        pipeline = Pipeline(index)
        return pipeline, _with_passages(prepared, source, pipeline, given)
    report = index.update([source], progress=progress)
    if report.refused:
        first, count = report.refused[0], len(report.refused)
        raise QuestionSetError(first.path, f"{first.reason} ({count} of the set's articles cannot be indexed)")
    return Pipeline.open(settings), prepared


def _with_passages(prepared: Prepared, source: Path, pipeline: Pipeline, given: Given) -> Prepared:
    settings = pipeline.settings
    passages = reading.reading(
        prepared.questions,
        reading.read_articles(source, max_chars=settings.max_article_chars),
        given,
        passage_tokens=settings.passage_tokens,
        count_tokens=pipeline.index.encoder.count_tokens,
    )
    return dataclasses.replace(prepared, reading=passages)
