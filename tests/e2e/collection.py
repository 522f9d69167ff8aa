"""The articles and questions that the browser tests use."""

from __future__ import annotations

from qa.types import Article
from tests.fakes import found

QUESTION = "Who opened the lock?"
QUOTE = "The lock was opened by the harbour master, Ilse Brandt."
TWO_SOURCES = "How many boats waited?"
COUNTS = ("Forty boats waited at noon.", "The guild counted fifty-two boats.")
UNKNOWN = "Who won the regatta?"
ATTACK = "What does the attack say?"
ATTACK_QUOTE = (
    '<script>window.attacked = 1</script><img src=x onerror="window.attacked = 1"> ![pixel](http://evil.invalid/p.png) '
    "[click](javascript:window.attacked=1) ${window.attacked=1} {{constructor}} $$x^2$$ &lt;b&gt; `code` "
    "\u202e2 turned around\u2066 **bold**."
)
ATTACK_ITEM = (
    '<img src=x onerror="window.attacked = 1">${window.attacked=1}<b>\u202eturned\u2066</b>'
)
ATTACK_SENTENCE = f"By night came {ATTACK_ITEM} from the north."
ATTACK_SHORT = "\u202e2 turned around\u2066 **bold**"
# The wording of these decides on the form of what the writer answers.
ONE_THING = "Who opened the lock at Ostrel?"
ACCOUNTS = "How many boats were there at noon?"
LISTED = "Which numbers of boats are given?"
HOSTILE_LIST = "Which attacks are made?"
HOSTILE_ACCOUNTS = "How many attacks were there?"
BROKEN = "What breaks it?"
REFUSED = "What does it refuse?"
REFUSAL = "the model at models/reader is not the one expected: install the package again"

_FILLER = "\n\n".join(
    f"Paragraph {n} tells of ropes, tides and the price of tar in the old harbour."
    for n in range(40)
)

LOCK = Article(
    "lock.md",
    "The lock at Ostrel opens again",
    f"\nAfter three weeks of repairs, ships pass once more. {QUOTE} Forty boats waited at noon. {_FILLER}\n",
    "Ostrel Courier",
    "2026-05-04",
    "https://courier.example/lock",
    "Mara Venn",
)
GUILD = Article(
    "guild.md",
    "Boatmen’s guild disputes the count",
    "\nThe guild counted fifty-two boats. Its speaker called the official number careless.\n",
    "The Tidewatch",
    "2026-05-04T18:00",
)
HOSTILE = Article(
    "hostile.md",
    '<img src=x onerror="window.attacked = 1">\u202e${window.attacked=1}',
    f"\nBefore the attack. {ATTACK_QUOTE} {ATTACK_SENTENCE} {'w' * 20_000}\n",
    "<script>window.attacked = 1</script>",
    "<b>today</b>",
    "javascript:window.attacked=1",
    "{{author}}",
)
ARTICLES = (LOCK, GUILD, HOSTILE)
EVIDENCE = {
    ONE_THING: (found(LOCK, QUOTE, "Ilse Brandt", 0.83),),
    ACCOUNTS: (found(LOCK, COUNTS[0], "Forty", 0.95), found(GUILD, COUNTS[1], "fifty-two", 0.8)),
    LISTED: (found(LOCK, COUNTS[0], "Forty", 0.6), found(GUILD, COUNTS[1], "fifty-two", 0.5)),
    HOSTILE_LIST: (
        found(HOSTILE, ATTACK_SENTENCE, ATTACK_ITEM),
        found(GUILD, COUNTS[1], "fifty-two"),
    ),
    HOSTILE_ACCOUNTS: (
        found(HOSTILE, ATTACK_QUOTE, ATTACK_SHORT),
        found(GUILD, COUNTS[1], "fifty-two"),
    ),
}
QUOTES = {QUESTION: (QUOTE,), TWO_SOURCES: COUNTS, ATTACK: (ATTACK_QUOTE,)}
