// The question box: asking, stopping, asking again.
(() => {
  "use strict";

  const { find, lot, visitor } = qa;
  const ID = /^#([0-9a-f]{32})$/;

  let token = ""; // of the question at work
  let waiting = null; // the question that is asked after it
  let leaving = false; // for another conversation
  let where = {}; // which articles are asked
  let quotes = false; // the articles are quoted, even where a chat model could write
  let editing = null; // what the text in the box takes the place of

  const box = () => find("#question textarea");
  const talk = () => ID.exec(location.hash)?.[1];

  function fit() {
    const area = box();
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  function write(text) {
    box().value = text;
    fit();
  }

  // Show what the box is doing.
  function refresh() {
    const [ask, stop] = [find("#question [type=submit]"), find("#question .stop")];
    ask.hidden = Boolean(token);
    stop.hidden = !token;
    const next = find("#question .next");
    next.hidden = !waiting;
    next.textContent = waiting ? `Asked next: ${waiting.question}` : "";
    const edit = find("#question .editing");
    edit.hidden = !editing;
    edit.firstElementChild.textContent = editing?.literal
      ? "Say what was meant; it is asked just as it stands here."
      : "Edit the question and ask again.";
  }

  // The question shows at once; the server's first frame takes its place.
  function show(question, replaces) {
    const conversation = find("#transcript .conversation");
    if (!conversation) return;
    conversation.querySelector(".welcome")?.remove();
    if (replaces) conversation.querySelector(".exchange:last-of-type")?.remove();
    const section = document.createElement("section");
    const heading = section.appendChild(document.createElement("h2"));
    const reply = section.appendChild(document.createElement("div"));
    section.className = "exchange";
    heading.className = "question";
    heading.dir = "auto";
    heading.textContent = question;
    reply.className = "reply waiting";
    reply.textContent = "Reading the articles…";
    conversation.append(section);
    conversation.setAttribute("aria-busy", "true");
  }

  function send(asked) {
    if (!talk()) history.replaceState(null, "", `#${lot()}`);
    token = lot();
    show(asked.question, asked.replaces);
    qa.trigger("submit", { visitor: visitor(), talk: talk(), token, ...asked });
    refresh();
  }

  // Which articles are asked stands above the box; a click on a condition drops it.
  const LABELS = { source: "Outlet", since: "From", until: "To" };
  qa.scope = (wanted) => {
    where = wanted;
    const chips = find("#question .chips");
    chips.replaceChildren(
      ...Object.entries(where).map(([name, text]) => {
        const chip = document.createElement("button");
        const value = document.createElement("bdi");
        chip.type = "button";
        chip.className = "chip";
        chip.dataset.drop = name;
        chip.title = "Ask without this condition";
        value.textContent = text;
        chip.append(`${LABELS[name]}: `, value, " ✕");
        return chip;
      }),
    );
    chips.hidden = !chips.children.length;
    qa.view("room");
    box().focus();
  };

  function ask(question) {
    const asked = { question: question.trim(), where, quotes, replaces: false, literal: false, ...(editing ?? {}) };
    editing = null;
    if (asked.question && token) waiting = asked;
    else if (asked.question) send(asked);
    refresh();
  }

  async function stop() {
    if (!token) return;
    const [stopped, next] = [token, waiting];
    waiting = null;
    // What was to be asked next comes back, unless something else is written there by now.
    if (next && !box().value) write(next.question);
    refresh();
    if ((await qa.call("stop", { token: stopped })) === undefined && token === stopped) window.qaDone();
    box().focus();
  }

  function edit(button) {
    const exchange = button.closest(".exchange");
    const last = exchange === [...document.querySelectorAll("#transcript .exchange")].at(-1);
    editing = { replaces: last && !token, literal: "literal" in button.dataset };
    qa.view("room");
    write(button.dataset.edit);
    box().focus();
    refresh();
  }

  // Leave what is at work, if anything is, and show another conversation; without an id, a new one.
  qa.open = (id) => {
    history.pushState(null, "", `#${id ?? lot()}`);
    leave();
  };

  // What is at work is stopped first: its last frame would else come over what is shown next.
  async function leave() {
    waiting = editing = null;
    leaving = Boolean(token);
    if (!token) reopen();
    else if ((await qa.call("stop", { token })) === undefined) window.qaDone();
    refresh();
  }

  qa.talk = talk;

  function reopen() {
    leaving = false;
    qa.view("room");
    qa.trigger("select", { visitor: visitor(), talk: talk() });
    document.dispatchEvent(new CustomEvent("qa-talk"));
    box().focus();
  }

  // Called when the server is done with a question, whatever became of it.
  window.qaDone = () => {
    const next = waiting;
    token = "";
    waiting = null;
    document.dispatchEvent(new CustomEvent("qa-talk"));
    if (leaving) reopen();
    else if (next) send({ ...next, replaces: false });
    refresh();
  };

  // The switch is drawn anew with the notice that it stands in.
  function keepMode() {
    const mode = find("#notice [data-quotes]");
    if (mode && mode.checked !== quotes) mode.checked = quotes;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-quotes]")) quotes = event.target.checked;
  });

  // Called by the question box when it is there.
  window.qaConnect = (trigger, server) => {
    Object.assign(qa, { trigger, server });
    new MutationObserver(keepMode).observe(find("#notice"), { childList: true, subtree: true });
    const form = find("#question form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const question = box().value;
      write("");
      ask(question);
    });
    box().addEventListener("input", fit);
    box().addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      form.requestSubmit();
    });
    // A link to a question asks it, once: the address changes, so that a reload does not ask again.
    const shared = new URLSearchParams(location.search).get("q");
    if (shared?.trim()) {
      history.replaceState(null, "", `${location.pathname}#${lot()}`);
      ask(shared);
    } else if (talk()) {
      reopen();
    }
    box().focus();
    document.dispatchEvent(new CustomEvent("qa-ready"));
  };

  window.addEventListener("popstate", () => talk() && leave());

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.matches("#question .stop")) stop();
    if (button.dataset.edit !== undefined) edit(button);
    if (button.dataset.ask !== undefined && !token) ask(button.dataset.ask);
    if ("new" in button.dataset) qa.open();
    if (button.dataset.drop) {
      const { [button.dataset.drop]: _, ...rest } = where;
      qa.scope(rest);
    }
    if ("cancel" in button.dataset) {
      editing = null;
      write("");
      refresh();
      box().focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) stop();
  });
})();
