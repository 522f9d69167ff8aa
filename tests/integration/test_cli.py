"""The command line: exit codes, JSON, one clear line for an error."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

import qa as package
from qa import cli
from qa.index import Index
from qa.settings import Settings
from qa.types import Answer, Article, Citation, Hit, Passage
from tests.collection import write_files

pytestmark = pytest.mark.integration

QUESTION = "who is accused of blocking the corridor?"


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    code: int
    out: str
    err: str


class Command:
    """Runs the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Outcome:
        """Return what `qa ARGUMENTS` left."""
        with pytest.raises(SystemExit) as stopped:
            cli.main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Outcome(int(stopped.value.code or 0), captured.out, captured.err)


@pytest.fixture
def qa(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return the command line."""
    return Command(capsys)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory of its own, without an index."""
    monkeypatch.delenv("QA_INDEX", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(kind: type) -> set[str]:
    """Return the names of a type's fields."""
    return {field.name for field in dataclasses.fields(kind)}


def test_ask_answers_with_sources(corpus: Path, qa: Command) -> None:
    """An answer is printed with each source and its quote; the exit code is 0, and QA_INDEX is followed."""
    done = qa("ask", QUESTION)
    assert (done.code, done.err) == (0, "")
    assert "“Yerevan accuses Baku of blocking the corridor.”" in done.out
    assert "lachin-corridor.md:" in done.out


def test_ask_prints_one_json_object(corpus: Path, qa: Command) -> None:
    """With --json the output is the answer with the field names of the types, and the quote is exact."""
    answer = json.loads(qa("ask", QUESTION, "--json").out)
    assert set(answer) == names(Answer) | {"abstained", "citations"}
    assert set(answer["citations"][0]) == names(Citation)
    assert set(answer["hits"][0]) == names(Hit)
    assert set(answer["hits"][0]["passage"]) == names(Passage)
    articles = {article["id"]: article for article in json.loads(qa("articles", "--json").out)}
    for cited in answer["citations"]:
        assert (
            articles[cited["article_id"]]["text"][cited["start"] : cited["end"]] == cited["quote"]
        )


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_ask_exits_with_3_when_it_abstains(
    corpus: Path, qa: Command, flags: tuple[str, ...]
) -> None:
    """Where the articles do not say, the exit code tells."""
    done = qa("ask", "who won the 2010 world cup?", *flags)
    assert (done.code, done.err) == (3, "")
    assert "do not contain an answer" in done.out


def test_search_lists_hits(corpus: Path, qa: Command) -> None:
    """Search prints at most k passages, as lines or as a JSON list."""
    hits = json.loads(qa("search", "Lachin corridor", "-k", "2", "--json").out)
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert set(hits[0]["passage"]) == names(Passage)
    assert "lachin-corridor.md:" in qa("search", "Lachin corridor", "-k", "1").out.splitlines()[0]


def test_articles_lists_what_there_is(corpus: Path, qa: Command) -> None:
    """`articles` and `articles list` are the same, one line or object for each article."""
    lines = qa("articles").out.splitlines()
    assert lines == qa("articles", "list").out.splitlines()
    found = json.loads(qa("articles", "list", "--json").out)
    assert len(found) == len(lines)
    assert set(found[0]) == names(Article)


def test_index_adds_changes_removes(place: Path, qa: Command) -> None:
    """Each change has its line, the last line counts them, and without a path all is read again."""
    write_files(place / "in", {"a.md": "A dam held.", "b.md": "A ferry sank."})
    done = qa("index", "in")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == ["added     a.md", "added     b.md"]
    assert (place / ".qa").is_dir()
    write_files(place / "in", {"a.md": "A dam burst."})
    (place / "in" / "b.md").unlink()
    done = qa("index")
    assert done.out.splitlines()[:2] == ["changed   a.md", "removed   b.md"]
    assert done.out.splitlines()[2].startswith(
        "0 added, 1 changed, 0 unchanged, 1 removed, 0 refused; 1 passages"
    )


def test_index_reports_refusals_and_goes_on(place: Path, qa: Command) -> None:
    """Each refused file has one line with path and reason, the rest is indexed, the exit code is 1."""
    write_files(place / "in", {"a.md": "A dam held.", "b.md": b"\xff", "c.pdf": "x", "d\nq.md": ""})
    done = qa("index", "in", "nowhere.md")
    assert done.code == 1
    assert "added     a.md" in done.out
    lines = done.err.splitlines()
    assert len(lines) == 4, lines
    assert all(line.startswith(f"refused   {place}") for line in lines)


def test_nothing_printed_acts_on_the_terminal(place: Path, qa: Command) -> None:
    """Names, titles and texts of articles are shown as text: no escape sequence, no turned line."""
    write_files(
        place / "in",
        {"a\n\u202e\x1b[2J.md": '---\ntitle: "T\\e[31m"\n---\nThe dam \x1b]0;at Orlo held.'},
    )
    shown = "".join(
        qa(*command).out
        for command in (("index", "in"), ("articles",), ("search", "the dam at Orlo"))
    )
    assert "a\\n\\u202e\\x1b[2J.md" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


def test_articles_can_be_removed(place: Path, qa: Command) -> None:
    """A removed article is gone; one that is not there is an error."""
    write_files(place / "in", {"a.md": "A dam held.", "b.md": "A ferry sank."})
    qa("index", "in", "--index", "there")
    assert qa("articles", "remove", "a.md", "--index", "there").out == "removed   a.md\n"
    assert [
        a["id"] for a in json.loads(qa("articles", "list", "--index", "there", "--json").out)
    ] == ["b.md"]
    done = qa("articles", "remove", "a.md", "--index", "there")
    assert (done.code, done.out) == (2, "")
    assert done.err == "qa: a.md: the index holds no such article; see: qa articles list\n"


def test_filters_narrow_search_answers_and_lists(corpus: Path, qa: Command) -> None:
    """--source, --author, --since, --until and --article choose the articles, in each command alike."""
    listed = json.loads(
        qa("articles", "list", "--source", "upland dispatch", "--since", "2025-03", "--json").out
    )
    assert listed
    assert all(a["source"] == "Upland Dispatch" and a["published"] >= "2025-03" for a in listed)
    hits = json.loads(
        qa(
            "search",
            "dam",
            "--source",
            "Upland Dispatch",
            "--since",
            "2025-03",
            "-k",
            "99",
            "--json",
        ).out
    )
    assert {hit["passage"]["article_id"] for hit in hits} == {a["id"] for a in listed}
    asked = qa(
        "ask",
        "What is the price of the dam?",
        "--article",
        "dam-cost.md",
        "--until",
        "2025-12-31",
        "--json",
    )
    assert {hit["passage"]["article_id"] for hit in json.loads(asked.out)["hits"]} == {
        "dam-cost.md"
    }
    assert qa("articles", "list", "--author", "aurelio stenmark").out.startswith(
        "dam-cost.md\t2025-03-20\t"
    )


def test_a_filter_that_matches_nothing_says_so(corpus: Path, qa: Command) -> None:
    """An answer abstains with the filter's name and what may be meant; a search lists nothing and says it, too."""
    done = qa("ask", QUESTION, "--source", "Upland Dispach")
    assert done.code == 3
    assert (
        "No article matches: source “Upland Dispach”. Did you mean the source “upland dispatch”?"
        in done.out
    )
    done = qa("search", QUESTION, "--since", "2031", "--json")
    assert (done.code, done.out, done.err) == (0, "[]\n", "qa: No article matches: since 2031.\n")
    assert "since = 'soon': write a date" in qa("search", QUESTION, "--since", "soon").err


def test_reprints_are_listed_with_their_hit(place: Path, qa: Command) -> None:
    """A story that two papers print is one hit, with the other place under it, in the JSON and below an answer."""
    story = "The ferry Petrel struck the breakwater at Norrhamn on Sunday and seven people died in the cold water."
    write_files(
        place / "in",
        {f"{name}.md": f"---\nsource: {name}\n---\n{story}" for name in ("Courier", "Dispatch")},
    )
    qa("index", "in")
    (hit,) = json.loads(qa("search", "ferry Petrel", "--json").out)
    (also,) = hit["duplicates"]
    assert {hit["passage"]["article_id"], also["article_id"]} == {"Courier.md", "Dispatch.md"}
    name = also["article_id"].removesuffix(".md")
    assert f"     also in {name}.md:0-{len(story)} ({name})\n" in qa("search", "ferry Petrel").out
    assert (
        f"    also in {name}.md:0-{len(story)} ({name})\n"
        in qa("ask", "what did the ferry Petrel strike?").out
    )


def test_an_article_is_shown(corpus: Path, qa: Command) -> None:
    """`articles show` prints what is known, the number of passages and the text, or one JSON object of it."""
    shown = qa("articles", "show", "dam-cost.md").out
    article = json.loads(qa("articles", "show", "dam-cost.md", "--json").out)
    more = {"passages", "versions", "reprints", "corrected_by"}
    assert set(article) == names(Article) | more
    assert f"passages   {article['passages']}\n" in shown
    assert "source     Sellan Business Daily\n" in shown
    assert article["text"].splitlines()[-1] in shown.splitlines()
    assert qa("articles", "show", "gone.md").code == 2


def test_an_article_is_shown_as_it_was(place: Path, qa: Command) -> None:
    """A changed file answers as it is now; what it said before is shown as of then, its place is a filter."""
    write_files(place / "in", {"a.md": "MERROW - The dam held in the storm."})
    qa("index", "in")
    (first,) = json.loads(qa("articles", "show", "a.md", "--json").out)["versions"]
    write_files(place / "in", {"a.md": "MERROW - The dam burst in the storm."})
    qa("index")
    assert "The dam burst" in qa("articles", "show", "a.md").out
    shown = qa("articles", "show", "a.md", "--as-of", first).out
    assert "The dam held" in shown
    assert "versions   2" in shown
    assert qa("articles", "list", "--place", "merrow").out.startswith("a.md")
    assert qa("articles", "list", "--place", "orlo").out == ""
    assert qa("articles", "show", "a.md", "--as-of", "2001-01-01").code == 2


def test_a_dry_run_tells_and_writes_nothing(place: Path, qa: Command) -> None:
    """`index --dry-run` prints what `index` would, with and without an index, and makes nothing."""
    write_files(place / "in", {"a.md": "A dam held.", "b.md": b"\xff"})
    done = qa("index", "in", "--dry-run")
    assert (done.code, done.out.splitlines()[0]) == (1, "added     a.md")
    assert "1 passages would be embedded" in done.out
    assert not (place / ".qa").exists()
    qa("index", "in")
    write_files(place / "in", {"a.md": "A dam burst."})
    assert qa("index", "--dry-run").out.startswith("changed   a.md\n")
    assert "held" in qa("articles", "show", "a.md").out
    shutil.rmtree(place / ".qa")
    assert qa("index", "--dry-run").code == 2


def test_index_checks_and_repairs(place: Path, qa: Command) -> None:
    """--check exits with 1 and names what is wrong, --repair mends it, and both say when all is well."""
    write_files(place / "in", {"a.md": "A dam held.", "b.md": "A ferry sank."})
    qa("index", "in")
    assert qa("index", "--check").out == "2 articles, 2 passages, 2 vectors: all parts agree\n"
    opened = Index.open(Settings())
    with opened.store.read() as read:
        opened.vectors.delete(read.keys_of(["a.md"]))
    done = qa("index", "--check")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("wrong     1 passages without a vector: ")
    done = qa("index", "--repair")
    assert (done.code, done.out.splitlines()[1]) == (
        0,
        "2 articles, 2 passages, 2 vectors: all parts agree",
    )
    assert done.out.startswith("mended    1 passages without a vector: ")
    assert qa("search", "the dam", "-k", "1").out


@pytest.mark.parametrize(
    "arguments", [("--check", "--repair"), ("in", "--check"), ("--rebuild", "--dry-run")]
)
def test_options_that_exclude_each_other(
    place: Path, qa: Command, arguments: tuple[str, ...]
) -> None:
    """Options that ask for different things at once are refused before anything is done."""
    assert qa("index", *arguments).code == 2
    assert not (place / ".qa").exists()


@pytest.mark.parametrize("option", ["--rebuild", "--watch"])
def test_nothing_to_read_is_an_error(place: Path, qa: Command, option: str) -> None:
    """A rebuild that would leave an empty index, and a watch that would wait for nothing, are refused."""
    assert qa("index", option).code == 2
    assert not (place / ".qa").exists()
    qa("index", "misspelt")
    done = qa("index", option)
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == f"qa: the index in .qa names no file, folder or web address to read: run: qa index {option} PATH\n"
    )


def test_a_rebuild_without_a_path_keeps_what_is_damaged(place: Path, qa: Command) -> None:
    """Where a damaged index no longer tells what it was made from, a rebuild without PATH throws nothing away."""
    file = (
        write_files(place / ".qa", {"articles.sqlite": b"no database " * 500}) / "articles.sqlite"
    )
    done = qa("index", "--rebuild")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "qa index --rebuild PATH" in done.err
    assert file.read_bytes() == b"no database " * 500


def test_options_before_a_subcommand_are_not_dropped(place: Path, qa: Command) -> None:
    """`articles --index DIR list` does not list another index in silence."""
    write_files(place / "in", {"a.md": "A dam held."})
    qa("index", "in", "--index", "there")
    write_files(place / "in", {"b.md": "A ferry sank."})
    qa("index", "in")
    done = qa("articles", "--index", "there", "list")
    assert (done.code, done.out) == (2, "")
    assert "options come after 'list'" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask", QUESTION), "there is no index in .qa: run: qa index PATH"),
        (("search", "x"), "there is no index"),
        (("articles",), "there is no index"),
        (("index",), "there is no index"),
        (("ask", QUESTION, "--index", "elsewhere"), "there is no index in elsewhere"),
    ],
)
def test_errors_are_one_line(
    place: Path, qa: Command, arguments: tuple[str, ...], message: str
) -> None:
    """An error is one line on standard error that says what to do, and exit code 2."""
    done = qa(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("qa: ")
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("question", ["", "  ", "\udcff"])
def test_a_question_must_be_text(corpus: Path, qa: Command, question: str) -> None:
    """An empty question, or bytes that are no text, are an error in words."""
    done = qa("ask", question)
    assert (done.code, done.err.count("\n")) == (2, 1)


def test_bad_settings_are_one_line(
    place: Path, qa: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable with a bad value is named."""
    monkeypatch.setenv("QA_K", "many")
    done = qa("ask", QUESTION)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "'k' = 'many'" in done.err


def test_a_stale_index_is_one_line(
    corpus: Path, qa: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index built with other settings says which, and what to run."""
    monkeypatch.setenv("QA_PASSAGE_TOKENS", "64")
    done = qa("ask", QUESTION)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "qa index --rebuild" in done.err


def test_the_version_is_that_of_the_package(place: Path, qa: Command) -> None:
    """`qa --version` and `qa.__version__` tell what is installed, even where a setting is wrong."""
    write_files(place, {"qa.toml": "nothing = 1"})
    done = qa("--version")
    assert (done.code, done.out) == (0, f"qa {version('qa-articles')}\n")
    assert package.__version__ == version("qa-articles")


def test_settings_are_listed_with_their_origin(
    place: Path, qa: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`qa settings` tells value, origin and meaning of each setting, as lines or as one JSON object."""
    monkeypatch.setenv("QA_CONFIG", str(write_files(place, {"my.toml": "k = 5"}) / "my.toml"))
    monkeypatch.setenv("QA_MAX_QUOTES", "2")
    told = json.loads(qa("settings", "--json").out)
    assert (told["k"]["value"], told["k"]["origin"]) == (5, str(place / "my.toml"))
    assert (told["max_quotes"]["value"], told["max_quotes"]["origin"]) == (2, "QA_MAX_QUOTES")
    assert set(told) == set(Settings.model_fields)
    done = qa("settings")
    assert (done.code, len(done.out.splitlines())) == (0, 2 * len(told))
    assert done.out.startswith("index              .qa                default\n")
    assert f"    {told['k']['description']}\n" in done.out


def test_completion_of_the_shell_is_offered(place: Path) -> None:
    """`qa --show-completion` prints a script for the shell."""
    # Which shell it is, is seen from the processes above: there may be none above the tests.
    script = '"$0" -m qa --show-completion; exit $?'
    command = ["bash", "-c", script, sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "complete -o default -F" in done.stdout


@pytest.mark.parametrize(("level", "told"), [("info", True), ("", False)])
def test_the_log_level_is_that_of_the_settings(place: Path, level: str, told: bool) -> None:
    """QA_LOG_LEVEL sets what is logged to standard error; without it only warnings are."""
    script = (
        "import logging; from qa.cli import app; app(['settings'], standalone_mode=False);"
        "logging.getLogger('qa.x').info('a note'); logging.getLogger('other').info('of others')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **({"QA_LOG_LEVEL": level} if level else {})},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("INFO qa.x: a note" in done.stderr, "of others" in done.stderr) == (told, False)


@pytest.mark.parametrize("arguments", [("ask",), ("nothing",), ("search", "x", "-k", "0")])
def test_misuse_exits_with_2(place: Path, qa: Command, arguments: tuple[str, ...]) -> None:
    """A command that is not understood is an error like any other."""
    assert qa(*arguments).code == 2


def test_progress_is_plain_lines_when_piped(
    place: Path, qa: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal, progress is a plain line now and then on standard error."""
    monkeypatch.setattr(sys.modules["qa.cli.progress"], "_SECONDS_BETWEEN_LINES", 0.0)
    write_files(place / "in", {"a.md": "A dam held.", "b.md": "A ferry sank."})
    assert qa("index", "in").err.splitlines() == [
        "reading: 1 of 2, now a.md",
        "reading: 2 of 2, now b.md",
    ]


def test_an_interruption_is_told(place: Path, qa: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping an update leaves a line and exit code 130, and what was finished stays."""
    write_files(place / "in", {"a.md": "A dam held."})

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qa.index.update.Update._take", stop)
    done = qa("index", "in")
    assert done.code == 130
    assert done.err.startswith("qa: interrupted")


def test_no_traceback_reaches_the_user(tmp_path: Path) -> None:
    """The installed command, too, ends with one line where there is no index."""
    command = [sys.executable, "-m", "qa", "ask", QUESTION, "--index", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("qa: there is no index")
    assert done.stderr.count("\n") == 1
