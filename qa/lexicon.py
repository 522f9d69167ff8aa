"""Closed classes of English words that more than one module needs."""

from __future__ import annotations

MONTHS = (
    "January February March April May June July August September October November December".split()
)
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

# Number words with their values. "One" is included although it is more often a pronoun.
NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

# Names of the same, as `qa.text.words` yields them: countries and their people where the endings do
# not tell, and abbreviations.
SAME_NAMES = {
    other: name
    for names in (
        "us usa america american americans, uk britain british, europe european, france french, "
        "england english, wales welsh, scotland scottish, ireland irish, netherlands dutch, "
        "poland polish, denmark danish, sweden swedish, finland finnish, norway norwegian, "
        "switzerland swiss, greece greek, iceland icelandic, thailand thai, philippines filipino, "
        "portugal portuguese, argentina argentine, peru peruvian, belgium belgian, "
        "spain spanish, turkey turkish turks, tv television"
    ).split(", ")
    for name, *others in [names.split(" ")]
    for other in others
}

# As `qa.text.words` yields them, that is without apostrophes.
NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot cant wont".split()
)

AUXILIARIES = frozenset(
    "am are can could did do does had has have is may might must shall should was were will "
    "would".split()
)
NEGATED_AUXILIARIES = frozenset(
    "aren't can't couldn't didn't doesn't don't hadn't hasn't haven't isn't mustn't shouldn't "
    "wasn't weren't won't wouldn't".split()
)
FINITE_AUXILIARIES = AUXILIARIES | NEGATED_AUXILIARIES

# Irregular verbs that are common in news: past tense -> base form.
IRREGULAR_VERBS = dict(
    pair.split("/")
    for pair in (
        "became/become began/begin bought/buy broke/break brought/bring built/build came/come "
        "caught/catch chose/choose drew/draw drove/drive fell/fall felt/feel fled/flee "
        "fought/fight found/find gave/give got/get grew/grow held/hold kept/keep knew/know "
        "laid/lay led/lead left/leave lost/lose made/make met/meet paid/pay ran/run rang/ring "
        "rose/rise said/say sang/sing sank/sink saw/see sent/send shot/shoot sold/sell "
        "spent/spend spoke/speak stole/steal stood/stand swam/swim taught/teach threw/throw "
        "told/tell took/take went/go withdrew/withdraw woke/wake won/win wore/wear wrote/write"
    ).split()
)

POSSESSIVES = frozenset("her his its my our their your".split())
QUESTION_WORDS = "who whom whose what which when where why how".split()
