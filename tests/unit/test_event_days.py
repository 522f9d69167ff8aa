"""The day that an article means by "Thursday", as seen from its own date."""

from __future__ import annotations

import pytest

from qa.answering.event_days import event_day, is_relative, told_of


def day(text: str, short: str, published: str = "2025-04-18") -> str:
    """Return the day that a short answer in a text means; 18 April 2025 is a Friday."""
    start = text.index(short)
    found = event_day(text, (start, start + len(short)), published)
    return found.isoformat() if found else ""


@pytest.mark.parametrize(
    ("text", "short", "meant"),
    [
        ("The court ruled on Thursday.", "on Thursday", "2025-04-17"),
        ("The court ruled on Friday.", "Friday", "2025-04-18"),
        ("The court ruled last Friday.", "last Friday", "2025-04-11"),
        ("She will be sworn in on Monday.", "Monday", "2025-04-21"),
        ("She was heard on Monday, and the trial will end in May.", "Monday", "2025-04-14"),
        ("The line said on Wednesday it would not fly.", "Wednesday", "2025-04-16"),
        ("On Monday the council will vote.", "Monday", "2025-04-21"),
        ("The shop is closed until Tuesday.", "Tuesday", "2025-04-22"),
        ("The trial ends next Friday.", "next Friday", "2025-04-25"),
        ("It burned down yesterday.", "yesterday", "2025-04-17"),
        ("The ferry will be back on 3 May.", "3 May", "2025-05-03"),
        ("It sank on 30 December.", "30 December", "2024-12-30"),
        ("It sank on 30 December 2019.", "30 December 2019", "2019-12-30"),
        ("Between Monday and Thursday.", "Monday and Thursday", ""),
        ("It sank in April.", "April", ""),
        ("Nine people died.", "Nine", ""),
    ],
)
def test_the_day_that_a_short_answer_means(text: str, short: str, meant: str) -> None:
    """What has happened lies before the article's date, what is announced after it."""
    assert day(text, short) == meant


def test_an_article_without_a_day_of_its_own_tells_none() -> None:
    """From a month, or from no date, nothing can be counted."""
    assert day("It burned down yesterday.", "yesterday", "2025-04") == ""
    assert day("It burned down yesterday.", "yesterday", "") == ""


def test_what_names_a_day_only_from_the_article() -> None:
    """A weekday needs its date beside it, a date does not."""
    assert is_relative("on Thursday")
    assert not is_relative("Thursday 17 April")
    assert not is_relative("17 April")


@pytest.mark.parametrize(
    ("sentence", "short", "day"),
    [
        ("In February they put the price at 214 million.", "214 million", 20250228),
        ("In 2019 the island had 2,400 inhabitants.", "2,400", 20191231),
        ("The price is 291 million.", "291 million", 20250418),
        ("It has stood at 268 million since March.", "268 million", 20250418),
        ("It will open in May with 300 seats.", "300", 20250418),
        ("The fire in April killed ten people.", "ten", 20250418),
        ("On 4 March the storm killed ten people.", "ten", 20250418),
        ("It was built in 1991.", "1991", 20250418),
    ],
)
def test_the_day_as_of_which_an_answer_is_told(sentence: str, short: str, day: int) -> None:
    """A month or a year that has passed dates what was so then; a day dates only what happened."""
    start = sentence.index(short)
    span = start, start + len(short)
    assert told_of(sentence, (0, len(sentence)), span, "2025-04-18") == day
    assert told_of(sentence, (0, len(sentence)), span, "") == 0
