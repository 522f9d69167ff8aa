// What the scripts of the page share. The server has escaped everything on the page; here text is only ever set as
// text, except for HTML that the server made.
window.qa = (() => {
  "use strict";

  const find = (css) => document.querySelector(css);
  const randomToken = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  // The browser may forbid storage: then things are remembered as long as the page is open.
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

  // The visitor's secret: whoever has it sees their conversations.
  const visitor = () => {
    const known = recall("visitor");
    if (/^[0-9a-f]{32}$/.test(known ?? "")) return known;
    const secret = randomToken();
    remember("visitor", secret);
    return secret;
  };

  // The language that the server told the page in. Gradio would have it that of the browser.
  const root = document.documentElement;
  const language = root.dataset.language ?? root.lang;
  const keepLanguage = () => root.lang !== language && (root.lang = language);
  new MutationObserver(keepLanguage).observe(root, { attributeFilter: ["lang"] });
  keepLanguage();

  // A message in that language, with the fields that its text names.
  let messages;
  function gettext(text, fields = {}) {
    messages ??= JSON.parse(find("#messages")?.dataset.messages ?? "null");
    return (messages?.[text] ?? text).replace(/%\((\w+)\)s/g, (_, name) => fields[name]);
  }

  let hiding;
  // Show a message at the foot of the page for a while; with `undo`, offer to undo.
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

  // Call a function of the server; on failure show why, and return undefined.
  async function call(name, request) {
    let reply;
    try {
      reply = await qa.server[name](request);
    } catch {
      reply = { error: gettext("The server cannot be reached. Is it still running?") };
    }
    if (reply.error) say(reply.error);
    return reply.error ? undefined : reply.value;
  }

  // A busy server says when to come again: the visitor only waits a little longer.
  const BUSY = [429, 503];
  const MAX_TRIES = 15;
  const send = window.fetch;
  window.fetch = async (resource, options = {}) => {
    const headers = new Headers(options.headers ?? resource.headers);
    headers.set("Accept-Language", language);
    const request = [resource, { ...options, headers }];
    for (let tries = 1; ; tries++) {
      const response = await send(...request);
      const seconds = Number(response.headers.get("Retry-After"));
      if (!BUSY.includes(response.status) || !seconds) return response;
      if (tries === MAX_TRIES) {
        if (response.url.includes("/queue/join")) document.dispatchEvent(new CustomEvent("qa-busy"));
        return response;
      }
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    }
  };

  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // There is no clipboard API without a secure address; the old way still works.
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(done);
  }

  // Update `node` to match `wanted` without touching what is equal, so that focus, selection and scrolling survive.
  function morph(node, wanted) {
    if (node.isEqualNode(wanted)) return;
    if (node.nodeName !== wanted.nodeName || node.nodeType !== Node.ELEMENT_NODE) return node.replaceWith(wanted);
    for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
    for (const { name, value } of wanted.attributes) node.setAttribute(name, value);
    const [present, next] = [[...node.childNodes], [...wanted.childNodes]];
    next.forEach((child, at) => (at < present.length ? morph(present[at], child) : node.append(child)));
    present.slice(next.length).forEach((child) => child.remove());
  }

  // Apply a change to the conversation or its sources: all of it for number 0, else the exchange of that number.
  window.qaPatch = (part, { number, busy, html }) => {
    const root = find(part === "sources" ? "#sources .sources" : "#transcript .conversation");
    const { content } = Object.assign(document.createElement("template"), { innerHTML: html });
    if (number === 0) {
      root.replaceChildren(content);
    } else {
      const wanted = content.querySelector("[data-exchange]");
      const present = root.querySelector(`:scope > [data-exchange="${number}"]`);
      // Remove all but earlier exchanges: the welcome, notes, exchanges that the server does not know.
      [...root.children].forEach((child) => {
        if (child !== present && !(Number(child.dataset.exchange) < number)) child.remove();
        else if (part === "sources") child.hidden = true;
      });
      present ? morph(present, wanted) : root.append(wanted);
    }
    if (part === "transcript") root.setAttribute("aria-busy", busy);
  };

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
    if (text !== undefined) copy(text, gettext("The answer is copied, with its sources."));
    if (share !== undefined) {
      const link = new URL(location.pathname, location.origin);
      link.searchParams.set("q", share);
      copy(link.href, gettext("The link is copied: it opens this chat and asks the question."));
    }
  });

  // Who is signed in, what they may do, and the collections they can go to.
  document.addEventListener("qa-ready", async () => {
    const account = await call("collections", {});
    if (!account) return;
    find(".masthead .account").innerHTML = account.html;
    find("#page").dataset.editor = account.editor;
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-collections]")) location.assign(event.target.value);
    if (event.target.matches?.("[data-languages]")) {
      const address = new URL(location.href);
      address.searchParams.set("lang", event.target.value);
      location.assign(address);
    }
  });

  // The server remembers the language; a link to the page does not carry it on.
  const address = new URL(location.href);
  if (address.searchParams.has("lang")) {
    address.searchParams.delete("lang");
    history.replaceState(null, "", address);
  }

  // Scroll to a new question, and with its growing answer unless the reader has scrolled back.
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

  return { find, gettext, randomToken, remember, recall, visitor, say, call, copy, view, server: {}, trigger: () => {} };
})();
