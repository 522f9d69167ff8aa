"""The page under its security headers, and a page of another origin that attacks it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.asking import FINISHED, HOST, Perform, Visit, ask, box
from tests.e2e.collection import ARTICLES, GUILD, LOCK, QUESTION, QUOTES
from tests.e2e.conftest import Stage
from tests.fakes import FakePipeline

pytestmark = pytest.mark.e2e

_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
  window.violations.push(`${violatedDirective} ${blockedURI} ${sample}`);
});
"""
# Everything that a page of another origin can try without the visitor's help.
_ATTACK = """async ([chat, body]) => {
  const read = [];
  const tried = async (name, attempt) => {
    try {
      read.push([name, await attempt()]);
    } catch {}
  };
  const url = `${chat}/gradio_api/component_server`;
  const post = (options) => fetch(url, { method: "POST", body, ...options });
  const json = { headers: { "Content-Type": "application/json" } };
  await tried("post without cors", async () => (await post({ mode: "no-cors" })).text());
  await tried("post of text", async () => (await post({})).text());
  await tried("post of json", async () => (await post(json)).text());
  await tried("post with credentials", async () => (await post({ credentials: "include", ...json })).text());
  await tried("beacon", async () => navigator.sendBeacon(url, body) && "");
  for (const path of ["/", "/config", "/gradio_api/info", "/gradio_api/queue/data?session_hash=s"])
    await tried(path, async () => (await fetch(chat + path)).text());
  await tried("events", () => new Promise((resolve, reject) => {
    const events = new EventSource(`${chat}/gradio_api/queue/data?session_hash=s`);
    events.onmessage = (event) => resolve(event.data);
    events.onerror = reject;
  }));
  for (const [tag, path] of [["script", "/config"], ["img", "/gradio_api/file=x"], ["iframe", "/"]])
    await new Promise((resolve) => {
      const element = document.createElement(tag);
      element.onload = element.onerror = resolve;
      element.src = chat + path;
      document.body.append(element);
    });
  await tried("frame", async () => document.querySelector("iframe").contentDocument.body.innerText);
  const frame = Object.assign(document.createElement("iframe"), { name: "target" });
  const form = Object.assign(document.createElement("form"), { method: "post", enctype: "text/plain" });
  Object.assign(form, { action: url, target: "target" });
  const field = document.createElement("input");
  // A form of plain text sends name=value: the = ends up in a field that nobody reads.
  [field.name, field.value] = [`${body.slice(0, -1)},"x":"`, '"}'];
  form.append(field);
  document.body.append(frame, form);
  await new Promise((resolve) => {
    frame.onload = resolve;
    form.submit();
  });
  // A refusal says nothing of the articles.
  return read.filter(([, text]) => text && !text.startsWith("Refused:"));
}"""


@pytest.fixture
def shelf() -> FakePipeline:
    """Return a pipeline whose articles may change."""
    return FakePipeline(ARTICLES, QUOTES)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Return the address of a page of another origin: another port of this machine."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Elsewhere</title><p>Hello.</p>")
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = ThreadingHTTPServer((HOST, 0), partial(quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def watched(context: BrowserContext, perform: Perform, visit: Visit, shelf: FakePipeline) -> Page:
    """Return the chat, where each violation of its content security policy is noted."""
    address = perform(shelf)
    page = visit(address)
    page.add_init_script(_WATCH)
    page.goto(address)
    return page


def test_a_whole_visit_violates_no_policy(watched: Page) -> None:
    """Asking, reading, adding, removing, undoing and exporting need nothing that is forbidden."""
    page, complaints = watched, list[str]()
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    ask(page, QUESTION)
    page.get_by_role("button", name="Read the whole article").first.click()
    expect(page.locator("#reader")).to_contain_text("ropes")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Library").click()
    file: Any = {"name": "tide.md", "mimeType": "text/plain", "buffer": b"The tide came."}
    page.get_by_label("Add articles").set_input_files(file)
    expect(page.locator(".entries h3")).to_have_count(4)
    page.get_by_role("button", name=f"Remove {GUILD.title}").click()
    expect(page.locator(".entries h3")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".entries h3")).to_have_count(4)
    page.get_by_role("button", name="Chat").click()
    with page.expect_download():
        page.evaluate("""async () => {
          const wanted = { visitor: qa.visitor(), conversation: qa.conversation(), format: "md" };
          const text = await qa.call("export", wanted);
          const link = document.createElement("a");
          link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown" }));
          link.download = "conversation.md";
          link.click();
        }""")
    assert page.evaluate("window.violations") == []
    assert complaints == []


def test_a_busy_server_is_asked_again(
    stage: tuple[Stage, Path], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visitor who is told to come again waits a little longer, and gets the answer."""
    expect(page.locator("#notice")).to_contain_text("3 articles")
    queue = stage[0].app._queue
    with page.expect_response(lambda response: response.status == 503):
        monkeypatch.setattr(queue, "max_size", 0)
        box(page).fill(QUESTION)
        page.keyboard.press("Enter")
    monkeypatch.undo()
    expect(page.locator(".exchange").last.locator(FINISHED)).to_contain_text(QUOTES[QUESTION][0])


def test_a_server_that_stays_busy_is_told(
    stage: tuple[Stage, Path], page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the end the page says so, and another question can be asked."""
    expect(page.locator("#notice")).to_contain_text("3 articles")
    page.evaluate(
        "window.setTimeout = ((wait) => (run, time) => wait(run, time / 100))(setTimeout)"
    )
    monkeypatch.setattr(stage[0].app._queue, "max_size", 0)
    box(page).fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".reply").last).to_have_text("The server is too busy: ask again later.")
    expect(page.locator("#question [type=submit]")).to_be_visible()


def test_no_script_comes_in_with_markup(watched: Page) -> None:
    """If markup ever got onto the page unescaped, nothing of it would be executed."""
    expect(watched.locator("#question textarea")).to_be_visible()
    watched.evaluate("""() => {
      const room = document.querySelector("#transcript");
      room.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.attacked = 1'>");
      const script = document.createElement("script");
      script.textContent = "window.attacked = 2";
      room.append(script);
    }""")
    watched.wait_for_function("window.violations.length >= 2")
    assert watched.evaluate("window.attacked") is None


def test_a_page_of_another_origin_can_do_nothing(
    watched: Page, elsewhere: str, shelf: FakePipeline
) -> None:
    """Nothing is added, removed or read, whatever it tries in the visitor's own browser."""
    expect(watched.locator("#question textarea")).to_be_visible()
    chat = watched.evaluate("location.origin")
    box = watched.evaluate(
        "window.gradio_config.components.find(({ props }) => props.elem_id === 'question').id"
    )
    before = [shelf.index.article(entry.id) for entry in shelf.index.catalogue()]
    page = watched.context.new_page()
    calls = {
        "remove": f'{{"article":"{LOCK.id}"}}',
        "add": f'{{"visitor":"{"1" * 32}","name":"evil.md","data":"RXZpbC4="}}',
        "articles": "{}",
    }
    for name, data in calls.items():
        page.goto(elsewhere)
        body = f'{{"component_id":{box},"session_hash":"s","fn_name":"{name}","data":{data}}}'
        assert page.evaluate(_ATTACK, [chat, body]) == []
    page.close()
    assert [shelf.index.article(entry.id) for entry in shelf.index.catalogue()] == before
