"""Untrusted text as harmless HTML."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import UndefinedError, nodes
from markupsafe import Markup

from qa.chat.rendering import environment, macro
from qa.types import Citation

TEXT = "Before. The <b>lock</b> opened & closed. After."


def cite(number: int, start: int, end: int, text: str = TEXT, **origin: str) -> Citation:
    """Return a citation of `text[start:end]`."""
    values: dict[str, Any] = {"title": "T", "source": "S", "published": "", "url": "", **origin}
    return Citation(number, "a.md", **values, start=start, end=end, quote=text[start:end])


def build(name: str, *args: object) -> Markup:
    """Return what one of the shared macros renders."""
    return macro("macros.html", name, *args)


def test_inline_text_is_escaped_and_isolated() -> None:
    """No tag of the text survives, and its direction ends with it."""
    assert build("bdi", '<img src="x">') == "<bdi>&lt;img src=&#34;x&#34;&gt;</bdi>"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("plain", ""),
        ("\u202eopen", "\u202c"),
        ("\u2067open", "\u2069"),
        ("\u202eboth\u2066open", "\u2069\u202c"),
        ("\u202eclosed\u202c", ""),
        ("\u2066\u202eclosed by the outer\u2069", ""),
        ("\u2066\u202c not closed by the other kind", "\u2069"),
        ("\u2069stray\u202eopen", "\u202c"),
    ],
)
def test_a_direction_ends_with_its_text(text: str, end: str) -> None:
    """Each embedding and isolate that a text leaves open is ended after it, the last one first."""
    attribute = f' data-end="{end}"' if end else ""
    assert build("bdi", text) == f"<bdi{attribute}>{text}</bdi>"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//host/path",
        "https:",
        "http://[broken",
        "",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    """An address of any other kind gives no link at all."""
    assert build("link", url, "original") == ""


def test_a_link_cannot_break_out_of_its_attribute() -> None:
    """Quotes in an address are escaped, and the other page learns nothing of this one."""
    html = build("link", 'https://host/"onclick="x', "original")
    assert 'href="https://host/&#34;onclick=&#34;x"' in html
    assert 'rel="noopener noreferrer"' in html


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2022-12-28", '<time datetime="2022-12-28">28 December 2022</time>'),
        ("2026-05-04T10:00:00+02:00", '<time datetime="2026-05-04">4 May 2026</time>'),
        ("late <May>", "<bdi>late &lt;May&gt;</bdi>"),
    ],
)
def test_dates_are_written_out(published: str, expected: str) -> None:
    """An ISO date reads like one in a newspaper; anything else stays as it is."""
    assert build("date", published) == expected


def test_a_marker_names_its_source_and_carries_its_quote() -> None:
    """Both are escaped; a click on the button leads to the anchor of the quote."""
    html = build("marker", cite(1, 8, 36, title='The "lock"'), 2)
    assert html.startswith('<button type="button" class="marker" data-cite="cite-2-1"')
    assert 'aria-label="Source 1: The &#34;lock&#34;"' in html
    assert 'data-quote="The &lt;b&gt;lock&lt;/b&gt; opened &amp; clo"' in html
    assert html.endswith(">[1]</button>")


def test_stress_falls_on_the_first_occurrence_only() -> None:
    """The stressed words are escaped like the rest; words that do not occur stress nothing."""
    assert build("piece", "a <b> c <b>", "span", "<b>") == (
        '<span class="piece">a <strong>&lt;b&gt;</strong> c &lt;b&gt;</span>'
    )
    assert "<strong>" not in build("piece", "a <b> c", "span", "d")


def test_every_value_is_escaped_and_none_is_forgotten() -> None:
    """A template escapes what it is given, and fails where a value is missing."""
    template = environment().from_string("<p title='{{ value }}'>{{ value }}</p>")
    assert template.render(value="'<b>") == "<p title='&#39;&lt;b&gt;'>&#39;&lt;b&gt;</p>"
    with pytest.raises(UndefinedError):
        template.render()


@pytest.mark.parametrize("template", environment().list_templates())
def test_no_template_trusts_a_value(template: str) -> None:
    """Autoescape is never switched off, and only constants of a template are marked as safe."""
    loader = environment().loader
    assert loader is not None
    tree = environment().parse(loader.get_source(environment(), template)[0])
    marked = [found.node for found in tree.find_all(nodes.Filter) if found.name == "safe"]
    assert all(isinstance(node, nodes.Const) for node in marked)
    assert not any(tree.find_all((nodes.MarkSafe, nodes.MarkSafeIfAutoescape)))
    assert not any(tree.find_all(nodes.ScopedEvalContextModifier))
