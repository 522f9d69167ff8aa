// The question box: asking, cancelling, asking again.
(() => {
  "use strict";

  const { find, gettext, randomToken, visitor } = qa;
  const ID = /^#([0-9a-f]{32})$/;

  let token = ""; // of the question in progress
  let waiting = null; // the question to ask after it
  let leaving = false; // whether another conversation is to be shown
  let where = {}; // conditions on the articles to ask
  let quotes = false; // whether to quote the articles even if a chat model could write
  let editing = null; // how the text in the box replaces an earlier question
  let leftBehind = null; // the exchange after which the topic was dropped

  const box = () => find("#question textarea");
  const conversation = () => ID.exec(location.hash)?.[1];

  function fit() {
    const area = box();
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  function write(text) {
    box().value = text;
    fit();
  }

  // Show the state of the box.
  function refresh() {
    const [ask, stop] = [find("#question [type=submit]"), find("#question .stop")];
    ask.hidden = Boolean(token);
    stop.hidden = !token;
    const next = find("#question .next");
    next.hidden = !waiting;
    next.textContent = waiting ? gettext("Asked next: %(question)s", { question: waiting.question }) : "";
    const edit = find("#question .editing");
    edit.hidden = !editing;
    edit.firstElementChild.textContent = editing?.literal
      ? gettext("Say what was meant; it is asked exactly as written here.")
      : gettext("Edit the question and ask again.");
    showTopic();
  }

  // What the last answer was about is shown above the box; clicking it asks the next question without it.
  const last = () => [...document.querySelectorAll("#transcript .exchange")].at(-1);
  const leaves = () => leftBehind !== null && leftBehind === last()?.dataset.exchange;

  function showTopic() {
    const about = last()?.dataset.about ?? "";
    const topic = find("#question .topic");
    if (!topic) return;
    topic.hidden = !about || Boolean(token) || leaves();
    const name = topic.querySelector("bdi");
    if (name.textContent !== about) name.textContent = about;
  }

  // Show the question at once; the server's first frame will update it.
  function show(question, replaces) {
    const conversation = find("#transcript .conversation");
    if (!conversation) return;
    conversation.querySelector(".welcome")?.remove();
    if (replaces) conversation.querySelector(".exchange:last-of-type")?.remove();
    const number = conversation.querySelectorAll(".exchange").length + 1;
    const section = document.createElement("section");
    const heading = section.appendChild(document.createElement("h2"));
    const reply = section.appendChild(document.createElement("div"));
    section.className = "exchange";
    section.dataset.exchange = number;
    heading.className = "question";
    heading.dir = "auto";
    heading.textContent = question;
    reply.className = "reply waiting";
    reply.textContent = gettext("Reading the articles…");
    conversation.append(section);
    conversation.setAttribute("aria-busy", "true");
  }

  function send(asked) {
    if (!conversation()) history.replaceState(null, "", `#${randomToken()}`);
    token = randomToken();
    show(asked.question, asked.replaces);
    qa.trigger("submit", { visitor: visitor(), conversation: conversation(), token, ...asked });
    refresh();
  }

  // Conditions on the articles are shown above the box; clicking one drops it.
  const label = (name) =>
    ({ source: gettext("Outlet:"), since: gettext("From:"), until: gettext("To:") })[name];
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
        chip.title = gettext("Ask without this condition");
        value.textContent = text;
        chip.append(`${label(name)} `, value, " ✕");
        return chip;
      }),
    );
    chips.hidden = !chips.children.length;
    qa.view("room");
    box().focus();
  };

  function ask(question) {
    const asked = { question: question.trim(), where, quotes, replaces: false, literal: leaves(), ...(editing ?? {}) };
    editing = null;
    leftBehind = null;
    if (asked.question && token) waiting = asked;
    else if (asked.question) send(asked);
    refresh();
  }

  async function stop() {
    if (!token) return;
    const [stopped, next] = [token, waiting];
    waiting = null;
    // Put the waiting question back into the box, unless something else has been typed by now.
    if (next && !box().value) write(next.question);
    refresh();
    if ((await qa.call("cancel", { token: stopped })) === undefined && token === stopped) window.qaDone();
    box().focus();
  }

  function edit(button) {
    const newest = button.closest(".exchange") === last();
    editing = { replaces: newest && !token, literal: "literal" in button.dataset };
    qa.view("room");
    write(button.dataset.edit);
    box().focus();
    refresh();
  }

  // Cancel the question in progress, if any, and show another conversation; without an id, a new one.
  qa.open = (id) => {
    history.pushState(null, "", `#${id ?? randomToken()}`);
    leave();
  };

  // The question is cancelled first, or its last frame would replace what is shown next.
  async function leave() {
    waiting = editing = null;
    leaving = Boolean(token);
    if (!token) reopen();
    else if ((await qa.call("cancel", { token })) === undefined) window.qaDone();
    refresh();
  }

  qa.conversation = conversation;

  function reopen() {
    leaving = false;
    qa.view("room");
    qa.trigger("select", { visitor: visitor(), conversation: conversation() });
    document.dispatchEvent(new CustomEvent("qa-conversation"));
    box().focus();
  }

  // Called when the server is done with a question, whatever the outcome.
  window.qaDone = () => {
    const next = waiting;
    token = "";
    waiting = null;
    document.dispatchEvent(new CustomEvent("qa-conversation"));
    if (leaving) reopen();
    else if (next) send({ ...next, replaces: false });
    refresh();
  };

  // The server has taken no question for so long that the page gives up.
  document.addEventListener("qa-busy", () => {
    const reply = find("#transcript .exchange:last-of-type > .reply.waiting");
    if (!token || !reply) return;
    reply.textContent = gettext("The server is too busy: ask again later.");
    find("#transcript .conversation").setAttribute("aria-busy", "false");
    window.qaDone();
  });

  // The notice is replaced as a whole, and the switch in it.
  function keepMode() {
    const mode = find("#notice [data-quotes]");
    if (mode && mode.checked !== quotes) mode.checked = quotes;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-quotes]")) quotes = event.target.checked;
  });

  // Called by the question box once it has loaded.
  window.qaConnect = (trigger, server) => {
    Object.assign(qa, { trigger, server });
    new MutationObserver(keepMode).observe(find("#notice"), { childList: true, subtree: true });
    new MutationObserver(showTopic).observe(find("#transcript"), { childList: true, subtree: true });
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
    // A link to a question asks it once: the address changes, so that a reload does not ask it again.
    const shared = new URLSearchParams(location.search).get("q");
    if (shared?.trim()) {
      history.replaceState(null, "", `${location.pathname}#${randomToken()}`);
      ask(shared);
    } else if (conversation()) {
      reopen();
    }
    box().focus();
    document.dispatchEvent(new CustomEvent("qa-ready"));
  };

  window.addEventListener("popstate", () => conversation() && leave());

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    if (button.matches("#question .stop")) stop();
    if (button.dataset.edit !== undefined) edit(button);
    if (button.dataset.ask !== undefined && !token) {
      if ("literal" in button.dataset) editing = { literal: true };
      ask(button.dataset.ask);
    }
    if ("leave" in button.dataset) {
      leftBehind = last()?.dataset.exchange ?? null;
      refresh();
      box().focus();
    }
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
