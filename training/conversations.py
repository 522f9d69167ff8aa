"""Conversations made of train/stories, each ending in a question and how it is put standing alone.

There are the follow-ups that were written by hand, alone and with other questions of their story or
of another one before them; complete questions after such a history, which have to stay as they are;
and questions whose person is put as a pronoun, after a question or an answer that names them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.text import sentence_spans, terms
from qa.understanding.followups.heard import Heard
from qa.understanding.followups.mentions import names

Pack = Mapping[str, Any]
# Its text, its stems, and the title of its article.
Sentence = tuple[str, frozenset[str], str]

_FOLDS = 3
_MOST_BEFORE = 3
_CLEAR = 0.6
_SAME_STORY = 0.3
_SUBJECTS = {"he": ("he", "him", "his"), "she": ("she", "her", "her")}
_VERB_BEFORE = re.compile(
    r"\b(?:did|does|do|is|was|has|had|will|would|can|could|should|that|when|why|if)\s+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Case:
    """A question in a conversation.

    Attributes:
        question: as it is asked.
        standalone: the same, standing alone.
        before: the exchanges before it, newest first.
        pack: the number of the story that it is about.
    """

    question: str
    standalone: str
    before: tuple[Heard, ...]
    pack: int

    @property
    def fold(self) -> int:
        """The fold that holds it out."""
        return self.pack % _FOLDS


def cases(packs: Sequence[Pack], chance: random.Random) -> Iterator[Case]:
    """Yield the conversations that can be made of stories."""
    sentences = [_sentences(pack) for pack in packs]
    told = [_told(pack, held) for pack, held in zip(packs, sentences, strict=True)]
    for at, pack in enumerate(packs):
        other = told[chance.randrange(len(told))]
        texts = [article["text"] for article in pack["articles"]]
        for line in pack["followups"]:
            history = tuple(_heard(q, a, sentences[at]) for q, a in reversed(line["history"]))
            question, alone = line["followup"], line["standalone"]
            yield Case(question, alone, history, at)
            yield Case(question, alone, history + _some(told[at], chance), at)
            yield Case(question, alone, history + _some(other, chance), at)
            yield Case(alone, alone, history, at)
        for entry in pack["questions"]:
            question = entry["question"]
            near, far = _some(told[at], chance, 1), _some(other, chance, 1)
            near = tuple(each for each in near if each.question != question) or far
            # A word too much about the same story does little harm, one about another much.
            if names(question) and chance.random() < _SAME_STORY:
                yield Case(question, question, near, at)
            yield Case(question, question, far, at)
            yield from _with_pronouns(question, told[at], texts, chance, at)


def _with_pronouns(
    question: str, told: Sequence[Heard], texts: Sequence[str], chance: random.Random, at: int
) -> Iterator[Case]:
    """Yield a question with its person as a pronoun, where somebody named them before."""
    for name in names(question):
        pronoun = pronoun_of(name, texts)
        last = name.split()[-1]
        naming = [
            each
            for each in told
            if each.question != question and last in " ".join([each.question, *each.short])
        ]
        if not pronoun or not naming:
            continue
        asked = _put(question, name, _SUBJECTS[pronoun])
        before = (chance.choice(naming), *_some(told, chance))
        yield Case(asked, question, before, at)


def pronoun_of(name: str, texts: Sequence[str]) -> str:
    """Return "he" or "she", if articles clearly call a name so; else an empty string."""
    last = re.escape(name.rsplit(maxsplit=1)[-1])
    after = [
        match[1].lower()
        for text in texts
        for match in re.finditer(rf"\b{last}\b[^.]{{0,60}}?\b(he|she|his|her|it|they)\b", text)
    ]
    he = sum(word in {"he", "his"} for word in after)
    she = sum(word in {"she", "her"} for word in after)
    least = max(2, _CLEAR * len(after))
    return "he" if he >= least else "she" if she >= least else ""


def _put(question: str, name: str, forms: Sequence[str]) -> str:
    start = question.index(name)
    end = start + len(name)
    if question[end : end + 2] in {"’s", "'s"}:
        word, end = forms[2], end + 2
    else:
        word = forms[0] if _VERB_BEFORE.search(question[:start]) or not start else forms[1]
    put = f"{question[:start]}{word}{question[end:]}"
    return put[:1].upper() + put[1:]


def _sentences(pack: Pack) -> list[Sentence]:
    return [
        (" ".join(text[start:end].split()), frozenset(terms(text[start:end])), article["title"])
        for article in pack["articles"]
        for text in [article["text"]]
        for start, end in sentence_spans(text)
    ]


def _told(pack: Pack, sentences: Sequence[Sentence]) -> list[Heard]:
    return [_heard(q["question"], q["answer"], sentences) for q in pack["questions"] if q["answer"]]


def _some(told: Sequence[Heard], chance: random.Random, least: int = 0) -> tuple[Heard, ...]:
    return tuple(chance.sample(told, min(len(told), chance.randint(least, _MOST_BEFORE))))


def _heard(question: str, answer: str, sentences: Sequence[Sentence]) -> Heard:
    """Return an exchange as the product would have it, with the sentence that says the answer."""
    asked, said = set(terms(question)), set(terms(answer))
    best = max(sentences, key=lambda each: len(each[1] & asked) + 2 * len(each[1] & said))
    return Heard(question, (answer,), (best[0], best[2]))
