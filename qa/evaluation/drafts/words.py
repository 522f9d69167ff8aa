"""The words that drafting goes by: numbers, dates, and verbs with their base forms."""

from __future__ import annotations

import re

from qa.attribution.lexicon import CLAIM, FINITE, SAY

MONTHS = "January February March April May June July August September October November December".split()
_MONTH = f"(?:{'|'.join(MONTHS)})"
_YEAR = r"(?:1\d|20)\d\d"
_DAY = rf"\d{{1,2}} {_MONTH}(?: {_YEAR})?|{_MONTH} \d{{1,2}}(?:, {_YEAR})?|{_MONTH}(?: {_YEAR})?|{_YEAR}"
DATE = re.compile(rf"\b(?:on|in) (?P<date>{_DAY})(?![\w-])", re.IGNORECASE)
"""A date that does not depend on when the article was written: with a month or a year."""

NUMBER = re.compile(
    r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?",
    re.IGNORECASE,
)
# Behind these a number is no count of things.
NO_COUNT = frozenset(
    "and billion cent crowns dollars euros hundred million o'clock or per percent pounds thousand to".split()
)
# What points out of its sentence; a question that holds it cannot be understood alone.
VAGUE = frozenset(
    "ago another both each earlier either former he her here hers herself him himself his i it its itself last later "
    "latter me mine my neither next none now one ones other others our ours recently same she so some such that their "
    "theirs them themselves then there these they this those today tomorrow tonight us we yesterday you your".split()
)
AUXILIARIES = frozenset(verb for verb in FINITE if "n't" not in verb) - {"am", "do", "does", "did"}
BE = frozenset("is are was were".split())
HAVE = {"has": "does", "have": "do", "had": "did"}
SPEECH = SAY | CLAIM
_BASES = dict(
    pair.split("/")
    for pair in (
        "agreed/agree became/become began/begin bought/buy broke/break brought/bring built/build came/come "
        "caught/catch changed/change chose/choose created/create decided/decide drew/draw drove/drive elected/elect "
        "fell/fall fled/flee fought/fight gave/give got/get grew/grow held/hold injured/injure kept/keep knew/know "
        "led/lead "
        "left/leave lost/lose made/make met/meet opened/open ordered/order paid/pay ran/run required/require rose/rise "
        "sang/sing sank/sink saw/see sent/send shot/shoot sold/sell spent/spend spoke/speak stole/steal stood/stand "
        "taught/teach threw/throw took/take visited/visit voted/vote went/go withdrew/withdraw won/win wore/wear "
        "wrote/write"
    ).split()
)
# Spellings that leave one base form: `announced`, `moved`; not `filed`, which could be of `fil`.
_ADDS_D = re.compile(r"(?:[aeiou]c|nc|rc|ag|rg|dg|v|[^q]u|iz|[^aeo]at|is|au?s|eas|bl|tl|pl|gl)ed$")
_ADDS_ED = re.compile(
    r"(?:[aiu]ll|ss|zz|[^aeiou]t|ck|sk|rk|lk|sh|ch|llow|how|x|[aeo]y|nd|rd|ld|rn|wn|ain|oin|eal|rm|lm)ed$"
)
_DOUBLED = re.compile(r"[aeiou]([bdgmnprt])\1ed$")


def base(past: str) -> str | None:
    """Return the base form of a verb in the past tense, or None where its spelling leaves two: `filed`, `refined`."""
    if past in _BASES:
        return _BASES[past]
    if past.endswith("ied") and len(past) > 4:
        return f"{past[:-3]}y"
    if _DOUBLED.search(past):
        return past[:-3]
    if _ADDS_ED.search(past):
        return past[:-2]
    return past[:-1] if _ADDS_D.search(past) else None
