"""Markdown as the text that its readers see: words without marks, line by line where it was.

Headings keep their hashes and list items their marks, as in the text of every other format; tables
are read as `table_text` says. Code is left out. Where nothing is marked up nothing changes.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from qa.extract.document import Document
from qa.extract.markup import html_text, parse_html, table_text
from qa.text import Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

# Deeper than any text; what is deeper stays as it is.
_DEEPEST = 60
_LONGEST_HEADING = 150
_SIGNS = re.compile(
    r"\]\((?:https?:|mailto:|/|#)|\*\*\S[^*\n]*\*\*|^#{1,6} \S|^```|^\|.*\|[^\S\n]*\n\|.*\|",
    re.MULTILINE,
)
_WIKI_LINK = re.compile(
    r"(!?)\[\[([^\[\]|\n]{1,300})(?:\|([^\[\]\n]{1,300}))?\]\](?:\(#[^()\s]*\))?"
)
_NOTE = re.compile(r"\[\^[^\]\s]{1,60}\](?::[^\S\n]?)?")
_SHORTCODE = re.compile(
    r"\{\{[<%].{0,2000}?[>%]\}\}|\{%.{0,2000}?%\}|\{/\*.{0,2000}?\*/\}|\{:[^{}\n]*\}", re.DOTALL
)
_CAPTION = re.compile(r"\bcaption=(?:\"([^\"]*)\"|'([^']*)')")
# Code between tags of Liquid, and comments of Obsidian; what templates fill in; marks of Obsidian.
_LEFT_OUT = re.compile(
    r"\{%-? ?(highlight|comment)\b.{0,4000}?\{%-? ?end\1 ?-?%\}"
    r"|^%%.{0,5000}?%%[^\S\n]*$|%%[^%\n]*%%",
    re.DOTALL | re.MULTILINE,
)
_FILLED_IN = re.compile(r"\{\{(?![<%])[^{}\n]{0,200}\}\}")
_SMALL_MARKS = (
    (re.compile(r"^:::+ ?\w* ?", re.MULTILINE), ""),
    (re.compile(r"^\*\[[^\]\n]+\]:.*$", re.MULTILINE), ""),
    (re.compile(r"==(?=\S)([^=\n]{1,300}?)(?<=\S)=="), r"\1"),
    (re.compile(r"^([ \t]{0,9}>[ \t]{0,9})\[![\w-]+\][+-]?[ \t]?", re.MULTILINE), r"\1"),
    (re.compile(r"^([ \t]{0,20}[-*+][ \t]{1,4})\[[ xX]\][ \t]", re.MULTILINE), r"\1"),
    (re.compile(r"(?<=\S)[ \t]{1,4}\^[A-Za-z0-9-]{2,40}$", re.MULTILINE), ""),
)
_MODULE_LINE = re.compile(r"(?:import|export)\s.*(?:\bfrom\b|=|[\"'])")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
_FILE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|webp|svg|avif)", re.IGNORECASE)
_ROW = re.compile(r"\s*\|.*\|\s*")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_RULE_CELL = re.compile(r":?-+:?")
_EMPTY = re.compile(r"\(\s*\)|\[\s*\]")
_ADDRESS = re.compile(r"https?://(?:www\.)?([^/\s?#]+)\S*")
_BEFORE_NOTE = re.compile(r"[.,;:!?\"”’)\]]$|[^\W\d_]{4}$")
# What is left out, by what ends it; and what leaves a gap.
_HIDDEN = {"s_open": "s_close", "s": "/s", "del": "/del", "strike": "/strike", "script": "/script"}
_UNSHOWN = frozenset(("removed", "html_inline", "image", "s_open"))
_BLANKS = re.compile(
    r"(?<=\S)[^\S\n]{2,}(?=\S)|[^\S\n]+(?=[.,;:!?](?:\s|$))|[^\S\n]+$", re.MULTILINE
)
# Marks of notes behind a sentence, a mark or a long word; those behind short words are powers: m².
_NOTE_MARKS = re.compile(
    r"(?<=[.,;:!?\"”’)\]])(?:[¹²³⁰⁴-⁹①-⑳]+|[†‡]+)(?=[\s\"”’)]|$)|"
    r"(?<=[^\W\d_]{4})[¹²³⁰⁴-⁹①-⑳†‡]+(?=[\s.,;:!?\"”’)]|$)|"
    r"(?<=[\w.,;:!?\"”’)])(?:\[\d{1,3}\])+(?=[\s.,;:!?\"”’)]|$)|"
    r"^[¹²³⁰⁴-⁹†‡]+[^\S\n]?(?=\w)",
    re.MULTILINE,
)
_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def looks_marked_up(text: str) -> bool:
    """Return whether a text of no known format is Markdown: it has links, bold words, headings."""
    return _SIGNS.search(text) is not None


def without_note_marks(text: str) -> str:
    """Return a text without the marks of its footnotes: `5-4.¹`, `water.[3]`."""
    return _NOTE_MARKS.sub("", text)


def prose(text: str, document: Document) -> str:
    """Return Markdown as text.

    Args:
        text: normalised, without front matter.
        document: takes the warnings.
    """
    text = _FILLED_IN.sub("", _LEFT_OUT.sub(lambda found: "\n" * found[0].count("\n"), text))
    for mark, words in _SMALL_MARKS:
        text = mark.sub(words, text)
    env: dict[str, Any] = {}
    tokens = _parser().parse(text, env)
    defined = [*env.get("references", {}).values(), *env.get("duplicate_refs", [])]
    references = [each["map"] for each in defined if "map" in each]
    return _Writer(text, references, document).written(tokens)


class _Writer:
    """Writes the blocks of one text, each at its line.

    Args:
        text: that was parsed.
        references: the lines that define links.
        document: takes the warnings.
    """

    def __init__(self, text: str, references: Sequence[Span], document: Document) -> None:
        self._lines = text.split("\n")
        self._defining = {line for first, last in references for line in range(first, last)}
        self._document = document
        self._out: list[str] = []
        self._at = 0
        self._marks: list[str] = []  # of the items that are open; empty once it is written
        self._depth = 0  # of block quotations
        self._code = 0  # blocks

    def written(self, tokens: Sequence[Token]) -> str:
        """Return the text."""
        number = 0
        while number < len(tokens):
            token = tokens[number]
            if token.type == "table_open":
                ends = (n for n in range(number, len(tokens)) if tokens[n].type == "table_close")
                last = next(ends)
                rows = list(_rows(tokens[number:last]))
                self._put(token, table_text(rows, headed=any(rows[0])))
                number = last
            elif token.type == "inline":
                self._write_inline(token, tokens[number - 1])
            else:
                self._write_block(token)
            number += 1
        if self._code:
            blocks = "a code block" if self._code == 1 else f"{self._code} code blocks"
            self._document.warn(f"left out {blocks}: code is no prose")
        self._fill(len(self._lines))
        return "\n".join(self._out)

    def _write_block(self, token: Token) -> None:
        match token.type:
            case "list_item_open":
                self._marks.append(f"{token.info}{token.markup}" if token.info else "-")
            case "list_item_close":
                self._marks.pop()
            case "blockquote_open":
                self._depth += 1
            case "blockquote_close":
                self._depth -= 1
            case "html_block":
                self._put(token, html_text(parse_html(token.content, self._document.name)))
            case "fence":
                self._code += 1
                self._put(token, "")
            case "hr":
                self._put(token, "")

    def _write_inline(self, token: Token, opening: Token) -> None:
        if self._is_table(token):
            rows = [_CELL_BORDER.split(line.strip()[1:-1]) for line in token.content.split("\n")]
            kept = [
                row for row in rows if not all(_RULE_CELL.fullmatch(cell.strip()) for cell in row)
            ]
            self._put(opening, table_text([list(map(_inline_text, row)) for row in kept]))
            return
        if self._document.name.lower().endswith(".mdx") and _MODULE_LINE.match(token.content):
            self._put(opening, "")
            return
        text = _shown(token.children or [])
        level = int(opening.tag[1]) if opening.type == "heading_open" else 0
        underlined = opening.markup in ("-", "=")
        if level and not (underlined and (len(text) > _LONGEST_HEADING or text.endswith("."))):
            self._put(opening, f"{'#' * level} {' '.join(text.split())}" if text else "")
        elif text == token.content and not level and not self._marks and not self._depth:
            self._put(opening, None)
        else:
            self._put(opening, text)

    @staticmethod
    def _is_table(token: Token) -> bool:
        """Return whether a paragraph is a table that lacks the line below its heads."""
        lines = token.content.split("\n")
        return len(lines) > 1 and all(map(_ROW.fullmatch, lines))

    def _put(self, token: Token, text: str | None) -> None:
        """Write the text of a block in its place; None: as it is, empty: leave it out."""
        first, last = token.map or (self._at, self._at)
        self._fill(first)
        if text is None:
            self._out += self._lines[first:last]
        elif text:
            lines = text.split("\n")
            if self._marks:
                lines = list(self._indented(lines))
            self._out += lines
        else:
            self._join(last)
        self._at = max(self._at, last)

    def _join(self, line: int) -> None:
        """Leave one blank line between what comes before and after a block that is left out."""
        before = bool(self._out) and bool(self._out[-1])
        after = line < len(self._lines) and bool(self._lines[line].strip())
        if before and after:
            self._out.append("")
        elif not before and not after and self._out:
            self._out.pop()

    def _indented(self, lines: Sequence[str]) -> Iterator[str]:
        inside = "  " * len(self._marks)
        for line in lines:
            mark, self._marks[-1] = self._marks[-1], ""
            before = f"{inside[2:]}{mark} " if mark else inside
            yield f"{before}{line}" if line else ""

    def _fill(self, line: int) -> None:
        """Write the lines between two blocks: blank ones, or those too deep to be parsed."""
        for number in range(self._at, line):
            if not self._lines[number].strip(" \t>"):
                self._out.append("")
            elif number not in self._defining:
                self._out.append(self._lines[number])
        self._at = max(self._at, line)


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    # Four blanks before a line are an indented paragraph far more often than code.
    parser.disable("code")
    parser.inline.ruler.before("link", "wiki_link", _replaced(_WIKI_LINK, _wiki_words))
    parser.inline.ruler.before("wiki_link", "note", _replaced(_NOTE, lambda _: ""))
    parser.inline.ruler.before("note", "shortcode", _replaced(_SHORTCODE, _caption))
    parser.block.ruler.before("reference", "note", _note_paragraph)
    return parser


def _caption(shortcode: re.Match[str]) -> str:
    found = _CAPTION.search(shortcode[0])
    return (found[1] or found[2] or "") if found else ""


def _note_paragraph(state: StateBlock, first: int, last: int, silent: bool) -> bool:  # noqa: FBT001 - the parser's interface
    """Take the text of a footnote for a paragraph, not for the definition of a link."""
    from markdown_it.rules_block import paragraph

    at = state.bMarks[first] + state.tShift[first]
    return bool(_NOTE.match(state.src, at)) and paragraph(state, first, last, silent)


def _replaced(
    pattern: re.Pattern[str], words: Callable[[re.Match[str]], str]
) -> Callable[[StateInline, bool], bool]:
    """Return an inline rule that shows other words for what a pattern matches."""

    def rule(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser's interface
        found = pattern.match(state.src, state.pos)
        if not found:
            return False
        if not silent:
            shown = words(found)
            token = state.push("text" if shown else "removed", "", 0)
            token.content = shown
        state.pos = found.end()
        return True

    return rule


def _wiki_words(found: re.Match[str]) -> str:
    embedded, target, words = found.groups()
    if embedded or target.isdecimal():  # a file, or the mark of a note
        return ""
    return (words or target.partition("#")[0] or target).strip()


def _rows(tokens: Sequence[Token]) -> Iterator[list[str]]:
    row: list[str] = []
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(_shown(token.children or []))
        elif token.type == "tr_close":
            yield row


def _inline_text(text: str) -> str:
    (token,) = _parser().parseInline(text)
    return _shown(token.children or [])


def _shown(tokens: Sequence[Token]) -> str:
    """Return the words of a run of text, without marks, addresses and marks of notes."""
    pieces = list[str]()
    hidden = ""  # what ends a part that is left out
    for number, token in enumerate(tokens):
        name = _name(token)
        if hidden:
            hidden = "" if name == hidden else hidden
        elif name in _HIDDEN:
            hidden = _HIDDEN[name]
        elif name == "sup" and _is_note(tokens[number + 1 :], "".join(pieces)):
            hidden = "/sup"
        else:
            pieces.append(_piece(token, tokens[number - 1] if number else None))
    text = "".join(pieces)
    cleaned = without_note_marks(text)
    if cleaned == text and not any(token.type in _UNSHOWN for token in tokens):
        return text
    return _BLANKS.sub(
        lambda blanks: " " if _stands_between(blanks) else "", _EMPTY.sub("", cleaned)
    )


def _stands_between(blanks: re.Match[str]) -> bool:
    after = blanks.string[blanks.end() : blanks.end() + 1]
    return bool(after) and after not in "\n.,;:!?"


def _piece(token: Token, before: Token | None) -> str:
    """Return what is read of one part of a run of text."""
    match token.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            caption = _shown(token.children or []) or str(token.attrs.get("title", ""))
            return "" if _FILE_NAME.fullmatch(caption) else caption
        case "html_inline":
            return "\n" if _name(token) == "br" else ""
        case "text" if before is not None and _name(before) == "sup":
            return token.content.translate(_POWERS) if token.content.isdecimal() else token.content
        case "text" if before is not None and before.type == "link_open":
            address = _ADDRESS.fullmatch(token.content)
            return address[1] if address else token.content
    return token.content


def _name(token: Token) -> str:
    """Return a token's type; of an HTML tag its name, with a slash before it if it closes."""
    tag = _TAG.match(token.content) if token.type == "html_inline" else None
    return f"{tag[1]}{tag[2].lower()}" if tag else token.type


def _is_note(following: Sequence[Token], before: str) -> bool:
    """Return whether what is raised is the mark of a note: a link, or behind a sentence."""
    inside = list(itertools.takewhile(lambda token: _name(token) != "/sup", following))
    text = "".join(token.content for token in inside if token.type == "text")
    if any(_name(token) in ("a", "link_open") for token in inside) or "[" in text:
        return True
    return text.isdecimal() and _BEFORE_NOTE.search(before[-4:]) is not None
