"""Question sets from the formats of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.checking import check
from qa.evaluation.imports import import_set
from qa.evaluation.questions import QuestionSetError
from qa.evaluation.sets import load_set
from tests.collection import write_files

SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Super_Bowl",
            "paragraphs": [
                {"context": "It rained.", "qas": []},
                {
                    "context": "Denver won in 2016.",
                    "qas": [
                        {
                            "id": "1",
                            "question": "Who won?",
                            "answers": [
                                {"text": "Denver", "answer_start": 0},
                                {"text": "Denver", "answer_start": 0},
                            ],
                        },
                        {"id": "2", "question": "Who lost?", "answers": [], "is_impossible": True},
                    ],
                },
            ],
        }
    ],
}


def imported(
    folder: Path, files: dict[str, str], source: str, **options: Any
) -> list[dict[str, Any]]:
    """Import one of some files, and return the lines of a set that stands up to its check."""
    write_files(folder, files)
    import_set(folder / source, folder / "set", **options)
    assert check(folder / "set", max_chars=1_000).errors == 0
    return [
        json.loads(line) for line in (folder / "set" / "questions.jsonl").read_text().splitlines()
    ]


def test_squad(tmp_path: Path) -> None:
    """Paragraphs become one article, offsets move with them, and impossible questions are unanswerable."""
    won, lost = imported(tmp_path, {"squad.json": json.dumps(SQUAD)}, "squad.json")
    (article,) = map(json.loads, (tmp_path / "set" / "articles.jsonl").read_text().splitlines())
    assert article == {
        "id": "Super_Bowl",
        "title": "Super Bowl",
        "text": "It rained.\n\nDenver won in 2016.",
    }
    assert won["relevant"] == [{"article_id": "Super_Bowl", "start": 12, "end": 18}]
    assert (won["answers"], won["answerable"], lost["answerable"]) == (["Denver"], True, False)
    assert lost["paragraph"] == {"article_id": "Super_Bowl", "start": 12, "end": 31}


BEIR = {
    "corpus.jsonl": '{"_id": "d1", "title": "T", "text": "hello"}\n{"_id": "d2", "title": "", "text": ""}\n'
    '{"_id": "d3", "title": "Only a title", "text": ""}\n',
    "queries.jsonl": '{"_id": "q1", "text": "hi?"}\n{"_id": "q2", "text": "not judged"}\n',
    "qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td3\t1\n",
    "qrels/train.tsv": "query-id\tcorpus-id\tscore\nq2\td1\t1\n",
}


def test_beir(tmp_path: Path) -> None:
    """A query keeps all of its judgements, and what is left out is told."""
    write_files(tmp_path / "beir", BEIR)
    made = import_set(tmp_path / "beir", tmp_path / "set")
    (question,) = load_set(tmp_path / "set").questions
    assert question.relevance == {"d1": 2, "d3": 1}
    assert [article["text"] for article in made.articles] == ["hello", "Only a title"]
    assert made.notes == (
        "1 empty articles are left out",
        "1 questions without judgements are left out",
    )
    import_set(tmp_path / "beir", tmp_path / "other", split="train")
    assert [question.id for question in load_set(tmp_path / "other").questions] == ["q2"]
    with pytest.raises(QuestionSetError, match=r"no dev\.tsv; name one with --split: test, train"):
        import_set(tmp_path / "beir", tmp_path / "third", split="dev")


def test_table_with_judgements_and_articles(tmp_path: Path) -> None:
    """Columns are known by their names, TREC's qrels add grades, and the set names its articles."""
    files = {
        "q.csv": '\ufeffQID;Question;Answer\nq1;"Who; and\nwhere?";Ann\nq2;What?;"[""a thing"", ""it""]"\n',
        "qrels.txt": "q1 0 ann.md 1\nq1 0 bob.md 0\nq2 Q0 bob.md 3\n",
        "texts/ann.md": "Ann was here.",
        "texts/bob.md": "It is a thing.",
    }
    first, second = imported(
        tmp_path, files, "q.csv", qrels=tmp_path / "qrels.txt", articles=tmp_path / "texts"
    )
    assert first == {
        "id": "q1",
        "question": "Who; and\nwhere?",
        "answers": ["Ann"],
        "relevance": {"ann.md": 1, "bob.md": 0},
    }
    assert (second["answers"], second["relevance"]) == (["a thing", "it"], {"bob.md": 3})
    assert load_set(tmp_path / "set").articles == tmp_path / "texts"


@pytest.mark.parametrize(
    ("row", "question"),
    [
        (
            {
                "user_input": "Who?",
                "response": "Bob",
                "reference": "Ann",
                "reference_contexts": ["It was Ann."],
            },
            {"answers": ["Ann"], "relevant": [{"article_id": "context-1", "start": 7, "end": 10}]},
        ),
        (
            {"question": "Who?", "answer": "Bob", "ground_truth": "Ann", "contexts": ["Eve."]},
            {"answers": ["Ann"]},
        ),
        (
            {"user_input": "Who?", "reference": "She", "reference_contexts": "['It was Ann.']"},
            {"answers": ["She"], "doc_ids": ["context-1"]},
        ),
        ({"inputs": {"question": "Who?"}, "outputs": {"answer": "Ann"}}, {"answers": ["Ann"]}),
        ({"inputs": {"text": "Who?"}, "outputs": {"label": "Ann"}}, {"answers": ["Ann"]}),
        (
            {
                "user_input": [
                    {"type": "human", "content": "Hello"},
                    {"type": "ai", "content": "Yes?"},
                    {"type": "human", "content": "Who?"},
                ],
                "reference": "Ann",
            },
            {
                "answers": ["Ann"],
                "history": [
                    {"role": "user", "text": "Hello"},
                    {"role": "assistant", "text": "Yes?"},
                ],
            },
        ),
        (
            {
                "question": "Who?",
                "context": "Ann was.",
                "answers": {"text": ["Ann"], "answer_start": [0]},
            },
            {"answers": ["Ann"], "relevant": [{"article_id": "context-1", "start": 0, "end": 3}]},
        ),
        ({"question": "Who?", "answerable": "no", "answer": "I cannot say"}, {"answerable": False}),
    ],
)
def test_rows_of_other_tools(tmp_path: Path, row: dict[str, Any], question: dict[str, Any]) -> None:
    """ragas, LangSmith and datasets are read by their keys; what a system answered is not taken for gold."""
    made = imported(tmp_path, {"rows.jsonl": json.dumps(row)}, "rows.jsonl")
    assert made == [{"id": "1", "question": "Who?", **question}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.json", '{"data":\n [1,}', r"x\.json:2: not valid JSON"),
        ("x.json", '{"data": [{"paragraphs": 3}]}', r"no SQuAD file: 'data\.0\.paragraphs'"),
        (
            "x.json",
            json.dumps(SQUAD).replace('"answer_start": 0', '"answer_start": 3'),
            "question '1': the answer",
        ),
        ("x.jsonl", '{"question": "a"}\n{"question": 3}', r"x\.jsonl:2: has no question"),
        ("x.jsonl", '{"question": "a"}\nnull', r"x\.jsonl:2: is no JSON object"),
        (
            "x.jsonl",
            '{"question": "a", "id": 1}\n{"question": "b", "id": 1}',
            r"x\.jsonl:2: the id '1' is that of",
        ),
        ("x.csv", "question,answer\na,b\nonly\n", r"x\.csv:3: has 1 cells, and the first line 2"),
        ("x.csv", 'question,answer\n"a,b\n', r"x\.csv:\d: no valid table"),
        ("x.tsv", "q1\twho is it\n", r"x\.tsv: holds no question"),
        ("x.csv", b"question\n\xff\n", r"x\.csv: not UTF-8"),
        ("x.txt", "question", "unknown format"),
        ("x.jsonl", '{"question": "\\ud800"}', "half of a surrogate pair"),
    ],
)
def test_bad_input_is_named_and_leaves_nothing(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    """The message says where the fault is, and no half of a set is left behind."""
    write_files(tmp_path, {name: content})
    with pytest.raises(QuestionSetError, match=message):
        import_set(tmp_path / name, tmp_path / "set")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """A set is never written over something else."""
    write_files(tmp_path, {"q.csv": "question\nWho?\n", "set/notes.txt": "mine"})
    with pytest.raises(QuestionSetError, match="is there already"):
        import_set(tmp_path / "q.csv", tmp_path / "set")
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["notes.txt"]


def test_feedback_is_added_to_a_set(tmp_path: Path) -> None:
    """Questions of another set come behind a set's own, each once however often it is done; its articles stay."""
    mine, theirs = (
        {"id": name, "question": f"Who is {name}?", "answers": ["Mara Voss"]} for name in ("a", "b")
    )
    article = {"id": "dam", "title": "", "text": "Mara Voss inspected the dam."}
    files = {
        "set/questions.jsonl": mine,
        "set/articles.jsonl": article,
        "feedback/questions.jsonl": theirs,
    }
    write_files(tmp_path, {name: json.dumps(line) + "\n" for name, line in files.items()})
    assert [import_set(tmp_path / "feedback", tmp_path / "set").questions for _ in range(2)] == [
        (theirs,),
        (),
    ]
    written = [
        json.loads(line) for line in (tmp_path / "set" / "questions.jsonl").read_text().splitlines()
    ]
    assert written == [mine, theirs]
    assert check(tmp_path / "set", max_chars=1_000).errors == 0


def test_feedback_makes_a_set(tmp_path: Path) -> None:
    """Where there is no set yet, one is made, about the articles that are named."""
    question = {"id": "b", "question": "Who is b?", "answers": ["Mara Voss"], "verdict": "down"}
    files = {
        "feedback/questions.jsonl": json.dumps(question) + "\n",
        "news/dam.md": "Mara Voss inspected the dam.",
    }
    assert imported(tmp_path, files, "feedback", articles=tmp_path / "news") == [question]


def test_bad_judgements_are_named(tmp_path: Path) -> None:
    """A line of qrels that is none is named, and judgements of other questions are refused."""
    write_files(
        tmp_path,
        {"q.csv": "id,question\nq1,Who?\n", "a.txt": "q1 0 d 1\nq1 0 d x\n", "b.txt": "q7 0 d 1\n"},
    )
    with pytest.raises(QuestionSetError, match=r"a\.txt:2: no judgement"):
        import_set(tmp_path / "q.csv", tmp_path / "set", qrels=tmp_path / "a.txt")
    with pytest.raises(QuestionSetError, match="judges no question"):
        import_set(tmp_path / "q.csv", tmp_path / "set", qrels=tmp_path / "b.txt")
