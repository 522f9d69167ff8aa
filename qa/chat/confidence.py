"""How sure an answer is, in a word, with what the word means."""

from __future__ import annotations

from qa.types import Answer

# The least probability for each word. The first two are the IPCC's; what it splits up below them is one here.
# Source: Mastrandrea et al. (2010), Guidance Note on Consistent Treatment of Uncertainties, table 1.
_WORDS = ((0.90, "Very likely an answer"), (0.66, "Likely an answer"), (0.0, "Possibly an answer"))


def word(probability: float) -> str:
    """Return the word for a probability in [0, 1]."""
    return next(word for least, word in _WORDS if probability >= least)


def meaning(probability: float) -> str:
    """Return what a probability in [0, 1] says of an answer, in tenths, none of which is ever certain."""
    tenths = round(probability * 10)
    share = {0: "fewer than 1", 10: "more than 9"}.get(tenths, f"about {tenths}")
    return f"In {share} of 10 answers this sure, the first quote is an answer."


def confidence(exchange: int, answer: Answer) -> str:
    """Return the word for an answer, which can have the focus, and its meaning, which shows while it has.

    Args:
        exchange: the number of the answer's exchange on this page.
        answer: that does not abstain.
    """
    chosen, meant = word(answer.confidence), f"sure-{exchange}"
    return (
        f'<p class="confidence"><span class="word" data-word="{chosen}" role="note" tabindex="0" '
        f'aria-describedby="{meant}">{chosen}</span> <span class="meaning" id="{meant}">{meaning(answer.confidence)}'
        "</span></p>"
    )
