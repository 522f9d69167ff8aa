// Filters the wrong answers by kind and by the words of their questions. Text is compared, never parsed as HTML.
(() => {
  "use strict";

  const tools = document.getElementById("tools");
  if (!tools) return;
  const cards = [...document.querySelectorAll(".wrong")].map((card) => ({
    card,
    kind: card.dataset.kind,
    groups: card.dataset.groups.split("|"),
    asked: plain(card.querySelector(".asked").textContent),
  }));
  const groups = new Set([...document.querySelectorAll("a[data-group]")].map((link) => link.dataset.group));
  const kinds = [...tools.querySelectorAll('input[name="kind"]')];
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const unfold = document.getElementById("unfold");

  // Ignores case and accents, as the search in articles does.
  function plain(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  }

  function show() {
    const kind = kinds.find((choice) => choice.checked).value;
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    // The name of a kind of question, alone, means the kind.
    const group = groups.has(search.value) ? search.value : "";
    let shown = 0;
    for (const { card, kind: own, asked, groups: its } of cards) {
      const meant = group ? its.includes(group) : words.every((word) => asked.includes(word));
      card.hidden = !((!kind || own === kind) && meant);
      shown += card.hidden ? 0 : 1;
    }
    count.textContent = shown ? `${shown} of ${cards.length} shown` : "None: choose another kind, or fewer words.";
  }

  // Selects the kind in a link's hash; returns whether there is one.
  function choose(hash) {
    const choice = kinds.find(({ id }) => `#${id}` === hash);
    if (!choice) return false;
    choice.checked = true;
    search.value = "";
    show();
    choice.focus();
    return true;
  }

  // Shows the wrong answers of a kind of question.
  function narrow(event) {
    const link = event.target.closest("a[data-group]");
    if (!link) return;
    kinds[0].checked = true;
    search.value = link.dataset.group;
    show();
  }

  // A link among the outcomes filters at once. The hashchange event comes only later, when other keys may have been
  // pressed, and not at all if the address has that hash already.
  function follow(event) {
    const link = event.target.closest('a[href^="#kind-"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!choose(link.hash)) return;
    event.preventDefault();
    if (link.hash !== location.hash) history.pushState(null, "", link.hash);
  }

  kinds.forEach((choice) => choice.addEventListener("change", show));
  search.addEventListener("input", show);
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", String(open));
    for (const { card } of cards) if (!card.hidden) card.querySelector("details").open = open;
  });
  document.addEventListener("click", follow);
  document.addEventListener("click", narrow);
  // From another page, an edited address, or the Back button.
  window.addEventListener("hashchange", () => choose(location.hash));
  tools.hidden = false;
  show();
  choose(location.hash);
})();
