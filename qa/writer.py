"""Writes an answer from evidence: the short answer, whose claim it is, and the sentence that carries it.

Nothing is composed but from spans of articles. What form the answer takes follows from what was asked: one thing, with
every account of it where the articles differ; a list; an explanation; a yes or no, to which the evidence is shown and
no verdict is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qa import citations
from qa.attribution import claimant
from qa.kinds import kind
from qa.lists import following, items
from qa.text import Span, terms
from qa.types import Article, Citation, Evidence, Hit

Piece = tuple[str, list[Citation]]
"""A part of an answer's text, with the citations that it brings."""

ABSTENTION = "The articles do not contain an answer to this question."
NO_ARTICLES = "There are no articles in the index yet."
ITEM = "• "
"""What an item begins with, each on a line of its own."""

CLAIM = ", according to "
"""What stands between a short answer and whose claim it is."""

_NEAREST = 3
_ARTICLES = ("The ", "A ", "An ")
_DIFFER = "The articles differ:\n"
# Quotation marks within quotation marks.
_INNER = str.maketrans("“”", "‘’")
# Further evidence must come near to the best: for another quote, and for another item of a list.
_NEAR_BEST = 0.8
_NEAR_ITEM = 0.5
# What another article says must be about as sure as this before it counts as a differing account.
_ACCOUNT = 0.5
_MOST_ITEMS = 12
_MOST_ACCOUNTS = 4
# A short answer of more of its sentence's words than this says no less than the sentence.
_WHOLE = 0.6


@dataclass(slots=True)
class _Account:
    """What some of the evidence says: `words` are the terms of its short answer."""

    words: set[str]
    evidence: list[Evidence] = field(default_factory=list)


class Writer:
    """Writes one answer; numbers its citations as it goes."""

    def __init__(
        self, articles: Mapping[str, Article], *, threshold: float, quotes: int, cited: Sequence[Citation] = ()
    ) -> None:
        """Take what the answer is made from.

        Args:
            articles: article id -> article, for all evidence.
            threshold: evidence below this probability is not used.
            quotes: most sentences that are quoted where the articles agree.
            cited: citations that the answer has already.
        """
        self._articles = articles
        self._threshold = threshold
        self._quotes = quotes
        self._cited = list(cited)

    def write(self, question: str, evidence: Sequence[Evidence]) -> Iterator[Piece]:
        """Yield the pieces of the answer; nothing where no evidence reaches the threshold.

        Args:
            question: standing for itself.
            evidence: best first.
        """
        near = self.near(evidence, _NEAR_BEST)
        if near:
            forms: dict[str, Callable[[], Iterator[Piece]]] = {
                "list": lambda: self._list(self.near(evidence, _NEAR_ITEM)),
                "explanation": lambda: self._quoted(self._in_reading_order(near[: self._quotes])),
                "yes_no": lambda: self._quoted(near[: self._quotes]),
                "span": lambda: self._accounts(near),
            }
            yield from forms[kind(question)]()

    def near(self, evidence: Sequence[Evidence], share: float) -> list[Evidence]:
        """Return the evidence that reaches the threshold and this share of the best; of the same words only one."""
        said: set[tuple[str, ...]] = set()
        chosen = []
        for item in evidence:
            sentence = tuple(terms(self._text(item.article_id, (item.start, item.end))))
            if item.score >= max(self._threshold, share * evidence[0].score) and sentence not in said:
                chosen.append(item)
                said.add(sentence)
        return chosen

    def _quoted(self, evidence: Sequence[Evidence]) -> Iterator[Piece]:
        for item in evidence:
            citation, new = self._cite(item.article_id, (item.start, item.end))
            yield citations.sentence(citation), new

    def _in_reading_order(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """Put the sentences of one article together, in its order; the best one's article comes first."""
        rank = {item.article_id: -at for at, item in reversed(list(enumerate(evidence)))}
        return sorted(evidence, key=lambda item: (-rank[item.article_id], item.start))

    def _accounts(self, near: Sequence[Evidence]) -> Iterator[Piece]:
        """Say the answer with its sentence; where other articles say something else, that too, each with its origin."""
        accounts = self._grouped(near)[:_MOST_ACCOUNTS]
        differ = len(accounts) > 1
        for number, account in enumerate(accounts):
            text, new = self._stated(account.evidence[0], with_origin=differ)
            yield (f"{_DIFFER if number == 0 else ''}{ITEM}{text}" if differ else text), new
        if not differ:
            yield from self._quoted(accounts[0].evidence[1 : self._quotes])

    def _grouped(self, near: Sequence[Evidence]) -> list[_Account]:
        """Return the accounts that the articles give; only the first that an article gives counts."""
        accounts: list[_Account] = []
        for item in near:
            words = set(terms(self._text(item.article_id, (item.short_start, item.short_end))))
            same = next((a for a in accounts if _agree(a.words, words)), None)
            if same is not None:
                same.evidence.append(item)
            elif not accounts or (item.score >= _ACCOUNT and words and self._is_new(item, accounts)):
                accounts.append(_Account(words, [item]))
        return accounts

    @staticmethod
    def _is_new(item: Evidence, accounts: Sequence[_Account]) -> bool:
        return all(item.article_id != said.article_id for account in accounts for said in account.evidence)

    def _stated(self, item: Evidence, *, with_origin: bool) -> Piece:
        """Return the short answer with whose claim it is, then the sentence; or the sentence alone."""
        sentence, span = (item.start, item.end), (item.short_start, item.short_end)
        citation, new = self._cite(item.article_id, sentence)
        said, short = (citations.flat(self._text(item.article_id, part)) for part in (sentence, span))
        origin = f" ({citations.origin(citation)})" if with_origin else ""
        if len(terms(short)) > _WHOLE * len(terms(said)):
            return f"{said}{origin} [{citation.number}]", new
        whose = self._claimed(item.article_id, sentence, span)
        return f"{short}{whose}{origin} [{citation.number}]: “{said}”", new

    def _claimed(self, article_id: str, sentence: Span, span: Span) -> str:
        found = claimant(self._articles[article_id].text, sentence, span)
        if found is None:
            return ""
        name = citations.flat(self._text(article_id, found))
        within = name[0].lower() + name[1:] if name.startswith(_ARTICLES) else name
        return f"{CLAIM}{within}"

    def _list(self, near: Sequence[Evidence]) -> Iterator[Piece]:
        """Say every item, each with its citation; where there is but one, answer as for one thing."""
        listed = self._listed(near)
        if len(listed) < 2:
            yield from self._accounts(near)
            return
        for article_id, item, sentence in listed:
            citation, new = self._cite(article_id, sentence)
            yield f"{ITEM}{citations.flat(self._text(article_id, item))} [{citation.number}]", new

    def _listed(self, near: Sequence[Evidence]) -> list[tuple[str, Span, Span]]:
        """Return (article id, item, what to cite for it), the items of one sentence in its order."""
        listed: list[tuple[str, Span, Span]] = []
        said: set[tuple[str, ...]] = set()
        for item in near:
            text, sentence = self._articles[item.article_id].text, (item.start, item.end)
            below = following(text, sentence)
            found = [(span, span) for span in below] or [
                (span, sentence) for span in items(text, (item.short_start, item.short_end))
            ]
            for span, cited in found:
                words = tuple(sorted(set(terms(text[slice(*span)]))))
                if words and words not in said and len(listed) < _MOST_ITEMS:
                    listed.append((item.article_id, span, cited))
                    said.add(words)
        return listed

    def _cite(self, article_id: str, span: Span) -> tuple[Citation, list[Citation]]:
        """Return the citation of a span, and it again in a list if it is new to the answer."""
        known = next((c for c in self._cited if (c.article_id, c.start, c.end) == (article_id, *span)), None)
        if known is not None:
            return known, []
        made = citations.citation(len(self._cited) + 1, self._articles[article_id], span)
        self._cited.append(made)
        return made, [made]

    def _text(self, article_id: str, span: Span) -> str:
        return self._articles[article_id].text[slice(*span)]


def abstention(hits: Sequence[Hit], articles: Mapping[str, Article]) -> str:
    """Return what an abstaining answer says: also which articles came nearest, so that they can be looked at."""
    if not hits:
        return NO_ARTICLES
    titles = dict.fromkeys(articles[hit.passage.article_id].title or hit.passage.article_id for hit in hits)
    nearest = "; ".join(f"“{citations.flat(title).translate(_INNER)}”" for title in list(titles)[:_NEAREST])
    return f"{ABSTENTION} Nearest to it: {nearest}."


def _agree(one: set[str], other: set[str]) -> bool:
    """Tell whether two short answers say the same: the words of one are among the other's."""
    return one <= other or other <= one
