// What a click, a key or a selection does on the review page. All HTML comes escaped from the server.
const root = element.querySelector(".review");
const FIELDS = "input, textarea, select";
let saving = null; // timer of the next save
let queue = Promise.resolve();

const form = () => root.querySelector("form");
const say = (text, done) => {
  const place = root.querySelector(".message");
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

// One request at a time: what was typed is saved before the page moves on.
function send(request) {
  clearTimeout(saving);
  saving = null;
  queue = queue.then(async () => {
    let reply;
    try {
      reply = await server.act(request);
    } catch {
      reply = { message: "The server does not answer: start `qa eval new` again. Everything confirmed as saved is saved." };
    }
    if (reply.html) show(reply.html);
    say(reply.message || reply.done || "", !reply.message);
  });
  return queue;
}

function show(html) {
  const listed = root.querySelector("details.all")?.open;
  root.innerHTML = html;
  if (listed) root.querySelector("details.all").open = true;
  const text = root.querySelector(".text");
  const mark = text?.querySelector("mark");
  // Only the article's own box scrolls to the mark, never the page.
  if (mark && text.scrollHeight > text.clientHeight) {
    text.scrollTop = mark.getBoundingClientRect().top - text.getBoundingClientRect().top - text.clientHeight / 3;
  }
  if (form() && !form().elements.question.value) form().elements.question.focus();
}

async function act(button) {
  const { action } = button.dataset;
  if (saving) send(values("save"));
  if (action === "open") return send({ action, id: button.dataset.id });
  if (action === "add") return send({ action, article: button.dataset.article || form()?.dataset.article });
  if (action !== "place") return send(values(action));
  const place = [Number(button.dataset.from), Number(button.dataset.to)];
  const request = values("mark");
  const others = request.spans.filter(([start, end]) => start !== place[0] || end !== place[1]);
  request.spans = others.length < request.spans.length ? others : [...others, place];
  return send(request);
}

// Offsets count code points, as in Python, not UTF-16 code units.
function offset(text, node, at) {
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(node, at);
  return Array.from(before.toString()).length;
}

// Mark the selected words as the answer.
function mark() {
  const selection = window.getSelection();
  const text = root.querySelector(".text");
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

root.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) act(button);
});
root.addEventListener("submit", (event) => event.preventDefault());
root.addEventListener("input", (event) => {
  clearTimeout(saving);
  if (event.target.name === "about") {
    send({ ...values("save"), spans: [] });
    return send({ action: "move", id: form().dataset.id, article: event.target.value });
  }
  saving = setTimeout(() => send(values("save")), 500);
  return undefined;
});
document.addEventListener("pointerup", () => setTimeout(mark, 0));
// On a touch screen a selection is made with handles, and no pointer event tells when it is done.
document.addEventListener("selectionchange", () => {
  clearTimeout(root.chosen);
  if (window.matchMedia("(pointer: coarse)").matches) root.chosen = setTimeout(mark, 1200);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.(FIELDS);
  if (typing && event.key === "Escape") return typing.blur();
  if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return root.querySelector('[data-key="a"]')?.click();
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !form()) return undefined;
  if (event.key.toLowerCase() === "e") {
    event.preventDefault();
    return form().elements.question.focus();
  }
  const button = root.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return undefined;
  event.preventDefault();
  return button.click();
});

send({ action: "open" });
