// What a click on the page does in the browser. Everything on the page was escaped by the server; text is only
// ever set as text here, except the article view, whose HTML the server made.
(() => {
  "use strict";

  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  // A marker [n] brings up the sources of its answer and goes to its quote.
  function follow(place) {
    const target = document.querySelector(`#sources [data-place="${CSS.escape(place)}"]`);
    if (!target) return;
    const current = target.closest(".sources-of");
    document.querySelectorAll("#sources .sources-of").forEach((section) => {
      section.hidden = section !== current;
    });
    document.querySelectorAll("#sources .followed").forEach((card) => card.classList.remove("followed"));
    target.closest(".card").classList.add("followed");
    target.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    target.focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const marker = event.target.closest?.("[data-cite]");
    if (marker) follow(marker.dataset.cite);
  });

  // Called by the sources panel: an article's text is fetched when its reading view is first opened.
  window.qaReading = (panel, server) => {
    panel.addEventListener(
      "toggle",
      async (event) => {
        const view = event.target;
        if (!view.matches("details.whole") || !view.open || view.dataset.loaded) return;
        const { article, exchange, spans } = view.dataset;
        const text = view.querySelector(".article-text");
        view.dataset.loaded = "yes";
        try {
          text.innerHTML = await server.read_article([article, Number(exchange), spans]);
        } catch {
          delete view.dataset.loaded;
          text.textContent = "The article could not be opened. Close this view and open it again.";
        }
      },
      true,
    );
  };

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
    const room = document.querySelector("#transcript");
    if (!room) return;
    observer.disconnect();
    keepUp(room);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
