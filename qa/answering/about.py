"""Answers what is asked about the answer before: who says so, where, and in what form.

All of it comes from the statements of that answer and the articles that they cite.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from qa.answering.antecedents import with_name
from qa.answering.citations import Citations
from qa.answering.rendering import one_line, quoted_title
from qa.answering.reported_speech import claimant
from qa.dates import days
from qa.dates import written as written_date
from qa.index import Snapshot
from qa.models.moves import Move
from qa.quotations import enclosed_spans
from qa.text import Span, sentence_spans, terms, words
from qa.types import Answer, Article, Citation, Form, Statement
from qa.understanding.followups.persons import HE, PRONOUNS, SHE, pronoun_shares

HELD: frozenset[Move] = frozenset(("claimant", "source", "written", "quote", "shorter", "listed"))
"""The moves whose answer the answer before holds."""

_OF_ARTICLES: frozenset[Move] = frozenset(("claimant", "source", "written"))
_MOST_NAMED = 3
_LONGEST = 2_000
_PART = 3


@dataclass(frozen=True, slots=True)
class Told:
    """The form of an answer, its statements, and what is said before them."""

    form: Form
    statements: Sequence[Statement]
    note: str = ""


@dataclass(slots=True)
class About:
    """Tells of one answer.

    Attributes:
        snapshot: of the index.
        before: the answer that is asked about.
        question: what is asked about it; the statement with its words comes first.
        articles: article id -> article, for all that is cited.
        citations: of the new answer, over `articles`.
    """

    snapshot: Snapshot
    before: Answer
    question: str
    articles: dict[str, Article] = field(default_factory=dict)
    citations: Citations = field(init=False)

    def __post_init__(self) -> None:
        self.articles = self.snapshot.articles(c.article_id for c in self.before.citations)
        self.citations = Citations(self.articles)

    def told(self, move: Move) -> Told | None:
        """Return the answer to a move that the answer before holds; None if it does not."""
        if self.before.form == "catalogue":
            return self._linked() if move in _OF_ARTICLES else None
        statements = self._statements()
        if not statements:
            return None
        tell: Mapping[Move, Callable[[Sequence[Statement]], Told | None]] = {
            "claimant": self._claimant,
            "source": self._source,
            "written": self._written,
            "quote": self._quotations,
            "shorter": self._shorter,
            "listed": lambda found: Told("list", self.cited(found)),
        }
        return tell[move](statements) if move in tell else None

    def cited(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return statements with citations of this answer, without what has changed since."""
        found = {c.article_id for each in statements for c in each.citations} - set(self.articles)
        self.articles |= self.snapshot.articles(found)
        kept = []
        for each in statements:
            citations = [self._again(c) for c in each.citations if self._remains(c)]
            if citations:
                kept.append(dataclasses.replace(each, citations=tuple(dict.fromkeys(citations))))
        return kept

    def unsaid(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return, cited, the statements that say something else than the answer before."""
        said = {(c.article_id, c.start, c.end) for c in self.before.citations}
        known = [set(terms(each.text)) for each in self.before.statements]
        return self.cited(
            [
                each
                for each in statements
                if not any(_overlaps(c, one) for c in each.citations for one in said)
                and not any(set(terms(each.text)) <= one for one in known)
            ]
        )

    def after(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return, cited, the statements that tell what came later than the answer before."""
        last = max((_moment(c) for c in self.before.citations), default=(0, 0))
        return self.cited([s for s in statements if min(map(_moment, s.citations)) > last])

    def earlier(self, statements: Sequence[Statement]) -> list[Statement]:
        """Return, cited, the statements that tell what came before the answer before."""
        first = min((_moment(c) for c in self.before.citations), default=(0, 0))
        return self.cited([s for s in statements if max(map(_moment, s.citations)) < first])

    def earlier_states(self) -> Told | None:
        """Tell, in order of time, the earlier states that an answer added; None if it had none."""
        states = [each for each in self.before.statements if each.status == "earlier"]
        kept = self.cited(states[::-1]) if self.before.form == "fact" else []
        return Told("timeline", kept) if kept else None

    def _linked(self) -> Told | None:
        """Tell of the articles that an answer of the catalogue names."""
        links = list(dict.fromkeys(link for s in self.before.statements for link in s.links))
        articles = self.snapshot.articles(link.article_id for link in links[:_MOST_NAMED])
        told = [
            Statement(f"{origin(articles[link.article_id], author=True)}.", links=(link,))
            for link in links[:_MOST_NAMED]
            if link.article_id in articles
        ]
        return Told("catalogue", told) if told else None

    def _statements(self) -> list[Statement]:
        """Return the statements before that still stand, those with the question's words first."""
        asked = set(terms(self.question))
        kept = [s for s in self.before.statements if any(map(self._remains, s.citations))]
        return sorted(kept, key=lambda s: -len(asked & set(terms(s.text))))

    def _remains(self, citation: Citation) -> bool:
        article = self.articles.get(citation.article_id)
        return article is not None and (
            article.text[citation.start : citation.end] == citation.quote
        )

    def _again(self, citation: Citation) -> Citation:
        return self.citations.cite(citation.article_id, (citation.start, citation.end))

    def _claimant(self, statements: Sequence[Statement]) -> Told:
        """Say whose claim it is, or that the article itself says so."""
        (kept,) = self.cited([dataclasses.replace(statements[0], short_answer="")])
        cited = kept.citations[0]
        who = kept.claimant or self._reported(cited, statements[0].short_answer)
        where = origin(self.articles[cited.article_id])
        if who:
            return Told("fact", [kept], f"{who[:1].upper()}{who[1:]}, as told in {where}:")
        return Told("fact", [kept], f"The article itself says so, {where}:")

    def _reported(self, cited: Citation, short: str) -> str:
        """Return whose claim a quote reports: of the short answer, or of its start or its end."""
        text, start, end = self.articles[cited.article_id].text, cited.start, cited.end
        third = (end - start) // _PART
        first = text.rfind(" ", start, start + third)
        last = text.find(" ", end - third, end) + 1
        spans = [(start, first), (last, len(text[:end].rstrip(".")))]
        if short and (at := text.find(short, start, end)) >= 0:
            spans.insert(0, (at, at + len(short)))
        found = (claimant(text, (start, end), (a, b)) for a, b in spans if start <= a < b)
        return next((one_line(text[slice(*who)]) for who in found if who), "")

    def _source(self, statements: Sequence[Statement]) -> Told:
        kept = self.cited(_one_each([dataclasses.replace(s, short_answer="") for s in statements]))
        named = [origin(self.articles[s.citations[0].article_id], author=True) for s in kept]
        return Told("fact", kept, f"From {' and '.join(named)}:")

    def _written(self, statements: Sequence[Statement]) -> Told:
        kept = self.cited(_one_each([dataclasses.replace(s, short_answer="") for s in statements]))
        named = []
        for each in kept:
            article = self.articles[each.citations[0].article_id]
            by = f" in {article.source}" if article.source else ""
            named.append(
                f"on {written_date(article.published)}{by}"
                if article.published
                else f"in an article without a date, {quoted_title(article)}"
            )
        return Told("fact", kept, f"Written {' and '.join(dict.fromkeys(named))}:")

    def _quotations(self, statements: Sequence[Statement]) -> Told | None:
        quoting = [s for s in statements if _quoted(s.text)]
        kept = self.cited([dataclasses.replace(s, short_answer="") for s in quoting])
        kept = kept or self._quoted_elsewhere()
        return Told("fact", kept[:_MOST_NAMED]) if kept else None

    def _quoted_elsewhere(self) -> list[Statement]:
        """Return what the cited articles quote that has most of the words of question and answer.

        Where the message says he or she, it is what a man or a woman said.
        """
        asked = set(terms(f"{self.before.standalone_question} {self.before.text}"))
        pronouns = set(words(self.question))
        groups = [at for at in (HE, SHE) if PRONOUNS[at] & pronouns]
        scored = [
            (-len(asked & set(terms(text[slice(*span)]))), at, article.id, span)
            for at, article in enumerate(self.articles.values())
            for text in [article.text]
            for span in sentence_spans(text)
            if _quoted(text[slice(*span)]) and (not groups or _is_said_by(text, span, groups[0]))
        ]
        return [self.citations.quoted(name, span) for _, _, name, span in sorted(scored)]

    def _shorter(self, statements: Sequence[Statement]) -> Told:
        statement = statements[0]
        short = statement.short_answer
        text = f"{short[:1].upper()}{short[1:]}" if short else statement.text
        return Told("fact", self.cited([dataclasses.replace(statement, text=text)]))


def _one_each(statements: Sequence[Statement]) -> list[Statement]:
    """Return the first statement of each article."""
    first: dict[str, Statement] = {}
    for each in statements:
        if each.citations:
            first.setdefault(each.citations[0].article_id, each)
    return list(first.values())[:_MOST_NAMED]


def origin(article: Article, *, author: bool = False) -> str:
    """Return an article's title with outlet, date and, where wanted, author."""
    by = f"by {one_line(article.author)}" if author and article.author else ""
    dated = written_date(article.published) if article.published else ""
    parts = (quoted_title(article), one_line(article.source), dated, by)
    return ", ".join(filter(None, parts))


def _quoted(text: str) -> list[Span]:
    """Return the spans of what quotation marks enclose."""
    return [span for span in enclosed_spans(text, "", _LONGEST) if text[span[0]] not in "(["]


def _is_said_by(text: str, sentence: Span, group: int) -> bool:
    """Return whether a sentence quotes one whom it, or the text, calls he or she."""
    said = text[slice(*sentence)]
    spans = _quoted(said)
    around = "".join(c for at, c in enumerate(said) if not any(s <= at < e for s, e in spans))
    if PRONOUNS[group] & set(words(around)):
        return True
    first, last = (sentence[0] + at for at in spans[0])
    if (who := claimant(text, sentence, (first, last))) is None:
        return False
    shares = pronoun_shares(text[slice(*with_name(text, who))], [text])
    return shares[group] > max(share for at, share in enumerate(shares) if at != group)


def _overlaps(citation: Citation, said: tuple[str, int, int]) -> bool:
    article_id, start, end = said
    return citation.article_id == article_id and citation.start < end and start < citation.end


def _moment(citation: Citation) -> tuple[int, int]:
    """Return what orders citations in time: the day, then the place in the article."""
    return ((days(citation.published) or (0, 0))[0], citation.start)
