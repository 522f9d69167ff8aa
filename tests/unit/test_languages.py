"""Languages: how texts are told apart, and how their words and sentences are cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.answering.nearest import NearestSentence
from qa.errors import ModelError, SettingsError
from qa.languages import checked_code, code_of, identify, is_english_question
from qa.models import e5, multilingual
from qa.pipeline import Pipeline
from qa.protocols import Snapshot
from qa.text import Span, query_terms, sentence_spans, terms, words
from qa.types import Article, Evidence, Filter, Hit, Passage
from tests.collection import BagEncoder, memory_index, write_files

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FERRY = Article(
    "ferry", "Nuevo transbordador", "El puerto cerró ayer. Marta Ruiz compró el transbordador por 4 millones. "
    "El Sr. Díaz no quiso hablar.", language="es",
)  # fmt: skip
DAM = Article("dam", "Dam", "The council met. Mara Voss inspected the dam in May.", language="en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The ferry was late because of the storm, and nobody knew why.", "en"),
        ("カモメが船のマストに止まった", "ja"),
        ("海鸥停在船的桅杆上", "zh"),
        ("갈매기가 돛대에 앉았다", "ko"),
        ("השחף נחת על התורן", "he"),
        ("Ο γλάρος κάθισε στο κατάρτι", "el"),
        ("நாரை படகில் அமர்ந்தது", "ta"),
        ("Reefs 41, 12", ""),
        ("4 – 1", ""),
    ],
)
def test_a_script_or_english_words_tell(text: str, expected: str) -> None:
    """A script of one language and English function words tell; a few letters do not."""
    assert identify(text) == expected


def test_tags_and_names_mean_the_same() -> None:
    """A tag's region does not count, and English names are understood; what is unknown is refused."""
    assert [code_of(tag) for tag in ("pt-BR", "zh_Hans", "Spanish", "EN", "")] == ["pt", "zh", "es", "en", ""]  # fmt: skip
    with pytest.raises(SettingsError, match="Klingon"):
        checked_code("Klingon")


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("Who bought the ferry?", True),
        ("when did it sink", True),
        ("Кто купил паром?", False),
        ("谁买了渡轮？", False),
        ("من اشترى العبارة؟", False),
    ],
)
def test_english_questions_are_told(question: str, english: bool) -> None:
    """Function words make a question English; another script makes it foreign."""
    assert is_english_question(question) is english


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("किताबें पढ़ो", ["किताबें", "पढो"]),
        ("மரங்கள்", ["மரங்கள்"]),
        ("كِتَاب", ["كتاب"]),
        ("סֵפֶר", ["ספר"]),
        ("Élan U.S. 30,000 ½", ["elan", "us", "30000", "1⁄2"]),
    ],
)
def test_marks_do_not_split_words(text: str, expected: list[str]) -> None:
    """Vowel signs stay in their words; points of Arabic and Hebrew, nukta and accents are left out."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("es", "votaciones", "votación"),
        ("de", "häuser", "haus"),
        ("ru", "кораблями", "корабль"),
        ("ar", "الكتب", "كتب"),
        ("ar", "إدارة", "اداره"),
        ("fr", "élections", "élection"),
    ],
)
def test_forms_of_a_word_meet(language: str, one: str, other: str) -> None:
    """The stemmer of its language takes forms of a word to one term."""
    assert terms(one, language) == terms(other, language)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh", "海鸥船", ["海鸥", "鸥船"]),
        ("ja", "カモメ", ["カモ", "モメ"]),
        ("ko", "갈매기는", ["갈매", "매기", "기는"]),
        ("th", "กขค", ["กข", "ขค"]),
    ],
)
def test_languages_without_spaces_yield_pairs(
    language: str, text: str, expected: list[str]
) -> None:
    """Neighbouring letters, with their marks, are the terms of languages that put no spaces."""
    assert terms(text, language) == expected


def test_a_query_has_the_terms_of_every_language() -> None:
    """A query over English articles is as it was; other languages add their stems."""
    asked = "votaciones about elections"
    assert query_terms(asked, {"en"}) == query_terms(asked) == terms(asked)
    assert set(query_terms(asked, {"en", "es"})) == {*terms(asked), *terms(asked, "es")}


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("es", "El Sr. Díaz llegó. ¿Quién lo vio? Nadie.", 3),
        ("hi", "नाव डूब गई। तीन लोग बचे।", 2),
        ("zh", "船沉了。三人获救。", 2),
        ("ar", "غرقت السفينة. كم نجا؟ ثلاثة.", 3),
        ("ru", "Судно затонуло в 1999 г. в море. Трое спаслись.", 2),
    ],
)
def test_sentences_of_other_languages(language: str, text: str, count: int) -> None:
    """Sentences end as the language ends them; every character that is not white space is in one."""
    spans = sentence_spans(text, language=language)
    assert len(spans) == count
    assert "".join(text[a:b] for a, b in spans).replace(" ", "") == text.replace(" ", "")


class TwoTongues(BagEncoder):
    """Knows many languages: its vectors are those of a bag of words, with prompts left out."""

    unrelated = 0.0

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each question."""
        return self.encode(texts)

    def encode_sentences(self, text: str, spans: Sequence[Span], title: str) -> NDArray[np.float32]:
        """Return one unit vector for each sentence."""
        return self.encode([text[slice(*span)] for span in spans])


class Silent:
    """A reader of English that finds the first sentence, and remembers what it was given."""

    threshold = 0.26

    def __init__(self) -> None:
        self.read_of: list[str] = []

    def read(
        self, snapshot: Snapshot, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]
    ) -> list[Evidence]:  # fmt: skip
        """Return the first sentence of each hit's article."""
        self.read_of += [hit.passage.article_id for hit in hits]
        return [Evidence(i, 0, 16, 4, 11, 0.9) for i in dict.fromkeys(self.read_of)]


def pipeline_of(folder: Path, reader: Silent) -> Pipeline:
    """Return a pipeline over an English and a Spanish article."""
    index = memory_index(folder, (DAM, FERRY))
    return Pipeline(index, reader=NearestSentence(TwoTongues(), reader))


def test_the_nearest_sentence_answers_in_another_language(tmp_path: Path) -> None:
    """A Spanish question is answered by the nearest Spanish sentence, without claimant or short answer; the reader of English is not asked."""
    reader = Silent()
    answer = pipeline_of(tmp_path, reader).answer("¿Quién compró el transbordador?")
    assert answer.citations[0].quote == "Marta Ruiz compró el transbordador por 4 millones."
    assert (answer.form, answer.note, answer.statements[0].claimant) == ("fact", "", "")
    assert reader.read_of == []


def test_quotes_in_another_language_are_marked(tmp_path: Path) -> None:
    """An English question answered from a Spanish article says in which language it is quoted."""
    reader = Silent()
    answer = pipeline_of(tmp_path, reader).answer(
        "Who bought transbordador, Marta Ruiz, millones?", where=Filter(language="Spanish")
    )
    assert answer.text.startswith("Quoted in Spanish: Marta Ruiz compró")
    assert "ferry" not in reader.read_of


def test_a_heading_is_no_answer(tmp_path: Path) -> None:
    """Headings are not quoted, however near."""
    text = "# El transbordador\n\nEl transbordador es de Marta Ruiz."
    headed = Article("h", "", text, language="es")
    hits = [Hit(Passage("h:0", "h", 0, len(text), text), 1.0, 1, "hybrid")]
    with memory_index(tmp_path, (headed,)).snapshot() as snapshot:
        reader = NearestSentence(TwoTongues(), Silent())
        found = reader.sentences(snapshot, "¿De quién es el transbordador?", hits, {"h": headed})
        assert [text[slice(*each.span)] for each in found] == ["El transbordador es de Marta Ruiz."]


def test_english_is_read_as_before(tmp_path: Path) -> None:
    """An English question about English articles is left to the reader of English."""
    reader = Silent()
    answer = pipeline_of(tmp_path, reader).answer("Who inspected the dam?")
    assert (answer.citations[0].quote, answer.short) == ("The council met.", "council")
    assert reader.read_of == ["dam"]


def test_articles_are_filtered_by_language(tmp_path: Path) -> None:
    """A filter takes a code, a tag or a name, and says so where no article is in the language."""
    index = memory_index(tmp_path, (DAM, FERRY))
    for name in ("es", "es-MX", "spanish"):
        assert [each.id for each in index.articles(Filter(language=name))] == ["ferry"]
    with index.snapshot() as snapshot:
        assert "No article is in German." in snapshot.describe(Filter(language="de"))


def test_an_update_tells_the_language(tmp_path: Path) -> None:
    """An article that names no language gets that of its words; a second update finds it unchanged, also once it was removed and restored."""
    folder = write_files(tmp_path / "in", {"ja.md": "カモメが船のマストに止まった。", "tagged.md": "---\nlanguage: de-AT\n---\nDie Möwe."})  # fmt: skip
    index = memory_index(tmp_path / "index", ())
    index.update([folder])
    article = index.article("ja.md")
    assert (article.language, index.article("tagged.md").language) == ("ja", "de-AT")
    assert index.update([folder]).unchanged == ("ja.md", "tagged.md")
    origin = (folder / "ja.md").as_uri()
    index.remove("ja.md")
    index.restore(article, origin)
    assert index.update([folder]).unchanged == ("ja.md", "tagged.md")
    assert index.store.inconsistencies()["article"] == []


def test_an_index_of_the_sixth_format_is_brought_up_to_date(tmp_path: Path) -> None:
    """Articles of an index made before languages were told get theirs, and the terms of it, while fingerprints stay."""
    store = memory_index(tmp_path, (Article("ta", "", "நூலகத்தில் புத்தகங்கள் உள்ளன."), DAM)).store
    with sqlite3.connect(tmp_path / "articles.sqlite") as db:
        db.execute("DROP TABLE vocabulary")
        db.execute("DROP TABLE words")
        db.execute("CREATE VIRTUAL TABLE words USING fts5 (title, text)")
        db.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row)")
    db.close()
    with store.read() as read:
        before = read.known()
    store.migrate(6)
    with store.read() as read:
        assert (read.article("ta").language, read.known()) == ("ta", before)
        assert read.facet_values("language") == ["en", "ta"]
        assert [p.article_id for p, _ in read.match(terms("புத்தகம்", "ta"), 3)] == ["ta"]
    assert not any(store.inconsistencies().values())


def test_words_with_marks_are_found(tmp_path: Path) -> None:
    """The full-text table keeps a word with vowel signs whole, so that BM25 finds it."""
    hindi = Article("hi", "", "पुस्तकालय में किताबें हैं।", language="hi")
    with memory_index(tmp_path, (hindi, DAM)).snapshot() as snapshot:
        assert snapshot.frequencies(terms("किताबें", "hi")) == {terms("किताबें", "hi")[0]: 1}
        assert [p.article_id for p, _ in snapshot.match(terms("किताबें", "hi"), 3)] == ["hi"]


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its packages are missing, the encoder says what to install."""
    monkeypatch.setattr(multilingual, "_PACKAGES", ("no_such_package",))
    with pytest.raises(ModelError, match=r"qa-articles\[languages\]"):
        multilingual.Multilingual()


def test_another_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with another digest than the published one is not read."""
    package = tmp_path / "carrier"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "weights.bin").write_bytes(b"other")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match=r"weights\.bin is not the file"):
        e5.checked_file("carrier", "weights.bin", "0" * 64)


def test_four_bits_are_unpacked_by_hand() -> None:
    """A block's low halves are its first numbers, its high ones the others, each less 8, times the scale."""
    import numpy as np

    scale = np.array([0.5], dtype="<f2").view(np.uint8)
    packed = np.concatenate([scale, np.array([0x1F] + [0x88] * 15, dtype=np.uint8)])
    decoded = e5.decoded(packed[None])
    assert (decoded.shape, decoded[0, 0], decoded[0, 16]) == ((1, 32), 3.5, -3.5)
    assert not decoded[0, 1:16].any()
