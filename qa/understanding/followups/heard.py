"""What a conversation has mentioned: the things that a follow-up may leave unsaid."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from qa.lexicon import FINITE_AUXILIARIES, MONTHS, QUESTION_WORDS, WEEKDAYS
from qa.text import STOP_WORDS, terms
from qa.types import Answer, Turn
from qa.understanding.followups.mentions import EMPTY, MAX_TURN_CHARS, gist, names, said

Role = Literal["question", "answer", "quote"]
Kind = Literal["name", "phrase"]
Mention = tuple[str, Kind, Role]

_MAX_EXCHANGES = 8
_MAX_QUOTES = 3
_LONGEST_ANSWER = 6
_MOST_SUBJECTS = 2
# So many answers back, articles that were cited are what the conversation is about, and what was
# said is not asked for again.
_LAST_CITING, _LAST_SAYING = 3, 2
_MOST_ARTICLES = 12
# As many articles as an abstention names.
_NEAREST = 3
_WORD = re.compile(r"[\w’'&.-]*\w")
_GAP = re.compile(r"\s+")
_OWNED = re.compile(r"^[’']s\b")
_BREAKS = STOP_WORDS | FINITE_AUXILIARIES | frozenset(QUESTION_WORDS)
_CARRIED = re.compile(r"\s*\(([^()]+)\)\s*$")
# In the text of an answer, the marker behind what it says, and the quotation behind that.
_MARKED = re.compile(r"\s*\[\d+\].*", re.DOTALL)
_UNITS = "second minute hour day week month year decade time moment".split()
_TIMES = frozenset(terms(" ".join([*MONTHS, *WEEKDAYS, *_UNITS])))
_DETERMINERS = "the|an?|this|that|these|those|his|her|its|their"
_DETERMINED = re.compile(rf"(?:{_DETERMINERS})\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heard:
    """A question and what its answer said.

    Attributes:
        question: as it was understood, so with what it left unsaid.
        asked: as it was asked.
        carried: what it left unsaid, as far as that is not put into it.
        understood: whether `question` is known to be so.
        silent: whether there was no answer to it.
        short: the short answers, and whose claims they are.
        quotes: the sentences that were quoted.
    """

    question: str
    short: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    asked: str = ""
    carried: tuple[str, ...] = ()
    understood: bool = False
    silent: bool = False


@dataclass(slots=True)
class Candidate:
    """Something mentioned that a follow-up may be about.

    Attributes:
        text: in the words of the conversation.
        stems: of its content words.
        kind: a name, or another phrase.
        roles: where it was mentioned last.
        age: exchanges since it was last mentioned; 0 for the last one.
        ages: all exchanges that mention it, newest first.
        place: how far into the newest exchange that mentions it it comes, counted in candidates.
        definite: whether something like an article stood before it: "the Selkie Cup".
    """

    text: str
    stems: frozenset[str]
    kind: Kind
    roles: set[Role]
    age: int
    ages: list[int] = field(default_factory=list)
    place: int = 0
    definite: bool = False

    @property
    def shown(self) -> str:
        """It, as a sentence has it."""
        bare = self.definite and not _DETERMINED.match(self.text)
        return f"the {self.text}" if bare else self.text


def heard(history: Sequence[Turn]) -> list[Heard]:
    """Return the exchanges of a conversation, the newest first."""
    found: list[Heard] = []
    asked = ""
    for turn in history[-2 * _MAX_EXCHANGES :]:
        if turn.role == "user":
            if asked:
                found.append(Heard(asked))
            asked = turn.text[:MAX_TURN_CHARS]
        elif asked:
            # What was said to be polite is nothing that was talked about.
            if turn.answer is None or turn.answer.form != "talk":
                found.append(_exchange(asked, turn))
            asked = ""
    if asked:
        found.append(Heard(asked))
    return found[::-1]


def articles_cited(history: Sequence[Turn]) -> tuple[str, ...]:
    """Return the articles that the last answers cite or list, those of the newest first.

    Behind them come the articles that were nearest where there was no answer since.
    """
    given = answers(history)
    told = [answer for answer in given if not answer.abstained][:_LAST_CITING]
    found: list[str] = []
    for answer in told:
        for statement in answer.statements:
            found += [cited.article_id for cited in statement.citations]
            found += [link.article_id for link in statement.links]
    found = list(dict.fromkeys(found))[:_MOST_ARTICLES]
    for answer in itertools.takewhile(lambda each: each.abstained, given):
        found += list(dict.fromkeys(h.passage.article_id for h in answer.hits))[:_NEAREST]
    return tuple(dict.fromkeys(found))


def short_answers(history: Sequence[Turn]) -> tuple[str, ...]:
    """Return what the last answers said in a few words."""
    told = (s for answer in answers(history)[:_LAST_SAYING] for s in answer.statements)
    return tuple(dict.fromkeys(filter(None, (s.short_answer for s in told))))


def answers(history: Sequence[Turn]) -> list[Answer]:
    """Return the answers that were not only polite, the newest first."""
    return [turn.answer for turn in reversed(history) if turn.answer and turn.answer.form != "talk"]


def subjects(answer: Answer) -> list[str]:
    """Return what an answer's question was about: the names in it, or else what it asks."""
    question, carried = parted(answer.standalone_question or answer.question)
    _, quotes = _told(answer)
    found = candidates([Heard(question, quotes=quotes, carried=carried)])
    named = [each.shown for each in found if each.kind == "name" and "question" in each.roles]
    return named[:_MOST_SUBJECTS] or list(filter(None, [gist(question)]))


def candidates(exchanges: Sequence[Heard]) -> list[Candidate]:
    """Return what the exchanges mention, each once.

    Args:
        exchanges: the newest first.
    """
    found: dict[frozenset[str], Candidate] = {}
    for age, exchange in zip(ages(exchanges), exchanges, strict=True):
        for place, (text, kind, role) in enumerate(_mentions(exchange)):
            stems = frozenset(terms(text))
            if not stems or stems <= _TIMES or (role == "question" and _is_time(stems)):
                continue
            known = found.get(stems)
            if known is None:
                definite = _is_definite(text, exchange)
                found[stems] = Candidate(text, stems, kind, {role}, age, [age], place, definite)
                continue
            if known.age == age:
                known.roles.add(role)
            if known.ages[-1] != age:
                known.ages.append(age)
            if kind == "name" and known.kind != "name":
                known.text, known.kind = text, kind
    return _without_parts(list(found.values()))


def ages(exchanges: Sequence[Heard]) -> list[int]:
    """Return how many answers ago each exchange was: one without an answer makes none older."""
    answered = [not exchange.silent for exchange in exchanges]
    return [sum(answered[:at]) for at in range(len(exchanges))]


def _is_time(stems: frozenset[str]) -> bool:
    """Return whether something mentioned is only numbers and names of days or months."""
    return all(stem.isdecimal() or stem in _TIMES for stem in stems)


def _exchange(question: str, turn: Turn) -> Heard:
    answer = turn.answer
    if answer is None:
        short = _MARKED.sub("", said(turn)).strip()
        return Heard(question, (short,), (turn.text[:MAX_TURN_CHARS],), asked=question)
    whole, carried = parted(answer.standalone_question or question)
    return Heard(
        whole,
        *_told(answer),
        asked=question,
        carried=carried,
        understood=True,
        silent=answer.abstained,
    )


def parted(question: str) -> tuple[str, tuple[str, ...]]:
    """Return a question, and what follows it in brackets because it left that unsaid."""
    found = _CARRIED.search(question)
    if found is None:
        return question, ()
    return question[: found.start()], tuple(found[1].split(", "))


def _told(answer: Answer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    short, quotes = [], []
    for statement in answer.statements[:_MAX_QUOTES]:
        # What was so earlier is told, too, but it is not what the answer says; yes is no thing.
        if statement.status != "earlier":
            said_so = "" if answer.form == "yes_no" else statement.short_answer
            short += [said_so, statement.claimant]
        quotes.append(statement.text)
        quotes += [citation.title for citation in statement.citations]
    return tuple(filter(None, dict.fromkeys(short))), tuple(filter(None, dict.fromkeys(quotes)))


def _mentions(exchange: Heard) -> Iterator[Mention]:
    """Yield what an exchange mentions, the short answer first, then the question."""
    for short in exchange.short:
        inner = names(short)
        yield from _each(inner, "name", "answer")
        if len(short.split()) <= _LONGEST_ANSWER and inner != [short]:
            yield short.strip(" .,;:"), "phrase", "answer"
    yield from _asked(exchange)
    for quote in exchange.quotes:
        # Capitals throughout are a headline's.
        named = [name for name in names(quote) if " " not in name or not name.isupper()]
        yield from _each(named, "name", "quote")


def _asked(exchange: Heard) -> Iterator[Mention]:
    """Yield what a question mentions: its names, with the noun behind them, and other phrases."""
    named, quoted = names(exchange.question), " ".join(exchange.quotes).casefold()
    phrases = _phrases(exchange.question)
    for phrase in phrases:
        inside = [name for name in named if name in phrase]
        if not inside:
            yield phrase, "phrase", "question"
        elif re.search(rf"\b{re.escape(phrase.casefold())}\b", quoted):
            yield phrase, "name", "question"
        else:
            yield from _each(inside, "name", "question")
            rest = re.split("|".join(map(re.escape, inside)), phrase)
            yield from _each((_OWNED.sub("", part).strip() for part in rest), "phrase", "question")
    # A name may hold words that part phrases.
    whole = (name for name in named if not any(name in each for each in phrases))
    yield from _each(whole, "name", "question")
    for part in exchange.carried:
        yield part, "name" if names(part) == [part] else "phrase", "question"


def _each(texts: Iterable[str], kind: Kind, role: Role) -> list[Mention]:
    return [(text, kind, role) for text in texts]


def _is_definite(text: str, exchange: Heard) -> bool:
    """Return whether something determines a phrase or a name, so that it is a thing."""
    if _DETERMINED.match(text):
        return True
    before = re.compile(rf"\b(?:{_DETERMINERS})\s+{re.escape(text)}\b", re.IGNORECASE)
    return any(before.search(said) for said in (exchange.question, *exchange.quotes))


def _phrases(question: str) -> list[str]:
    """Return the runs of content words of a question."""
    runs: list[list[re.Match[str]]] = [[]]
    for match in _WORD.finditer(question):
        word = match.group().casefold()
        if word in _BREAKS or not set(terms(word)) - EMPTY:
            runs.append([])
        elif runs[-1] and not _GAP.fullmatch(question[runs[-1][-1].end() : match.start()]):
            runs.append([match])
        else:
            runs[-1].append(match)
    return [question[run[0].start() : run[-1].end()] for run in runs if run]


def _without_parts(found: Sequence[Candidate]) -> list[Candidate]:
    """Leave out what is part of a longer name that was mentioned, and let that count for it."""
    kept = []
    for each in found:
        whole = next(
            (o for o in found if o.kind == "name" and each.stems < o.stems and o is not each), None
        )
        if whole is None:
            kept.append(each)
        else:
            whole.ages = sorted({*whole.ages, *each.ages})
            if each.age < whole.age:
                whole.age, whole.roles, whole.place = each.age, set(each.roles), each.place
            elif each.age == whole.age:
                whole.roles |= each.roles
    return kept
