"""The conversation as HTML."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from qa.answering.rendering import one_line, quoted_title
from qa.chat.core_messages import scope, translated
from qa.chat.i18n import N_, gettext
from qa.chat.rendering import macro
from qa.conversations.conversation import Exchange
from qa.types import Answer, Form, Statement
from qa.understanding.followups.heard import subjects

_TEMPLATE = "conversation.html"
# A short answer that is most of its quote is not stressed: it would only shout.
_MAX_STRESS = 0.6
# How many of the articles being read are named, and the characters of each title.
_MAX_TITLES = 2
_TITLE_CHARS = 36
# The least probability for each word. The first two are the IPCC's; what it divides below them is
# one word here. Source: Mastrandrea et al. (2010), Guidance Note on Consistent Treatment of
# Uncertainties, table 1.
_CONFIDENCE_WORDS = (
    (0.90, N_("Very likely an answer")),
    (0.66, N_("Likely an answer")),
    (0.0, N_("Possibly an answer")),
)


@dataclass(frozen=True, slots=True)
class ExchangeView:
    """What the template shows of an exchange besides the exchange itself.

    Attributes:
        exchange: what is shown.
        number: its number in the conversation, from 1.
        form: of its answer, or the one that its answer seems to get while it grows.
        stress: the words to stress in its first sentence; empty for none.
        confidence: how sure it is, in a word; empty where that is unknown.
        meaning: what that word means.
        titles: of the articles being read, the first few, shortened.
        more_titles: how many more there are.
        abstention: the text of an abstention, cut around the titles that it names.
        hint: whether to say what may help after an abstention.
        addable: whether the visitor could add articles.
        about: what it is about, for the line above the question box.
        continues: whether it is about the answer before it, rather than a new question.
        languages: article id -> language, of the articles that it quotes.
    """

    exchange: Exchange
    number: int
    form: Form = "fact"
    stress: str = ""
    confidence: str = ""
    meaning: str = ""
    titles: Sequence[str] = ()
    more_titles: int = 0
    abstention: Sequence[str] = ()
    hint: bool = False
    addable: bool = True
    about: str = ""
    continues: bool = False
    languages: Mapping[str, str] = field(default_factory=dict)


def conversation(exchanges: Sequence[Exchange], *, addable: bool = True) -> Markup:
    """Return all exchanges, oldest first, or a welcome if there are none."""
    if not exchanges:
        return macro(_TEMPLATE, "welcome")
    return Markup().join(
        newest_exchange(exchanges[:at], e, addable=addable) for at, e in enumerate(exchanges)
    )


def newest_exchange(
    earlier: Sequence[Exchange], exchange: Exchange, *, addable: bool = True
) -> Markup:
    """Return one exchange as it is now.

    Args:
        earlier: those before it.
        exchange: what is shown.
        addable: whether the visitor could add articles.
    """
    view = _view(earlier, exchange, addable=addable)
    answers = [e.answer for e in earlier if e.answer and e.answer.form != "talk"]
    answer = exchange.answer
    if answer is not None:
        told = answer if answer.form != "talk" else answers[-1] if answers else None
        asked = answer.standalone_question
        view = dataclasses.replace(
            view,
            about=_about(told) if told else "",
            continues=bool(asked and answers) and asked == answers[-1].standalone_question,
        )
    return macro(_TEMPLATE, "exchange", view)


def confidence_word(probability: float) -> str:
    """Return the word for a probability in [0, 1]."""
    return next(word for least, word in _CONFIDENCE_WORDS if probability >= least)


def confidence_meaning(probability: float) -> str:
    """Return what a probability in [0, 1] says of an answer, in tenths; none is ever certain."""
    tenths = round(probability * 10)
    if tenths == 0:
        return gettext("In fewer than 1 of 10 answers this sure, the first quote is an answer.")
    if tenths == 10:
        return gettext("In more than 9 of 10 answers this sure, the first quote is an answer.")
    words = gettext("In about %(tenths)s of 10 answers this sure, the first quote is an answer.")
    return words % {"tenths": tenths}


def _view(earlier: Sequence[Exchange], exchange: Exchange, *, addable: bool) -> ExchangeView:
    number, answer = len(earlier) + 1, exchange.answer
    if answer is None:
        titles = exchange.reading.titles if exchange.reading else ()
        return ExchangeView(
            exchange,
            number,
            form=_form_so_far(exchange.statements),
            titles=[
                t if len(t) <= _TITLE_CHARS else f"{t[: _TITLE_CHARS - 1].rstrip()}…"
                for t in titles[:_MAX_TITLES]
            ],
            more_titles=max(0, len(titles) - _MAX_TITLES),
        )
    if answer.abstained:
        hint = not any(e.answer and e.answer.abstained for e in earlier)
        parts = _isolated(exchange, answer)
        return ExchangeView(exchange, number, abstention=parts, hint=hint, addable=addable)
    if not answer.citations:
        return ExchangeView(exchange, number, form=answer.form)
    languages = {article.id: article.language for article in exchange.articles}
    quote = answer.citations[0].quote
    sure = answer.form != "summary" and _starts_with_quote(answer.statements[0])
    return ExchangeView(
        exchange,
        number,
        form=answer.form,
        stress=answer.short if len(answer.short) <= _MAX_STRESS * len(quote) else "",
        confidence=confidence_word(answer.confidence) if sure else "",
        meaning=confidence_meaning(answer.confidence) if sure else "",
        languages=languages,
    )


def _about(answer: Answer) -> str:
    """Return what a conversation is about after an answer, with the articles it was asked of."""
    return ", ".join([*subjects(answer), *([scope(str(answer.where))] if answer.where else [])])


def _form_so_far(statements: Sequence[Statement]) -> Form:
    """Return the form that an answer gets whose first statements these are."""
    first = next((said for said in statements if not said.generated), None)
    if first is None:
        return "fact"
    if first.status == "disputed":
        return "accounts"
    return "list" if first.text == first.short_answer else "fact"


def _starts_with_quote(first: Statement) -> bool:
    """Return whether an answer starts with words of a quote, which its confidence is about."""
    return bool(first.citations) and first.text in one_line(first.citations[0].quote)


def _isolated(exchange: Exchange, answer: Answer) -> list[str]:
    """Return the text of an abstention cut around the titles that it names in quotation marks.

    Each part gets an element of its own, so that the writing direction of a title ends with it.
    """
    parts = [translated(answer.text)]
    for article in exchange.articles:
        title = quoted_title(article)
        parts = [cut for part in parts for cut in part.partition(title) if cut]
    return parts
