"""Writes out what a follow-up question leaves unsaid, chosen by a network from what was mentioned.

A pronoun becomes the person or thing meant. What else is meant stands behind the question in
brackets, where the search finds it and the reader sees it. A question of which nothing seems to be
missing stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from qa.index import Snapshot
from qa.models.moves import ABOUT_ANSWER, Move, move_model
from qa.models.resolution import resolution_model
from qa.protocols import Encoder
from qa.text import STOP_WORDS, terms, words
from qa.types import Answer, Turn
from qa.understanding.followups.ellipsis import OPENING, complete_ellipsis
from qa.understanding.followups.features import (
    PRONOUNS,
    Passages,
    candidate_features,
    pronoun_shares,
    question_features,
)
from qa.understanding.followups.heard import Candidate, Heard, candidates, heard, parted
from qa.understanding.followups.mentions import LIGHT, MAX_TURN_CHARS, gist, names

_MOST_CARRIED = 4
# Where something is left unsaid, what else is at least this likely is added, too; what was only
# read in a quotation has to be likelier.
_ALSO, _ALSO_QUOTED = 0.25, 0.4
_MANY_TERMS = 12
_PARTS = 2
# Somebody else may be meant who is at least this likely, and this share as likely as the first.
_POSSIBLE, _NEARLY = 0.25, 0.4
# A name is a man's, a woman's or a ship's if the articles call it so at least this often.
_FITS, _OFTEN = 0.3, 0.6
# The least probability of the likeliest thing where somebody must be meant.
_SOMEBODY = 0.15
# A thing takes the place of a pronoun if it is this likely; else it is only added.
_CLEAR = 0.65
_MEMORY = 512
# Passages that tell with which pronouns a name is taken up again.
_PASSAGES = 12
# The least probability at which a message counts as being about the answer before.
_SURE = 0.5
# The least similarity of two wordings of one question.
_SAME = 0.6
MAX_REWRITE_CHARS = 300
"""A longer text is not a rewritten question."""
_ANY_PRONOUN = frozenset[str]().union(*PRONOUNS)
_ANYBODY = PRONOUNS[0] | PRONOUNS[1]
_THING = re.compile(r"\bthe [\w’'-]+", re.IGNORECASE)
_POSSESSIVE = frozenset("his its their hers theirs".split())
_CORRECTS = re.compile(
    r"^\W*(?:(?:no|not|nope|sorry|actually|rather|wait|well|ok|okay)\b[\s,.!]*)*"
    r"(?:(?:but )?(?:i|what i) (?:was asking|mean|meant|wanted)(?: to (?:ask|know))?(?: was)?"
    r"(?: about)?\b[\s,:]*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that can be understood without the conversation.

    Attributes:
        text: the question.
        about: what was added to it, in the words of the conversation.
        others: the same question with another person or thing for its pronoun, which may be meant.
        move: what is wanted of the answer before; else that it is a question.
        before: the answer before, for such a move.
    """

    text: str
    about: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    move: Move = "complete"
    before: Answer | None = None


@dataclass(frozen=True, slots=True)
class _Scored:
    candidate: Candidate
    probability: float
    pronouns: Sequence[float]


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
        passages = _passages(snapshot)
        resolved = self.resolve(question, self.heard(history, passages), passages)
        before = next((t.answer for t in reversed(history) if _tells(t)), None)
        if before is not None and before.statements and (move := self._about(question, before)):
            return replace(resolved, move=move, before=before)
        return resolved

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

    def _about(self, question: str, before: Answer) -> Move | None:
        """Return what a message wants of the answer before; None if it asks something else."""
        moves = self.moves(question)
        move = max(ABOUT_ANSWER, key=lambda each: moves.get(each, 0.0))
        said = set(terms(f"{before.standalone_question} {before.text}"))
        sure = moves.get(move, 0.0) >= _SURE
        return move if sure and set(terms(question)) <= said | move_model().frame else None

    def heard(self, history: Sequence[Turn], passages: Passages) -> list[Heard]:
        """Return the exchanges of a conversation, newest first, each question written out."""
        known: list[Heard] = []
        for exchange in reversed(heard(history)):
            if not exchange.understood:
                resolved = self.resolve(exchange.question, known, passages).text
                whole, carried = parted(resolved)
                exchange = replace(exchange, question=whole, carried=carried)  # noqa: PLW2901 - the same, written out
            known.insert(0, exchange)
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
        if moves.get("correction", 0.0) >= _SURE:
            return self._corrected(question, exchanges, passages)
        scored = self._scored(question, moves, exchanges, passages)
        last = exchanges[0].question
        if whole := _completed(question, last, scored):
            carried = exchanges[0].carried
            return Resolved(_with(whole, carried), (last, *carried))
        if not scored or scored[0].probability < self._threshold(question):
            return Resolved(question)
        meant = [each for each in scored if each.probability >= _least(each.candidate)]
        return _written_out(question, meant, scored, last)

    def _threshold(self, question: str) -> float:
        """Return how likely something must be meant: less where `she` must be somebody."""
        open_ = set(words(question)) & _ANYBODY and not names(question)
        return _SOMEBODY if open_ else resolution_model().threshold

    def _scored(
        self,
        question: str,
        moves: Mapping[str, float],
        exchanges: Sequence[Heard],
        passages: Passages,
    ) -> list[_Scored]:
        """Return what was mentioned and is not in the question, the likeliest first."""
        asked = set(terms(question))
        found = [each for each in candidates(exchanges) if not each.stems <= asked]
        shares = [pronoun_shares(each, passages) for each in found]
        own = question_features(question, moves)
        rows = [
            own + candidate_features(question, each, exchanges, pronouns)
            for each, pronouns in zip(found, shares, strict=True)
        ]
        likely = resolution_model().probabilities(rows)
        scored = [_Scored(*each) for each in zip(found, likely, shares, strict=True)]
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
            return Resolved(_substitute(base, old, right), (right,))
        return Resolved(f"{base.rstrip(' ?')} ({right})?", (right,))


def _completed(question: str, last: str, scored: Sequence[_Scored]) -> str:
    """Return the last question with the part that an elliptical one replaces; or nothing."""
    linked = OPENING.match(question) is not None
    person = next((each.candidate.text for each in scored if _is_person(each)), "")
    return complete_ellipsis(_without_opening(question), last, person=person, linked=linked)


def _without_opening(question: str) -> str:
    asked = OPENING.sub("", question).strip()
    return asked[:1].upper() + asked[1:] or question


def _written_out(
    question: str, meant: Sequence[_Scored], scored: Sequence[_Scored], last: str
) -> Resolved:
    """Return a question with what is meant in it, or behind it."""
    asked = _without_opening(question)
    text, referent, others = _with_referent(asked, meant, scored)
    carried = _carried(text, _in_context(text, [each.candidate for each in meant], last))
    about = ([referent] if referent else []) + carried
    return Resolved(_with(text, carried), tuple(about), others)


def _with(question: str, carried: Sequence[str]) -> str:
    """Return a question with what else is meant in brackets behind it."""
    return f"{question} ({', '.join(carried)})" if carried else question


def _last_thing(question: str, right: str) -> re.Match[str] | None:
    """Return the last thing of the same make as what is put right: a name, or `the dam`."""
    if named := names(right):
        found = [m for n in names(question) for m in re.finditer(re.escape(n), question)]
        return found[-1] if found and right.startswith(named[0]) else None
    things = list(_THING.finditer(question))
    return things[-1] if things and _THING.match(right) else None


def _passages(snapshot: Snapshot) -> Passages:
    def passages(word: str) -> list[str]:
        return [passage.text for passage, _ in snapshot.match(terms(word), _PASSAGES)]

    return passages


def _tells(turn: Turn) -> bool:
    """Return whether a turn is an answer, and not only polite."""
    return turn.role == "assistant" and (turn.answer is None or turn.answer.form != "talk")


def _with_referent(
    question: str, meant: Sequence[_Scored], scored: Sequence[_Scored]
) -> tuple[str, str, tuple[str, ...]]:
    """Return a question with its pronoun replaced, by what, and the other ways to read it."""
    for match in re.finditer(r"[\w’']+", question):
        word = match.group().casefold()
        group = next((at for at, words in enumerate(PRONOUNS) if word in words), None)
        if group is None or match.group().isupper():
            continue
        somebody = word in _ANYBODY
        # A name before it in the question is whom it refers to.
        if somebody and names(question[: match.start()]):
            continue
        fitting = [each for each in (scored if somebody else meant) if _fits(each, group)]
        if not fitting:
            continue
        fitting.sort(key=lambda each: -each.probability * max(each.pronouns[group], _FITS))
        first = fitting[0]
        least = max(_POSSIBLE, _NEARLY * first.probability)
        rivals = [
            _substitute(question, match, each.candidate.shown)
            for each in scored
            if each is not first and somebody and each.probability >= least and _fits(each, group)
        ]
        shown = first.candidate.shown
        return _substitute(question, match, shown), shown, tuple(rivals[:2])
    return question, "", ()


def _fits(each: _Scored, group: int) -> bool:
    """Return whether a pronoun may refer to a candidate.

    He and she are names that the articles call so. It and they are things that something like an
    article stood before; where that is in doubt, what is meant is added instead.
    """
    if group >= len(PRONOUNS) // 2:
        return each.candidate.definite and each.probability >= _CLEAR
    share = each.pronouns[group]
    if each.candidate.kind != "name" or share < max(each.pronouns[:2]):
        return False
    # The articles call it so; of a ship they have to do it often. Or else nobody is likelier.
    if each.candidate.definite:
        return share >= _OFTEN and each.probability >= _SOMEBODY
    return each.probability >= (_SOMEBODY if share >= _FITS else _CLEAR)


def _least(candidate: Candidate) -> float:
    """Return how likely something must be to be added."""
    return _ALSO_QUOTED if candidate.roles == {"quote"} else _ALSO


def _is_person(each: _Scored) -> bool:
    return each.candidate.kind == "name" and sum(each.pronouns[:2]) > sum(each.pronouns[2:])


def _substitute(question: str, pronoun: re.Match[str], name: str) -> str:
    """Replace a pronoun by a name, in the possessive if the pronoun is possessive."""
    word, rest = pronoun.group().casefold(), question[pronoun.end() :]
    follows = re.match(r"\s+([a-z]+)", rest)
    possessive = word in _POSSESSIVE or (
        word == "her" and follows is not None and follows.group(1) not in STOP_WORDS
    )
    put = f"{question[: pronoun.start()]}{name}{'’s' if possessive else ''}{rest}"
    return put[:1].upper() + put[1:]


def _in_context(text: str, meant: Sequence[Candidate], last: str) -> list[str]:
    """Return what is meant, with the parts of the last question as one, if they are most of it."""
    whole = gist(last)
    parts = [each for each in meant if each.stems <= set(terms(whole))]
    covered = set[str]().union(*(each.stems for each in parts))
    repeats = set(terms(whole)) & set(terms(text))
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
