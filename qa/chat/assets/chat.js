// What the parts of the page share, and what a click on an answer does. Everything on the page was escaped by the
// server; text is only ever set as text here, except for HTML that the server made.
window.qa = (() => {
  "use strict";

  const find = (css) => document.querySelector(css);
  const lot = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  // The browser's storage may be forbidden: then the visit is remembered as long as the page is open.
  const memory = {};
  const remember = (name, value) => {
    memory[name] = value;
    try {
      localStorage.setItem(`qa-${name}`, value);
    } catch {}
  };
  const recall = (name) => {
    try {
      return localStorage.getItem(`qa-${name}`) ?? memory[name];
    } catch {
      return memory[name];
    }
  };

  // The visitor's secret: who has it sees their conversations.
  const visitor = () => {
    const known = recall("visitor");
    if (/^[0-9a-f]{32}$/.test(known ?? "")) return known;
    const drawn = lot();
    remember("visitor", drawn);
    return drawn;
  };

  let hiding;
  // Say something at the foot of the page for a while; with `undo`, offer to take it back.
  function say(text, undo) {
    const toast = find(".toast");
    const [words, button] = toast.children;
    words.textContent = text;
    button.hidden = !undo;
    button.onclick = () => {
      toast.hidden = true;
      undo?.();
    };
    toast.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => (toast.hidden = true), undo ? 20_000 : 5_000);
  }

  // Call a function of the server; what went wrong is said, and nothing comes back.
  async function call(name, request) {
    let reply;
    try {
      reply = await qa.server[name](request);
    } catch {
      reply = { error: "The server cannot be reached. Is it still running?" };
    }
    if (reply.error) say(reply.error);
    return reply.error ? undefined : reply.value;
  }

  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without a secure address there is no clipboard; the old way still works.
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(done);
  }

  // Show the chat or the library.
  function view(name) {
    find("#page").dataset.view = name;
    document.querySelectorAll(".masthead [data-view]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.view === name));
    });
    document.dispatchEvent(new CustomEvent("qa-view", { detail: name }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) return;
    const { view: wanted, copy: text, share } = button.dataset;
    if (wanted) view(wanted);
    if (text !== undefined) copy(text, "The answer is copied, with its sources.");
    if (share !== undefined) {
      const link = new URL(location.pathname, location.origin);
      link.searchParams.set("q", share);
      copy(link.href, "The link is copied: it opens this chat and asks the question.");
    }
  });

  // A new question comes into view; its answer stays in view as it grows, unless the reader has scrolled back.
  function keepUp(room) {
    let near = true;
    let seen = 0;
    room.addEventListener("scroll", () => {
      near = room.scrollHeight - room.scrollTop - room.clientHeight < 80;
    });
    new MutationObserver(() => {
      const exchanges = room.querySelectorAll(".exchange");
      if (exchanges.length > seen) exchanges[exchanges.length - 1].scrollIntoView({ block: "start" });
      seen = exchanges.length;
      if (near) room.scrollTop = room.scrollHeight;
    }).observe(room, { childList: true, subtree: true, characterData: true });
  }

  new MutationObserver((_, observer) => {
    const room = find("#transcript");
    if (!room) return;
    observer.disconnect();
    keepUp(room);
  }).observe(document.documentElement, { childList: true, subtree: true });

  return { find, lot, remember, recall, visitor, say, call, copy, view, server: {}, trigger: () => {} };
})();
