"""Asked in one language, answered from another: what the answer and the page say of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from qa.answering.foreign import UNCHECKED
from qa.answering.nearest import NearestSentence
from qa.chat.conversation import conversation
from qa.chat.i18n import spoken
from qa.conversations.conversation import Exchange
from qa.pipeline import Pipeline
from qa.types import Answer, Filter
from tests.collection import memory_index
from tests.unit.test_languages import DAM, FERRY, Silent, TwoTongues

ENGLISH = "Who bought transbordador, Marta Ruiz, millones?"
SPANISH = "¿Quién compró el transbordador?"
QUOTE = "Marta Ruiz compró el transbordador por 4 millones."
WRITTEN = "Ann Lee bought the ferry for nine millions [1]."


def answered(folder: Path, question: str, model: FakeListChatModel | None = None) -> Answer:
    """Return the answer from the Spanish article, with a chat model that could write."""
    index = memory_index(folder, (DAM, FERRY))
    pipeline = Pipeline(index, reader=NearestSentence(TwoTongues(), Silent()), llm=model)
    return pipeline.answer(question, where=Filter(language="es"))


def shown(answer: Answer) -> str:
    """Return the answer as the page shows it."""
    return conversation([Exchange(answer.question, answer=answer, articles=(FERRY,))])


@pytest.mark.parametrize("question", [ENGLISH, SPANISH], ids=["across", "within"])
def test_a_chat_model_says_where_its_checks_end(tmp_path: Path, question: str) -> None:
    """It does not write what cannot be checked: the answer says why, and quotes the article instead."""
    answer = answered(tmp_path, question, FakeListChatModel(responses=[WRITTEN]))
    assert answer.fallback_reason == UNCHECKED
    assert UNCHECKED in answer.text
    assert "Ann Lee" not in answer.text
    assert [citation.quote for citation in answer.citations] == [QUOTE]
    assert not any(said.generated for said in answer.statements)


def test_the_page_marks_a_quote_in_another_language(tmp_path: Path) -> None:
    """In words before it, and with its language, so that it is read aloud as it should be."""
    html = shown(answered(tmp_path, ENGLISH))
    assert "Quoted in Spanish:" in html
    assert f'<span class="piece" lang="es">{QUOTE} </span>' in html


def test_the_page_is_told_in_its_own_language(tmp_path: Path) -> None:
    """The notes are; a quote in the page's language is not marked, one in another is."""
    answer = answered(tmp_path, ENGLISH, FakeListChatModel(responses=[WRITTEN]))
    with spoken("de"):
        german = shown(answer)
    assert "Zitiert auf Spanisch:" in german
    assert "Sätze eines Sprachmodells lassen sich nur auf Englisch prüfen." in german
    assert 'lang="es"' in german
    with spoken("es"):
        spanish = shown(answer)
    assert "Citado en español:" in spanish
    assert 'lang="es"' not in spanish
