"""Groups what was read into accounts: what says the same, in which articles, and since when.

Of answers of one kind, the one of a later article is newer and not a contradiction. Answers differ
where articles of one day give them, or parties within one article.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa.answering.event_days import event_day, told_of
from qa.answering.grounding.facts import numbers
from qa.answering.kinds import Kind, kind_of
from qa.dates import number_of
from qa.lexicon import SCALES
from qa.text import paragraph_spans, sentence_spans, terms
from qa.types import Article, Evidence

_FIGURES: frozenset[Kind] = frozenset({"money", "percent", "number"})
_UNIT = re.compile(r"\d[\d,.]*(?: [a-z]+)*? ([^\W\d_]+)\W*$")
# Of the answers that an article gives with about this share of its best one's probability, one that
# its title names counts, and then the one that it tells first.
_AS_GOOD = 0.75


@dataclass(frozen=True, slots=True)
class Told:
    """A short answer as it compares with others.

    Attributes:
        evidence: that holds it.
        words: its terms.
        kind: what it is.
        figures: the numbers in it.
        meant: the day that it means, if it means one.
        published: the day as of which it is told as a number like 20240131: that of its article,
            or an earlier one that its sentence names; 0 if it has none.
    """

    evidence: Evidence
    words: frozenset[str]
    kind: Kind
    figures: frozenset[float]
    meant: dt.date | None
    published: int

    def says(self, other: Told) -> bool:
        """Return whether both say the same."""
        if self.meant and other.meant:
            return self.meant == other.meant
        if self.kind in _FIGURES and self.figures and other.figures:
            return self.figures <= other.figures or other.figures <= self.figures
        return self.words <= other.words or other.words <= self.words

    def answers_like(self, other: Told) -> bool:
        """Return whether both are answers of one kind: `291 million` is a sum beside another."""
        if self.kind == other.kind:
            return self.kind != "words"
        large = min((max(each.figures, default=0.0) for each in (self, other)), default=0.0)
        return {self.kind, other.kind} == {"money", "number"} and large >= 10**6


def told(evidence: Evidence, article: Article) -> Told:
    """Return a piece of evidence as it compares with others."""
    span = evidence.short_start, evidence.short_end
    short = article.text[slice(*span)]
    kind = kind_of(short)
    meant = event_day(article.text, span, article.published) if kind == "date" else None
    sentence = evidence.start, evidence.end
    published = told_of(article.text, sentence, span, article.published)
    return Told(
        evidence, frozenset(terms(short)), kind, frozenset(numbers(short)), meant, published
    )


def by_article(
    evidence: Iterable[Evidence], articles: Mapping[str, Article], least: float
) -> list[list[Told]]:
    """Return for each article what it answers, in the order of the evidence.

    Only answers of the best one's kind are taken. The first of each list is what its article says;
    the others are different answers that stand in it, too.

    Args:
        evidence: best first, at least one piece.
        articles: article id -> article.
        least: the probability of another answer than the best.
    """
    all_ = [told(item, articles[item.article_id]) for item in evidence]
    best = all_[0]
    found: dict[str, list[Told]] = {}
    for each in all_:
        if each is best or (
            each.words and each.evidence.score >= least and each.answers_like(best)
        ):
            found.setdefault(each.evidence.article_id, []).append(each)
    return [_distinct(group, articles) for group in found.values()]


def figures_beside(said: Told, article: Article) -> Iterator[Told]:
    """Yield the other figures of the same unit in a paragraph: `40 tonnes` beside `300 tonnes`."""
    item = said.evidence
    unit = _UNIT.search(article.text[item.short_start : item.short_end])
    paragraph = next((p for p in paragraph_spans(article.text) if p[0] <= item.start < p[1]), None)
    if unit is None or paragraph is None:
        return
    pattern = re.compile(rf"\d[\d,.]*(?: (?:{'|'.join(SCALES)}))? {re.escape(unit[1])}\b")
    for start, end in sentence_spans(article.text):
        if paragraph[0] <= start < paragraph[1] and (start, end) != (item.start, item.end):
            for match in pattern.finditer(article.text, start, end):
                other = Evidence(article.id, start, end, *match.span(), item.score)
                yield told(other, article)


def other_sides(
    best: Evidence, evidence: Iterable[Evidence], article: Article
) -> Iterator[Evidence]:
    """Yield the evidence next to the best one's sentence that gives another figure of its kind.

    In `Police spoke of 4,500. The organisers say 6,000.` the reader is unsure of the second, as it
    does not say what it counts.

    Args:
        best: what answers a question.
        evidence: of the same question, with the same measure of certainty.
        article: of the best.
    """
    said = told(best, article)
    if said.kind not in _FIGURES:
        return
    for item in evidence:
        if item.article_id != article.id or item.start == best.start:
            continue
        first, second = sorted((item, best), key=lambda each: each.start)
        between = article.text[first.end : second.start]
        other = told(item, article)
        beside = not between.strip() and between.count("\n") < 2
        if beside and other.kind == said.kind and not other.says(said):
            yield item


def states(answers: Iterable[Sequence[Told]]) -> list[Told]:
    """Return what each article says in order of time; what stayed the same is told once.

    A day that has passed according to an article cannot be later than an earlier article that
    tells of it as well, so that an answer which says so is left out.
    """
    ordered = sorted(
        (group[0] for group in answers), key=lambda t: (t.published, -t.evidence.score)
    )
    found: list[Told] = []
    for each in ordered:
        if any(_too_late(each, earlier) for earlier in found):
            continue
        if not found or not each.says(found[-1]):
            found.append(each)
        elif each.evidence.score > found[-1].evidence.score:
            found[-1] = each
    return found


def _too_late(told_: Told, earlier: Told) -> bool:
    if not (told_.meant and earlier.meant and earlier.published):
        return False
    day, then = number_of(told_.meant), number_of(earlier.meant)
    return then <= earlier.published < day <= told_.published


def _distinct(group: Sequence[Told], articles: Mapping[str, Article]) -> list[Told]:
    """Return an article's answers, what it says itself first, each once."""
    article = articles[group[0].evidence.article_id]
    title = set(terms(article.title))
    near = [t for t in group if t.evidence.score >= _AS_GOOD * group[0].evidence.score]
    figures = numbers(article.title)
    titled = [
        t
        for t in near
        if (t.kind == "name" and t.words & title) or (t.figures and t.figures <= figures)
    ]
    first = group[0]
    if titled and all(t.says(titled[0]) for t in titled):
        first = min((t for t in near if t.says(titled[0])), key=lambda t: t.evidence.start)
    found = [first]
    for each in group:
        if not any(each.says(other) for other in found):
            found.append(each)
    return found
