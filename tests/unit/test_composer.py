"""What an answer says, by type of question: from spans of articles and nothing else."""

from __future__ import annotations

import pytest

from qa.answering.citations import Citations
from qa.answering.composer import Composer
from qa.answering.evidence import judge
from qa.answering.rendering import render_text
from qa.types import Answer, Article, Evidence
from qa.understanding.question_type import question_type

COURIER = Article(
    "c",
    "Crash",
    "The bus fell. Police said nine people died. [2] Rain fell.",
    "Courier",
    "2024-05-01",
)
TIMES = Article(
    "t",
    "Bus",
    "In all, twelve people died in the crash. It rained, and the brakes failed.",
    "Times",
    "",
)
COPY = Article("y", "Bus too", "At least nine died, the ministry wrote.", "Herald", "2024-05-02")
STEPS = Article(
    "s",
    "Steps",
    "The plan has three steps:\n\n- tax fuel\n- plant trees\n- build rail\n\nNobody objected.",
)
SAID = Article("m", "Ministry", "The ministry said nine people died.")
ARTICLES = {article.id: article for article in (COURIER, TIMES, COPY, STEPS, SAID)}


def found(article: Article, sentence: str, short: str, score: float) -> Evidence:
    """Return evidence for a sentence of an article and the short answer in it."""
    start = article.text.index(sentence)
    first = article.text.index(short, start)
    return Evidence(article.id, start, start + len(sentence), first, first + len(short), score)


def written(
    question: str, *evidence: Evidence, quotes: int = 3, threshold: float = 0.3
) -> list[str]:
    """Return the lines of an answer; for sentences that follow each other, a line each."""
    answer = composed(question, *evidence, quotes=quotes, threshold=threshold)
    if answer.form in {"accounts", "list"}:
        return answer.text.split("\n")
    return [render_text(answer.form, [statement]) for statement in answer.statements]


def composed(question: str, *evidence: Evidence, quotes: int = 3, threshold: float = 0.3) -> Answer:
    """Return an answer, which itself checks that markers, numbers and citations agree."""
    composer = Composer(ARTICLES, Citations(ARTICLES), max_quotes=quotes, question=question)
    form, statements = composer.compose(
        question_type(question), judge(evidence, ARTICLES, threshold)
    )
    cited = [citation for statement in statements for citation in statement.citations]
    assert all(ARTICLES[c.article_id].text[c.start : c.end] == c.quote for c in cited)
    return Answer(question, form, render_text(form, statements), tuple(statements))


TWELVE_SENTENCE = "In all, twelve people died in the crash."
NINE = found(COURIER, "Police said nine people died.", "nine", 0.9)
TWELVE = found(TIMES, TWELVE_SENTENCE, "twelve", 0.85)
NINE_TOO = found(COPY, "At least nine died, the ministry wrote.", "nine", 0.8)


def test_the_short_answer_whose_claim_and_the_sentence() -> None:
    """One thing is asked for: the span, who says so, and the sentence in quotation marks behind the marker."""
    assert written("How many people died?", NINE) == [
        "nine, according to Police [1]: “Police said nine people died.”"
    ]


def test_a_claimant_within_the_sentence() -> None:
    """An article that opened its sentence is not capital where it no longer does."""
    pieces = written("How many people died?", found(SAID, SAID.text, "nine", 0.9))
    assert pieces[0].startswith("nine, according to the ministry [1]: ")


def test_what_the_article_says_itself_has_no_claimant() -> None:
    """A plain statement is not ascribed to anybody."""
    assert written("How many people died?", TWELVE) == [
        "twelve [1]: “In all, twelve people died in the crash.”"
    ]


def test_articles_that_agree_support_each_other() -> None:
    """The same short answer in another article becomes a further quote, as many as are wanted."""
    pieces = written("How many people died?", NINE, NINE_TOO)
    assert pieces[1:] == ["At least nine died, the ministry wrote. [2]"]
    assert len(written("How many people died?", NINE, NINE_TOO, quotes=1)) == 1


def test_articles_that_differ_all_show() -> None:
    """Each account has its outlet and date and a line of its own, whatever the number of quotes."""
    text = "\n".join(written("How many people died?", NINE, TWELVE, NINE_TOO, quotes=1))
    assert text == (
        "The articles differ:\n"
        "• nine, according to Police (Courier, 2024-05-01) [1]: “Police said nine people died.”\n"
        "• twelve (Times) [2]: “In all, twelve people died in the crash.”"
    )


def test_an_unlikely_account_does_not_show() -> None:
    """A differing span of low probability is no account, and neither is a second one of the same article."""
    unlikely = Evidence(
        TWELVE.article_id, TWELVE.start, TWELVE.end, TWELVE.short_start, TWELVE.short_end, 0.45
    )
    weak_best = Evidence(
        NINE.article_id, NINE.start, NINE.end, NINE.short_start, NINE.short_end, 0.5
    )
    assert len(written("How many people died?", weak_best, unlikely)) == 1
    again = found(TIMES, "It rained, and the brakes failed.", "brakes", 0.84)
    assert len(written("How many people died?", TWELVE, again)) == 1


def test_a_short_answer_that_is_the_sentence() -> None:
    """Where the span says all that its sentence says, the sentence stands alone."""
    rain = found(COURIER, "Rain fell.", "Rain fell", 0.9)
    assert written("What then?", rain) == ["Rain fell. [1]"]


def test_an_explanation_in_reading_order() -> None:
    """Sentences of the best one's article first, in its order, then others; each is cited."""
    brakes = found(TIMES, "It rained, and the brakes failed.", "the brakes failed", 0.9)
    assert written("Why did the bus crash?", brakes, TWELVE, NINE_TOO) == [
        "In all, twelve people died in the crash. [1]",
        "It rained, and the brakes failed. [2]",
        "At least nine died, the ministry wrote. [3]",
    ]


def test_a_yes_no_question_gets_the_verdict_that_its_evidence_gives() -> None:
    """The word comes first, then the sentence that decides; a denial of what is asked means no."""
    failed = found(TIMES, "It rained, and the brakes failed.", "failed", 0.9)
    assert written("Did the brakes fail?", failed) == [
        "Yes [1]: “It rained, and the brakes failed.”"
    ]
    objected = found(STEPS, "Nobody objected.", "Nobody", 0.9)
    assert written("Did anybody object?", objected) == ["No [1]: “Nobody objected.”"]


def test_no_verdict_where_the_evidence_decides_nothing() -> None:
    """A sentence that holds nothing of the question is shown as it stands."""
    rain = found(COURIER, "Rain fell.", "Rain", 0.9)
    assert written("Was the driver tired?", rain) == ["Rain fell. [1]"]


def test_the_last_word_decides_how_things_are() -> None:
    """Of evidence of different days the newest says whether something is so, not whether it was."""
    fell = found(COURIER, "The bus fell.", "fell", 0.9)
    nine = found(COPY, COPY.text, "nine", 0.8)
    assert written("Has the bus died?", fell, nine)[0].endswith(
        "“At least nine died, the ministry wrote.”"
    )
    assert "“The bus fell.”" in written("Had the bus died?", fell, nine)[0]


def test_a_list_below_its_sentence() -> None:
    """What stands below a sentence that ends in a colon is the list, each item cited by itself."""
    lead = found(STEPS, "The plan has three steps:", "three steps", 0.9)
    pieces = written("Which steps are planned?", lead)
    assert pieces == ["• tax fuel [1]", "• plant trees [2]", "• build rail [3]"]


def test_a_list_answers_what_each_of_its_items_answers() -> None:
    """`What do they want` has the whole list; what asks for a detail of one item does not."""
    item = found(STEPS, "- plant trees", "plant trees", 0.9)
    assert written("What does the plan want to do?", item) == [
        "• tax fuel [1]",
        "• plant trees [2]",
        "• build rail [3]",
    ]
    part = found(STEPS, "- plant trees", "trees", 0.9)
    assert len(written("What does the plan want planted?", part)) == 1
    assert len(written("Which step is the second?", item)) == 1


def test_a_list_answers_where_two_of_its_items_do() -> None:
    """Two items of one list that answer, in whatever words it was asked for, stand for the whole list."""
    fuel, trees = (
        found(STEPS, f"- {what}", part, score)
        for what, part, score in (("tax fuel", "fuel", 0.9), ("plant trees", "trees", 0.8))
    )
    assert written("What is on the plan of the ministry?", fuel, trees) == [
        "• tax fuel [1]",
        "• plant trees [2]",
        "• build rail [3]",
    ]
    assert len(written("What is on the plan of the ministry?", fuel)) == 1


def test_others_whom_an_article_names_are_quoted_too() -> None:
    """Where an article answers with two names in two sentences, both are quoted; of two figures, one is told."""
    match = article("m1", "Match", "Ann Rowe scored early. Then Ben Tills scored as well.", "")
    composer = Composer(
        {"m1": match}, Citations({"m1": match}), max_quotes=3, question="Who scored?"
    )
    ann = found(match, "Ann Rowe scored early.", "Ann Rowe", 0.9)
    ben = found(match, "Then Ben Tills scored as well.", "Ben Tills", 0.85)
    _, told = composer.compose("fact", [ann, ben])
    assert [said.text for said in told] == [
        "Ann Rowe scored early.",
        "Then Ben Tills scored as well.",
    ]
    early = found(match, "Ann Rowe scored early.", "early", 0.9)
    _, told = composer.compose("fact", [early, ben])
    assert len(told) == 1


def test_items_of_several_articles() -> None:
    """Different answers to a question for several things are all listed, the same one once."""
    assert written("Which numbers of victims are given?", NINE, TWELVE, NINE_TOO) == [
        "• nine [1]",
        "• twelve [2]",
    ]


@pytest.mark.parametrize("threshold", [0.91, 1.0])
def test_nothing_below_the_threshold(threshold: float) -> None:
    """Evidence below the threshold is not used."""
    assert judge([NINE], ARTICLES, threshold) == []
    assert judge([], ARTICLES, 0.1) == []


def test_a_statement_says_what_it_is() -> None:
    """Short answer, claimant, outlet, date and status are fields, for whoever shows or stores it."""
    answer = composed("How many people died?", NINE, TWELVE)
    assert answer.form == "accounts"
    first, second = answer.statements
    assert (first.short_answer, first.claimant) == ("nine", "Police")
    assert (first.source, first.published, first.status) == ("Courier", "2024-05-01", "disputed")
    assert (second.text, second.claimant) == (TWELVE_SENTENCE, "")
    assert composed("How many people died?", NINE).statements[0].status == "current"


FIRST = Article("d1", "Dam", "The dam will cost 214 million crowns.", "Herald", "2025-02-11")
SECOND = Article("d2", "Dam", "The dam is to cost 268 million crowns.", "Courier", "2025-03-20")
THIRD = Article("d3", "Dam", "The dam will cost 291 million crowns now.", "Times", "2025-04-25")
COSTS = [
    found(THIRD, THIRD.text, "291 million crowns", 0.8),
    found(FIRST, FIRST.text, "214 million crowns", 0.9),
    found(SECOND, SECOND.text, "268 million crowns", 0.85),
]
ARTICLES |= {article.id: article for article in (FIRST, SECOND, THIRD)}


def test_the_newest_of_several_answers_counts() -> None:
    """It comes first though another is surer; the earlier ones follow as such, with their dates."""
    answer = composed("How much will the dam cost?", *sorted(COSTS, key=lambda e: -e.score))
    assert answer.form == "fact"
    assert [said.status for said in answer.statements] == ["current", "earlier", "earlier"]
    assert answer.text == (
        "291 million crowns [1]: “The dam will cost 291 million crowns now.” "
        "Earlier: 268 million crowns (20 March 2025) [2]: “The dam is to cost 268 million crowns.” "
        "214 million crowns (11 February 2025) [3]: “The dam will cost 214 million crowns.”"
    )


def test_what_an_article_tells_of_before_is_not_the_last_word() -> None:
    """A later article that tells what was so in the past does not overrule the newer figure."""
    new = Article("n", "Price", "The dam will cost 268 million.", "", "2025-03-20")
    old = Article("o", "Halt", "In February the price was 214 million.", "", "2025-04-25")
    articles = {new.id: new, old.id: old}
    evidence = [
        found(old, old.text, "214 million", 0.9),
        found(new, new.text, "268 million", 0.85),
    ]
    composer = Composer(articles, Citations(articles), max_quotes=3, question="What is the price?")
    _, statements = composer.compose("fact", evidence)
    assert [(s.short_answer, s.status) for s in statements] == [
        ("268 million", "current"),
        ("214 million", "earlier"),
    ]


def test_accounts_of_one_day_differ() -> None:
    """What two articles of one day say differently is no change."""
    other = Article("d4", "Dam", "It will cost 300 million crowns.", "Post", "2025-04-25")
    ARTICLES[other.id] = other
    answer = composed("How much?", found(other, other.text, "300 million crowns", 0.9), COSTS[0])
    assert answer.form == "accounts"


def test_answers_of_another_kind_are_no_accounts() -> None:
    """A year does not differ from a sum: its sentence may follow as a further quote."""
    year = Article("d5", "Dam", "The dam was planned in 2019.", "Post", "2025-05-25")
    ARTICLES[year.id] = year
    answer = composed("How much?", COSTS[1], found(year, year.text, "2019", 0.85))
    assert answer.form == "fact"
    assert answer.text.startswith("214 million crowns")
    assert "Earlier" not in answer.text


def test_how_something_changed_is_told_in_order() -> None:
    """Each figure behind its date, the first one first."""
    composer = Composer(ARTICLES, Citations(ARTICLES), max_quotes=3)
    evidence = sorted(COSTS, key=lambda e: -e.score)
    form, told = composer.compose("explanation", evidence, "changes")
    text = render_text(form, told)
    assert form == "timeline"
    assert [line.partition(" [")[0] for line in text.split("\n")] == [
        "• 11 February 2025: 214 million crowns",
        "• 20 March 2025: 268 million crowns",
        "• 25 April 2025: 291 million crowns",
    ]


def article(key: str, title: str, text: str, published: str) -> Article:
    """Return an article, which is one of those that are composed from."""
    ARTICLES[key] = Article(key, title, text, "Post", published)
    return ARTICLES[key]


def test_a_sum_without_its_currency_is_a_sum() -> None:
    """What is newest counts, though it says `291 million` where others say crowns."""
    bare = article("b1", "Dam", "It is now estimated at 291 million.", "2025-04-25")
    answer = composed("How much?", COSTS[1], found(bare, bare.text, "291 million", 0.76))
    assert answer.text.startswith("291 million [1]")
    assert "Earlier: 214 million crowns (11 February 2025)" in answer.text


ELECTION = (
    article("e1", "Corvane wins", "Ilse Corvane has been elected mayor.", "2025-03-17"),
    article("e2", "Recount helps Petheric", "Dragan Petheric has won by 23.", "2025-03-28"),
    article(
        "e3",
        "Court makes Corvane mayor",
        "Ilse Corvane is mayor after all. Before that Dragan Petheric led by 23.",
        "2025-04-11",
    ),
)


def test_what_changes_back_is_told_to_its_end() -> None:
    """An article says what its title says; each change is told, the newest first."""
    first, recount, court = ELECTION
    evidence = (
        found(first, first.text, "Ilse Corvane", 0.9),
        found(recount, recount.text, "Dragan Petheric", 0.9),
        found(court, "Before that Dragan Petheric led by 23.", "Dragan Petheric", 0.8),
        found(court, "Ilse Corvane is mayor after all.", "Ilse Corvane", 0.7),
    )
    answer = composed("Who won the election?", *evidence)
    assert answer.form == "fact"
    told = [(said.short_answer, said.published, said.status) for said in answer.statements]
    assert told == [
        ("Ilse Corvane", "2025-04-11", "current"),
        ("Dragan Petheric", "2025-03-28", "earlier"),
        ("Ilse Corvane", "2025-03-17", "earlier"),
    ]


def test_what_was_told_before_did_not_happen_later() -> None:
    """The day of an arrest is not that of the fire, of which an earlier article tells already."""
    fire = article("f1", "Fire", "A fire destroyed the cannery on Saturday.", "2025-05-03")
    held = article("f2", "Arrest", "A man was held on Thursday over the fire.", "2025-05-09")
    answer = composed(
        "When was the fire?",
        found(fire, fire.text, "Saturday", 0.9),
        found(held, held.text, "on Thursday", 0.86),
    )
    assert answer.text == ("Saturday (3 May 2025) [1]: “A fire destroyed the cannery on Saturday.”")


def test_three_parties_in_one_article_are_three_accounts() -> None:
    """Each with whose word it is, also one whose figure was not read."""
    spill = article(
        "o1",
        "Oil",
        "The ship lost 300 tonnes of oil, the coastguard said. Its owner, Blackwell Lines, put the "
        "figure at 40 tonnes. Greenline said it was at least 900 tonnes.",
        "2025-05-03",
    )
    first, second = spill.text.split(". ")[:2]
    answer = composed(
        "How much oil was lost?",
        found(spill, f"{first}.", "300 tonnes", 0.9),
        found(spill, f"{second}.", "40 tonnes", 0.7),
    )
    assert answer.form == "accounts"
    assert [(said.short_answer, said.claimant) for said in answer.statements] == [
        ("300 tonnes", "the coastguard"),
        ("40 tonnes", "Blackwell Lines"),
        ("900 tonnes", "Greenline"),
    ]


def test_the_figure_beside_a_partys_is_another_account() -> None:
    """It may leave out what it counts, so that the reader is less sure of it, and of whom."""
    crowd = article(
        "o3",
        "March",
        "Police put the crowd at 3,000. The organisers speak of 8,000.\n\nSome 500 sang.",
        "2025-05-03",
    )
    said = found(crowd, "Police put the crowd at 3,000.", "3,000", 0.6)
    beside = found(crowd, "The organisers speak of 8,000.", "8,000", 0.35)
    apart = found(crowd, "Some 500 sang.", "500", 0.35)
    answer = composed("How many people marched?", said, beside, apart)
    assert [(each.short_answer, each.status) for each in answer.statements] == [
        ("3,000", "disputed"),
        ("8,000", "disputed"),
    ]


def test_one_party_with_two_figures_does_not_contradict_itself() -> None:
    """Two figures that nobody else disputes are one account, and the surest is told."""
    told = article("o2", "Oil", "In all 300 tonnes leaked. Of these 40 tonnes sank.", "2025-05-03")
    answer = composed(
        "How much leaked?",
        found(told, "In all 300 tonnes leaked.", "300 tonnes", 0.9),
        found(told, "Of these 40 tonnes sank.", "40 tonnes", 0.7),
    )
    assert answer.form == "fact"


def test_the_sentence_that_announces_a_list_is_no_answer() -> None:
    """Its items are, also where one thing was asked for."""
    lead = found(STEPS, "The plan has three steps:", "three steps", 0.9)
    assert written("What does the plan have?", lead)[0] == "• tax fuel [1]"


def test_who_is_answered_by_names() -> None:
    """Among names, an item that names nobody is no item."""
    crew = article("c1", "Crew", "Ann Rowe steers. Ben Tills cooks. Two of them sleep.", "")
    composer = Composer(ARTICLES, Citations(ARTICLES), max_quotes=3, question="Who are on board?")
    evidence = [
        found(crew, "Two of them sleep.", "Two of them", 0.9),
        found(crew, "Ann Rowe steers.", "Ann Rowe", 0.8),
        found(crew, "Ben Tills cooks.", "Ben Tills", 0.7),
    ]
    form, told = composer.compose("list", evidence)
    assert form == "list"
    assert [said.short_answer for said in told] == ["Ann Rowe", "Ben Tills"]


def test_what_has_no_figures_is_told_side_by_side() -> None:
    """Where accounts are asked for, each sentence comes with the next, in order of time."""
    inn = article("i1", "Inn", "She will not rebuild. She is done with it.", "2025-10-23")
    back = article("i2", "Inn", "She has changed her mind.", "2025-11-13")
    composer = Composer(ARTICLES, Citations(ARTICLES), max_quotes=3)
    evidence = [
        found(back, back.text, "changed her mind", 0.9),
        found(inn, "She will not rebuild.", "not rebuild", 0.6),
    ]
    _, told = composer.compose("fact", evidence, "changes")
    assert [said.text for said in told] == [inn.text, back.text]
