"""Who speaks in a transcript, and where a label is no speaker's."""

from __future__ import annotations

import pytest

from qa.answering.reported_speech import claimant
from qa.answering.transcripts import speaker_name, turn_at
from qa.text import sentence_spans

HEARING = "MR VANCE: The quarry will bring sixty jobs.\n\nMS TORREN: And the lorries? My street already shakes.\n\nThe hearing ended."


def speaker(text: str, words: str) -> str | None:
    """Return the name of who says some words of a text."""
    turn = turn_at(text, text.index(words))
    return text[slice(*turn.name)] if turn else None


@pytest.mark.parametrize(
    ("words", "name"),
    [("sixty", "MR VANCE"), ("lorries", "MS TORREN"), ("shakes", "MS TORREN"), ("hearing", None)],
)
def test_labels_say_who_speaks(words: str, name: str | None) -> None:
    """A turn is its speaker's up to the end of its paragraph."""
    assert speaker(HEARING, words) == name


@pytest.mark.parametrize(
    "text",
    [
        "Gold: Mia Stone\nSilver: Tom Abara",
        "Q: When was it?\nA: On Monday.\nQ: And then?\nA: Nothing.",
        "Photo: D. Reed\n\nREAD MORE: Ten villages\n\nREAD MORE: Five roads",
        "MR VANCE: The only one who speaks.",
        "WHAT: A fair\nWHEN: Monday\nWHAT: A show\nWHEN: Friday",
    ],
)
def test_other_labels_are_nobody(text: str) -> None:
    """Labels of lists, captions, questions and press releases name no speaker."""
    assert all(turn_at(text, offset) is None for offset in range(len(text)))


def test_time_codes_stand_before_labels() -> None:
    """A transcript of a broadcast names its speakers behind the times of their turns."""
    text = "[00:00:12] PRESENTER: Why?\n\n[00:00:31] BRANDT: It is shallow.\n\n[00:01:02] PRESENTER: Who pays?\n\n[00:01:04] BRANDT: The state."
    assert (speaker(text, "shallow"), speaker(text, "Who pays")) == ("BRANDT", "PRESENTER")


def test_who_speaks_makes_the_claim() -> None:
    """What is said in a turn is its speaker's claim; a name in capitals is shown as names are written."""
    start = HEARING.index("My street")
    sentence = next(span for span in sentence_spans(HEARING) if span[0] == start)
    found = claimant(HEARING, sentence, (start, start + len("My street")))
    assert found is not None
    assert speaker_name(HEARING, found) == "Ms Torren"
    assert speaker_name("NATO said no.", (0, 4)) == "NATO"
