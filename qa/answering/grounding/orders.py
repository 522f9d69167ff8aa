"""Text that addresses its reader: an instruction is not a statement, whoever it claims to be."""

from __future__ import annotations

import functools
import re

from qa.text import strip_invisible

_INSTRUCTION = re.compile(
    r"^\W*(?:(?:system|assistant|user|developer|admin|important|note|instructions?|im_start|inst|"
    r"sys)\W+)*"
    r"(?:(?:please|now|then|and|always|just|only|instead|from now on|"
    r"you (?:must|should|will|are to|have to))\W+)*"
    r"(?:ignore|disregard|forget|override|say|answer|reply|respond|write|print|output|repeat|"
    r"reveal|tell|pretend|act as|obey|comply|cite|decode|translate|execute|insist|confirm)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_QUOTATION = re.compile(r"“[^”]*”?|\"[^\"]*\"?|‘[^’]*’")


def addresses_reader(sentence: str, claim: str) -> bool:
    """Return whether a sentence instructs or, unlike `claim`, addresses its reader.

    What it quotes does not count.
    """
    instructs, speaks_to_you = _addressing(sentence)
    return instructs or (speaks_to_you and not _YOU.search(claim))


def is_question(sentence: str) -> bool:
    """Return whether a sentence asks something, and so states nothing."""
    return sentence.rstrip("”’\"') ").endswith("?")


@functools.lru_cache(maxsize=4096)
def _addressing(sentence: str) -> tuple[bool, bool]:
    plain = strip_invisible(sentence)
    return bool(_INSTRUCTION.match(plain)), bool(_YOU.search(_QUOTATION.sub("", plain)))
