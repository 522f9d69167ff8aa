"""Finds the clauses of a sentence that can be turned into questions, and turns subject and verb round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa.attribution.clauses import clause_end
from qa.attribution.lexicon import DETERMINERS, FINITE, GROUPS, PAST, SUBORDINATORS
from qa.attribution.phrases import is_adverb, name_before, noun_phrase
from qa.attribution.tokens import Token, is_mark, lows, tokens
from qa.evaluation.drafts.words import AUXILIARIES, BE, HAVE, NUMBER, SPEECH, base
from qa.text import Span

# A subject that holds these is more than one phrase.
NO_SUBJECT = SUBORDINATORS | {"and", "or"}


def sentence_tokens(text: str, sentence: Span) -> list[Token]:
    """Return the tokens of a sentence of `text`, with `18,291` as one of them."""
    whole: list[Token] = []
    for token in tokens(text, sentence):
        first = whole[-2] if len(whole) > 1 and whole[-1].text == "," else None
        if first and first.text[-1].isdigit() and token.text[0].isdigit() and token.start == first.end + 1:
            number = text[first.start : token.end]
            whole[-2:] = [Token(number, number, first.start, token.end)]
        else:
            whole.append(token)
    return whole


def clauses(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the main clause and what is said in `said that ...`, each up to its first mark."""
    claims = (i + 1 for i in range(1, len(found) - 1) if found[i].low == "that" and found[i - 1].low in SPEECH)
    for start in (0, *claims):
        end = clause_end(found, start)
        yield found[start : next((i for i in range(start, end) if is_mark(found[i])), end)]


def first_verb(clause: Sequence[Token], first: int = 0) -> int | None:
    """Return the index of the first verb at or behind an index that surely is one."""
    for i in range(first, len(clause)):
        low = clause[i].low
        if low in FINITE | PAST | SPEECH or (low.endswith("ed") and clause[i].text.islower() and i > first):
            return i
    return None


def turned(text: str, clause: Sequence[Token]) -> tuple[str, int] | None:
    """Return the subject of a clause behind its auxiliary, as a question has them, and the index of the verb.

    `did the court admit` for `the court admitted`: then the index is that of the verb, which is in what is returned.
    """
    verb = first_verb(clause, 1)
    phrase = noun_phrase(clause, 0, verb) if verb else None
    if verb is None or phrase is None or phrase.pronoun or phrase[:2] != (0, verb):
        return None
    named = name_before(clause, verb) == 0 and verb > 1
    if not (clause[0].low in DETERMINERS | GROUPS or named) or NO_SUBJECT & set(lows(clause[:verb])):
        return None
    subject = subject_words(text, clause, verb)
    low = clause[verb].low
    bare = verb + 1 < len(clause) and (NUMBER.fullmatch(clause[verb + 1].text) or clause[verb + 1].low in DETERMINERS)
    if low in HAVE and bare:
        return f"{HAVE[low]} {subject} have", verb
    if low in BE and not _is_done(clause[verb + 1 :]):
        return None
    if low in AUXILIARIES:
        return f"{low} {subject}", verb
    verb_base = base(low)
    return None if verb_base is None else (f"did {subject} {verb_base}", verb)


def _is_done(behind: Sequence[Token]) -> bool:
    """Tell whether what follows a form of `be` makes it a passive or a plan: `built`, `also seen`, `due to`."""
    low = next((token.low for token in behind if not is_adverb(token.text)), "")
    return low in PAST | {"to", "due", "born", "being"} or low.endswith(("ed", "en", "wn", "ing"))


def subject_words(text: str, clause: Sequence[Token], end: int) -> str:
    """Return the first words of a clause as they stand within a question."""
    words = joined(text, clause[:end])
    return words if clause[0].low not in DETERMINERS | GROUPS | {"the"} else words[0].lower() + words[1:]


def joined(text: str, part: Sequence[Token]) -> str:
    """Return the words of some tokens as they stand in the text, in one line."""
    return " ".join(text[part[0].start : part[-1].end].split()).rstrip(" .,;:") if part else ""
