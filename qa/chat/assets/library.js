// The library: listing, adding, removing and reading articles.
(() => {
  "use strict";

  const { find } = qa;
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

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  let adding = ""; // token of the file that is being added
  let stopped = false;

  // Add one file and return its line of the report: the server is asked until it is done.
  async function addOne(file, bar) {
    // The server would refuse it too, but only after the whole upload.
    const maxBytes = Number(part("[type=file]").dataset.maxBytes);
    if (file.size > maxBytes) throw new Error(`too large: at most ${maxBytes / 1_000_000} MB`);
    const begun = await qa.call("add", { visitor: qa.visitor(), name: file.name, data: await encoded(file) });
    if (begun === undefined) throw new Error("it could not be sent");
    if (begun.line) return begun.line;
    adding = begun.token;
    for (let failures = 0; failures < 5; await pause(400)) {
      const state = await qa.call("adding", { token: adding });
      failures = state ? 0 : failures + 1;
      if (state?.line) return state.line;
      if (!state) continue;
      part(".adding p").textContent = state.words;
      if (state.total > 1) Object.assign(bar, { max: state.total, value: state.done });
    }
    throw new Error("what became of it is not known: see the list");
  }

  // One file at a time, so that the progress shown is true.
  async function add(files) {
    if (!part("[type=file]")) return; // the library can only be read
    const [bar, words] = [part(".adding progress"), part(".adding p")];
    stopped = false;
    part(".adding").hidden = false;
    part(".report ul").replaceChildren();
    for (const [done, file] of files.entries()) {
      if (stopped) break;
      Object.assign(bar, { max: files.length, value: done });
      words.textContent = `Reading ${file.name} (${done + 1} of ${files.length})`;
      try {
        report(await addOne(file, bar));
      } catch (error) {
        refused(file.name, error.message);
      }
    }
    adding = "";
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
    const { read, remove: removed, limit: wanted } = button.dataset;
    if (read !== undefined) open(read);
    if (removed !== undefined) remove(button);
    if ("close" in button.dataset) close();
    if ("scope" in button.dataset) qa.scope(chosen());
    if ("stop" in button.dataset) {
      stopped = true;
      if (adding) qa.call("stop_adding", { token: adding });
    }
    if ("clear" in button.dataset) part(".report").hidden = true;
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
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("#library [type=file]")) return;
    const files = [...input.files];
    input.value = "";
    if (files.length) add(files);
  });

  // Files may be dropped anywhere on the page; elsewhere the browser would open them in place of the page.
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    find("#page").classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) find("#page").classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    find("#page").classList.remove("dropping");
    qa.view("library");
    add([...event.dataTransfer.files]);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && find("#page").dataset.view === "library") close();
  });
})();
