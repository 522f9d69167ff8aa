"""Reads passages for spans that answer a question, each with a calibrated probability.

A trained network (`qa.models.span_model`) scores each token as the start or the end of the answer.
The best spans of each passage become evidence, each in its sentence. A logistic regression turns a
span's margin over "no answer", and the share of the question's words in the passage, into a
probability that compares across passages and articles. It was fitted on question sets; see
`qa/models/README.md`. News needs a higher one than other texts: sentences of one story look alike.
What has less, and what its own sentence denies (`qa.answering.denials`), counts little.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa.answering.antecedents import antecedent, is_pronoun, with_name
from qa.answering.denials import asks_what_may_be_denied, is_denied
from qa.answering.evidence import DOUBTED
from qa.answering.grounding.facts import names, same_name
from qa.answering.transcripts import Turn, turn_at
from qa.models.reader_manifest import reader_manifest
from qa.models.span_model import SpanModel, WindowLogits
from qa.models.threads import window_readers
from qa.protocols import Snapshot
from qa.retrieval.overlap import idf
from qa.text import LONGEST_SENTENCE, Span, sentence_spans, terms, words
from qa.types import Article, Evidence, Hit, Passage

# How many spans of each window are kept.
_SPANS = 4
# Penalty per token: of two spans that score about the same, the shorter one is the answer.
_PER_TOKEN = 0.05
# How many tokens are tried as the start, and as the end, of a span.
_ENDS = 12
_ARTICLES = frozenset(("a", "an", "the"))
_SAYING = frozenset(terms("said says saying told claimed claims asked speaker who"))
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d.,]*\d)")
QUESTION_END = re.compile(r"[?？؟][\s”’\"')\]*_]*\Z")


@dataclass(frozen=True, slots=True)
class Found:
    """A span that may answer, the sentence that holds it, and its features.

    Attributes:
        article_id: the article that holds it.
        sentence: the sentence, or what the quote needs beside it.
        span: the short answer.
        features: for calibration.
    """

    article_id: str
    sentence: Span
    span: Span
    features: tuple[float, ...]


class Reader:
    """Finds the spans of passages that answer a question.

    Args:
        model: the network; by default the one that comes with the package.
    """

    def __init__(self, model: SpanModel | None = None) -> None:
        self._model = model or SpanModel()

    @property
    def threshold(self) -> float:
        """The probability below which an answer should not be given."""
        return reader_manifest().calibration.threshold

    def read(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> list[Evidence]:
        """Return the spans that may answer, best first, one per sentence.

        Args:
            snapshot: of the index that holds the passages.
            question: a standalone question.
            hits: the passages to read.
            articles: article id -> article, for all hits.

        Raises:
            ModelError: the reader's weights are damaged.
        """
        manifest = reader_manifest()
        likeliest: dict[tuple[str, Span], tuple[float, Span]] = {}
        for found in self.spans(snapshot, question, hits, articles):
            read = manifest.calibration.probability(found.features), found.span
            key = found.article_id, found.sentence
            likeliest[key] = max(likeliest.get(key, read), read, key=lambda each: each[0])
        elsewhere = {id_: is_elsewhere(question, articles[id_]) for id_, _ in likeliest}
        deniable = asks_what_may_be_denied(question)
        evidence = []
        for (article_id, sentence), (probability, short) in likeliest.items():
            article, start = articles[article_id], sentence[0]
            halved = probability / (2 - probability)  # half the odds
            score = halved if elsewhere[article_id] else probability
            within = short[0] - start, short[1] - start
            if (
                (article.published and score < manifest.news_threshold)
                or (deniable and is_denied(question, article.text[slice(*sentence)], within))
                or _is_aside(article.text, sentence)
            ):
                score *= DOUBTED
            evidence.append(Evidence(article_id, *sentence, *short, score))
        return sorted(evidence, key=lambda e: (-e.score, e.article_id, e.start))

    def spans(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> Iterator[Found]:
        """Yield the best spans of each passage with their features, in the order of the hits."""
        query = list(dict.fromkeys(terms(question)))
        weights = idf(query, snapshot.frequencies(query), snapshot.passage_count())
        sentences = {
            article.id: sentence_spans(article.text, language=article.language)
            for article in (articles[hit.passage.article_id] for hit in hits)
        }

        def windows(hit: Hit) -> list[WindowLogits]:
            article = articles[hit.passage.article_id]
            return list(self._model.read(question, hit.passage.text, article.title))

        for hit, read in zip(hits, window_readers().map(windows, hits), strict=True):
            passage, article = hit.passage, articles[hit.passage.article_id]
            coverage = _coverage(weights, f"{article.title}\n{passage.text}")
            within = sentences[article.id]
            for logits in read:
                for (start, end), margin in best_spans(logits):
                    span = with_name(article.text, (passage.start + start, passage.start + end))
                    placed = _placed(article.text, within, span, (passage, logits), query)
                    if placed is None:
                        continue
                    span, sentence = placed
                    values = {
                        "margin": margin,  # logits of the span less those of no answer
                        "answerable": logits.answerable,  # the second head's opinion
                        "coverage": coverage,  # share of the question's words, by rarity
                    }
                    features = tuple(values[name] for name in reader_manifest().features)
                    yield Found(article.id, sentence, span, features)


def _placed(
    text: str,
    sentences: Sequence[Span],
    span: Span,
    read: tuple[Passage, WindowLogits],
    query: Sequence[str],
) -> tuple[Span, Span] | None:
    """Return a short answer, a name in place of a pronoun, and its sentence.

    None where it is no word, a speaker's name above another matter, or in a question.
    """
    short = text[slice(*span)]
    if not any(map(str.isalnum, short)) or short.casefold() in _ARTICLES:
        return None
    passage, logits = read
    sentence: Span | None
    turn = turn_at(text, span[0])
    if turn and span[1] <= turn.name[1]:
        sentence = _said(text, turn, sentences, query)
    else:
        sentence = sentence_of(span, sentences, (passage.start, passage.end))
        if is_pronoun(short):
            span, sentence = _resolved(text, sentences, span, sentence, (logits, passage.start))
    if sentence is None or QUESTION_END.search(text[slice(*sentence)]):
        return None
    return span, sentence


def _is_aside(text: str, sentence: Span) -> bool:
    """Return whether a sentence's line is in square brackets: a caption or an editor's note."""
    start = text.rfind("\n", 0, sentence[0]) + 1
    end = text.find("\n", sentence[1])
    line = text[start : end if end != -1 else len(text)].strip()
    return line.startswith("[") and line.endswith("]")


def is_elsewhere(question: str, article: Article) -> bool:
    """Return whether the article lacks a year of the question, or all of the question's names.

    The odds that a span of such an article answers are halved. That is a round figure, not a fitted
    one, since development sets have few such questions.
    """
    years = _YEAR.findall(question)
    named = [word for name in names(question) for word in words(name)]
    if not years and not named:
        return False
    text = f"{article.title}\n{article.text}\n{article.source} {article.author} {article.published}"
    if any(re.search(rf"(?<!\d){year}", text) is None for year in years):
        return True
    there = set(words(text)) if named else set()
    return bool(named) and not any(same_name(word, there) for word in named)


def best_spans(logits: WindowLogits, count: int = _SPANS) -> Iterator[tuple[Span, float]]:
    """Yield the best spans of a window that do not overlap, best first.

    Each comes with its margin: its logits less the logit of no answer.
    """
    longest = reader_manifest().longest_answer
    starts, ends = (
        scores.argsort()[::-1][:_ENDS].tolist() for scores in (logits.start, logits.end)
    )
    scored = sorted(
        (
            (float(logits.start[i] + logits.end[j]) - _PER_TOKEN * (j - i), i, j)
            for i in starts
            for j in ends
            if i <= j < i + longest
        ),
        reverse=True,
    )
    taken: list[tuple[int, int]] = []
    for score, i, j in scored:
        if len(taken) == count:
            return
        if all(j < first or i > last for first, last in taken):
            taken.append((i, j))
            yield (int(logits.offsets[i][0]), int(logits.offsets[j][1])), score - logits.no_answer


def _said(text: str, turn: Turn, sentences: Sequence[Span], query: Sequence[str]) -> Span | None:
    """Return what a speaker says on a question, from the name on; None if it is another matter.

    A name is an answer only if the turn below it has words of the question.
    """
    asked = set(query) - _SAYING
    said = [span for span in sentences if turn.name[1] < span[1] <= turn.span[1]]
    shared = [len(asked & set(terms(text[max(start, turn.name[1]) : end]))) for start, end in said]
    if not any(shared):
        return None
    end = said[shared.index(max(shared))][1]
    return (turn.span[0], end) if end - turn.span[0] <= LONGEST_SENTENCE else None


def _resolved(
    text: str,
    sentences: Sequence[Span],
    pronoun: Span,
    sentence: Span,
    read: tuple[WindowLogits, int],
) -> tuple[Span, Span]:
    """Return what a pronoun stands for, and its sentence together with the one that says so."""
    at = bisect.bisect_right(sentences, pronoun[0], key=lambda s: s[0]) - 1
    found = antecedent(text, sentences, at, pronoun, read)
    if found is None:
        return pronoun, sentence
    named = bisect.bisect_right(sentences, found[0], key=lambda s: s[0]) - 1
    return found, (min(sentences[named][0], sentence[0]), max(sentence[1], found[1]))


def sentence_of(span: Span, sentences: Sequence[Span], passage: Span) -> Span:
    """Return the sentence around a span, or all that it touches, cut off at the passage's ends."""
    first = max(bisect.bisect_right(sentences, span[0], key=lambda s: s[0]) - 1, 0)
    last = max(bisect.bisect_left(sentences, span[1], key=lambda s: s[0]) - 1, first)
    start = max(sentences[first][0], passage[0])
    end = min(max(sentences[last][1], span[1]), passage[1])
    if end - start > LONGEST_SENTENCE:  # all that is quoted, also where it is several sentences
        start = min(max(start, sentences[last][0]), span[0])
        end = end if end - start <= LONGEST_SENTENCE else span[1]
    return start, end


def worth_reading(hits: Sequence[Hit], most: int, within: float) -> Sequence[Hit]:
    """Return the first `most` hits whose score is at most `within` below the best.

    A passage far behind seldom holds the answer, but takes as long to read and may seem to hold it.
    """
    return [hit for hit in hits[:most] if hit.score >= hits[0].score - within]


def _coverage(weights: Mapping[str, float], text: str) -> float:
    """Return the weighted share of the question's words in a text."""
    inside, total = set(terms(text)), sum(weights.values())
    held = sum(weight for term, weight in weights.items() if term in inside)
    return held / total if total else 0.0
