"""A collection indexed in shards, by two workers of a Ray cluster on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.errors import QAError
from qa.pipeline import Pipeline
from qa.server.collections import folders
from qa.settings import Settings
from tests.collection import write_files

ray = pytest.importorskip("ray", reason="the extra [cluster] is not installed")

# Other such tests wait: this one starts a cluster.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("alone")]


def _article(day: str, source: str, text: str) -> str:
    return f"---\npublished: {day}\nsource: {source}\n---\n\n# Harbour\n\n{text}"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Return a folder with articles of two years and two outlets."""
    files = {
        "a.md": _article("2024-03-01", "Coast Courier", "The crane fell into the harbour."),
        "b.md": _article("2025-05-02", "Coast Courier", "Divers raised the crane again."),
        "c.md": _article("2025-06-03", "Bay Post", "The crane was sold to a museum."),
    }
    return write_files(tmp_path / "articles", files)


@pytest.fixture
def _cluster() -> Iterator[None]:
    """Start a cluster with two workers, and end it."""
    from qa.integrations import ray as _  # noqa: F401 - switches off Ray's reports to its makers

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.usefixtures("_cluster")
def test_each_year_is_an_index_that_is_asked_as_a_collection(
    articles: Path, tmp_path: Path
) -> None:
    """Two workers write a shard each; a later run takes out of them what has gone."""
    from qa.integrations.ray import index_shards

    shards = tmp_path / "shards"
    done = index_shards([articles], shards)
    assert {name: len(report.added) for name, report in done.reports.items()} == {
        "2024": 1,
        "2025": 2,
    }
    assert set(folders(shards)) == {"2024", "2025"}
    hits = Pipeline.open(Settings(index=shards / "2025")).search("Who raised the crane?")
    assert {hit.passage.article_id for hit in hits} == {"b.md", "c.md"}

    (articles / "b.md").unlink()
    again = index_shards([articles], shards)
    assert [len(report.removed) for report in again.reports.values()] == [0, 1]


def test_outlets_that_would_share_a_shard_are_refused(articles: Path, tmp_path: Path) -> None:
    """Two outlets whose names differ only in signs are not mixed; the error names both."""
    from qa.integrations.ray import index_shards

    (articles / "d.md").write_text(_article("2025-06-04", "Bay-Post", "It rained."), "utf-8")
    with pytest.raises(QAError, match=r"'Bay-Post' and 'Bay Post'|'Bay Post' and 'Bay-Post'"):
        index_shards([articles], tmp_path / "shards", by="source")
