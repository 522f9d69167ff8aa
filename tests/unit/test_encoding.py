"""Encodings: what is certain is read, what is not is refused, and no letter is ever replaced."""

from __future__ import annotations

import io

import pytest

from qa.errors import ArticleError
from qa.extract import Document, ReadOptions
from qa.extract.encoding import decode, encoding_of

TEXTS = {
    "en": "The mayor’s office said “the vote was 5–4” on Tuesday. The café in Lissö reopened. Councillors from Vaddermouth had asked for a recount of the ballots in the harbour district.",
    "en, one accent": "The mayor of Harrow Sound said on Tuesday that the bridge would close. José Ferro, 41, was there with his family, and the councillors agreed.",
    "short": "Café.",
    "pound": "The council pays £5 for each tree that is planted before the winter.",
    "de": "Der Bürgermeister erklärte am Dienstag, die Brücke über den Fluss müsse für größere Lastwagen gesperrt werden. Die Gemeinderäte hätten darüber ausführlich beraten.",
    "fr": "Le maire a déclaré mardi que le pont serait fermé aux poids lourds à compter de l'été. Les élus ont été prévenus après la réunion du conseil, où l'opposition a protesté.",
    "es": "El alcalde dijo el martes que el puente se cerrará a los camiones. Los concejales debatieron la cuestión después de la reunión, según señaló la oposición en España.",
    "sv": "Borgmästaren sade på tisdagen att bron stängs för tunga lastbilar. Ledamöterna i kommunfullmäktige diskuterade frågan under sammanträdet och var överens.",
    "pl": "Burmistrz oświadczył we wtorek, że most zostanie zamknięty dla ciężarówek. Radni długo dyskutowali nad tą sprawą podczas posiedzenia.",
    "cs": "Starosta v úterý prohlásil, že most bude uzavřen pro těžká nákladní vozidla. Zastupitelé o této záležitosti dlouho jednali během zasedání.",
    "ru": "Мэр заявил во вторник, что мост будет закрыт для грузовиков. Депутаты городского совета обсудили этот вопрос на заседании.",
    "el": "Ο δήμαρχος δήλωσε την Τρίτη ότι η γέφυρα θα κλείσει για τα φορτηγά. Οι δημοτικοί σύμβουλοι συζήτησαν το θέμα στη συνεδρίαση.",
    "ja": "市長は火曜日、橋は大型トラックに対して閉鎖されると述べた。市議会議員はこの問題について長時間議論した。",
    "zh": "市长周二表示，大桥将对重型卡车关闭。市议员在会议上就此问题进行了长时间的讨论。",
}
ENCODINGS = "cp1252 latin_1 iso8859_2 iso8859_5 iso8859_7 iso8859_15 cp1250 cp1251 cp1253 cp1254 cp1257 cp437 cp850 cp852 cp866 koi8_r mac_roman mac_latin2 mac_cyrillic shift_jis euc_jp gb18030 big5 gbk".split()
OPTIONS = ReadOptions(10_000)


@pytest.mark.parametrize("name", TEXTS)
def test_a_guess_is_right_or_refused(name: str) -> None:
    """Whatever the encoding of a text that does not name it, its letters come out right, or it is refused."""
    text, read = TEXTS[name], 0
    for encoding in ENCODINGS:
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        try:
            found = decode(data, "a.txt", OPTIONS)
        except ArticleError:
            continue
        assert found == text, encoding
        read += 1
    assert read or name in {"short", "pound", "en, one accent", "fr", "es", "sv", "cs", "zh"}


@pytest.mark.parametrize("name", TEXTS)
def test_utf_8_with_a_fault_is_not_taken_for_another_encoding(name: str) -> None:
    """A file of UTF-8 in which bytes are damaged or missing is refused, rather than read as a mess of letters."""
    data = TEXTS[name].encode()
    for at in [i for i, byte in enumerate(data) if byte >= 0xC0][:20]:
        with pytest.raises(ArticleError):
            decode(data[: at + 1] + data[at + 2 :], "a.txt", OPTIONS)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le-bom", "utf-32-be-bom"]
)
def test_what_a_mark_names_is_read(encoding: str) -> None:
    """UTF-8, and UTF-16 and UTF-32 with a byte order mark, in either order of bytes."""
    text = TEXTS["ru"]
    base = encoding.removesuffix("-bom")
    data = text.encode(base) if base == encoding else ("\ufeff" + text).encode(base)
    assert decode(data, "a.txt", OPTIONS).lstrip("\ufeff") == text
    document = Document("a.txt", "a", io.BytesIO(data), OPTIONS)
    assert io.TextIOWrapper(document.data, encoding_of(document)).read() == text


def test_doubt_is_refused_with_the_likely_name() -> None:
    """A text that could be of several encodings is refused; the reason names the likely one, and what to say."""
    with pytest.raises(ArticleError) as caught:
        decode(TEXTS["fr"].encode("cp1252"), "a.txt", OPTIONS)
    assert caught.value.reason == "not UTF-8 text (byte 12), likely cp1252"
    assert caught.value.remedy == "save it as UTF-8, or say --encoding cp1252"


def test_a_named_encoding_is_for_what_is_not_utf_8() -> None:
    """`--encoding` reads what is not UTF-8, and leaves alone what is; what is not even that is refused."""
    options = ReadOptions(100, "cp1252")
    assert decode("é".encode(), "a.txt", options) == "é"
    assert decode("é".encode("cp1252"), "a.txt", options) == "é"
    with pytest.raises(ArticleError, match="not CP1252 text"):
        decode(b"\x81\x8d", "a.txt", options)


def test_a_bad_byte_far_into_a_file_is_found() -> None:
    """A file is looked through to its end before it is taken for UTF-8."""
    text = "Text.\n" * 400_000 + TEXTS["de"]
    document = Document("a.txt", "a", io.BytesIO(text.encode("cp1252")), OPTIONS)
    assert encoding_of(document) == "cp1252"
    document = Document("a.txt", "a", io.BytesIO(text.encode()), OPTIONS)
    assert encoding_of(document) == "utf-8-sig"
    document = Document("a.txt", "a", io.BytesIO(b"caf\xc3"), OPTIONS)
    with pytest.raises(ArticleError, match="byte 3"):
        encoding_of(document)
