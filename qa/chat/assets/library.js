// The library: listing, removing and reading articles.
(() => {
  "use strict";

  const { find, gettext } = qa;
  const part = (css) => find(`#library ${css}`);
  let limit; // how many articles to list; undefined for the server's default
  let latest = 0; // number of the latest request for the list; replies to earlier ones are dropped

  async function refresh() {
    const form = new FormData(part(".find"));
    const request = ++latest;
    part("[data-scope]").hidden = !Object.keys(chosen()).length;
    const found = await qa.call("articles", { ...Object.fromEntries(form), ...(limit ? { limit } : {}) });
    if (!found || request !== latest) return;
    part(".found").innerHTML = found.list;
    part(".counts div").innerHTML = found.counts;
    const menu = part("[name=source]");
    const outlet = menu.value;
    menu.innerHTML = found.outlets;
    menu.value = outlet;
    if (menu.selectedIndex < 0) menu.value = "";
  }

  // The outlet and dates chosen in the form; what is not chosen is left out.
  const chosen = () => {
    const form = new FormData(part(".find"));
    return Object.fromEntries(["source", "since", "until"].map((name) => [name, form.get(name)]).filter(([, text]) => text));
  };

  // The articles have changed: update the list, the count and the example questions.
  function changed() {
    document.dispatchEvent(new CustomEvent("qa-articles"));
    refresh();
    qa.trigger("change", {});
  }

  async function remove(button) {
    const title = button.closest(".entry").querySelector("h3").textContent;
    const token = await qa.call("remove", { article: button.dataset.remove });
    if (token === undefined) return;
    changed();
    qa.say(gettext("Removed: %(title)s", { title }), async () => {
      if ((await qa.call("undo", { token })) === undefined) return;
      changed();
      qa.say(gettext("Back again: %(title)s", { title }));
    });
  }

  async function open(id) {
    const html = await qa.call("article", { article: id });
    if (html === undefined) return;
    part(".read").innerHTML = html;
    part(".reading").hidden = false;
    part(".library").classList.add("open");
    part(".reading").scrollTop = 0;
    part(".read h3").focus();
  }

  function close() {
    const opened = part(".library").classList.contains("open");
    part(".reading").hidden = true;
    part(".library").classList.remove("open");
    return opened;
  }

  document.addEventListener("qa-added", changed);
  document.addEventListener("qa-view", (event) => {
    if (event.detail === "library") refresh();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#library button");
    if (!button) return;
    const { read, remove: removed, limit: wanted } = button.dataset;
    if (read !== undefined) open(read);
    if (removed !== undefined) remove(button);
    if ("close" in button.dataset) close();
    if ("scope" in button.dataset) qa.scope(chosen());
    if (wanted) {
      limit = Number(wanted);
      refresh();
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#library .find")) {
      limit = undefined;
      refresh();
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.closest?.("#library .find")) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && find("#page").dataset.view === "library") close();
  });
})();
