"""Asks an earlier question again: of another time, of who came before, of an article listed."""

from __future__ import annotations

from collections.abc import Sequence

from qa.dates import date_of
from qa.text import words
from qa.types import Turn
from qa.understanding.followups.ellipsis import in_turn
from qa.understanding.followups.features import Passages
from qa.understanding.followups.heard import Heard, answers, articles_cited, short_answers
from qa.understanding.followups.persons import HE, PRONOUNS, SHE, pronoun_shares
from qa.understanding.followups.resolved import Resolved, with_carried
from qa.understanding.followups.selection import picked
from qa.understanding.followups.times import at_another_time

# Somebody who came before may be asked for after so many other questions.
_EXCHANGES = 3


def asked_again(
    question: str,
    exchanges: Sequence[Heard],
    history: Sequence[Turn],
    newest: int,
    passages: Passages,
) -> Resolved | None:
    """Return the earlier question that a follow-up asks again; None if it asks none.

    Args:
        question: as it was asked, on one line.
        exchanges: of the conversation, newest first, each question written out.
        history: the turns of the conversation, oldest first.
        newest: the number of the newest article's day.
        passages: of the articles; they tell who is a woman.
    """
    if newest and exchanges and (again := of_another_time(question, exchanges[0], newest)):
        return Resolved(again, (exchanges[0].question,))
    for exchange in exchanges[:_EXCHANGES]:
        short = exchange.short[0] if exchange.short else ""
        again = in_turn(question, exchange.question, short)
        if again and _may_be_called(question, short, passages):
            near, said = articles_cited(history), short_answers(history)
            return Resolved(again, (exchange.question,), near=near, said=said)
    if one := picked(question, answers(history)):
        about = (one.title,) if one.title else ()
        return Resolved(with_carried(question, about), about, near=(one.article_id,), article=one)
    return None


def of_another_time(question: str, last: Heard, newest: int) -> str:
    """Return the last question of another time, if that is all that this one names; or nothing."""
    return at_another_time(question, with_carried(last.question, last.carried), date_of(newest))


def _may_be_called(question: str, name: str, passages: Passages) -> bool:
    """Return whether the he or she of a question may be somebody; it is so without any."""
    shares = pronoun_shares(name, passages(name.rsplit(maxsplit=1)[-1]))
    called = set(words(question))
    return not any(
        PRONOUNS[group] & called and shares[group] < shares[other]
        for group, other in ((HE, SHE), (SHE, HE))
    )
