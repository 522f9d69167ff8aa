"""What several programs share: sets made ready, and the measurement of search alone by set."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.run_all import asked
from qa import Settings
from qa.errors import QAError
from qa.evaluation import METRICS, Metric, Options, Row, load_set, write_whole
from qa.evaluation import corpus as corpora
from qa.evaluation.asking import Prepared
from qa.evaluation.metrics import quote_contains_answer, summarise
from qa.evaluation.runner import prepare
from qa.evaluation.statistics import paired_test
from qa.types import Answer, Article, Hit, Turn

Understand = Callable[[str, Sequence[Turn]], str]
"""Question and history -> what to search for."""

Search = Callable[[str, int], list[Hit]]
"""Query and k -> the k best passages."""


def _contains_gold(row: Row) -> float | None:
    if not (row.answerable and row.answers):
        return None
    return float(quote_contains_answer(row.text, row.answers))


CONTAINS_GOLD = Metric(
    "answer_contains_gold",
    "Answer contains the gold",
    "the whole text of the answer contains a gold answer: fair to whoever answers in sentences",
    "answerable questions with gold answers",
    _contains_gold,
)


def prepared(name: str) -> tuple[Prepared, Options]:
    """Return a run that searches, ready to be asked of any system, and its options.

    Raises:
        QAError: it searches nothing, or its set has no articles.
    """
    place, how = asked(name, None)
    questions = load_set(place)
    if questions.articles is None or how.options.given:
        raise QAError(f"{name}: only a set with articles that are searched can be asked")
    max_chars = Settings.from_env().max_article_chars
    corpus = corpora.read_corpus(questions.articles, max_chars=max_chars)
    return prepare(questions, corpus, how.options), how.options


def spread(ready: Prepared, count: int | None) -> Prepared:
    """Return a set with `count` of its questions, evenly spread over its articles."""
    total = len(ready.questions)
    if count is None or count >= total:
        return ready
    taken = tuple(ready.questions[place * total // count] for place in range(count))
    return dataclasses.replace(ready, questions=taken)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement that gives a section of a page for each set.

    Attributes:
        about: what it does, for the help text.
        introduction: how the page starts.
        results: the page.
        section: name of a set, folder for indexes -> heading and tables.
        sets: returns the sets that are measured by default.
    """

    about: str
    introduction: str
    results: Path
    section: Callable[[str, Path], str]
    sets: Callable[[], Sequence[str]]


def measure(measurement: Measurement, arguments: Sequence[str] | None) -> int:
    """Print the sections and write them; return the exit code."""
    parser = argparse.ArgumentParser(description=measurement.about)
    parser.add_argument("sets", nargs="*", metavar="SET", help="a set in evals/sets, or a folder")
    parser.add_argument(
        "--indexes", type=Path, metavar="DIR", help="keep the indexes here for the next run"
    )
    options = parser.parse_args(arguments)
    try:
        names = options.sets or measurement.sets()
        with tempfile.TemporaryDirectory(prefix="qa-measure-") as folder:
            parts = [measurement.section(name, options.indexes or Path(folder)) for name in names]
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(parts))
    # Other sets are a trial: they never replace the figures of these.
    if not options.sets:
        write_whole(measurement.results, "\n".join([measurement.introduction, *parts]))
    return 0


@dataclass(frozen=True, slots=True)
class SearchOnly:
    """A system that searches for each question as `understand` puts it, and never answers."""

    find: Search
    understand: Understand

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return an abstention that says how the question was understood."""
        understood = self.understand(question, history)
        return Answer(question, "abstention", "", standalone_question=understood)

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the k best passages."""
        return self.find(query, k)

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Return the same as `answer`: nothing is read here."""
        del hits, articles
        return self.answer(question)


def value(rows: Sequence[Row], metric: str) -> str:
    """Return a metric's value with its interval, as a cell of a table."""
    found = summarise(rows, [METRICS[metric]]).get(metric)
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})" if found else "–"


def gain(before: Sequence[Row], after: Sequence[Row], metric: str) -> str:
    """Return how much higher a metric is for `after`, paired by question, with its interval."""
    sides = [[METRICS[metric].values(row) for row in rows] for rows in (before, after)]
    found = paired_test(sides[0], sides[1], METRICS[metric].statistic)
    if found is None:
        return "–"
    return f"{found.after - found.before:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
