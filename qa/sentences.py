"""Splits text into paragraphs and sentences, by rules for news prose as it is found.

Rules and not a library, because the libraries know neither broken quotations, nor wrapped lines,
nor leftovers of web pages; `python -m evals.sentences` measures them.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterator, Sequence

from qa.languages import code_of, is_english
from qa.lexicon import MONTHS, WEEKDAYS
from qa.quotations import enclosed_spans

Span = tuple[int, int]

LONGEST_SENTENCE = 600
"""Characters of the longest sentence; what runs on is cut, best where it may be."""

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")

# Lines.
_HEADING = re.compile(r"\s*#{1,6}[^\S\n]")
_ITEM = re.compile(
    r"\s*(?:[-*•–·▪‣◦][^\S\n]|•|\d{1,3}[.)/][^\S\n]|\d{1,3}/\d{1,3}[^\S\n]|[a-zA-Z][.)][^\S\n]|"
    r"[ivx]{1,4}[.)][^\S\n]|\((?:\d{1,2}|[a-z]|[ivx]{1,4}|\d{1,2}/\d{1,2})\)[^\S\n])"
)
_SPEAKER = re.compile(
    r"\s*\**(?:[A-Z][\w’'-]*\.?[^\S\n]){0,3}(?:[A-Z][\w’'-]*|\d{1,2})\**:\**[^\S\n]"
)
_LEFTOVER = re.compile(
    r"\W*(?:read more|more on this|related|see also|also read|watch|listen|in pictures|"
    r"(?:image|photo|picture)(?:s| caption| source| credit)?(?=[:,])|"
    r"caption(?=[:,])|credit(?=:)|media caption|advertisement|share this|follow us|"
    r"sign up|subscribe|last updated|updated(?=:)|published(?=:)|"
    r"story continues|article continues|you may also like|by [A-Z])",
    re.IGNORECASE,
)
_SUBSCRIPT = re.compile(r"\d+ [a-z]")
_WORD = re.compile(r"\w+")
_COMMA = re.compile(r"[-–—(]$|,[\"'”’]*$")
_STOP = re.compile(r"[.!?…][\"'”’»)\]*_]*$")
_NARROW = 45
_OPEN_ENDS = frozenset(
    "a an the and or nor but of in on at by for from to with as into than that which who when "
    "while if is are was were be been has have had will would can could not his her its their our "
    "mr mrs ms dr".split()
)

# Sentences.
_END = re.compile(
    r"(?P<stop>(?<![.!?…])[.!?…]++|(?<![。！？।॥؟۔])[。！？।॥؟۔]++)"
    r"(?P<after>(?:[\"'”’»›)\]*_¹²³⁰⁴-⁹①-⑳†‡§\u200b-\u200d\u2060\ufe00-\ufe0f]|\[\w{1,3}\])*+)"
    r"(?:(?=\s)|(?<=[。！？])|(?<=[^\W\d_]{2}[.!?])(?=[A-Z][a-z]*\s))"
)
_TOKEN = re.compile(r"[^\s\"'“”‘’«»()\[\]*_—–/]+$")
_NEXT = re.compile(r"\W{0,80}?(?P<opener>[\"“‘«'(\[]?)[*_]*(?P<word>\w[\w’'-]*)")
# Begins no prose: markup that was left, or a mark of its own.
_MARKUP = re.compile(r"\s*(?:[<{|#`~@=]|![\[\w])")
_LONGEST_MARK = 20
_MARK_ONLY = re.compile(r"\W*(?:\d{1,3}(?:/\d{0,3})?|[A-Za-z]|[ivx]{1,4})?\W*")
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]")
_REPORTED = re.compile(
    r"(?:[A-Z][\w.’'-]*\s+){1,4}(?:said|says|asked|asks|shouted|cried|called|added|replied|wrote|"
    r"told|answered|wondered|joked|yelled|exclaimed)\b"
)
_LEFT_WORDS = 3

# Never the end of a sentence; in lower case.
_TITLES = frozenset(
    "mr mrs ms mx dr prof rev messrs mme mlle cllr cllrs capt cmdr sgt cpl pte adm insp det supt "
    "e.g i.e eg ie cf viz vs v approx ca".split()
)
_CAPITAL_TITLES = frozenset("gov sen rep lt col gen maj hon fr mt ft pres amb st".split())
# Only before a number.
_NUMBERED = frozenset("no nos art fig figs sec ch p pp vol vols ext para reg est tel".split())
# The end of a sentence only where the next word can hardly go on with a name.
_MAYBE = frozenset(
    "inc ltd co corp bros plc llc jr sr st rd ave blvd sq hwy dept univ al esq bt pt".split()
)
_CALENDAR = frozenset(
    [month[:3].lower() for month in MONTHS]
    + ["sept", "tues", "thurs"]
    + [day[:3].lower() for day in WEEKDAYS]
)
_CLOCK = frozenset(("a.m", "p.m", "am", "pm"))
_NOT_AFTER_CLOCK = (
    frozenset(MONTHS)
    | frozenset(WEEKDAYS)
    | frozenset(
        "GMT BST UTC CET CEST EST EDT CST CDT MST MDT PST PDT ET CT MT PT Eastern Central Pacific "
        "Mountain Greenwich".split()
    )
)
_STARTERS = frozenset(
    "The A An He She It They We I You This That These Those There Here In On At By For From With "
    "Without After Before When While Since If As But And Or So Yet Nor Not No Nobody None Its His "
    "Her Their Our My Your Who What Why How Where Which Whether Although Though Because However "
    "Meanwhile Some Many Most Few Several All Both Each Every Another Other Others Last Next Then "
    "Now Later Earlier Today Yesterday Once Only Even Still Also Under Over Between During Until "
    "Despite Among Instead Neither Either To Of More Less About Asked Police Officials".split()
)


def paragraph_spans(text: str) -> list[Span]:
    """Return the spans of the paragraphs of `text`, without the blank lines between them."""
    cuts = [
        (0, 0),
        *(match.span() for match in _BLANK_LINES.finditer(text)),
        (len(text), len(text)),
    ]
    spans = (_strip(text, before, after) for (_, before), (after, _) in itertools.pairwise(cuts))
    return [span for span in spans if span[0] < span[1]]


def sentence_spans(text: str, longest: int = LONGEST_SENTENCE, language: str = "") -> list[Span]:
    """Return the spans of the sentences of `text`, without surrounding white space.

    No sentence crosses a blank line. Headings, list items, captions and other lines that are no
    part of running text are sentences of their own. What quotation marks or brackets enclose
    is not cut, unless it is too long. Every character that is not white space lies in exactly one
    span.

    Args:
        text: of an article.
        longest: the most characters of a sentence.
        language: its code or tag; other languages than English are cut by sentencex.
    """
    code = "" if is_english(language) else code_of(language)
    paragraphs = paragraph_spans(text)
    spans = list[Span]()
    for number, (start, end) in enumerate(paragraphs):
        following = text[paragraphs[number + 1][0]] if number + 1 < len(paragraphs) else ""
        for block in _blocks(text, start, end):
            if code:
                spans += _foreign_sentences(text, block, code, longest)
            else:
                spans += _sentences(text, block, following if block[1] == end else "", longest)
    return spans


def _foreign_sentences(text: str, block: Span, language: str, longest: int) -> Iterator[Span]:
    """Yield the sentences of a block in another language."""
    import sentencex

    at = block[0]
    for sentence in sentencex.segment(language, text[slice(*block)]):
        start, end = _strip(text, at, at + len(sentence))
        at += len(sentence)
        yield from _short_enough(text, start, end, (), longest)


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Split a paragraph at the ends of lines that are not wrapped text."""
    first = text.find("\n", start, end)
    if first == -1:
        yield start, end
        return
    lines = list[Span]()
    at = start
    for newline in [*_newlines(text, first, end), end]:
        lines.append((at, newline))
        at = newline + 1
    shown = [text[slice(*line)].removeprefix(">").strip() for line in lines]
    width = max(map(len, shown))
    running = any(line[:1].islower() for line in shown)
    block = start
    for (above, below), (_, newline), (begin, _) in zip(
        itertools.pairwise(shown), lines, lines[1:], strict=False
    ):
        indented = text[begin] in " \t" and text[newline - 1 : newline] != ""
        if _is_break(above, below, width, running=running, indented=indented):
            yield block, newline
            block = begin
    yield block, end


def _newlines(text: str, first: int, end: int) -> Iterator[int]:
    while first != -1:
        yield first
        first = text.find("\n", first + 1, end)


def _is_break(above: str, below: str, width: int, *, running: bool, indented: bool) -> bool:
    """Return whether two lines of a paragraph are apart: the end of the upper one means something.

    Args:
        above: the upper line.
        below: the lower line.
        width: the length of the longest line of the paragraph.
        running: some line of the paragraph goes on in lower case.
        indented: the lower line is.
    """
    if not above or not below:
        return False
    if _HEADING.match(above) or _LEFTOVER.match(above) or _stands_alone(below):
        return True
    if below[0].islower() or _SUBSCRIPT.match(below) or _COMMA.search(above):
        return False
    if _ITEM.match(above):
        return not indented
    if _is_running(above):
        return False
    fitting = len(above) + 1 + len(below.split(maxsplit=1)[0]) <= width
    return fitting or above.isupper() or below.isupper() or (width < _NARROW and not running)


def _is_running(line: str) -> bool:
    """Return whether a line is running text: it ends, holds or cannot end a sentence."""
    *_, last = _WORD.findall(line) or [""]
    return bool(
        _STOP.search(line)
        or (last.lower() in _OPEN_ENDS and not line.isupper())
        or next(_ends(line), None) is not None
    )


def _stands_alone(line: str) -> bool:
    return bool(
        _HEADING.match(line) or _ITEM.match(line) or _SPEAKER.match(line) or _LEFTOVER.match(line)
    )


def _sentences(text: str, block: Span, following: str, longest: int) -> list[Span]:
    """Return the sentences of a block; `following` begins the next paragraph."""
    part = text[slice(*block)]
    enclosed = enclosed_spans(part, following, longest)
    inner, cuts, at = list[int](), [0], 0
    for cut in _ends(part):
        while at < len(enclosed) and enclosed[at][1] <= cut:
            at += 1
        if at < len(enclosed) and enclosed[at][0] < cut:
            inner.append(cut)
        elif cut - cuts[-1] > _LONGEST_MARK or not _MARK_ONLY.fullmatch(part, cuts[-1], cut):
            cuts.append(cut)
    cuts.append(len(part))
    spans = list[Span]()
    for cut, following_cut in itertools.pairwise(cuts):
        start, end = _strip(part, cut, following_cut)
        if start < end:
            spans += _short_enough(part, start, end, inner, longest)
    return [(block[0] + start, block[0] + end) for start, end in spans]


def _ends(part: str) -> Iterator[int]:
    """Yield where sentences end, with the marks that close them, whatever encloses them."""
    begun = 0
    for match in _END.finditer(part):
        if _is_end(part, match, begun):
            begun = match.end()
            yield begun


def _is_end(part: str, match: re.Match[str], begun: int) -> bool:
    following = _NEXT.match(part, match.end())
    if following is None:
        return False
    word = following["word"]
    if word[0].islower() and word.islower():
        return _MARKUP.match(part, match.end()) is not None
    stop = match["stop"]
    if stop != ".":
        return not (
            stop[-1] in "!?"
            and match["after"][:1] in tuple("\"'”’")
            and _REPORTED.match(part, following.start("word"))
        )
    found = _TOKEN.search(part, max(begun, match.start() - 20), match.start())
    if found is None or match["after"][:1] not in ("", "*", "_", ")"):
        return True
    initial = len(word) == 1 and part.startswith(".", following.end())
    starts = bool(following["opener"]) or (word in _STARTERS and not initial)
    return not _is_abbreviation(found[0], word, starts=starts) and not (
        found[0].lower() in _CLOCK and len(part[begun : match.start()].split()) <= _LEFT_WORDS
    )


def _is_abbreviation(token: str, following: str, *, starts: bool) -> bool:
    """Return whether a token before a full stop is one that goes on with the next word.

    Args:
        token: without the full stop.
        following: the next word.
        starts: that word, or a mark before it, can only begin a sentence.
    """
    low, capital = token.lower(), token[0].isupper()
    if low in _TITLES or (capital and low in _CAPITAL_TITLES and not (low == "st" and starts)):
        return True
    if low in _NUMBERED:
        return following[0].isdigit() or low in ("reg", "est")
    if low in _CLOCK:
        return following in _NOT_AFTER_CLOCK
    if (
        low in _MAYBE
        or (capital and low in _CALENDAR)
        or (_INITIALS.fullmatch(token) and not token.isdigit())
    ):
        return not starts
    return False


def _short_enough(
    part: str, start: int, end: int, inner: Sequence[int], longest: int
) -> Iterator[Span]:
    """Cut a sentence that is too long: where one ends inside it, else by line, mark or word."""
    while end - start > longest:
        limit = start + longest
        at = max(bisect.bisect_right(inner, limit) - 1, 0)
        inside = bool(inner) and start < inner[at] <= limit
        cut = inner[at] if inside else _last_gap(part, start, limit)
        yield _strip(part, start, cut)
        start, _ = _strip(part, cut, end)
    if start < end:
        yield start, end


def _last_gap(part: str, start: int, limit: int) -> int:
    """Return where to cut at most at `limit`: after a line, a mark or a word, or there."""
    middle = (start + limit) // 2
    for gap in ("\n", "; ", ": ", ", ", " "):
        if (found := part.rfind(gap, middle, limit)) != -1:
            return found + 1
    return limit


def _strip(text: str, start: int, end: int) -> Span:
    """Shrink a span by the white space around it."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
