"""The wording of a question tells what kind of answer it wants."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.types import QuestionType
from qa.understanding.question_type import question_type
from tests.effort import at_most

YES_NO = [
    "Did the dam burst?",
    "is the corridor closed",
    "Is the corridor closed or not?",
    "So did the council vote?",
    "and is the road open?",
    "Isn't the ferry running?",
    "Are there any rules or laws against it?",
    "In 2019, did the mayor resign?",
    "If it rains, will the march be put off?",
    "The mayor resigned, didn't she?",
    "The bridge is shut, right?",
    "I read about the dam. Was it raised?",
    "IS THE DAM SAFE?",
]
EXPLANATION = [
    "Why did the council vote for the dam?",
    "why",
    "And why was it closed?",
    "How did the thieves get in?",
    "how the berlin wall fell",
    "how bread is made",
    "How come the alarm was off?",
    "What happened to the ferry?",
    "what has happened in dollan ford",
    "What's going on at the bridge?",
    "In what way did the plan change?",
    "For what reason was the work stopped?",
    "What is the difference between a char and a trout?",
    "What are the reasons for the delay?",
    "What does the ruling mean?",
    "Describe the march.",
    "can you explain the recount",
    "Please tell me about the inquiry.",
    "Can you tell me a bit more about the dam?",
    "What do we know about the captain?",
]
LIST = [
    "Which countries border France?",
    "which countries",
    "Which of the stolen objects have not been found?",
    "What are the names of the lifeboats?",
    "What were the causes of the war?",
    "What four steps did the meeting agree on?",
    "Which two ferries were stopped?",
    "which 3 ferries were stopped",
    "What other steps did they agree on?",
    "What improvements does she call for?",
    "From which countries did the settlers come?",
    "According to the survey, which hamlets are affected?",
    "Who are the members of the council?",
    "Who were the survivors?",
    "who else was on board",
    "Name the hamlets below the dam.",
    "name two rivers in Orland",
    "List all the ferries.",
    "Can you list the ferries?",
    "Give me three examples of a char.",
    "names of the ferries",
    "What people were not allowed in?",
    "What are three examples of a fish?",
]
SPAN = [
    "Who won the vote?",
    "who is accused of blocking the corridor?",
    "when did the berlin wall fall",
    "In which year was the dam built?",
    "By whom was the report written?",
    "According to Azerbaijan, who blocks the road?",
    "capital of france",
    "list price of the scanner",
    "What caused the war?",
    "what causes hail",
    "Which team wins the cup?",
    "which sports team won the cup",
    "What news does he bring?",
    "What is the crisis about?",
    "What country's forests hold the saola?",
    "What states that nobody may pass?",
    "What are the crystals called?",
    "What were the two men doing?",
    "Who are the Lions playing?",
    "Who are they like?",
    "Was it Baku or Yerevan?",
    "is it closed or open",
    "How many people were on board?",
    "how much does it cost",
    "How far is it to Lissö?",
    "How dangerous is the dam?",
    "How quickly did the boat come?",
    "How did the captain feel?",
    "How is the ferry called?",
    "how",
    "Tell me who won.",
    "Do you know when the ferry sank?",
    "Can you tell me where the cup was found?",
    "may 2021 flood",
    "IS attacks in Orland",
    "The first vote uses what method?",
    "name of the captain",
    "Name the captain.",
    "what",
    "",
    "???",
    "😀",
]


@pytest.mark.parametrize("question", YES_NO)
def test_yes_or_no_is_asked_with_a_verb_first(question: str) -> None:
    """A question that starts with an auxiliary or ends in a tag asks for yes or no."""
    assert question_type(question) == "yes_no"


@pytest.mark.parametrize("question", EXPLANATION)
def test_why_how_and_what_happened_want_an_explanation(question: str) -> None:
    """Reasons, manners, events and descriptions need an explanation."""
    assert question_type(question) == "explanation"


@pytest.mark.parametrize("question", LIST)
def test_a_plural_that_is_asked_for_wants_a_list(question: str) -> None:
    """The number of the noun, its verb, or a count above one asks for several things."""
    assert question_type(question) == "list"


@pytest.mark.parametrize("question", SPAN)
def test_everything_else_wants_a_few_words(question: str) -> None:
    """Names, numbers, dates, measures, alternatives, keywords and all doubtful questions ask for a fact."""
    assert question_type(question) == "fact"


@given(
    st.lists(
        st.sampled_from(
            [*"what which who how are were is of the two in , ? . or".split(), "dams", "so"]
        )
        | st.text()
    )
)
@example(["are", "\n", "?"])
def test_every_question_has_a_type(parts: list[str]) -> None:
    """Any question has one of the types, whatever white space surrounds it."""
    question = " ".join(parts)
    assert question_type(question) in get_args(QuestionType)
    assert question_type(f" {question}\n") == question_type(question)


@pytest.mark.parametrize(
    "unit", ["and ", "what ", ", is ", "or ", "a", "? ", "any or ", "😀", "which dams "]
)
def test_a_hostile_question_is_classified_fast(unit: str) -> None:
    """A question of a megabyte takes no longer than its start."""
    question = unit * (1_000_000 // len(unit))
    with at_most(1):
        question_type(question)
