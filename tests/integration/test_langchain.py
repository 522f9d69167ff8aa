"""The index in a LangChain chain; the README's example is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda
from langchain_core.vectorstores import InMemoryVectorStore

from qa.integrations.langchain import ArticleRetriever, EncoderEmbeddings
from qa.pipeline import Pipeline
from qa.types import Filter

pytestmark = pytest.mark.integration

README = Path(__file__).parents[2] / "README.md"


def examples() -> list[str]:
    """Return the Python examples under the README's heading about LangChain."""
    sections = re.split(r"(?m)^#+ ", README.read_text(encoding="utf-8"))
    section = next(section for section in sections if "LangChain" in section.partition("\n")[0])
    return re.findall(r"(?ms)^```python\n(.*?)^```", section)


def test_the_example_of_the_readme_runs(corpus: Path) -> None:
    """What the README shows works as it stands."""
    assert examples()
    for example in examples():
        exec(compile(example, README.name, "exec"), {})  # noqa: S102 - this project's own text


def test_documents_are_exact_spans(corpus: Path) -> None:
    """Each document's metadata leads to the very span of the article that it holds."""
    pipeline = Pipeline.open()
    documents = ArticleRetriever(pipeline=pipeline, k=3).invoke("who blocks the Lachin corridor?")
    assert len(documents) == 3
    for document in documents:
        about = document.metadata
        article = pipeline.index.article(about["article_id"])
        assert article.text[about["start"] : about["end"]] == document.page_content
        assert (about["title"], about["source"]) == (article.title, article.source)


def test_a_filter_narrows_the_documents(corpus: Path) -> None:
    """The retriever's filter chooses the articles that its documents come from."""
    retriever = ArticleRetriever(
        pipeline=Pipeline.open(), k=50, where=Filter(source="Upland Dispatch")
    )
    assert {document.metadata["source"] for document in retriever.invoke("the dam")} == {
        "Upland Dispatch"
    }


def test_the_retriever_is_a_step_of_a_chain(corpus: Path) -> None:
    """It composes with other runnables, synchronous or batched."""
    retriever = ArticleRetriever(pipeline=Pipeline.open(), k=1)
    first = RunnableLambda(lambda documents: documents[0].metadata["article_id"])
    assert (retriever | first).batch(["Lachin corridor"]) == ["lachin-corridor.md"]


def test_the_encoder_serves_a_vector_store(corpus: Path) -> None:
    """The embeddings drop into a LangChain vector store and find by meaning."""
    store = InMemoryVectorStore(EncoderEmbeddings(Pipeline.open().index.encoder))
    store.add_documents([Document("The ferry sank."), Document("The council voted.")])
    (found,) = store.similarity_search("a boat went under", k=1)
    assert found.page_content == "The ferry sank."
