"""Follow-up questions become understandable on their own, and complete ones are left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.citations import citation
from qa.answering.rendering import render_text
from qa.models.moves import MoveModel, move_model
from qa.text import terms
from qa.types import Answer, Article, Form, Hit, Passage, Statement, Turn
from qa.understanding.followups import Resolver
from qa.understanding.followups.heard import (
    Candidate,
    Heard,
    ages,
    articles_cited,
    candidates,
    heard,
    parted,
    subjects,
)
from qa.understanding.followups.mentions import names
from qa.understanding.followups.referents import Scored
from qa.understanding.followups.things import is_figure, is_thing
from tests.collection import BagEncoder, memory_index

TEXTS = (
    "Mara Voss inspected the Orlo dam in May. She found a crack, and her report is public.",
    "Voss said she would come back. The Orlo dam is old; it was built in 1931.",
    "Dragan Petheric lost the vote. He asked for a recount, and his lawyer agreed.",
    "Ilse Corvane won. She is the mayor of Vaddermouth, and her deputy is Petheric. He is old.",
)
TALK = (
    Turn("user", "Who inspected the Orlo dam?"),
    Turn("assistant", "Mara Voss [1]: “Mara Voss inspected the Orlo dam in May.”"),
)


def passages(word: str) -> list[str]:
    """Return the texts that hold a word."""
    return [text for text in TEXTS if word in text]


class Following(Resolver):
    """A resolver that takes every message for one move; the head that tells moves is a model."""

    move = "followup"

    def moves(self, text: str) -> dict[str, float]:
        """Be sure of it."""
        return {self.move: 0.95}


class Standing(Following):
    """One that takes every message for a complete question."""

    move = "complete"


class Correcting(Following):
    """One that takes every message for a correction."""

    move = "correction"


def standalone(question: str, history: Sequence[Turn], resolver: type[Resolver] = Following) -> str:
    """Return a question as it is understood."""
    return resolver(BagEncoder()).standalone(question, history, passages)


def talk(*texts: str) -> list[Turn]:
    """Return turns, the user's and the answers to them by turns."""
    return [Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]


def told(question: str, short: str, sentence: str, form: Form = "fact") -> list[Turn]:
    """Return a question and its answer, with its structure."""
    article = Article("a", "", sentence, "Courier", "2024-05-01")
    said = Statement(sentence, (citation(1, article, (0, len(sentence))),), short_answer=short)
    answer = Answer(question, form, render_text(form, [said]), (said,))
    return [Turn("user", question), Turn("assistant", answer.text, answer)]


@pytest.mark.parametrize(
    "question",
    [
        "When did the ferry Petrel sink off the coast of Lissö?",
        "Which council voted on the budget of Harrow Sound?",
        "Who is Leopold Arkwen?",
        "How many people died in the fire at Northby?",
    ],
)
def test_a_complete_question_is_left_alone(question: str) -> None:
    """A complete question about something else is searched as it is, whatever was said before."""
    assert standalone(question, TALK, Standing) == question


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
        ("And how old is she?", "How old is Mara Voss?"),
    ],
)
def test_a_person_is_named_from_the_answer(question: str, understood: str) -> None:
    """She and her refer to the person of the answer, who is a woman in the articles."""
    assert standalone(question, TALK).startswith(understood)
    assert standalone(question, told(TALK[0].text, "Mara Voss", TEXTS[0])).startswith(understood)


def test_he_and_she_are_two_people() -> None:
    """The articles tell who is a man and who a woman."""
    turns = told("Who got most votes?", "Ilse Corvane", "Ilse Corvane beat Dragan Petheric.")
    assert standalone("How old is she?", turns).startswith("How old is Ilse Corvane?")
    assert standalone("How old is he?", turns).startswith("How old is Dragan Petheric?")


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
    assert (
        standalone(question, talk("Who is accused of blocking the corridor?", "Baku. [1]"))
        == understood
    )


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        (
            "How many ballots went to Corvane?",
            "And to Petheric?",
            "How many ballots went to Petheric?",
        ),
        ("What does the director say?", "And the auditors?", "What do the auditors say?"),
        (
            "How much is the ferry repair costing?",
            "And the tunnel?",
            "How much is the tunnel costing?",
        ),
        ("What does the dam cost?", "And the wind farm?", "What does the wind farm cost?"),
        ("What were the auditors paid?", "And the director?", "What was the director paid?"),
        (
            "Why does the coxswain want to stop?",
            "And when?",
            "When does the coxswain want to stop?",
        ),
        ("When did the court stop the dam?", "Why?", "Why did the court stop the dam?"),
        ("Where was the purse found?", "by whom?", "By whom was the purse found?"),
        ("Is the bridge open in May?", "why not?", "Why isn't the bridge open in May?"),
        ("Can I sail to Orlo?", "And why not?", "Why can't I sail to Orlo?"),
        ("did the mayor resign", "Why?", "Why did the mayor resign"),
        ("Why did Ada Brook resign in May?", "ok, so who did?", "Who did resign in May?"),
        ("Was the clerk elected?", "who was then?", "Who was elected?"),
        (
            "what did the auditors find about the mayor",
            "and about the clerks?",
            "what did the auditors find about the clerks?",
        ),
        ("how much is the dam costing", "And the bridge?", "how much is the bridge costing"),
    ],
)
def test_a_part_replaces_its_like(before: str, question: str, understood: str) -> None:
    """A part of the same kind is replaced in the question before."""
    assert standalone(question, talk(before, "I do not know.")) == understood


def test_a_pronoun_in_a_part_is_not_put_into_the_question_before() -> None:
    """`and about her?` would leave open who she is."""
    before = "What did Petheric say about the vote?"
    understood = standalone("And about her?", told(before, "Ilse Corvane", TEXTS[3]))
    assert not understood.endswith("about her?")


def test_he_and_she_are_people() -> None:
    """A body or a place is not taken for her, though the articles say `she` behind its name."""
    turns = told("Who runs Harrow Council?", "Harrow", "Ilse Corvane runs Harrow Council.")
    texts = ["Harrow Council met. She spoke.", "Harrow Council voted. She won.", *TEXTS]

    def held(word: str) -> list[str]:
        return [text for text in texts if word in text]

    understood = Following(BagEncoder()).standalone("How old is she?", turns, held)
    assert understood.startswith("How old is Ilse Corvane?")


def test_a_ship_that_is_beyond_doubt_is_she() -> None:
    """Whom the network is sure of goes before a woman whom a quotation only mentions."""

    class Sure(Resolver):
        def _scored(self, *asked: object) -> list[Scored]:
            ship = Candidate("Sea Queen", frozenset({"sea", "queen"}), "name", {"question"}, 0)
            ship.definite = True
            woman = Candidate("Mara Voss", frozenset({"mara", "voss"}), "name", {"quote"}, 0)
            return [
                Scored(ship, 0.97, (0.1, 0.4, 0.4, 0.1)),
                Scored(woman, 0.3, (0.1, 0.7, 0.1, 0.1), person=True),
            ]

    turns = talk("what is going on with the Sea Queen?", "She burned.")
    found = Sure(BagEncoder())
    resolved = found.resolve("When is she back?", found.heard(turns, passages), passages)
    assert resolved.text == "When is the Sea Queen back?"


def test_short_forms_are_no_names() -> None:
    """The verb in `What's` and `Who'll` does not belong to the name behind it."""
    assert names("What's Jonas Reith doing?") == ["Jonas Reith"]
    assert names("Who’ll follow Mara Voss?") == ["Mara Voss"]
    assert names("O'Brien Quay is closed.") == ["O'Brien Quay"]


def test_yes_is_nobody() -> None:
    """After an answer of yes or no, `she` is whom the question or its evidence names."""
    turns = told("Did Ilse Corvane win?", "Yes", TEXTS[3], "yes_no")
    understood = standalone("What is her job now?", turns)
    assert understood.startswith("What is Ilse Corvane’s job now?")


def test_he_is_no_body() -> None:
    """What is called by a common noun is not taken for him, nor what is called by one word."""
    texts = ["Jon Ode works at Orlo Bank, a bank. Lissom is far.", "He likes Lissom and the bank."]
    turns = told("Where does Jon Ode work?", "Orlo Bank", "Jon Ode works at Orlo Bank in Lissom.")
    found = Following(BagEncoder()).standalone("How old is he?", turns, lambda _: texts)
    assert found == "How old is Jon Ode?"


def test_he_is_who_it_is_now_and_not_who_it_was() -> None:
    """Of two who held a post, the answer's is meant, however much the articles tell of the other."""
    texts = [
        "Otto Reed resigned. Reed said he was tired. He left. Reed, 61, thanked his staff.",
        "Jan Holt, 40, was elected harbour master. He is new.",
        "Otto Reed was harbour master. He went to sea, and Reed took his dog.",
    ]
    article = Article("a", "", "Jan Holt was elected. Otto Reed was harbour master.")
    now = Statement("Jan Holt was elected.", (citation(1, article, (0, 21)),), "Jan Holt")
    then = Statement(
        "Otto Reed was harbour master.",
        (citation(2, article, (22, 51)),),
        "Otto Reed",
        status="earlier",
    )
    asked = "Who is harbour master?"
    answer = Answer(asked, "fact", render_text("fact", [now, then]), (now, then))
    turns = [Turn("user", asked), Turn("assistant", answer.text, answer)]
    found = Following(BagEncoder()).standalone("How old is he?", turns, lambda _: texts)
    assert found == "How old is Jan Holt?"


def test_his_own_is_the_subjects() -> None:
    """`is the baker selling his own oven` says itself whose oven it is."""
    turns = told("Who lost the vote?", "Dragan Petheric", TEXTS[2])
    understood = standalone("is the baker selling his own oven", turns)
    assert "baker selling his own oven" in understood


def test_who_is_named_first_is_meant() -> None:
    """A pronoun behind a person that the question begins with stands for that person."""
    understood = standalone("And the clerk, is she well?", TALK)
    assert understood.startswith("The clerk, is she well?")
    assert standalone("Is she well?", TALK).startswith("Is Mara Voss well?")


def test_the_articles_that_were_cited_go_with_a_follow_up(tmp_path: Path) -> None:
    """Those of the newest answer come first; a complete question that names something has none."""
    first, second = told("Who inspected the Orlo dam?", "Mara Voss", TEXTS[0]), TALK
    index = memory_index(tmp_path, [Article("x", "", TEXTS[0])])
    with index.snapshot() as snapshot:
        follows = Following(BagEncoder()).understand("how so?", [*first, *second], snapshot)
        stands = Standing(BagEncoder()).understand("Who is Leopold Arkwen?", first, snapshot)
    assert (follows.near, follows.said) == (("a",), ("Mara Voss",))
    assert (stands.near, stands.said) == ((), ())


def test_a_headline_and_an_ending_are_no_mentions() -> None:
    """Neither what is in capitals throughout nor what hangs on a name is what was talked about."""
    quote = "ROBBED IN BROAD DAYLIGHT, Mara Voss writes."
    found = candidates([Heard("When was Mara Voss's car robbed?", quotes=(quote,))])
    texts = {each.text for each in found}
    assert "Mara Voss" in texts
    assert not any(text.isupper() or text.startswith(("'s", "’s")) for text in texts)


def test_the_subject_survives_several_follow_ups() -> None:
    """What the first question was about is still there after another follow-up."""
    turns = [*TALK, *talk("When did she come?", "In May. [1]")]
    assert set(terms("Mara Voss")) <= set(terms(standalone("What did she find?", turns)))


def test_a_turn_of_talk_is_nothing_that_was_talked_about() -> None:
    """Thanks between a question and its follow-up do not change what that is about."""
    thanks = Answer("thanks", "talk", "You’re welcome.", (Statement("You’re welcome."),))
    polite = [Turn("user", "thanks"), Turn("assistant", thanks.text, thanks)]
    asked = told(TALK[0].text, "Mara Voss", TEXTS[0])
    assert standalone("How old is she?", [*asked, *polite]) == standalone("How old is she?", asked)


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


def test_only_the_structure_of_an_answer_counts() -> None:
    """What an answer said is taken from its statements; its rendered text is not read."""
    asked, answered = told(TALK[0].text, "Mara Voss", TEXTS[0])
    unread = Turn("assistant", "Ada Wood, in Bergen.", answered.answer)
    assert standalone("How old is she?", [asked, unread]) == standalone(
        "How old is she?", [asked, answered]
    )


@pytest.mark.parametrize(
    ("question", "right", "understood"),
    [
        ("Who owns the quarry?", "No, I meant the cannery.", "Who owns the cannery?"),
        ("How old is Ilse Corvane?", "sorry, Dragan Petheric", "How old is Dragan Petheric?"),
        ("Who won the vote?", "i meant in Vaddermouth", "Who won the vote (in Vaddermouth)?"),
    ],
)
def test_a_correction_takes_the_place_of_what_it_corrects(
    question: str, right: str, understood: str
) -> None:
    """`No, I meant ...` asks the question before again, with what was meant."""
    resolver = Correcting(BagEncoder())
    assert resolver.resolve(right, [Heard(question, asked=question)], passages).text == understood


def test_a_question_of_its_own_corrects_nothing() -> None:
    """What the head takes for a correction is asked as it is where it begins as a question."""
    resolver = Correcting(BagEncoder())
    before = [Heard("Who says it was the wing?", asked="Who says it was the wing?")]
    asked = "Is there a bus to Orlo at any rate?"
    assert resolver.resolve(asked, before, passages).text.startswith(asked)


def test_another_person_who_may_be_meant_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `she` may be two women, the question is also put with the other one."""
    monkeypatch.setattr("qa.understanding.followups.referents._POSSIBLE", 0.0)
    monkeypatch.setattr("qa.understanding.followups.referents._NEARLY", 0.0)
    monkeypatch.setattr("qa.understanding.followups.referents._CLEAR", 1.1)
    turns = told("Who met whom?", "Mara Voss", "Mara Voss met Ilse Corvane at the Orlo dam.")
    resolver = Following(BagEncoder())
    found = resolver.resolve("How old is she?", resolver.heard(turns, passages), passages)
    assert {found.text.partition(" (")[0], *found.others} == {
        "How old is Mara Voss?",
        "How old is Ilse Corvane?",
    }


def test_what_a_question_is_about_is_told() -> None:
    """It is what the question names, with the noun that goes with it, or else what it asks."""
    _, turn = told("Who voted on the Oskel dam?", "19", "The vote on the Oskel dam was 19 to 14.")
    assert turn.answer is not None
    assert subjects(turn.answer) == ["the Oskel dam"]
    assert subjects(Answer("Why did the court stop the dam?", "abstention", "Nothing.")) == [
        "the court stop the dam"
    ]


def test_what_was_added_in_brackets_is_no_part_of_the_question() -> None:
    """A question written out is read as the question and what it left unsaid."""
    assert parted("Who paid? (the dam, Orlo)") == ("Who paid?", ("the dam", "Orlo"))
    assert parted("Who paid?") == ("Who paid?", ())


def test_the_newest_exchange_comes_first() -> None:
    """What was mentioned last is youngest; what was mentioned again counts as such."""
    found = heard([*TALK, *talk("Who leads the council of Orlo?", "Jon Ode. [1]")])
    assert found[0].asked == "Who leads the council of Orlo?"
    ages = {each.text: each.age for each in candidates(found)}
    assert ages["Jon Ode"] == 0
    assert ages["Mara Voss"] == 1


def test_a_model_for_another_encoder_tells_no_move() -> None:
    """The head belongs to the packaged encoder's vectors."""
    assert Resolver(BagEncoder()).moves("source?") == {}
    assert isinstance(move_model(), MoveModel)


def test_a_time_is_nothing_to_talk_about() -> None:
    """`These days` and `last week` in a question are no things that it mentions."""
    found = candidates([Heard("Where is the clerk these days, and last week?")])
    assert [each.text for each in found] == ["clerk"]


def test_what_is_carried_is_a_thing() -> None:
    """The articles tell which words they use as nouns; `alive` and `twelve days` are no topics."""
    texts = [
        "The men were found alive. The ferry, an old boat, sank.",
        "Alive! Her boats are gone. It was a bad day, said the bad man.",
    ]
    assert is_thing("old boats", texts)
    assert is_thing("ferry", texts)
    assert not is_thing("anyone alive", texts)
    assert not is_thing("bad", texts)
    assert is_thing("unheard", texts)
    assert is_figure("twelve days")
    assert is_figure("£1,900")
    assert not is_figure("old boats")


def test_a_word_that_is_no_thing_is_not_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no candidate where a question has words of its own; `why?` may be of anything."""
    exchange = Heard("Was anyone hurt?", asked="Was anyone hurt?")
    texts = ["Nobody was hurt at Orlo."]
    resolver = Following(BagEncoder())
    assert not resolver._scored("Which road was closed?", {}, [exchange], lambda _: texts)
    assert resolver._scored("Why?", {}, [exchange], lambda _: texts)


def test_an_abstention_keeps_the_topic() -> None:
    """What was nearest goes with a follow-up, behind what was cited before it."""
    cited = told("Who built the mill?", "monks", "The mill was built by monks.")
    passage = Passage("p", "near", 0, 4, "Mill")
    nothing = Answer("Who owns it?", "abstention", "No.", hits=(Hit(passage, 0.5, 1, "hybrid"),))
    turns = [*cited, Turn("user", "Who owns it?"), Turn("assistant", "No.", nothing)]
    assert articles_cited(turns) == ("a", "near")
    assert articles_cited(turns[2:]) == ("near",)
    assert articles_cited([*turns, *cited]) == ("a",)


def test_what_is_asked_about_no_answer_asks_the_question_again(tmp_path: Path) -> None:
    """`Is that final?` after abstentions is about what was asked, and no question of its own."""
    turns = [Turn("user", "Who owns it?"), Turn("assistant", "", Answer("x", "abstention", "No."))]

    class Doubting(Following):
        move = "still"

    with memory_index(tmp_path, ()).snapshot() as snapshot:
        found = Doubting(BagEncoder()).understand("Is that final?", turns, snapshot)
    assert (found.text, found.move, found.before) == ("Who owns it?", "complete", None)


def test_what_found_no_answer_makes_nothing_older() -> None:
    """After abstentions, what the last answer was about is as recent as what was asked since."""
    exchanges = [
        Heard("Who owns the quarry?", silent=True),
        Heard("Who built the mill?", ("the monks",)),
        Heard("Who sold the barn?", silent=True),
        Heard("Who owns the barn?", ("Ada Wrey",)),
    ]
    assert ages(exchanges) == [0, 0, 1, 1]
    found = {each.text: each.age for each in candidates(exchanges)}
    assert (found["quarry"], found["mill"], found["barn"]) == (0, 0, 1)
    nothing = Answer("Who built it?", "abstention", "No.")
    turns = [*talk("Who built it?"), Turn("assistant", "No.", nothing)]
    assert [each.silent for each in heard(turns)] == [True]
