"""Dates are read in the forms that articles have them in, and never guessed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.dates import days, in_name, is_ambiguous, iso, tells_day_first


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-02-11", "2025-02-11"),
        ("2025-02", "2025-02"),
        ("2025", "2025"),
        ("2025-02-11T10:00:00Z", "2025-02-11T10:00:00Z"),
        ("2025/02/11", "2025-02-11"),
        ("20250211", "2025-02-11"),
        ("11 Feb 2025", "2025-02-11"),
        ("11th of February, 2025", "2025-02-11"),
        ("Tuesday 11 February 2025", "2025-02-11"),
        ("11-Feb-2025", "2025-02-11"),
        ("Sept. 4, 2025", "2025-09-04"),
        ("Feb 11th, 2025 10:00 GMT", "2025-02-11T10:00:00+00:00"),
        ("4 September 2025 at 10.15pm", "2025-09-04T22:15:00"),
        ("12 a.m. on 4 May 2025", ""),
        ("Tue, 11 Feb 2025 10:00:00 +0100", "2025-02-11T10:00:00+01:00"),
        ("Tue Feb 11 10:00:00 2025", "2025-02-11T10:00:00"),
        ("11 Feb 2025 10:00 NEVER", "2025-02-11"),
        ("February 2025", "2025-02"),
        ("1739268000", "2025-02-11T10:00:00+00:00"),
        ("1739268000000", "2025-02-11T10:00:00+00:00"),
        ("25/12/2024", "2024-12-25"),
        ("12/25/2024", "2024-12-25"),
        ("3.4.2025", "2025-04-03"),
        ("5/5/2025", "2025-05-05"),
        ("03/04/2025", ""),
        ("11/2/25", ""),
        ("31 February 2025", ""),
        ("2025-13", ""),
        ("May 5", ""),
        ("yesterday", ""),
        ("true", ""),
        ("①", ""),
        ("", ""),
    ],
)
def test_dates_are_read_as_they_are_written(written: str, expected: str) -> None:
    """A date is read if it can be read in one way only; anything else is none."""
    assert iso(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("viernes, 15 de marzo de 2024", "2024-03-15"),
        ("Freitag, 15. März 2024, 10:30 Uhr", "2024-03-15T10:30:00"),
        ("Пятница, 15 марта 2024 г.", "2024-03-15"),
        ("le 1er mars 2024 à 14h05", "2024-03-01T14:05:00"),
        ("الجمعة، ١٥ مارس ٢٠٢٤", "2024-03-15"),
        ("15 كانون الثاني 2024", "2024-01-15"),
        ("2024年3月15日（金）", "2024-03-15"),
        ("2024년 3월 15일 금요일", "2024-03-15"),
        ("15 मार्च 2024", "2024-03-15"),
        ("15 במרץ 2024", "2024-03-15"),
        ("15 Maret 2024", "2024-03-15"),
        ("2024. gada 15. marts", "2024-03-15"),
        ("ngày 15 tháng 3 năm 2024", "2024-03-15"),
        ("31 de febrero de 2024", ""),
        ("2024年13月15日", ""),
        ("15 listopad 2024", ""),  # November in Czech and Polish, October in Croatian
        ("15 มีนาคม 2567", ""),  # of another era
        ("15 mars", ""),
        ("12 pages in 2024", ""),
        ("15 mars 2024 et 16 mars 2024", ""),
        ("2024年3月15日、第3版", ""),
    ],
)
def test_months_have_names_in_other_languages(written: str, expected: str) -> None:
    """A date is read by the month's name in any language; never where two languages, or other words, leave it open."""
    assert iso(written) == expected


def test_day_and_month_are_never_swapped_silently() -> None:
    """A date that could be either way round is none, unless the caller knows which comes first."""
    assert is_ambiguous("03/04/2025")
    assert not is_ambiguous("25/12/2024")
    assert iso("03/04/2025", day_first=True) == "2025-04-03"
    assert iso("03/04/2025", day_first=False) == "2025-03-04"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("03/04/2025, 25/12/2024", True),
        ("03/04/2025, 12/25/2024", False),
        ("25/12/2024, 12/25/2024", None),
        ("03/04/2025", None),
        ("https://example.org/2025/12/25/", None),
    ],
)
def test_other_dates_tell_which_comes_first(text: str, told: bool | None) -> None:
    """A day after the twelfth tells; dates that contradict each other tell nothing."""
    assert tells_day_first(text) is told


@given(st.dates(dt.date(1000, 1, 1)))
def test_every_day_is_itself_in_every_form(day: dt.date) -> None:
    """Whatever the form, a day is read as that day."""
    number = int(f"{day:%Y%m%d}")
    for form in ("%A %d %B %Y", "%d %b %Y", "%b %d, %Y", "%d.%m.%Y", "%Y/%m/%d"):
        assert days(day.strftime(form).replace(f"{day:%Y}", f"{day.year:04}")) == (number, number)


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{1,4}[-/. ][0-9A-Za-z]{1,9}[-/., ]+[0-9]{1,4}"))
def test_any_text_is_a_date_or_none(written: str) -> None:
    """No text is an error, and what is read reads the same again."""
    found = iso(written)
    assert iso(found) == found
    assert (days(written) is None) == (found == "")


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2025-05-04-lido.md", "2025-05-04"),
        ("nw-20250504-lido.txt", "2025-05-04"),
        ("20251345.md", ""),
        ("2025-05-04-to-2025-05-06.md", ""),
        ("lido.md", ""),
    ],
)
def test_a_name_may_hold_a_day(name: str, date: str) -> None:
    """A file's name gives a day if it holds exactly one."""
    assert in_name(name) == date
