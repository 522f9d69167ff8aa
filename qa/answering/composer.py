"""Composes an answer from evidence, in the form that the question asks for.

A fact is told with whose claim it is and the sentence that carries it; where articles differ, every
account is. Else it is a list, an explanation, or yes or no with the evidence that decides it.
Every word comes from an article.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa.answering.citations import Citations
from qa.answering.enumerations import enumeration_items, list_items_after
from qa.answering.kinds import Kind, kind_of
from qa.answering.rendering import one_line
from qa.answering.reported_speech import claimant
from qa.answering.transcripts import speaker_name
from qa.answering.verdicts import asks_for_state, verdict
from qa.dates import days
from qa.query import Intent
from qa.text import Span, terms
from qa.types import Article, Evidence, Form, QuestionType, Statement, Status

# Evidence must come near to the best: this share of its probability, for a further quote and for a
# further item of a list.
_NEAR_BEST = 0.8
_NEAR_ITEM = 0.5
# The least probability of another article's account before the articles count as differing.
_ACCOUNT = 0.5
_LEAST_ITEMS, _MOST_ITEMS = 2, 12
_MOST_ACCOUNTS = 4
# The same where the question itself asks how accounts differ or have changed.
_CHANGE = 0.3
_MOST_CHANGES = 6
_DETERMINERS = ("The ", "A ", "An ")
# A heading's or a list item's mark in Markdown.
_LINE_MARK = re.compile(r"^(?:#{1,6}|[-*•])\s+")


@dataclass(slots=True)
class _Account:
    """Evidence that says the same.

    Attributes:
        words: the terms of its short answer.
        kind: what the short answer is.
        evidence: what says so, best first.
        beside: evidence of another kind that comes near to the best.
    """

    words: set[str]
    kind: Kind
    evidence: list[Evidence] = field(default_factory=list)
    beside: list[Evidence] = field(default_factory=list)


class Composer:
    """Composes one answer.

    Args:
        articles: article id -> article, for all evidence.
        citations: of the answer.
        max_quotes: how many sentences to quote at most where the articles agree.
        question: what is answered; without it, none gets yes or no.
    """

    def __init__(
        self,
        articles: Mapping[str, Article],
        citations: Citations,
        *,
        max_quotes: int,
        question: str = "",
    ) -> None:
        self._articles = articles
        self._citations = citations
        self._max_quotes = max_quotes
        self._question = question

    def compose(
        self,
        question_type: QuestionType,
        evidence: Sequence[Evidence],
        intent: Intent = "question",
    ) -> tuple[Form, list[Statement]]:
        """Return the form of the answer and its statements.

        Args:
            question_type: what the question asks for.
            evidence: what answers it, best first; at least one piece.
            intent: what the message wants: "changes" gives a timeline.
        """
        if intent == "changes" and (told := self._timeline(evidence)):
            return "timeline", told
        if intent == "differ" and (told := self._differing(evidence)):
            return "accounts", told
        if question_type == "list":
            near = _near(evidence, _NEAR_ITEM)
            listed = self._items(near)
            return ("list", listed) if listed else self._fact(near)
        near = _near(evidence, _NEAR_BEST)
        if question_type == "fact":
            return self._fact(near)
        if intent == "latest":
            near = sorted(near, key=self._day, reverse=True)
        best = near[: self._max_quotes]
        if question_type == "yes_no" and (decided := self._decided(self._last_word(near))):
            return "yes_no", decided
        if question_type == "explanation" and intent != "latest":
            best = _in_reading_order(best)
        return question_type, [self._quoted(item) for item in best]

    def _fact(self, near: Sequence[Evidence]) -> tuple[Form, list[Statement]]:
        """Tell the fact with further quotes of it, or the accounts of it that articles give.

        Of accounts of different days the newest is current and the others are earlier; accounts of
        one day differ.
        """
        accounts = self._accounts(near)[:_MOST_ACCOUNTS]
        if len(accounts) > 1:
            ordered = sorted(accounts, key=self._newest, reverse=True)
            days_ = [self._newest(account) for account in ordered]
            if 0 in days_ or len(set(days_)) < len(days_):
                return "accounts", [self._claim(each.evidence[0], "disputed") for each in accounts]
            newest, *earlier = (max(each.evidence, key=self._day) for each in ordered)
            return "fact", [self._claim(newest), *(self._claim(e, "earlier") for e in earlier)]
        first, *others = [*accounts[0].evidence, *accounts[0].beside]
        further = others[: self._max_quotes - 1]
        return "fact", [self._claim(first), *(self._quoted(item) for item in further)]

    def _last_word(self, near: Sequence[Evidence]) -> list[Evidence]:
        """Return the evidence to decide by: of a question about how things are, the newest."""
        if asks_for_state(self._question) and (newest := max(map(self._day, near))):
            near = [item for item in near if self._day(item) == newest]
        return list(near[: self._max_quotes])

    def _decided(self, best: Sequence[Evidence]) -> list[Statement]:
        """Return yes or no with the sentences that say so; nothing where they do not decide."""
        said = [(self._text(e.article_id, (e.start, e.end)), e.score) for e in best]
        told = verdict(self._question, said) if self._question else ""
        if not told:
            return []
        opposed = "no" if told == "yes" else "yes"
        agreeing = [
            item
            for item, one in zip(best, said, strict=True)
            if verdict(self._question, [one]) != opposed
        ]
        first, *others = [self._quoted(item) for item in agreeing]
        return [dataclasses.replace(first, short_answer=told.capitalize()), *others]

    def _timeline(self, evidence: Sequence[Evidence]) -> list[Statement]:
        """Return what was said in order of time; nothing if it never changed."""
        near = _near(evidence, _NEAR_ITEM)
        accounts = self._accounts(near, least=_CHANGE, several=True)[:_MOST_CHANGES]
        if len(accounts) < _LEAST_ITEMS:
            return []
        first = [min(account.evidence, key=self._day) for account in accounts]
        ordered = sorted(first, key=lambda item: (self._day(item), item.start))
        *earlier, newest = ordered
        return [*(self._claim(item, "earlier") for item in earlier), self._claim(newest)]

    def _differing(self, evidence: Sequence[Evidence]) -> list[Statement]:
        """Return the accounts that parties or articles give; nothing if there is only one."""
        near = _near(evidence, _NEAR_ITEM)
        accounts = self._accounts(near, least=_CHANGE, several=True)[:_MOST_ACCOUNTS]
        if len(accounts) < _LEAST_ITEMS:
            return []
        return [self._claim(account.evidence[0], "disputed") for account in accounts]

    def _accounts(
        self, near: Sequence[Evidence], *, least: float = _ACCOUNT, several: bool = False
    ) -> list[_Account]:
        """Group the evidence by what it says.

        Args:
            near: the evidence, best first.
            least: the probability of a further account.
            several: whether an article may give more than one; else only its best counts.
        """
        accounts: list[_Account] = []
        for item in near:
            short = self._text(item.article_id, (item.short_start, item.short_end))
            words, kind = set(terms(short)), kind_of(short)
            same = next((a for a in accounts if a.words <= words or words <= a.words), None)
            told = {said.article_id for account in accounts for said in account.evidence}
            if same is not None:
                same.evidence.append(item)
            elif accounts and (kind != accounts[0].kind or kind == "words"):
                # No account of the same thing, but another article's may go with the best one.
                accounts[0].beside += [item] if item.article_id not in told else []
            elif not accounts or (
                item.score >= least and words and (several or item.article_id not in told)
            ):
                accounts.append(_Account(words, kind, [item]))
        return accounts

    def _day(self, item: Evidence) -> int:
        """Return the day of a piece's article as a number like 20240131; 0 if it has none."""
        return (days(self._articles[item.article_id].published) or (0, 0))[0]

    def _newest(self, account: _Account) -> int:
        return max(map(self._day, account.evidence))

    def _claim(self, item: Evidence, status: Status = "current") -> Statement:
        """Return a sentence with its short answer and whose claim that is."""
        sentence, span = (item.start, item.end), (item.short_start, item.short_end)
        short = one_line(speaker_name(self._articles[item.article_id].text, span))
        return self._statement(
            item.article_id,
            sentence,
            text=one_line(self._text(item.article_id, sentence)),
            short_answer=short,
            claimant=self._claimant(item.article_id, sentence, span),
            status=status,
        )

    def _claimant(self, article_id: str, sentence: Span, span: Span) -> str:
        found = claimant(self._articles[article_id].text, sentence, span)
        if found is None:
            return ""
        name = one_line(speaker_name(self._articles[article_id].text, found))
        return name[0].lower() + name[1:] if name.startswith(_DETERMINERS) else name

    def _quoted(self, item: Evidence) -> Statement:
        text = " ".join(self._text(item.article_id, (item.start, item.end)).split())
        text = one_line(_LINE_MARK.sub("", text))
        return self._statement(item.article_id, (item.start, item.end), text=text)

    def _items(self, near: Sequence[Evidence]) -> list[Statement]:
        """Return the items of the evidence's lists and enumerations; nothing if there is only one.

        Each cites itself in a list, and the whole sentence in an enumeration.
        """
        listed: dict[tuple[str, ...], tuple[str, Span, Span]] = {}
        for item in near:
            text, sentence = self._articles[item.article_id].text, (item.start, item.end)
            found = [(span, span) for span in list_items_after(text, sentence)] or [
                (span, sentence)
                for span in enumeration_items(text, (item.short_start, item.short_end))
            ]
            for span, cited in found:
                if words := tuple(sorted(set(terms(text[slice(*span)])))):
                    listed.setdefault(words, (item.article_id, span, cited))
        if len(listed) < _LEAST_ITEMS:
            return []
        statements = []
        for article_id, span, cited in list(listed.values())[:_MOST_ITEMS]:
            name = one_line(self._text(article_id, span))
            statements.append(self._statement(article_id, cited, text=name, short_answer=name))
        return statements

    def _statement(  # noqa: PLR0913 - the fields of a statement, by keyword
        self,
        article_id: str,
        span: Span,
        *,
        text: str,
        short_answer: str = "",
        claimant: str = "",
        status: Status = "current",
    ) -> Statement:
        cited = self._citations.cite(article_id, span)
        return Statement(
            text,
            (cited,),
            short_answer=short_answer,
            claimant=claimant,
            source=cited.source,
            published=cited.published,
            status=status,
        )

    def _text(self, article_id: str, span: Span) -> str:
        return self._articles[article_id].text[slice(*span)]


def judge(
    evidence: Sequence[Evidence], articles: Mapping[str, Article], threshold: float
) -> list[Evidence]:
    """Return the evidence that may be used, best first; nothing where the best is not sure enough.

    Args:
        evidence: best first.
        articles: article id -> article, for all of it.
        threshold: evidence below this probability is not used. Of sentences with the same words
            only the best is.
    """
    accepted: dict[tuple[str, ...], Evidence] = {}
    for item in evidence:
        if item.score >= threshold:
            text = articles[item.article_id].text[item.start : item.end]
            accepted.setdefault(tuple(terms(text)), item)
    return list(accepted.values())


def _near(evidence: Sequence[Evidence], share: float) -> list[Evidence]:
    """Return the evidence whose probability is at least this share of the best one's."""
    return [item for item in evidence if item.score >= share * evidence[0].score]


def _in_reading_order(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Put the sentences of one article together, in its order; the best one's article first."""
    rank = {item.article_id: -at for at, item in reversed(list(enumerate(evidence)))}
    return sorted(evidence, key=lambda item: (-rank[item.article_id], item.start))
