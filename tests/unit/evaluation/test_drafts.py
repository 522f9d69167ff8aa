"""Questions that are drafted from sentences: good ones, or none."""

from __future__ import annotations

import pytest

from qa.evaluation.drafts import draft_questions
from qa.evaluation.drafts.clauses import base
from qa.evaluation.drafts.rules import drafts, echo
from qa.sources import read
from qa.types import Article
from tests.collection import CORPUS


def asked(sentence: str, before: str = "") -> list[tuple[str, str]]:
    """Return the questions of a sentence that follows a text, with their answers."""
    text = before + sentence
    found = drafts(text, (len(before), len(text)))
    assert all(text[draft.start : draft.end] == draft.answer for draft in found)
    return [(draft.question, draft.answer) for draft in found]


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        (
            "In 2017 the court admitted a late ballot.",
            "When did the court admit a late ballot?",
            "2017",
        ),
        (
            "The scanner was ordered on 3 May 2021 from Ostmar.",
            "When was the scanner ordered?",
            "3 May 2021",
        ),
        (
            "Four of the dead came from Norrhamn.",
            "How many of the dead came from Norrhamn?",
            "Four",
        ),
        (
            "The ship has 1,250 cabins for guests.",
            "How many cabins does the ship have for guests?",
            "1,250",
        ),
        ("Sellan Water says that 61 homes will be lost.", "How many homes will be lost?", "61"),
        (
            "Sellan Water says that 61 homes will be lost.",
            "Who says that 61 homes will be lost?",
            "Sellan Water",
        ),
        ("Judge Anna Lind has promised a report.", "Who has promised a report?", "Judge Anna Lind"),
        ("The crater was found by Ann Berg in 1990.", "Who found the crater in 1990?", "Ann Berg"),
        (
            "Ann Berg, the head of Sound Lines, resigned.",
            "Who is the head of Sound Lines?",
            "Ann Berg",
        ),
        (
            "The council's president, Gustav Morley, voted.",
            "Who is the council's president?",
            "Gustav Morley",
        ),
        (
            "Ann Berg left the old harbour on Monday evening.",
            "Who left the old harbour?",
            "Ann Berg",
        ),
    ],
)
def test_sentences_are_turned_round(sentence: str, question: str, answer: str) -> None:
    """A date, a number and a name are asked for, and the answer is the span of just these words."""
    assert (question, answer) in asked(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "He resigned in 1990 after the report.",
        "Who resigned after the report in 1990?",
        "Ann Berg said she had seen it.",
        "Thieves broke into the museum at night.",
        "Eleven days after the vote the court met.",
        "The council of the Sellan Coast agreed to the plan.",
        "“Ann Berg has promised a report,” he said.",
        "The toll rose by 28 per cent in the spring.",
        "The firm filed the papers on 3 May.",
        "x" * 700 + " was built in 1990.",
        "",
    ],
)
def test_sentences_in_doubt_give_nothing(sentence: str) -> None:
    """Pronouns, quotations, common nouns at the start, times and shares are left alone."""
    assert asked(sentence) == []


def test_a_surname_is_a_name_only_where_it_is_given_in_full() -> None:
    """A single word in capitals at the start of a sentence may be any word."""
    assert asked("Corvane has won the second round.", "Ilse Corvane spoke. ") == [
        ("Who has won the second round?", "Corvane")
    ]
    assert asked("Corvane has won the second round.") == []


@pytest.mark.parametrize(
    ("past", "present"),
    [
        ("announced", "announce"),
        ("called", "call"),
        ("stopped", "stop"),
        ("carried", "carry"),
        ("voted", "vote"),
        ("gave", "give"),
        ("filed", None),
        ("refined", None),
        ("answered", None),
    ],
)
def test_base_forms_in_doubt_are_none(past: str, present: str | None) -> None:
    """A verb whose spelling leaves two base forms has none, so that no `did ... fil` is asked."""
    assert base(past) == present


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("A collection raised 8,460 crowns.", "A collection raised how much?", "8,460 crowns"),
        (
            "The lifeboat was alongside within nine minutes.",
            "The lifeboat was alongside within how many minutes?",
            "nine",
        ),
        (
            "The old reservoir stood at 71 per cent on Thursday.",
            "The old reservoir stood at what percentage?",
            "71 per cent",
        ),
        (
            "The scheme in Orlo costs €4.5 million.",
            "The scheme in Orlo costs how much?",
            "€4.5 million",
        ),
        ("The mill of Orlo closed in 1997.", "The mill of Orlo closed in which year?", "1997"),
        ("Building in Orlo ended in May 2021.", "Building in Orlo ended at what time?", "May 2021"),
    ],
)
def test_a_number_or_a_date_is_asked_for_in_its_sentence(
    sentence: str, question: str, answer: str
) -> None:
    """Where a sentence cannot be turned round, what it counts or dates is asked for where it stands."""
    text = f"Before. {sentence} After."
    made = echo(text, (8, 8 + len(sentence)))
    assert made is not None
    assert (made.question, text[made.start : made.end]) == (question, answer)


@pytest.mark.parametrize(
    "sentence",
    [
        "The two accounts cannot be brought together.",
        "The boat's two captains were heard in Orlo.",
        "The two ships met three boats and four whales at Orlo.",
        "It was paid back with 300 crowns.",
        "But a collection raised 8,460 crowns.",
        '"A collection raised 8,460 crowns."',
        "Of the money for Orlo, 2 million went to nurses.",
        "The count began on Monday, 24 March, with 60 helpers.",
        "The council of Orlo met.",
    ],
)
def test_no_number_is_asked_for_in_doubt(sentence: str) -> None:
    """Known counts, several numbers, pronouns, quotations, linked sentences and days of the article are left alone."""
    assert echo(sentence, (0, len(sentence))) is None


def test_drafts_of_articles_are_lines_of_a_set() -> None:
    """Articles take turns; equal questions become one with all their answers; some have no answer."""
    articles = [
        Article("a", "", "Ann Berg has promised a new dam in Ostmar. Two people were arrested."),
        Article("b", "", "Leo Falk has opened the old mill in Vanholt. Four people were arrested."),
    ]
    found = draft_questions(articles, limit=10)
    assert [record["id"] for record in found] == [f"draft-{n:03}" for n in range(1, len(found) + 1)]
    assert all(record["draft"] for record in found)
    (both,) = [record for record in found if record["question"] == "How many people were arrested?"]
    assert both["answers"] == ["Two", "Four"]
    assert [span["article_id"] for span in both["relevant"]] == ["a", "b"]
    missing = [record for record in found if not record["answerable"]]
    assert "Who has promised a new dam in Vanholt?" in [record["question"] for record in missing]
    assert all("answers" not in record and "relevant" not in record for record in missing)
    assert len(draft_questions(articles, limit=1)) == 1


def test_drafts_of_the_sample_articles_are_sound() -> None:
    """On real prose every answer is what its span says, no question gives it away, and drafting repeats itself."""
    articles = [
        reading.article
        for reading in read(CORPUS, base=CORPUS, max_chars=100_000)
        if reading.article
    ]
    texts = {article.id: article.text for article in articles}
    found = draft_questions(articles, limit=100)
    assert len(found) >= 2 * len(articles)
    for record in found:
        spans = [texts[s["article_id"]][s["start"] : s["end"]] for s in record.get("relevant", ())]
        assert list(dict.fromkeys(spans)) == record.get("answers", [])
        assert not any(answer.casefold() in record["question"].casefold() for answer in spans)
    assert found == draft_questions(articles, limit=100)
