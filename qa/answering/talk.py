"""Short, useful replies to small talk."""

from __future__ import annotations

from qa.index import Snapshot
from qa.query import Intent
from qa.types import Statement

_OPENINGS: dict[Intent, str] = {
    "talk_greeting": "Hello!",
    "talk_thanks": "You’re welcome.",
    "talk_bye": "Goodbye!",
    "talk_help": "I answer questions about the articles here, and quote and cite them.",
}
_NEXT: dict[Intent, str] = {
    "talk_thanks": "Ask away if you would like to know more.",
    "talk_bye": "Come back whenever you have a question.",
    "talk_help": (
        "Ask for a fact, for who said something, what happened, how a figure has changed, what is "
        "new, or for a summary of a story or an article. If they do not say, I tell you so."
    ),
}
_INVITATION = "What would you like to know about the articles?"


def talk(snapshot: Snapshot, intent: Intent) -> list[Statement]:
    """Return the reply to a message that asks nothing of the articles."""
    count = len(snapshot.summaries())
    held = f"There {'is' if count == 1 else 'are'} {count:,} article{'s' * (count != 1)}."
    sentences = [_OPENINGS[intent]]
    sentences += [held] if intent == "talk_help" and count else []
    return [Statement(" ".join([*sentences, _NEXT.get(intent, _INVITATION)]))]
