"""Follow-up questions become understandable on their own, and complete ones are left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.citations import citation
from qa.answering.rendering import render_text
from qa.text import terms
from qa.types import Answer, Article, Form, Statement, Turn
from qa.understanding.followups import is_followup, standalone

TALK = (
    Turn("user", "Who inspected the Orlo dam?"),
    Turn("assistant", "The dam was inspected by Mara Voss in May. [1]"),
)
CORRIDOR = (
    Turn("user", "Who is accused of blocking the corridor?"),
    Turn("assistant", "Baku [1]: “Yerevan accuses Baku of blocking the corridor.”"),
)


def talk(*texts: str) -> list[Turn]:
    """Return turns, the user's and the answers to them by turns."""
    return [Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    "question",
    [
        "When did the ferry Petrel sink?",
        "Which council voted on the budget?",
        "And what was the turnout in the mayoral election?",
        "Who is Leopold Arkwen?",
        "What is a safe room?",
        "Is it true that glass flows?",
        "How long does it take to boil an egg?",
        "Is there a museum in Harrow Sound?",
        "Does a ferry float when it is full of water?",
        "Who looks after those who lost their homes in the flood?",
        "How do I reset a forgotten password?",
        "What does the IT department of the council do?",
    ],
)
def test_a_complete_question_is_left_alone(question: str) -> None:
    """A complete question is searched as it is, whatever was said before."""
    assert not is_followup(question)
    assert standalone(question, TALK) == question


@pytest.mark.parametrize(
    "question",
    [
        "When was that?",
        "And when?",
        "What about its cost?",
        "Why?",
        "By whom?",
        "How many?",
        "Who else?",
        "And in 2021?",
        "What does the director say?",
        "What does the owner think of him?",
        "Are there any other dams?",
        "How does it work?",
        "If I live in Spain?",
        "No, I meant the other one.",
        "How many people live there?",
    ],
)
def test_a_follow_up_carries_the_subject(question: str) -> None:
    """A question that depends on the one before is searched with its words."""
    assert is_followup(question)
    assert set(terms("Orlo dam")) <= set(terms(standalone(question, TALK)))


@pytest.mark.parametrize(
    "question",
    [
        "How much does the dam cost?",
        "And how much does the dam cost?",
        "When was the bridge opened?",
        "Why did the nightclub burn?",
        "Where is the cup kept?",
    ],
)
def test_a_subject_of_its_own_is_a_new_topic(question: str) -> None:
    """A question about a thing not mentioned before is complete, however short."""
    assert not is_followup(question, "Who won the recount in Vaddermouth? Ilse Corvane [1]")
    turns = talk("Who won the recount in Vaddermouth?", "Ilse Corvane [1]: “Ilse Corvane won.”")
    assert standalone(question, turns) == question


@pytest.mark.parametrize(
    "question",
    [
        "How much did it cost?",
        "How much does the dam cost?",
        "When was the dam built?",
        "What does the owner want?",
        "When was the captain hired?",
        "What did the owner say?",
        "How old is the wall?",
        "What was the rope for then?",
        "How long did the work take?",
        "Where is the wall now?",
        "How long did the repairs take?",
        "Is the road closed?",
        "And the auditors?",
        "Who else?",
    ],
)
def test_a_noun_may_depend_on_the_conversation(question: str) -> None:
    """A thing mentioned before, an office, and a question without a content verb carry the topic."""
    assert set(terms("Orlo dam")) <= set(terms(standalone(question, TALK)))


def test_part_of_a_compound_is_mentioned() -> None:
    """Mentioning a lifeboat mentions a boat."""
    turns = talk(
        "Who steers the Norrhamn lifeboat?",
        "Annika Thorsvale [1]: “The coxswain is Annika Thorsvale.”",
    )
    assert "Norrhamn" in standalone("When was the boat built?", turns)


def test_an_older_topic_is_over() -> None:
    """Whatever was mentioned before the last complete question is not part of its topic."""
    turns = [
        *TALK,
        *talk("How many people live on Lissö?", "2,300 [1]: “The island has 2,300 inhabitants.”"),
    ]
    assert standalone("How much does the dam cost?", turns) == "How much does the dam cost?"


@given(st.text())
def test_without_a_history_nothing_changes(question: str) -> None:
    """A first question has nothing to depend on."""
    assert standalone(question, ()) == question
    assert standalone(question, [Turn("assistant", "Hello.")]) == question


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("Where does she work?", "Where does Mara Voss work?"),
        ("What did the council tell her?", "What did the council tell Mara Voss?"),
        ("What is her job?", "What is Mara Voss’s job?"),
        ("Is his report public?", "Is Mara Voss’s report public?"),
        ("And how old is she?", "How old is Mara Voss?"),
    ],
)
def test_a_person_is_named_from_the_answer(question: str, understood: str) -> None:
    """He, she, her and his refer to the person in the answer to `who`."""
    assert standalone(question, TALK).startswith(understood)


def test_no_person_is_named_where_none_is_asked_about() -> None:
    """A follow-up about the event does not bring in the person of the answer."""
    assert "Mara Voss" not in standalone("And when?", TALK)


def test_he_and_she_are_two_people() -> None:
    """`she` keeps its referent when somebody else is mentioned in between."""
    turns = talk(
        "Who is the mayor?",
        "Ilse Corvane [1]: “Ilse Corvane is mayor.”",
        "How many votes did she get?",
        "18,311 [1]: “Corvane has 18,311 votes, Dragan Petheric 18,302.”",
        "And Petheric?",
        "18,302 [1]: “Corvane has 18,311 votes, Dragan Petheric 18,302.”",
    )
    assert standalone("Is she married?", turns).startswith("Is Ilse Corvane married?")
    assert standalone("Is he married?", turns).startswith("Is Petheric married?")


def test_a_place_is_no_person() -> None:
    """`he` refers to the person, not to the town, in the question before."""
    turns = talk("What did Petheric say in Vaddermouth?", "“I lost.” [1]")
    assert standalone("How old is he?", turns).startswith("How old is Petheric?")


def test_it_is_what_the_answer_names() -> None:
    """`it` and `they` refer to the thing that `which` or `what` asked for."""
    asked, said = "Which ferry hit the breakwater?", "The ferry Aurelka ran into the breakwater."
    statement = Statement(
        said, (citation(1, Article("a", "Title", said), (0, len(said))),), short_answer="Aurelka"
    )
    answer = Answer(asked, "fact", render_text("fact", [statement]), (statement,))
    turns = [Turn("user", asked), Turn("assistant", answer.text, answer)]
    assert standalone("When was it built?", turns).startswith("When was Aurelka built?")


def test_it_is_what_was_defined() -> None:
    """After `what is X`, `it` refers to X."""
    turns = talk(
        "What is estate planning?",
        "It is the arranging of what somebody will leave behind, in good time.",
    )
    assert (
        standalone("When should I begin with it?", turns)
        == "When should I begin with estate planning?"
    )


def test_there_is_the_place_of_the_answer() -> None:
    """`there` refers to the last place named."""
    turns = talk("Where did the ferry sink?", "The ferry sank in Norrhamn. [1]")
    assert standalone("How many people live there?", turns).startswith(
        "How many people live in Norrhamn?"
    )


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("And in Baku?", "Who is accused of blocking the corridor in Baku?"),
        ("What about in 2021?", "Who is accused of blocking the corridor in 2021?"),
        (
            "And according to Moscow?",
            "Who is accused of blocking the corridor according to Moscow?",
        ),
    ],
)
def test_a_part_is_added_to_the_question_before(question: str, understood: str) -> None:
    """A place, a time or a source alone repeats the question before, with it."""
    assert standalone(question, CORRIDOR) == understood


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        (
            "How many ballots went to Corvane?",
            "And to Petheric?",
            "How many ballots went to Petheric?",
        ),
        ("What does the director say?", "And the auditors?", "What do the auditors say?"),
        ("What were the auditors paid?", "And the director?", "What was the director paid?"),
        (
            "Why does the coxswain want to stop?",
            "And when?",
            "When does the coxswain want to stop?",
        ),
        ("When did the court stop the dam?", "Why?", "Why did the court stop the dam?"),
        ("How old is Ilse Corvane?", "And Dragan Petheric?", "How old is Dragan Petheric?"),
    ],
)
def test_a_part_replaces_its_like(before: str, question: str, understood: str) -> None:
    """A part of the same kind is replaced in the question before."""
    assert standalone(question, talk(before, "I do not know.")) == understood


def test_a_name_alone_is_a_topic() -> None:
    """Without an `and`, a name is not put into the question before."""
    assert "inspected" not in standalone("Museum of the Tides", TALK)


def test_the_subject_survives_several_follow_ups() -> None:
    """The words come from the last complete question and the one before."""
    turns = [Turn("user", "Who built the harbour?"), *TALK, Turn("user", "And what did it cost?")]
    asked = set(terms(standalone("Why?", turns)))
    assert set(terms("Orlo dam cost")) <= asked
    assert not asked & set(terms("harbour"))


def test_a_new_topic_ends_the_old_one() -> None:
    """After a complete question, a follow-up depends on that and on nothing earlier."""
    turns = [
        *TALK,
        *talk("How many people live on Lissö?", "2,300 [1]: “The island has 2,300 inhabitants.”"),
    ]
    understood = standalone("And how do they get to the mainland?", turns)
    assert "Lissö" in understood
    assert not set(terms(understood)) & set(terms("Orlo dam Voss"))


def test_an_abstention_names_nobody() -> None:
    """The titles that an abstention names are not taken for an answer."""
    turns = talk(
        "Who leads the inquiry?",
        "The articles do not contain an answer to this question. Nearest to it: “Talk with Annika Thorsvale”.",
    )
    assert "Thorsvale" not in standalone("How old is she?", turns)


def test_a_standalone_question_is_short() -> None:
    """A long conversation does not make a long question."""
    turns = talk(
        *(
            f"Why did the council of town {n} refuse money for bridge {n} and road {n}?"
            for n in range(40)
        )
    )
    assert len(standalone("Why?", turns)) < 200


def test_a_pasted_text_is_no_follow_up() -> None:
    """A text longer than any question is searched as it is."""
    text = "It was late. " * 500
    assert standalone(text, TALK) == text


@given(st.text(), st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), st.text())))
def test_any_conversation_gives_a_question(question: str, turns: list[Turn]) -> None:
    """Whatever was said, the words of the question remain, except discourse markers."""
    links = {
        "and",
        "but",
        "so",
        "or",
        "also",
        "then",
        "ok",
        "okay",
        "well",
        "thanks",
        "thank",
        "got",
        "see",
        "way",
    }
    assert set(terms(question)) <= set(terms(standalone(question, turns))) | links


@given(
    st.sampled_from(["Why?", "And when?", "Who is she?", "And in Baku?", "What about it?"]),
    st.lists(st.text()),
)
def test_the_same_conversation_gives_the_same_question(question: str, texts: list[str]) -> None:
    """The result depends on the turns alone, and is one line if they are."""
    lines = [re.sub(r"\s+", " ", text) for text in texts]
    understood = standalone(question, talk(*lines))
    assert understood == standalone(question, talk(*lines))
    assert "\n" not in understood


BAKU = "Yerevan accuses Baku of blocking the corridor."
VOSS = "The dam was inspected by Mara Voss in Orlo, said Jon Ode."


@pytest.mark.parametrize(
    ("form", "statements"),
    [
        ("fact", [("Baku", BAKU)]),
        ("fact", [("Mara Voss", VOSS), ("", "She came from Norrhamn.")]),
        ("accounts", [("Mara Voss", VOSS), ("Jon Ode", "Jon Ode looked at the whole of the dam.")]),
        (
            "list",
            [("the dam at Orlo", "the dam at Orlo"), ("the ferry Petrel", "the ferry Petrel")],
        ),
        ("explanation", [("", BAKU), ("", VOSS)]),
        ("abstention", []),
    ],
)
@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("Who inspected the Orlo dam?", "When did she come?"),
        ("Which dam was inspected?", "Was it in Orlo?"),
        ("Who is accused of blocking the corridor?", "Did he say why?"),
        ("What is the Petrel?", "And what happened there?"),
    ],
)
def test_only_the_structure_of_an_answer_counts(
    form: Form, statements: list[tuple[str, str]], before: str, question: str
) -> None:
    """What an answer said is taken from its statements; its rendered text is not read."""
    said = [
        Statement(
            text,
            (
                citation(
                    number, Article("a", "Title", text, "Courier", "2024-05-01"), (0, len(text))
                ),
            ),
            short_answer=short,
            claimant="the mayor" if short and form != "list" else "",
        )
        for number, (short, text) in enumerate(statements, 1)
    ]
    text = render_text(form, said) if said else "The articles do not contain an answer."
    answer = Answer(before, form, text, tuple(said))
    asked = Turn("user", before)
    unread = standalone(question, [asked, Turn("assistant", "Ada Wood, in Bergen.", answer)])
    assert standalone(question, [asked, Turn("assistant", text, answer)]) == unread
