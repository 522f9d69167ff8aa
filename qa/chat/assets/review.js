// What a click, a key or a selection does on the review page. The server makes all HTML and has escaped it.
const desk = element.querySelector(".desk");
const calm = "input, textarea, select";
let waiting = null;
let turn = Promise.resolve();

const form = () => desk.querySelector("form");
const say = (text, done) => {
  const place = desk.querySelector(".message");
  if (!place) return;
  place.textContent = text;
  place.classList.toggle("done", done);
};

function values(action) {
  const shown = form();
  if (!shown) return { action };
  return {
    action,
    id: shown.dataset.id,
    article: shown.dataset.article,
    answerable: shown.dataset.answerable === "1",
    spans: JSON.parse(shown.dataset.spans),
    question: shown.elements.question.value,
    answers: shown.elements.answers.value,
  };
}

// One step after the other: what was typed is on disk before the page goes on.
function send(request) {
  clearTimeout(waiting);
  waiting = null;
  turn = turn.then(async () => {
    let reply;
    try {
      reply = await server.act(request);
    } catch {
      reply = { message: "The server does not answer: start `qa eval new` again. What it said was saved is saved." };
    }
    if (reply.html) show(reply.html);
    say(reply.message || reply.done || "", !reply.message);
  });
  return turn;
}

function show(html) {
  const listed = desk.querySelector("details.all")?.open;
  desk.innerHTML = html;
  if (listed) desk.querySelector("details.all").open = true;
  const text = desk.querySelector(".text");
  const mark = text?.querySelector("mark");
  // The article scrolls to the mark by itself, where it scrolls; the page stays where it is.
  if (mark && text.scrollHeight > text.clientHeight) {
    text.scrollTop = mark.getBoundingClientRect().top - text.getBoundingClientRect().top - text.clientHeight / 3;
  }
  if (form() && !form().elements.question.value) form().elements.question.focus();
}

async function act(button) {
  const { action } = button.dataset;
  if (waiting) send(values("save"));
  if (action === "open") return send({ action, id: button.dataset.id });
  if (action === "add") return send({ action, article: button.dataset.article || form()?.dataset.article });
  if (action !== "place") return send(values(action));
  const place = [Number(button.dataset.from), Number(button.dataset.to)];
  const request = values("mark");
  const others = request.spans.filter(([start, end]) => start !== place[0] || end !== place[1]);
  request.spans = others.length < request.spans.length ? others : [...others, place];
  return send(request);
}

// Offsets count characters as Python does, not the halves of which JavaScript makes some of them.
function offset(text, node, at) {
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(node, at);
  return Array.from(before.toString()).length;
}

function marked() {
  const selection = window.getSelection();
  const text = desk.querySelector(".text");
  if (!text || !selection.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
  const words = range.toString();
  if (!words.trim()) return;
  const lead = Array.from(words).length - Array.from(words.trimStart()).length;
  const start = offset(text, range.startContainer, range.startOffset) + lead;
  const request = values("mark");
  request.spans = [[start, start + Array.from(words.trim()).length]];
  request.answers = words.trim().replace(/\s+/g, " ");
  request.answerable = true;
  selection.removeAllRanges();
  send(request);
}

desk.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) act(button);
});
desk.addEventListener("submit", (event) => event.preventDefault());
desk.addEventListener("input", (event) => {
  clearTimeout(waiting);
  if (event.target.name === "about") {
    send({ ...values("save"), spans: [] });
    return send({ action: "move", id: form().dataset.id, article: event.target.value });
  }
  waiting = setTimeout(() => send(values("save")), 500);
  return undefined;
});
// A finger marks with handles, and lifts off them anywhere.
document.addEventListener("pointerup", () => setTimeout(marked, 0));
document.addEventListener("selectionchange", () => {
  clearTimeout(desk.chosen);
  if (window.matchMedia("(pointer: coarse)").matches) desk.chosen = setTimeout(marked, 1200);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.(calm);
  if (typing && event.key === "Escape") return typing.blur();
  if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return desk.querySelector('[data-key="a"]')?.click();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !form()) return undefined;
  if (event.key.toLowerCase() === "e") {
    event.preventDefault();
    return form().elements.question.focus();
  }
  const button = desk.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return undefined;
  event.preventDefault();
  return button.click();
});

send({ action: "open" });
