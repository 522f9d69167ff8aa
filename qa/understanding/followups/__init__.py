"""Makes a follow-up question understandable without the conversation.

What it leaves unsaid is chosen by a network from what was mentioned; a question of which nothing
seems to be missing stays as it is.
"""

from qa.understanding.followups.resolved import Resolved
from qa.understanding.followups.resolver import MAX_REWRITE_CHARS, Resolver

__all__ = ["MAX_REWRITE_CHARS", "Resolved", "Resolver"]
