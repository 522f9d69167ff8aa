// From a marker to its quote: shown on hover and focus; a click opens the whole article there. The article stands in
// place of the sources on a wide screen, and comes up as a sheet on a narrow one.
(() => {
  "use strict";

  const { find } = qa;
  const narrow = window.matchMedia("(max-width: 800px), (max-height: 480px)");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const reader = () => find("#reader dialog");
  const text = () => find("#reader .article-text");

  let opener = null; // what gets the focus back
  let latest = 0; // the latest article asked for; an earlier one that comes later is dropped
  const fetched = new Map(); // what the server sent or is about to send, by what was asked for

  // An article may change while the page is open, so none is kept for long.
  const KEPT = 30_000;
  function whole(button) {
    const { open: article, exchange, spans } = button.dataset;
    const key = JSON.stringify([article, exchange, spans]);
    if (!fetched.has(key)) {
      const coming = qa.server.read_article([article, Number(exchange), spans]);
      fetched.set(key, coming);
      coming.catch(() => fetched.delete(key));
      setTimeout(() => fetched.delete(key), KEPT);
    }
    return fetched.get(key);
  }

  document.addEventListener("qa-articles", () => fetched.clear());

  async function open(button, place) {
    const turn = ++latest;
    if (!reader().contains(document.activeElement)) opener = document.activeElement;
    const head = button.closest(".reprint, .card").querySelector("header").cloneNode(true);
    head.hidden = false;
    const title = head.querySelector("h3");
    title.id = "reader-title";
    find("#reader .name").textContent = title.textContent;
    find("#reader .about").replaceChildren(head);
    text().textContent = "Opening…";
    show();
    try {
      const html = await whole(button);
      if (turn !== latest) return;
      text().innerHTML = html;
    } catch {
      if (turn === latest) text().textContent = "The article could not be opened. Is the server still running? Close it and try again.";
    }
    if (turn === latest) arrive(place);
  }

  // Go to the quote; without one, to the beginning.
  function arrive(place) {
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

  // `back`: the reader wants to be where they were before.
  function close(back) {
    latest++;
    find("#evidence").classList.remove("reading");
    if (reader().open) reader().close();
    if (back && opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  }

  // A marker brings up the sources of its answer, and in the article its quote; an article that has gone leaves a card.
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
    target.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    target.focus({ preventScroll: true });
  }

  // The quote beside its marker. It can be pointed at, goes with Escape, and touches nothing else.
  let shown = null;
  let going;
  function peek(marker) {
    clearTimeout(going);
    if (shown === marker) return;
    hide();
    shown = marker;
    const [quoted, about] = find("#peek").children;
    quoted.textContent = marker.dataset.quote;
    about.textContent = marker.dataset.about;
    marker.setAttribute("aria-describedby", "peek");
    find("#peek").hidden = false;
    place();
    // Who looks at a quote may open it next.
    const target = find(`#sources [data-place="${CSS.escape(marker.dataset.cite)}"]`);
    const button = target?.closest(".card").querySelector("[data-open]");
    if (button) whole(button).catch(() => {});
  }

  function place() {
    const [box, room] = [find("#peek"), shown.getBoundingClientRect()];
    if (room.bottom < 0 || room.top > window.innerHeight) return hide();
    const left = Math.min(room.left, document.documentElement.clientWidth - box.offsetWidth - 8);
    // Above it, where everything has been read: below, it would hide the next marker.
    const above = room.top - box.offsetHeight - 4;
    box.style.left = `${Math.max(8, left)}px`;
    box.style.top = `${above >= 8 ? above : room.bottom + 4}px`;
  }

  function hide() {
    clearTimeout(going);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    find("#peek").hidden = true;
  }

  const marker = (event) => event.target.closest?.(".marker[data-quote]");
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    if (marker(event)) peek(marker(event));
    else if (event.target.closest?.("#peek")) clearTimeout(going);
    else if (shown && document.activeElement !== shown) {
      clearTimeout(going);
      going = setTimeout(hide, 150);
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
    if (event.target === reader()) close(true); // beside the sheet
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape") return;
      if (shown) hide();
      else if (reader()?.open && !document.querySelector("dialog:modal:not(.reader)")) close(true);
      else return;
      event.preventDefault();
      event.stopPropagation(); // nothing else is meant: no answer is stopped
    },
    true,
  );

  // A phone's own way back closes the sheet too.
  document.addEventListener("close", (event) => event.target === reader() && !reader().open && close(true), true);

  narrow.addEventListener("change", () => {
    if (!reader()?.open) return;
    reader().close();
    show();
  });

  // Other sources take the article's place, and a marker that goes takes its quote along.
  new MutationObserver((_, observer) => {
    const [sources, transcript] = [find("#sources"), find("#transcript")];
    if (!sources || !transcript || !reader()) return;
    observer.disconnect();
    let before = find("#sources .sources")?.textContent;
    const changed = () => {
      const now = find("#sources .sources")?.textContent;
      if (now === before) return; // only Gradio's own signs around it have changed
      before = now;
      if (reader().open) close(reader().contains(document.activeElement));
    };
    new MutationObserver(changed).observe(sources, { childList: true, subtree: true });
    new MutationObserver(() => shown && !shown.isConnected && hide()).observe(transcript, { childList: true, subtree: true });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
