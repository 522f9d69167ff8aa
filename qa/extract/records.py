"""Records of tables and JSON as articles, under the keys that exports of news use."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qa.errors import ArticleError
from qa.extract.document import FIELDS, Document, checked, metadata
from qa.extract.markdown import looks_marked_up, prose
from qa.extract.markup import without_tags
from qa.text import normalise
from qa.types import Article

_TEASERS = "description lead_paragraph abstract summary excerpt short_description teaser snippet"
_KEYS = {
    "id": "id _id guid uuid article_id",
    "title": "title headline web_title titel",
    "text": "text body content full_text article_body article_text main_text body_text body_html "
    f"content_text content_html html plaintext selftext paragraphs article story {_TEASERS}",
    "published": "published published_at publishedAt date_published date_publish publication_date "
    "published_date publish_date web_publication_date pub_date first_published date datetime datum "
    "timestamp created_at created_utc created",
    "url": "url link web_url article_url canonical_url permalink",
    "author": "author authors byline creator journalist reporter writer autor",
    "source": "source outlet publisher publication newspaper site_name media_name quelle domain "
    "source_domain site",
    "language": "language lang in_language",
    "place": "place dateline location",
}
_NAMES_IN_OBJECTS = (
    *("name", "display_name", "title", "rendered", "main", "original", "default", "text", "html"),
    *("content", "value", "$date", "$numberLong", "#text"),
)
_NAME_PARTS = ("first_name", "last_name")
# What NewsAPI writes where it cuts a text.
_CUT = re.compile(r"\s{0,2}(?:…|\.\.\.)?\s{0,2}\[\+\d{1,9} chars\]\s{0,9}\Z")
_SAME_BEGINNING = 40
_NOT_IN_KEYS = re.compile(r"[^a-z0-9$#@]")


def fold(key: str) -> str:
    """Return a key as it is compared: `Published At`, `published_at` and `publishedAt` are one."""
    return _NOT_IN_KEYS.sub("", key.lower())


KNOWN = {name: tuple(map(fold, keys.split())) for name, keys in _KEYS.items()}
"""Field of an article -> the keys, as `fold` returns them, that hold it in exports of news."""
_CUT_SHORT = frozenset(map(fold, _TEASERS.split()))


class Records:
    """Makes articles of the records of one document.

    Args:
        document: that holds them.
        own_ids: the records' ids are known in the whole collection, not only in this document.
    """

    def __init__(self, document: Document, *, own_ids: bool) -> None:
        self._document = document
        self._own_ids = own_ids
        self._given = {fold(key): name for key, name in document.options.fields.items()}
        self._told: set[tuple[str, str]] = set()
        self._places: dict[str, str] = {}

    def articles(self, records: Iterable[tuple[str, object]]) -> Iterator[Article | ArticleError]:
        """Yield the article of each record, or why it was refused.

        Args:
            records: the place of each, and what is there; an error is passed on.
        """
        empty = True
        for place, record in records:
            empty = False
            try:
                if isinstance(record, ArticleError):
                    raise record
                yield self._article(record, place)
            except ArticleError as error:
                yield error
        if empty:
            yield ArticleError(self._document.name, "holds no article")

    def text_key(self, keys: Iterable[str]) -> str:
        """Return which of these keys holds the text; empty if none does."""
        return self._keys(dict.fromkeys(keys, "x")).get("text", "")

    def is_article(self, record: object) -> bool:
        """Return whether a record holds the whole text of an article, in itself or one deeper."""
        return isinstance(record, Mapping) and self.is_whole(self._unfolded(record))

    def is_whole(self, record: Mapping[Any, Any]) -> bool:
        """Return whether a record itself holds the whole text of an article."""
        key = self._keys(record).get("text")
        told = key is not None and fold(str(key)) in self._given
        return told or (key is not None and fold(str(key)) not in _CUT_SHORT)

    def _unfolded(self, record: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """Return a record with what its objects hold, where it has no text: `_source`, `fields`."""
        if self.is_whole(record):
            return record
        inner = {key: value for key, value in record.items() if isinstance(value, Mapping)}
        holder = next((key for key, value in inner.items() if self.is_whole(value)), None)
        if holder is None:
            return record
        return {**inner[holder], **{key: each for key, each in record.items() if key != holder}}

    def _article(self, record: object, place: str) -> Article:
        where = f"{self._document.name}:{place}"
        if not isinstance(record, Mapping):
            raise ArticleError(where, "not a JSON object")
        record = self._unfolded(record)
        keys = self._keys(record)
        text = _whole(record[keys["text"]]) if "text" in keys else None
        if not isinstance(text, str):
            shown = ", ".join(map(str, list(record)[:12])) or "none"
            raise ArticleError(where, f"has no 'text' (its keys: {shown})", "say --map KEY=text")
        fields = {name: plain(record[key], where) for name, key in keys.items() if name in FIELDS}
        if isinstance(fields.get("author"), int):
            del fields["author"]  # a number of the export's own
        if _CUT.search(text):
            text = self._completed(_CUT.sub(" …", text), record, where)
        if keys["text"] != "text":  # what calls itself text is kept as it is
            text = without_tags(text, where)
            text = prose(text, self._document) if looks_marked_up(text) else text
        text = normalise(text)
        about = metadata(fields, self._document, where)
        identifier = self._identifier(
            record[keys["id"]] if "id" in keys else None, about, text, where
        )
        article = checked(Article(identifier, text=text, **about), where, self._document.max_chars)
        first = self._places.setdefault(identifier, place)
        if first != place:
            raise ArticleError(where, f"the id {identifier!r} is that of line {first} already")
        self._tell(keys)
        return article

    def _completed(self, text: str, record: Mapping[Any, Any], where: str) -> str:
        """Return a text that its export has cut, with the description beside it."""
        self._document.warn("its text is cut in this export", where)
        beside = record.get("description")
        if not isinstance(beside, str) or beside[:_SAME_BEGINNING] == text[:_SAME_BEGINNING]:
            return text
        return f"{beside}\n\n{text}"

    def _keys(self, record: Mapping[Any, Any]) -> dict[str, str]:
        """Return field -> the record's key that holds it: the one told, else the first known."""
        held = {
            fold(str(key)): key
            for key, value in reversed(list(record.items()))
            if not (value is None or value in ("", [], {}))
        }
        flags = {key for key, name in held.items() if isinstance(record[name], bool)}
        keys = {}
        for name, known in KNOWN.items():
            told = (key for key, field in self._given.items() if field == name)
            usual = (key for key in known if key not in self._given)
            usable = held.keys() - flags if name == "published" else held.keys()
            if found := next((held[key] for key in (*told, *usual) if key in usable), None):
                keys[name] = found
        return keys

    def _identifier(self, given: object, about: Mapping[str, Any], text: str, where: str) -> str:
        if isinstance(given, Mapping):
            given = given.get("$oid")
        if given in (None, ""):
            told = {name: value for name, value in about.items() if value or name != "place"}
            content = json.dumps([told, text], sort_keys=True)
            digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
            return f"{self._document.id}#{digest[:12]}"
        if not isinstance(given, (str, int)) or isinstance(given, bool):
            raise ArticleError(where, "its 'id' is neither text nor a whole number")
        try:
            return str(given) if self._own_ids else f"{self._document.id}#{given}"
        except ValueError:  # Python refuses to print a number of more than 4,300 digits
            raise ArticleError(where, "its 'id' is too large a number") from None

    def _tell(self, keys: Mapping[str, str]) -> None:
        """Note which keys were read as what, once for each that has another name."""
        new = {(key, name) for name, key in keys.items() if key != name} - self._told
        if new:
            self._told |= new
            named = ", ".join(f"{key} as {name}" for key, name in sorted(new))
            self._document.warn(f"read {named}; say --map KEY=FIELD for another reading")


def plain(value: object, where: str) -> object:
    """Return a value as one text where it is an object with a name, or a list of names."""
    if isinstance(value, list):
        names = [plain(item, where) for item in value]
        texts = [name for name in names if isinstance(name, str)]
        return ", ".join(texts) if len(texts) == len(names) else value
    if isinstance(value, Mapping):
        parts = [value[key] for key in _NAME_PARTS if isinstance(value.get(key), str)]
        if len(parts) == len(_NAME_PARTS):
            return " ".join(parts)
        named = (value[key] for key in _NAMES_IN_OBJECTS if key in value)
        found = next(named, value)
        if isinstance(found, Mapping) and found is not value:  # {"$date": {"$numberLong": "1"}}
            found = next((found[key] for key in _NAMES_IN_OBJECTS if key in found), value)
        return found if isinstance(found, (str, int)) else value
    return without_tags(value, where) if isinstance(value, str) else value


def _whole(value: object) -> object:
    """Return a text that is given as a list of its paragraphs, or as an object."""
    if isinstance(value, list):
        parts = [_whole(item) for item in value]  # a picture among them has no text
        texts = [part for part in parts if isinstance(part, str)]
        others = [part for part in parts if not isinstance(part, (str, Mapping))]
        return "\n\n".join(texts) if texts and not others else value
    if isinstance(value, Mapping):
        held = (value[key] for key in reversed(_NAMES_IN_OBJECTS) if key in value)
        return next((each for each in held if isinstance(each, str)), value)
    return value
