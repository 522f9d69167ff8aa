// Filters the wrong answers by kind and by the words of their questions. Text is only ever compared, never made HTML.
(() => {
  "use strict";

  const tools = document.getElementById("tools");
  if (!tools) return;
  const cards = [...document.querySelectorAll(".wrong")].map((card) => ({
    card,
    kind: card.dataset.kind,
    asked: plain(card.querySelector(".asked").textContent),
  }));
  const kinds = [...tools.querySelectorAll('input[name="kind"]')];
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const unfold = document.getElementById("unfold");

  // Without case and accents, as the search of the articles has it.
  function plain(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function show() {
    const kind = kinds.find((choice) => choice.checked).value;
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, kind: own, asked } of cards) {
      card.hidden = !((!kind || own === kind) && words.every((word) => asked.includes(word)));
      shown += card.hidden ? 0 : 1;
    }
    count.textContent = shown ? `${shown} of ${cards.length} shown` : "None: choose another kind, or fewer words.";
  }

  // A link to a kind, from the outcomes above or from another page, chooses it.
  function follow() {
    const choice = kinds.find(({ id }) => `#${id}` === location.hash);
    if (!choice) return;
    choice.checked = true;
    search.value = "";
    show();
    choice.focus();
  }

  kinds.forEach((choice) => choice.addEventListener("change", show));
  search.addEventListener("input", show);
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", String(open));
    for (const { card } of cards) if (!card.hidden) card.querySelector("details").open = open;
  });
  window.addEventListener("hashchange", follow);
  tools.hidden = false;
  show();
  follow();
})();
