// The library: the list of articles, adding by choice or by dropping, removing, reading.
(() => {
  "use strict";

  const { find } = qa;
  const part = (css) => find(`#library ${css}`);
  let most;
  let asked = 0; // the latest request for the list; an earlier one that comes later is dropped

  async function refresh() {
    const form = new FormData(part(".find"));
    const turn = ++asked;
    part("[data-scope]").hidden = !Object.keys(chosen()).length;
    const found = await qa.call("articles", { ...Object.fromEntries(form), ...(most ? { most } : {}) });
    if (!found || turn !== asked) return;
    part(".found").innerHTML = found.list;
    const menu = part("[name=source]");
    const outlet = menu.value;
    menu.innerHTML = found.outlets;
    menu.value = outlet;
    if (menu.selectedIndex < 0) menu.value = "";
  }

  // The outlet and the days that are chosen, as far as they are.
  const chosen = () => {
    const form = new FormData(part(".find"));
    return Object.fromEntries(["source", "since", "until"].map((name) => [name, form.get(name)]).filter(([, text]) => text));
  };

  // The articles have changed: the list, the count and the example questions follow.
  function changed() {
    document.dispatchEvent(new CustomEvent("qa-articles"));
    refresh();
    qa.trigger("change", {});
  }

  const encoded = (file) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });

  function report(html) {
    part(".report").hidden = false;
    part(".report ul").insertAdjacentHTML("beforeend", html);
  }

  function refused(name, why) {
    const line = document.createElement("li");
    const [title, word] = [document.createElement("bdi"), document.createElement("strong")];
    title.textContent = name;
    word.textContent = "refused";
    line.dataset.outcome = "refused";
    line.append(title, " ", word, `: ${why}`);
    report(line.outerHTML);
  }

  // One file after the other, so that progress is what it says.
  async function add(files) {
    const [bar, words] = [part(".adding progress"), part(".adding p")];
    part(".adding").hidden = false;
    part(".report ul").replaceChildren();
    for (const [done, file] of files.entries()) {
      bar.max = files.length;
      bar.value = done;
      words.textContent = `Reading ${file.name} (${done + 1} of ${files.length})`;
      try {
        // The server would refuse it anyway, after a long way.
        if (file.size > 20_000_000) throw new Error("too large: at most 20 MB");
        const line = await qa.call("add", { name: file.name, data: await encoded(file) });
        line === undefined ? refused(file.name, "it could not be sent") : report(line);
      } catch (error) {
        refused(file.name, error.message);
      }
    }
    part(".adding").hidden = true;
    changed();
  }

  async function remove(button) {
    const title = button.closest(".entry").querySelector("h3").textContent;
    const token = await qa.call("remove", { article: button.dataset.remove });
    if (token === undefined) return;
    changed();
    qa.say(`Removed: ${title}`, async () => {
      if ((await qa.call("undo", { token })) === undefined) return;
      changed();
      qa.say(`Back again: ${title}`);
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

  document.addEventListener("qa-view", (event) => {
    if (event.detail === "library") refresh();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#library button");
    if (!button) return;
    const { read, remove: gone, most: wanted } = button.dataset;
    if (read !== undefined) open(read);
    if (gone !== undefined) remove(button);
    if ("close" in button.dataset) close();
    if ("scope" in button.dataset) qa.scope(chosen());
    if ("clear" in button.dataset) part(".report").hidden = true;
    if (wanted) {
      most = Number(wanted);
      refresh();
    }
  });

  document.addEventListener("input", (event) => {
    if (event.target.closest?.("#library .find")) {
      most = undefined;
      refresh();
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.closest?.("#library .find")) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("#library [type=file]")) return;
    const files = [...input.files];
    input.value = "";
    if (files.length) add(files);
  });

  // Files may be dropped anywhere on the page; a file that misses would otherwise take the page's place.
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    find("#page").classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find("#page").classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    find("#page").classList.remove("dropping");
    qa.view("library");
    add([...event.dataTransfer.files]);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && find("#page").dataset.view === "library") close();
  });
})();
