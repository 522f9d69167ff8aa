"""Windows of tokens, as each encoder takes them."""

# ruff: noqa: S311 -- nothing secret depends on these numbers
from __future__ import annotations

import random
from itertools import pairwise

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from training.base import LAYOUTS, packaged_tokenizer
from training.features import Encoder, Feature, batches, padded, representative
from training.sources import Context, Example

_WORDS = [f"w{n}" for n in range(60)]
_TEXT = " ".join(_WORDS)
# A question of two words, and the place of its answer's first and last word.
_ASKED, _SPANS = "w3 w58", [(0, 0), (0, 3), (17, 19), (30, 30), (56, 59)]


def _encoder(base: str, window: int = 24) -> Encoder:
    """Return an encoder whose tokens are words: the id of `wN` is 1000 + N."""
    vocabulary = {"[UNK]": 100} | {word: 1000 + n for n, word in enumerate(_WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 -- a token of text
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return Encoder(tokenizer, LAYOUTS[base], window)


@pytest.fixture(params=sorted(LAYOUTS))
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Return an encoder of each layout, with room for 24 tokens in a window."""
    return _encoder(request.param)


def _example(first: int, last: int) -> Example:
    """Return a question on the whole text whose answer is its words `first` to `last`."""
    start = _TEXT.index(_WORDS[first])
    answer = " ".join(_WORDS[first : last + 1])
    return Example(_ASKED, Context("c", "", _TEXT), ((start, start + len(answer)),))


def _unanswered(context: str) -> Example:
    return Example(_ASKED, Context("c", "", context), ())


def _first_window(encoder: Encoder, context: str) -> Feature:
    return next(encoder.windows(_unanswered(context), 6))


@pytest.mark.parametrize(
    ("base", "ids", "context"),
    [
        # [CLS] question [SEP] context [SEP]
        ("minilm", (101, 1003, 1058, 102, 1007, 100, 1009, 102), 4),
        # <s> question </s></s> context </s>, and every word four places further on in the
        # vocabulary
        ("mpnet", (0, 1007, 1062, 2, 2, 1011, 104, 1013, 2), 5),
    ],
)
def test_a_pair_is_laid_out_as_its_encoder_was_trained(
    base: str, ids: tuple[int, ...], context: int
) -> None:
    """Special tokens, vocabulary and the answer's positions are those of the encoder."""
    example = Example(_ASKED, Context("c", "", "w7 new w9"), ((3, 9),))
    feature = _encoder(base).train(example, random.Random(0))
    assert feature == Feature(ids, context, ((0, 2), (3, 6), (7, 9)), context + 1, context + 2)


@pytest.mark.parametrize("base", sorted(LAYOUTS))
def test_a_title_comes_before_its_context(base: str) -> None:
    """A title stands apart between question and context, in every window; no answer can lie in it."""
    encoder, titled = _encoder(base), Context("c", "", _TEXT, "w1 w2")
    plain, *_ = encoder.windows(_unanswered(_TEXT), 6)
    for feature in encoder.windows(Example(_ASKED, titled, ()), 6):
        words = [one + 1000 + encoder.layout.shift for one in (1, 2)]
        before = [*plain.ids[: plain.context], *words, *encoder.layout.closing]
        assert list(feature.ids[: feature.context]) == before
        assert len(feature.ids) <= 24
        assert not any(padded([feature], encoder.layout.pad)[2][0][: feature.context])


def test_a_long_title_is_cut() -> None:
    """Of a title that takes more than its share of a window, the beginning is read."""
    encoder = _encoder("mpnet", 288)
    (feature,) = encoder.windows(Example(_ASKED, Context("c", "", "w7 w9", _TEXT), ()), 6)
    (untitled,) = encoder.windows(_unanswered("w7 w9"), 6)
    assert feature.context - untitled.context == 24 + 1


def test_the_first_layout_is_the_packaged_tokenizers_own() -> None:
    """A pair in MiniLM's layout is what its own tokenizer makes of it."""
    tokenizer, text = packaged_tokenizer(), "Anna Lund rebuilt it."
    (feature,) = Encoder(tokenizer, LAYOUTS["minilm"]).windows(
        Example("Who?", Context("c", "", text), ()), 6
    )
    assert list(feature.ids) == tokenizer.encode("Who?", text).ids


def test_a_window_decodes_to_the_answer(encoder: Encoder) -> None:
    """Wherever a window falls in a long text, its target tokens are the answer's words, in ids and in characters."""
    firsts = set()
    for seed in range(20):
        for first, last in _SPANS:
            feature = encoder.train(_example(first, last), random.Random(seed))
            assert feature is not None
            words = [1000 + n + encoder.layout.shift for n in range(first, last + 1)]
            assert list(feature.ids[feature.start : feature.end + 1]) == words
            begin, end = feature.span(feature.start, feature.end)
            assert _TEXT[begin:end].split() == _WORDS[first : last + 1]
            firsts.add(feature.offsets[0])
    assert len(firsts) > 10


def test_a_window_is_full_and_no_longer_than_asked(encoder: Encoder) -> None:
    """Of a long text a window takes as much as it can hold, special tokens and question included."""
    feature = encoder.train(_example(30, 30), random.Random(0))
    assert feature is not None
    assert len(feature.ids) == 24
    assert feature.ids[-1] == encoder.layout.closing[-1]


def test_an_unanswerable_example_points_at_the_first_token(encoder: Encoder) -> None:
    """Without an answer the target is position 0, which stands for no answer."""
    feature = encoder.train(_unanswered(_TEXT), random.Random(0))
    assert feature is not None
    assert (feature.start, feature.end) == (0, 0)


def test_an_answer_longer_than_a_window_is_left_out(encoder: Encoder) -> None:
    """What no window can hold is not taught in part; one word less and it is taught."""
    layout = encoder.layout
    room = 24 - 2 - len(layout.opening + layout.between + layout.closing)
    assert encoder.train(_example(0, room), random.Random(0)) is None
    assert encoder.train(_example(0, room - 1), random.Random(0)) is not None


def test_windows_cover_every_token(encoder: Encoder) -> None:
    """Overlapping windows leave no word of a long text unread, and ids and characters agree in each."""
    windows = list(encoder.windows(_unanswered(_TEXT), stride=6))
    assert len(windows) > 2
    read = [[_TEXT[start:end] for start, end in window.offsets] for window in windows]
    assert {word for words in read for word in words} == set(_WORDS)
    assert all(set(one) & set(two) for one, two in pairwise(read))
    for window, words in zip(windows, read, strict=True):
        ids = window.ids[window.context : window.context + len(words)]
        assert [_WORDS[one - 1000 - encoder.layout.shift] for one in ids] == words


@pytest.mark.parametrize(("base", "pad"), [("minilm", 0), ("mpnet", 1)])
def test_padding_is_the_encoders_own_and_masked(base: str, pad: int) -> None:
    """Shorter rows are filled with the layout's padding, which the mask leaves out, and real tokens keep their ids."""
    encoder = _encoder(base)
    long, short = _first_window(encoder, _TEXT), _first_window(encoder, "w1 w2")
    ids, mask, _ = padded([long, short], encoder.layout.pad)
    n = len(short.ids)
    assert ids == [[*long.ids], [*short.ids] + [pad] * (24 - n)]
    assert mask == [[1] * 24, [1] * n + [0] * (24 - n)]


def test_exactly_the_contexts_tokens_are_inside(encoder: Encoder) -> None:
    """Neither the question, nor a special token, nor padding can be part of an answer; an empty text holds none."""
    features = [_first_window(encoder, text) for text in (_TEXT, "w1 w2", "")]
    ids, _, inside = padded(features, encoder.layout.pad)
    marked = [
        [one for one, at in zip(*row, strict=True) if at] for row in zip(ids, inside, strict=True)
    ]
    shift, read = encoder.layout.shift, len(features[0].offsets)
    assert marked == [[1000 + n + shift for n in range(read)], [1001 + shift, 1002 + shift], []]


def test_the_answer_most_agreed_on_is_taught() -> None:
    """Of several answers the one that overlaps the others most is the target; of equals, the shortest."""
    context = Context("c", "", "x" * 60)
    assert representative(Example("q", context, ((40, 50), (0, 10), (0, 12)))) == (0, 10)


def test_batches_hold_each_example_once() -> None:
    """Bucketing by length loses and repeats nothing, and puts like lengths together."""
    lengths = [random.Random(n).randint(10, 300) for n in range(1_000)]
    made = batches(lengths, 16, random.Random(3))
    assert sorted(i for batch in made for i in batch) == list(range(1_000))
    padding = sum(max(lengths[i] for i in b) * len(b) - sum(lengths[i] for i in b) for b in made)
    assert padding < 0.1 * sum(lengths)
