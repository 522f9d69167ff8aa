// From a marker to its quote: hover or focus shows the quote, a click opens the whole article at it. The reader replaces
// the sources on a wide screen, and is a sheet over the page on a narrow one.
(() => {
  "use strict";

  const { find, gettext } = qa;
  const narrow = window.matchMedia("(max-width: 800px), (max-height: 480px)");
  const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  const reader = () => find("#reader dialog");
  const text = () => find("#reader .article-text");

  let opener = null; // the element that gets the focus back
  let latest = 0; // number of the latest request; replies to earlier ones are dropped
  const cache = new Map(); // promises of the server's replies, by request

  // An article may change while the page is open, so none is cached for long.
  const CACHE_MS = 30_000;
  function fetchArticle(button) {
    const { open: article, exchange, spans } = button.dataset;
    const key = JSON.stringify([article, exchange, spans]);
    if (!cache.has(key)) {
      const reply = qa.server.read_article([article, Number(exchange), spans]);
      cache.set(key, reply);
      reply.catch(() => cache.delete(key));
      setTimeout(() => cache.delete(key), CACHE_MS);
    }
    return cache.get(key);
  }

  document.addEventListener("qa-articles", () => cache.clear());

  async function open(button, place) {
    const request = ++latest;
    if (!reader().contains(document.activeElement)) opener = document.activeElement;
    const head = button.closest(".reprint, .card").querySelector("header").cloneNode(true);
    head.hidden = false;
    const title = head.querySelector("h3");
    title.id = "reader-title";
    find("#reader .name").textContent = title.textContent;
    find("#reader .about").replaceChildren(head);
    text().lang = title.lang;
    text().textContent = gettext("Opening…");
    show();
    try {
      const html = await fetchArticle(button);
      if (request !== latest) return;
      text().innerHTML = html;
    } catch {
      if (request === latest) text().textContent = gettext("The article could not be opened. Is the server still running? Close it and try again.");
    }
    if (request === latest) scrollTo(place);
  }

  // Scroll to a quote; without one, to the beginning.
  function scrollTo(place) {
    const anchor = place && text().querySelector(`[data-place="${CSS.escape(place)}"]`);
    if (anchor) {
      anchor.classList.add("current");
      anchor.scrollIntoView({ block: "center" });
    } else {
      (narrow.matches ? reader() : find("#evidence")).scrollTop = 0;
    }
    (anchor || text()).focus({ preventScroll: true });
  }

  function show() {
    if (reader().open) return;
    narrow.matches ? reader().showModal() : reader().show();
    find("#evidence").classList.add("reading");
  }

  // `back`: return the focus to where it was before.
  function close(back) {
    latest++;
    find("#evidence").classList.remove("reading");
    if (reader().open) reader().close();
    if (back && opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  }

  // Show the sources of a marker's answer and open the article at its quote; a removed article has only its card.
  function follow(place) {
    const target = find(`#sources [data-place="${CSS.escape(place)}"]`);
    if (!target) return;
    const current = target.closest(".sources-of");
    document.querySelectorAll("#sources .sources-of").forEach((section) => {
      section.hidden = section !== current;
    });
    const button = target.closest(".card").querySelector("[data-open]");
    if (button) return open(button, place);
    close();
    target.scrollIntoView({ block: "center", behavior: reducedMotion.matches ? "auto" : "smooth" });
    target.focus({ preventScroll: true });
  }

  // The quote beside its marker. The pointer may move onto it, and Escape hides it.
  let shown = null;
  let hiding;
  function peek(marker) {
    clearTimeout(hiding);
    if (shown === marker) return;
    hide();
    shown = marker;
    const [quoted, about] = find("#peek").children;
    quoted.textContent = marker.dataset.quote;
    about.textContent = marker.dataset.about;
    marker.setAttribute("aria-describedby", "peek");
    find("#peek").hidden = false;
    place();
    // The article may be opened next.
    const target = find(`#sources [data-place="${CSS.escape(marker.dataset.cite)}"]`);
    const button = target?.closest(".card").querySelector("[data-open]");
    if (button) fetchArticle(button).catch(() => {});
  }

  function place() {
    const [box, room] = [find("#peek"), shown.getBoundingClientRect()];
    if (room.bottom < 0 || room.top > window.innerHeight) return hide();
    const left = Math.min(room.left, document.documentElement.clientWidth - box.offsetWidth - 8);
    // Above the marker if there is room: below, it would hide the next marker.
    const above = room.top - box.offsetHeight - 4;
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${above >= 8 ? above : room.bottom + 4}px`;
  }

  function hide() {
    clearTimeout(hiding);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    find("#peek").hidden = true;
  }

  const marker = (event) => event.target.closest?.(".marker[data-quote]");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    if (marker(event)) peek(marker(event));
    else if (event.target.closest?.("#peek")) clearTimeout(hiding);
    else if (shown && document.activeElement !== shown) {
      clearTimeout(hiding);
      hiding = setTimeout(hide, 150);
    }
  });
  document.addEventListener("focusin", (event) => {
    if (marker(event)?.matches(":focus-visible")) peek(marker(event));
  });
  document.addEventListener("focusout", (event) => marker(event) && hide());
  document.addEventListener("scroll", () => shown && place(), true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.dataset.cite) {
      hide();
      follow(button.dataset.cite);
    }
    if (button?.dataset.open !== undefined) open(button);
    if (button && "readerClose" in button.dataset) close(true);
    if (event.target === reader()) close(true); // a click beside the sheet
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      if (shown) hide();
      else if (reader()?.open && !document.querySelector("dialog:modal:not(.reader)")) close(true);
      else return;
      event.preventDefault();
      event.stopPropagation(); // Escape must not also stop an answer
    },
    true,
  );

  // A phone's back gesture closes the sheet too.
  document.addEventListener("close", (event) => event.target === reader() && !reader().open && close(true), true);

  narrow.addEventListener("change", () => {
    if (!reader()?.open) return;
    reader().close();
    show();
  });

  // New sources replace the opened article; a marker that is removed takes its quote with it.
  new MutationObserver((_, observer) => {
    const [sources, transcript] = [find("#sources"), find("#transcript")];
    if (!sources || !transcript || !reader()) return;
    observer.disconnect();
    let before = find("#sources .sources")?.textContent;
    const changed = () => {
      const now = find("#sources .sources")?.textContent;
      if (now === before) return; // only Gradio's own elements around it have changed
      before = now;
      if (reader().open) close(reader().contains(document.activeElement));
    };
    new MutationObserver(changed).observe(sources, { childList: true, subtree: true });
    new MutationObserver(() => shown && !shown.isConnected && hide()).observe(transcript, { childList: true, subtree: true });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
