"""Composes an answer from evidence, in the form that the question asks for.

A fact is told with whose claim it is and the sentence that carries it; where articles differ, every
account is. Else it is a list, an explanation, or yes or no with the evidence that decides it.
Every word comes from an article.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from qa.answering import lists
from qa.answering.accounts import Told, by_article, figures_beside, other_sides, states, told
from qa.answering.citations import Citations
from qa.answering.context import with_next
from qa.answering.event_days import event_day, is_relative
from qa.answering.evidence import in_reading_order, near_best
from qa.answering.kinds import Kind, kind_of
from qa.answering.rendering import one_line
from qa.answering.reported_speech import claimant
from qa.answering.transcripts import speaker_name
from qa.answering.verdicts import asks_for_state, verdict
from qa.dates import days
from qa.query import Intent
from qa.text import Span
from qa.types import Article, Evidence, Form, QuestionType, Statement, Status

# Evidence must come near to the best: this share of its probability, for a further quote.
_NEAR_BEST = 0.8
# The least probability of another article's account before the articles count as differing.
_ACCOUNT = 0.5
# The same as a share of the best one's.
_NEAR_ACCOUNT = 0.6
_SEVERAL, _MOST_ACCOUNTS = 2, 4
# The same where the question itself asks how accounts differ or have changed.
_CHANGE = 0.3
_NEAR_CHANGE = 0.5
_MOST_CHANGES = 6
_NEAR_SIDE = 0.3
_FIGURES: frozenset[Kind] = frozenset({"money", "percent", "number"})
_ASKED_FOR: tuple[tuple[re.Pattern[str], frozenset[Kind]], ...] = (
    (lists.WHO, frozenset({"name", "words"})),
    (re.compile(r"\W*(?:and\s+)?how\s+(?:many|much)\b", re.IGNORECASE), _FIGURES),
    (re.compile(r"\W*(?:and\s+)?when\b", re.IGNORECASE), frozenset({"date", "words"})),
)
_DETERMINERS = ("The ", "A ", "An ")
# A heading's or a list item's mark in Markdown.
_LINE_MARK = re.compile(r"^(?:#{1,6}|[-*•])\s+")


class Composer:
    """Composes one answer.

    Args:
        articles: article id -> article, for all evidence.
        citations: of the answer.
        max_quotes: how many sentences to quote at most where the articles agree.
        question: what is answered; it may ask for yes or no, for names, or for a number of things.
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
        if told := self._over_time(evidence, intent):
            return told
        if question_type == "list":
            listed = lists.items(self._question, evidence, self._articles)
            return ("list", self._as_items(listed)) if listed else self._fact(evidence)
        if question_type == "fact":
            if listed := lists.instead(self._question, evidence, self._articles):
                return "list", self._as_items(listed)
            return self._fact(self._as_asked(evidence))
        near = near_best(evidence, _NEAR_BEST)
        if intent == "latest":
            near = sorted(near, key=self._day, reverse=True)
        best = near[: self._max_quotes]
        if question_type == "yes_no" and (decided := self._decided(self._last_word(near))):
            return "yes_no", decided
        if question_type == "explanation" and intent != "latest":
            best = in_reading_order(best)
        return question_type, [self._quoted(item) for item in best]

    def _over_time(
        self, evidence: Sequence[Evidence], intent: Intent
    ) -> tuple[Form, list[Statement]] | None:
        """Return the answer to what asks for several times or parties; None for other intents."""
        if intent == "changes" and (changes := self._timeline(evidence)):
            return "timeline", changes
        if intent == "differ" and (accounts := self._differing(evidence)):
            return "accounts", accounts
        if intent in {"changes", "differ", "compare"}:
            return "explanation", self._side_by_side(evidence)
        return None

    def _fact(self, evidence: Sequence[Evidence]) -> tuple[Form, list[Statement]]:
        """Tell the fact with further quotes of it, or the accounts of it that articles give.

        Of accounts of different days the newest is current and the others are earlier; accounts of
        one day differ, and so do those of parties within an article.
        """
        least = max(_ACCOUNT, _NEAR_ACCOUNT * evidence[0].score)
        answers = by_article(evidence, self._articles, least)
        if disputed := self._disputed(answers) or self._sides(answers, evidence):
            claims = [self._claim(each.evidence, "disputed") for each in disputed[:_MOST_ACCOUNTS]]
            return "accounts", claims
        *earlier, newest = states(answers)[-_MOST_ACCOUNTS:]
        first = self._claim(newest.evidence)
        if earlier:
            before = [self._claim(each.evidence, "earlier") for each in reversed(earlier)]
            return "fact", [first, *before]
        return "fact", [first, *map(self._quoted, self._further(newest, evidence))]

    def _as_asked(self, evidence: Sequence[Evidence]) -> Sequence[Evidence]:
        """Return the evidence with the best of the kind that is asked for first.

        A figure does not answer who, and only a figure answers how many.
        """
        wanted = next(
            (kinds for pattern, kinds in _ASKED_FOR if pattern.match(self._question)), None
        )
        if wanted is None:
            return evidence
        fitting = [
            item
            for item in near_best(evidence, _NEAR_ACCOUNT)
            if kind_of(self._text(item.article_id, (item.short_start, item.short_end))) in wanted
        ]
        return [fitting[0], *(e for e in evidence if e is not fitting[0])] if fitting else evidence

    def _further(self, first: Told, evidence: Sequence[Evidence]) -> list[Evidence]:
        """Return what else is worth quoting.

        It says the same, names somebody else, or is in another article.
        """
        others = []
        articles = {first.evidence.article_id}
        for item in near_best(evidence, _NEAR_BEST):
            other = told(item, self._articles[item.article_id])
            if other.answers_like(first):
                new = other.kind == "name" and item.start != first.evidence.start
            else:
                new = item.article_id not in articles
            if item != first.evidence and (other.says(first) or new):
                others.append(item)
                articles.add(item.article_id)
        return others[: self._max_quotes - 1]

    def _disputed(self, answers: Sequence[Sequence[Told]]) -> list[Told]:
        """Return the accounts that differ; nothing if one is only later than the others."""
        parties = [each for each in answers[0] if self._party(each)]
        if len({self._party(each) for each in parties}) >= _SEVERAL and len(answers) == 1:
            best = parties[0]
            for each in figures_beside(best, self._articles[best.evidence.article_id]):
                if self._party(each) and not any(each.says(other) for other in parties):
                    parties.append(each)
            return parties
        latest = max(group[0].published for group in answers)
        undated = any(not group[0].published for group in answers)
        last: list[Told] = []
        for group in answers:
            said = group[0]
            if (undated or said.published == latest) and not any(said.says(o) for o in last):
                last.append(said)
        return last if len(last) >= _SEVERAL else []

    def _sides(self, answers: Sequence[Sequence[Told]], evidence: Sequence[Evidence]) -> list[Told]:
        """Return a party's figure and those beside it; nothing if other articles answer, too."""
        if len(answers) > 1:
            return []
        best = evidence[0]
        article = self._articles[best.article_id]
        sides = [told(each, article) for each in (best, *other_sides(best, evidence, article))]
        return sides if len(sides) >= _SEVERAL and any(map(self._party, sides)) else []

    def _party(self, said: Told) -> str:
        item = said.evidence
        span = item.short_start, item.short_end
        return self._claimant(item.article_id, (item.start, item.end), span)

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
        accounts = self._distinct(evidence)[:_MOST_CHANGES]
        if len(accounts) < _SEVERAL:
            return []
        ordered = sorted(accounts, key=lambda t: (t.published, t.evidence.start))
        *earlier, newest = (each.evidence for each in ordered)
        return [*(self._claim(item, "earlier") for item in earlier), self._claim(newest)]

    def _differing(self, evidence: Sequence[Evidence]) -> list[Statement]:
        """Return the accounts that parties or articles give; nothing if there is only one."""
        accounts = self._distinct(evidence)[:_MOST_ACCOUNTS]
        if len(accounts) < _SEVERAL:
            return []
        return [self._claim(each.evidence, "disputed") for each in accounts]

    def _distinct(self, evidence: Sequence[Evidence]) -> list[Told]:
        """Return the different answers, surest first; of each the one that was told first."""
        least = max(_CHANGE, _NEAR_CHANGE * evidence[0].score)
        groups = by_article(evidence, self._articles, least)
        every = sorted((t for group in groups for t in group), key=lambda t: -t.evidence.score)
        found: list[Told] = []
        for each in every:
            same = next((at for at, other in enumerate(found) if each.says(other)), None)
            if same is None:
                found.append(each)
            elif each.published < found[same].published:
                found[same] = each
        return found

    def _side_by_side(self, evidence: Sequence[Evidence]) -> list[Statement]:
        """Return sentences about the same, in order of time, each with the one that follows it.

        What one sentence says of one party the next often says of the other.
        """
        near = near_best(evidence, _NEAR_SIDE)[:_MOST_ACCOUNTS]
        ordered = sorted(near, key=lambda item: (self._day(item), item.article_id, item.start))
        spans: list[tuple[str, Span]] = []
        for item in ordered:
            span = with_next(self._articles[item.article_id].text, (item.start, item.end))
            if spans and spans[-1][0] == item.article_id and item.start < spans[-1][1][1]:
                spans[-1] = item.article_id, (spans[-1][1][0], max(span[1], spans[-1][1][1]))
            else:
                spans.append((item.article_id, span))
        return [
            self._statement(article_id, span, text=one_line(self._text(article_id, span)))
            for article_id, span in spans
        ]

    def _day(self, item: Evidence) -> int:
        """Return the day of a piece's article as a number like 20240131; 0 if it has none."""
        return (days(self._articles[item.article_id].published) or (0, 0))[0]

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
            day=self._meant(item.article_id, span),
        )

    def _meant(self, article_id: str, span: Span) -> str:
        """Return the day that a short answer such as "Thursday" means; empty for any other."""
        article = self._articles[article_id]
        if not is_relative(article.text[slice(*span)]):
            return ""
        day = event_day(article.text, span, article.published)
        return day.isoformat() if day else ""

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

    def _as_items(self, listed: Sequence[lists.Item]) -> list[Statement]:
        statements = []
        for article_id, span, cited in listed:
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
        day: str = "",
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
            day=day,
        )

    def _text(self, article_id: str, span: Span) -> str:
        return self._articles[article_id].text[slice(*span)]
