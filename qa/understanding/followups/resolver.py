"""Writes out what a follow-up question leaves unsaid, chosen by a network from what was mentioned.

A pronoun becomes the person or thing meant. What else is meant follows the question in
brackets, where the search finds it and the reader sees it. A question of which nothing seems to be
missing stays as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from qa.index import Snapshot
from qa.lexicon import FINITE_AUXILIARIES, QUESTION_WORDS
from qa.models.moves import ABOUT_ANSWER, Move, move_model
from qa.models.resolution import resolution_model
from qa.protocols import Encoder
from qa.text import terms, words
from qa.types import Answer, Turn
from qa.understanding.followups.asked_again import asked_again, of_another_time
from qa.understanding.followups.casing import with_names
from qa.understanding.followups.doubts import stated
from qa.understanding.followups.ellipsis import OPENING, complete_ellipsis
from qa.understanding.followups.features import (
    Passages,
    called_so,
    candidate_features,
    pronoun_shares,
    question_features,
)
from qa.understanding.followups.heard import (
    Candidate,
    Heard,
    articles_cited,
    candidates,
    heard,
    parted,
    short_answers,
)
from qa.understanding.followups.mentions import LIGHT, MAX_TURN_CHARS, gist, names
from qa.understanding.followups.persons import PRONOUNS, is_common, is_place
from qa.understanding.followups.referents import (
    ANYBODY,
    SOMEBODY,
    Scored,
    substitute,
    with_referent,
)
from qa.understanding.followups.resolved import Resolved, with_carried
from qa.understanding.followups.spoken import places, spoken
from qa.understanding.followups.things import is_figure, is_thing

_MOST_CARRIED = 3
# Where something is left unsaid, what else is at least this likely is added, too; what was only
# read in a quotation has to be likelier.
_ALSO, _ALSO_QUOTED = 0.3, 0.6
_MANY_TERMS = 12
_PARTS = 2
_MEMORY = 512
# What is wanted of an answer is wanted of the last that gave one, so many exchanges back at most.
_MOST_ABSTAINED = 2
# Passages that tell with which pronouns a name is taken up again.
_PASSAGES = 12
# The least probability at which a message counts as being about the answer before.
_SURE = 0.5
# The least probability at which a question counts as complete.
_COMPLETE = 0.8
# The least similarity of two wordings of one question.
_SAME = 0.6
MAX_REWRITE_CHARS = 300
"""A longer text is not a rewritten question."""
_ANY_PRONOUN = frozenset[str]().union(*PRONOUNS)
_WORDS = re.compile(r"[\w’']+")
_THING = re.compile(r"\bthe [\w’'-]+", re.IGNORECASE)
_CORRECTS = re.compile(
    r"^\W*(?:(?:no|not|nope|sorry|actually|rather|wait|well|ok|okay)\b[\s,.!]*)*"
    r"(?:(?:but )?(?:i|what i) (?:was asking|mean|meant|wanted)(?: to (?:ask|know))?(?: was)?"
    r"(?: about)?\b[\s,:]*)?",
    re.IGNORECASE,
)


class Resolver:
    """Resolves follow-ups.

    Args:
        encoder: embeds questions; with another encoder than the packaged one, only the words of a
            question tell what it does.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Mapping[str, float]] = {}

    def moves(self, text: str) -> Mapping[str, float]:
        """Return move -> probability; empty with an unknown encoder."""
        model = move_model()
        if model.encoder != self._encoder.fingerprint:
            return {}
        if text not in self._known:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            self._known[text] = model.probabilities(text, self._encoder.encode([text])[0])
        return self._known[text]

    def standalone(self, question: str, history: Sequence[Turn], passages: Passages) -> str:
        """Return a question such that it can be understood without the conversation."""
        return self.resolve(question, self.heard(history, passages), passages).text

    def understand(self, question: str, history: Sequence[Turn], snapshot: Snapshot) -> Resolved:
        """Return a question, on one line, in the light of the turns before it, oldest first."""
        if not history:
            return Resolved(question)
        passages, newest = _passages(snapshot), snapshot.newest_day()
        exchanges = self.heard(history, passages, newest)
        question = with_names(question, passages)
        if again := asked_again(question, exchanges, history, newest, passages):
            return again
        near, before = articles_cited(history), _last_told(history)
        resolved = self.resolve(question, exchanges, passages)
        move, doubt = self._about(question, before, snapshot.names("source"))
        if move and before is not None:
            return replace(resolved, move=move, before=before, stated=doubt)
        if move and exchanges:
            # Nothing was told that it could be about: the question before is still open.
            last = with_carried(exchanges[0].question, exchanges[0].carried)
            return Resolved(last, (last,), near=near)
        complete = self.moves(question).get("complete", 0.0) >= _COMPLETE
        if complete and names(question) and not resolved.about:
            return resolved
        return replace(resolved, near=near, said=short_answers(history))

    def is_faithful(
        self, rewritten: str, question: str, resolved: str, history: Sequence[Turn]
    ) -> bool:
        """Return whether a follow-up in a model's words is complete and still asks the same.

        It brings in no word that nobody used, keeps names and numbers, leaves no pronoun, and means
        about the same as the question that was resolved.

        Args:
            rewritten: the question in its new words.
            question: as it was asked.
            resolved: the same with what it leaves unsaid.
            history: the turns before it, oldest first.
        """
        asked, put = set(terms(question)), set(terms(rewritten))
        if not rewritten.endswith("?") or "\n" in rewritten or len(rewritten) > MAX_REWRITE_CHARS:
            return False
        spoken = asked.union(LIGHT, *(terms(turn.text) for turn in history))
        kept = {word for word in words(question) if word[0].isdigit()}
        kept = kept.union(*map(words, names(question)))
        said = set(words(rewritten))
        if not put <= spoken or not kept <= said or _ANY_PRONOUN & set(words(question)) & said:
            return False
        one, other = self._encoder.encode([rewritten, resolved])
        return put != asked and float(one @ other) >= _SAME

    def within(self, snapshot: Snapshot) -> Callable[[str, Sequence[str]], str]:
        """Return a function that writes out a question after others of the same message."""
        passages = _passages(snapshot)

        def resolve(question: str, before: Sequence[str]) -> str:
            return self.resolve(question, [Heard(q, asked=q) for q in before[::-1]], passages).text

        return resolve

    def _about(
        self, question: str, before: Answer | None, outlets: Sequence[str]
    ) -> tuple[Move | None, str]:
        """Return what a message wants of the answer before, and what it puts against that.

        There is no move where it asks something else. A doubt may name another figure, and say in
        a word of its own where that is from.
        """
        moves = self.moves(question)
        move = max(ABOUT_ANSWER, key=lambda each: moves.get(each, 0.0))
        if moves.get(move, 0.0) < _SURE:
            return None, ""
        said = set(terms(f"{before.standalone_question} {before.text}")) if before else set()
        known = said | move_model().frame | set(terms(" ".join(outlets)))
        doubt = stated(question, known) if move == "sure" and before else ""
        new = set(terms(question)) - known - set(terms(doubt))
        return (move, doubt) if len(new) <= bool(doubt) else (None, "")

    def heard(
        self, history: Sequence[Turn], passages: Passages, newest: int | None = None
    ) -> list[Heard]:
        """Return the exchanges of a conversation, newest first, each question written out.

        Args:
            history: the turns of the conversation, oldest first.
            passages: of the articles.
            newest: the number of the newest article's day; without it no time is followed up.
        """
        known: list[Heard] = []
        for exchange in reversed(heard(history)):
            if not exchange.understood:
                asked, resolved = exchange.question, ""
                if newest and known:
                    resolved = of_another_time(asked, known[0], newest)
                resolved = resolved or self.resolve(asked, known, passages).text
                whole, carried = parted(resolved)
                exchange = replace(exchange, question=whole, carried=carried)  # noqa: PLW2901 - the same, written out
            whole = with_names(exchange.question, passages)
            known.insert(0, replace(exchange, question=whole))
        return known

    def resolve(self, question: str, exchanges: Sequence[Heard], passages: Passages) -> Resolved:
        """Return a question with what it leaves unsaid.

        Args:
            question: as it was asked, on one line.
            exchanges: of the conversation, newest first, each question written out.
            passages: of the articles; they tell who is a woman and what is a ship.
        """
        if not exchanges or len(question) > MAX_TURN_CHARS:
            return Resolved(question)
        moves = self.moves(question)
        if moves.get("talk", 0.0) >= _SURE:
            return Resolved(question)
        if moves.get("correction", 0.0) >= _SURE and not _asks(_CORRECTS.sub("", question)):
            return self._corrected(question, exchanges, passages)
        scored = self._scored(question, moves, exchanges, passages)
        last = exchanges[0].question
        if whole := _completed(question, last, scored):
            carried = exchanges[0].carried
            return Resolved(with_carried(whole, carried), (last, *carried))
        if not scored or scored[0].probability < _threshold(question, moves):
            return Resolved(question)
        meant = [each for each in scored if each.probability >= _least(each.candidate)]
        return _written_out(question, meant, scored, last)

    def _scored(
        self,
        question: str,
        moves: Mapping[str, float],
        exchanges: Sequence[Heard],
        passages: Passages,
    ) -> list[Scored]:
        """Return what was mentioned and is not in the question, the likeliest first."""
        asked = set(terms(question))
        found = [
            each
            for each in candidates(exchanges)
            if not each.stems <= asked and (not asked or _may_be_meant(each, passages))
        ]
        texts = [passages(c.text.split()[-1]) if c.kind == "name" else () for c in found]
        shares = [pronoun_shares(*pair) for pair in zip(found, texts, strict=True)]
        own = question_features(question, moves)
        people = [called_so(*pair) for pair in zip(found, texts, strict=True)]
        rows = [
            own + candidate_features(question, each, exchanges, pronouns)
            for each, pronouns in zip(found, shares, strict=True)
        ]
        text = spoken(question, exchanges)
        likely = resolution_model().probabilities(text, places(text, question, found), rows)
        common = [
            is_common(each.text, held) or is_place(each.text, held)
            for each, held in zip(found, texts, strict=True)
        ]
        scored = [Scored(*each) for each in zip(found, likely, shares, people, common, strict=True)]
        return sorted(scored, key=lambda each: -each.probability)

    def _corrected(self, question: str, exchanges: Sequence[Heard], passages: Passages) -> Resolved:
        """Return the question before with what is put right in it."""
        right = _CORRECTS.sub("", question).strip(" .!?,") or question
        asked = exchanges[0].asked or exchanges[0].question
        again = self.resolve(asked, exchanges[1:], passages)
        base = asked if again.about else exchanges[0].question
        old = next(
            (m for m in re.finditer(r"[\w’']+", base) if m[0].casefold() in _ANY_PRONOUN), None
        ) or _last_thing(base, right)
        if old:
            return Resolved(substitute(base, old, right), (right,))
        return Resolved(f"{base.rstrip(' ?')} ({right})?", (right,))


def _may_be_meant(candidate: Candidate, passages: Passages) -> bool:
    """Return whether a question with words of its own may be about something: it is a thing."""
    if candidate.kind == "name" or candidate.definite:
        return True
    if candidate.roles == {"answer"} and is_figure(candidate.text):
        return False
    return is_thing(candidate.text, passages(candidate.text.split()[-1]))


def _threshold(question: str, moves: Mapping[str, float]) -> float:
    """Return how likely something must be meant: less where `she` must be somebody."""
    complete = moves.get("complete", 0.0) >= _COMPLETE or bool(names(question))
    open_ = set(words(question)) & ANYBODY and not complete
    return SOMEBODY if open_ else resolution_model().threshold


def _completed(question: str, last: str, scored: Sequence[Scored]) -> str:
    """Return the last question with the part that an elliptical one replaces; or nothing."""
    linked = OPENING.match(question) is not None
    person = next((each.candidate.text for each in scored if each.is_somebody), "")
    return complete_ellipsis(_without_opening(question), last, person=person, linked=linked)


def _asks(text: str) -> bool:
    """Return whether a text is a question with words of its own, and no part of another one."""
    if set(terms(text)) <= LIGHT:
        return False
    first = (_WORDS.search(text) or [""])[0].casefold()
    return first in FINITE_AUXILIARIES or first in QUESTION_WORDS


def _without_opening(question: str) -> str:
    asked = OPENING.sub("", question).strip()
    return asked[:1].upper() + asked[1:] or question


def _written_out(
    question: str, meant: Sequence[Scored], scored: Sequence[Scored], last: str
) -> Resolved:
    """Return a question with what is meant in it, or behind it."""
    asked = _without_opening(question)
    text, referent, others = with_referent(asked, meant, scored)
    # A question with whom or what it is about put into it is complete.
    also = [] if referent else [each.candidate for each in meant]
    carried = _carried(text, _in_context(text, also, last))
    about = ([referent] if referent else []) + carried
    return Resolved(with_carried(text, carried), tuple(about), others)


def _last_thing(question: str, right: str) -> re.Match[str] | None:
    """Return the last thing of the same make as what is put right: a name, or `the dam`."""
    if named := names(right):
        found = [m for n in names(question) for m in re.finditer(re.escape(n), question)]
        return found[-1] if found and right.startswith(named[0]) else None
    things = list(_THING.finditer(question))
    return things[-1] if things and _THING.match(right) else None


def _passages(snapshot: Snapshot) -> Passages:
    @functools.cache
    def passages(word: str) -> list[str]:
        return [passage.text for passage, _ in snapshot.match(terms(word), _PASSAGES)]

    return passages


def _last_told(history: Sequence[Turn]) -> Answer | None:
    """Return the answer that a message may be about: the last, or one shortly before."""
    told = (turn.answer for turn in reversed(history[-2 * _MOST_ABSTAINED :]) if _tells(turn))
    return next((answer for answer in told if answer and answer.statements), None)


def _tells(turn: Turn) -> bool:
    """Return whether a turn is an answer, and not only polite."""
    return turn.role == "assistant" and (turn.answer is None or turn.answer.form != "talk")


def _least(candidate: Candidate) -> float:
    """Return how likely something must be to be added."""
    return _ALSO_QUOTED if candidate.roles == {"quote"} else _ALSO


def _in_context(text: str, meant: Sequence[Candidate], last: str) -> list[str]:
    """Return what is meant, with the parts of the last question as one, if they are most of it."""
    whole = gist(last)
    parts = [each for each in meant if each.stems <= set(terms(whole))]
    covered = set[str]().union(*(each.stems for each in parts))
    repeats = set(terms(whole)) & set(terms(text)) or FINITE_AUXILIARIES & set(words(whole))
    if repeats or len(parts) < _PARTS or 2 * len(covered) < len(set(terms(whole))):
        return [each.text for each in meant]
    found = dict.fromkeys(whole if each in parts else each.text for each in meant)
    return list(found)


def _carried(text: str, meant: Sequence[str]) -> list[str]:
    """Return what is to stand behind the question: nothing that it or the rest already says."""
    kept: list[str] = []
    for each in meant:
        stems = set(terms(each))
        new = stems - set(terms(" ".join([text, *kept])))
        room = len(kept) < _MOST_CARRIED and len(terms(" ".join(kept))) < _MANY_TERMS
        if room and 2 * len(new) > len(stems):
            kept.append(each)
    return kept
