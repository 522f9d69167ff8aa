"""The source of a reported claim is named, and nobody if it is in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.reported_speech import claimant
from qa.text import sentence_spans
from tests.effort import at_most

# `[` and `]` enclose the answer that is asked about; they are taken out before the text is read.
REPORTED = [
    # The verb follows its subject.
    ("The mayor said the bridge was [unsafe].", "The mayor"),
    (
        "Foreign Minister Anna Hakobyan said on Monday that [four roads] were closed.",
        "Foreign Minister Anna Hakobyan",
    ),
    (
        "On Monday, the harbour board announced that [the pier] would be closed.",
        "the harbour board",
    ),
    ("Last week police said [two men] had been found.", "police"),
    ("But officials at the plant insisted that [nothing] had leaked.", "officials at the plant"),
    ("Berg told reporters that [the money] was gone.", "Berg"),
    ("Berg told the Evening Courier the dam was [cracked].", "Berg"),
    ("Witnesses claimed the driver was [asleep].", "Witnesses"),
    ("Police sources said the gun was [stolen].", "Police sources"),
    ("The government estimates that [3,000 people] fled.", "The government"),
    ("The company reported [a loss of three million].", "The company"),
    (
        "Mr. Orr of the U.S. Coast Guard said the hull was [rotten].",
        "Mr. Orr of the U.S. Coast Guard",
    ),
    ("Police and prosecutors said [nine people] were held.", "Police and prosecutors"),
    (
        "The presidents of Orland and Vey said [the border] was closed.",
        "The presidents of Orland and Vey",
    ),
    ('Berg said: "The dam is [cracked]."', "Berg"),
    ('Berg, visibly tired, said, "The dam is [cracked]."', "Berg"),
    ("A spokesman pointed out that [the lift] was new.", "A spokesman"),
    ("The flood was worse after engineers said [the sluice] was stuck.", "engineers"),
    # What is said of the subject stands between.
    ("Anna Berg, the foreign minister, said [the talks] had failed.", "Anna Berg"),
    ("The director, Leo Marsh, said that [the works] would stop.", "Leo Marsh"),
    ("Its owner, Greta Pell, said [the hose] was new.", "Greta Pell"),
    ("On Friday, the mayor, Ivo Lund, said [the tram] was late.", "Ivo Lund"),
    (
        "Following the vote, a defiant Ivo Lund, leader of the party, said he was [tired].",
        "a defiant Ivo Lund",
    ),
    ("Rosa Lind, who leads the inquiry, said [the rope] was cut.", "Rosa Lind"),
    ("Nils Aker, 44, of Harrow Sound, said the boat was [his].", "Nils Aker"),
    ("The Tern (a weekly) said [the vote] was bought.", "The Tern"),
    ("They met Anna Berg, who said the dam was [cracked].", "Anna Berg"),
    # The claim comes first.
    ("The bridge was [unsafe], the mayor said.", "the mayor"),
    ("The bridge was [unsafe], according to the mayor.", "the mayor"),
    ("The bridge, the mayor said, was [unsafe].", "the mayor"),
    ("The bridge, according to the mayor, is [unsafe].", "the mayor"),
    ("The bridge was [unsafe], as engineers had warned.", "engineers"),
    ('"The dam is [cracked]," said Anna Berg, the foreign minister.', "Anna Berg"),
    ('"The dam is [cracked]," said its captain, Ivo Marek.', "Ivo Marek"),
    ("“The dam is [cracked]”, added a clerk who gave no name.", "a clerk"),
    ('"The dam," Berg said on Tuesday, "is [cracked]."', "Berg"),
    ("‘The dam is [cracked],’ said Berg.", "Berg"),
    ("'The dam is [cracked],' said Berg.", "Berg"),
    ("Nield has [confessed], said Inspector Teague; Osk denies everything.", "Inspector Teague"),
    # According to, accusations, views.
    ("According to the harbour master, [the ship] was too fast.", "the harbour master"),
    ("According to its insurer, Halcyon Mutual, [the cup] was covered.", "Halcyon Mutual"),
    ("According to a report by the harbour board, the pier is [unsafe].", "a report"),
    ("In 2019, according to the mayor, the bridge [fell].", "the mayor"),
    ("A 2019 study found that the bridge was [unsafe].", "A 2019 study"),
    (
        "A report by engineers released on Monday said the bridge was [unsafe].",
        "A report by engineers",
    ),
    ("In 2019, the mayor said, the bridge [fell].", "the mayor"),
    ("Nobody was hurt, but according to police [the car] was stolen.", "police"),
    ("According to police two men were [held].", "police"),
    ("Yerevan accuses [Baku] of blocking the road.", "Yerevan"),
    ("Yerevan accuses Baku of [blocking the road].", "Yerevan"),
    ("Farmers have blamed [the mine] for the dead fish.", "Farmers"),
    ("[Baku] was accused by Yerevan of blocking the road.", "Yerevan"),
    ("Baku is accused of [blocking the road] by Yerevan.", "Yerevan"),
    ("The court rejected Anna Berg's claim that [the dam] leaks.", "Anna Berg"),
    ("In the union's view, [the offer] was an insult.", "the union"),
    ("Orland gives another account: according to it, the road is [open].", "Orland"),
    ('Sound Lines calls the figure "[a guess]".', "Sound Lines"),
    ("The report described the flood as [avoidable].", "The report"),
    ("The insurer puts the damage at [four million crowns].", "The insurer"),
    # One claim within another, and one beside another.
    ("Police said that Nield claimed the key was [lost].", "Nield"),
    ("Berg said she believed the key was [lost].", "Berg"),
    ("Vane said [he] had lied and Marsh said he had not.", "Vane"),
    ("Vane said he had lied and Marsh said he had [not].", "Marsh"),
    (
        "The manager insists that the pane was lifted, and adds that the clock is [wrong].",
        "The manager",
    ),
    ("Petheric asked for a recount and said the box was [open].", "Petheric"),
    ("Petheric asked for a recount, saying the box was [open].", "Petheric"),
]

STATED = [
    # The article's own words.
    ("The bridge was closed in [1961].", "nobody reports it"),
    ("Berg, who said he was tired, was born in [1961].", "outside of the claim"),
    ("The dam, Berg said on [Tuesday], was cracked.", "when it was said"),
    ("Berg said in [Geneva] that the talks had failed.", "where it was said"),
    ("Berg told [the Courier] that the talks had failed.", "to whom it was said"),
    ("[Berg] said the talks had failed.", "the answer is the source"),
    ("The talks failed, said [Anna Berg].", "the answer is the source"),
    ("Who said the talks had [failed]?", "a question"),
    ("Berg said the dam was cracked, but it held until [May].", "after the claim"),
    ("Berg said the dam, which was built in [1960], was cracked.", "an aside of the article"),
    ("Two were arrested, according to police, and both were [released].", "after the claim"),
    ("Berg said it was late; the vote was held on [Friday].", "another clause"),
    ("After Berg said it was late, the vote was held on [Friday].", "the main clause"),
    # What is denied is not so according to who denies it.
    ("The ministry has repeatedly denied that [the plant] leaked.", "a denial"),
    ("The company denied paying [bribes].", "a denial"),
    # No claim is made, or by nobody.
    ("Berg did not say that the dam was [cracked].", "denied"),
    ("Berg declined to say whether the dam was [cracked].", "an infinitive"),
    ("Berg would say that the dam was [cracked].", "only possible"),
    ("If Berg said the dam was [cracked], nobody heard it.", "a condition"),
    ("The dam is said to be [cracked].", "a passive"),
    ("It is believed that the dam was [cracked].", "a passive"),
    ("Baku is accused of [blocking the road].", "a passive"),
    ("Nobody said that the dam was [cracked].", "nobody"),
    ("The storm claimed [eleven lives].", "another meaning"),
    ("The president of the United States arrived in [Lyon].", "no verb"),
    ("The march went according to [plan].", "no source"),
    ("Lund added a second goal in the [89th minute].", "another meaning"),
    ('The film "Jaws" said the [valley] much.', "no speech"),
    ("Each is coloured according to the uniform that is [worn].", "no source"),
    ("It was six feet high, a height confirmed by [friends].", "a passive"),
    ("The only noted case of protest was a [march].", "an adjective"),
    ("According to a report by the [harbour board], the pier is unsafe.", "whose report it is"),
    ("That evening, men said to be fans [arrived].", "a passive"),
    (
        "It was noted in the Life of the Fourth Lama, which stated that he was [ill].",
        "the life, not the lama",
    ),
    ('The Tern said it was "good", and The Owl rated it as "[pleasant]".', "another clause"),
    ("Points are given according to a [rule].", "no source"),
    # Who it is cannot be seen.
    ("He said the dam was [cracked].", "a pronoun"),
    ("His lawyer said the dam was [cracked].", "whose is not to be seen"),
    (
        "The bridge police said was [unsafe] was closed.",
        "where the source begins is not to be seen",
    ),
    ("Baku is accused of [killing] by poisoning.", "by is no source"),
    ("According to residents Birk was [held].", "where the source ends is not to be seen"),
    (
        "Josef Kol, a singer, Buddhist, and clerk, said it was [late].",
        "what is said of the source is a list",
    ),
    (
        "According to the actor and director Ivo Marek, the film was [cut].",
        "where the source ends is not to be seen",
    ),
    ("Rivals such as Orland and Vey said it was [late].", "the rivals, not these two"),
    ("Anders, Birk, and Cole said the dam was [cracked].", "the last of several"),
    ("The bridge was closed. [unsafe]", "no verb"),
]


def source(marked: str) -> str | None:
    """Return the name of whoever claims the answer in brackets."""
    start, end = marked.index("["), marked.index("]") - 1
    text = marked.replace("[", "").replace("]", "")
    sentence = next(span for span in sentence_spans(text) if span[0] <= start and end <= span[1])
    found = claimant(text, sentence, (start, end))
    return text[slice(*found)] if found else None


@pytest.mark.parametrize(("marked", "expected"), REPORTED)
def test_the_source_of_a_claim_is_named(marked: str, expected: str) -> None:
    """Whoever says, claims or accuses is named, without the words that only describe or date it."""
    assert source(marked) == expected


@pytest.mark.parametrize(("marked", "why"), STATED)
def test_no_source_without_a_clear_claim(marked: str, why: str) -> None:
    """The article's own statements, and claims whose source is in doubt, have no claimant."""
    assert source(marked) is None, why


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ('Anna Berg said the dam held. "It is [cracked]," she said.', "Anna Berg"),
        (
            "Harbour master Silvan Okke said the ship was fast. He said she made [14 knots].",
            "Harbour master Silvan Okke",
        ),
        ('"It was late," said Ivo Marek. "It was [dark]."', "Ivo Marek"),
        ("Ivo Marek, a nurse, said it was late. “It was dark. It was [cold].”", "Ivo Marek"),
        ('"It was late," said Ivo Marek.\n\n"It was [dark]."', None),
        ("Anna Berg said the dam held.\n\nShe said it was [cracked].", None),
        ("Anna Berg inspected the dam. She said it was [cracked].", None),
        ("The ministry said the dam held. He said it was [cracked].", None),
        ("Anna Berg said the dam held. It said it was [cracked].", None),
        ("Anna Berg said it was late and Ivo Marek said it was dark. He said it was [cold].", None),
        ("Anna Berg said it was late. The tower was [high].", None),
    ],
)
def test_he_and_a_further_quotation_go_back_one_sentence(marked: str, expected: str | None) -> None:
    """A pronoun or a bare quotation belongs to the speaker of the previous sentence of its paragraph."""
    assert source(marked) == expected


@pytest.mark.parametrize(
    ("sentence", "answer"), [((0, 0), (0, 0)), ((0, 4), (2, 9)), ((0, 4), (3, 3)), ((2, 4), (0, 3))]
)
def test_odd_spans_have_no_source(sentence: tuple[int, int], answer: tuple[int, int]) -> None:
    """An empty answer, or one outside its sentence, has no claimant."""
    assert claimant("He said it.", sentence, answer) is None


WORDS = st.lists(
    st.sampled_from(
        "Berg said says that told reporters according to , . \" “ ” ' ’ ; : – ( ) who accused by of and he It dam was "
        "😀 claim Berg's in view on Monday the a minister İ ǅ \n 12 denied calls his puts cost at ?".split(
            " "
        )
    )
    | st.text(max_size=4),
    min_size=1,
    max_size=30,
)


@given(WORDS, st.data())
def test_a_source_lies_in_the_text_beside_the_answer(parts: list[str], data: st.DataObject) -> None:
    """Whatever the words, a source is a non-empty span in the text that does not overlap the answer."""
    text = " ".join(parts)
    for sentence in sentence_spans(text):
        start = data.draw(st.integers(sentence[0], sentence[1] - 1))
        end = data.draw(st.integers(start + 1, sentence[1]))
        found = claimant(text, sentence, (start, end))
        if found:
            assert 0 <= found[0] < found[1] <= sentence[1]
            assert text[slice(*found)].strip()
            assert found[1] <= start or end <= found[0]


@pytest.mark.parametrize(
    "unit", ["a ", "said ", '"', "Berg said, ", ", according to ", "'a ", "and ", "(", "İ", "- "]
)
def test_hostile_text_is_read_fast(unit: str) -> None:
    """A megabyte without a full stop, before the sentence or as the sentence, takes hardly any time."""
    text = unit * (1_000_000 // len(unit)) + "Berg said the dam was cracked."
    start = text.rindex("Berg said the")
    with at_most(1):
        for begin in (0, start, start - 1_900):
            claimant(text, (begin, len(text)), (len(text) - 8, len(text) - 1))
