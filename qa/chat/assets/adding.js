// Adding to the library: files, folders, pasted texts and addresses, one after the other.
(() => {
  "use strict";

  const { find, gettext } = qa;
  const part = (css) => find(`#library ${css}`);
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  // Outcomes, the most welcome first.
  const OUTCOMES = ["added", "changed", "unchanged", "refused"];
  const counted = (outcome, count) =>
    ({
      added: gettext("%(count)s added", { count }),
      changed: gettext("%(count)s changed", { count }),
      unchanged: gettext("%(count)s unchanged", { count }),
      refused: gettext("%(count)s refused", { count }),
    })[outcome];

  const waiting = []; // sources: what was chosen, dropped or typed together
  let busy = false;
  let stopped = false;
  let token = ""; // of what is being added

  function report(html) {
    part(".report").hidden = false;
    part(".report ul").insertAdjacentHTML("beforeend", html);
  }

  function line(name, outcome, words, more) {
    const item = document.createElement("li");
    const [title, strong] = [document.createElement("bdi"), document.createElement("strong")];
    [title.textContent, strong.textContent, item.dataset.outcome] = [name, words, outcome];
    item.append(title, " ", strong, more);
    return item.outerHTML;
  }

  const encoded = (file) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });

  // Ask the server until what was begun is done, and return its line of the report.
  async function finished(begun, tell) {
    if (begun === undefined) throw new Error(gettext("it could not be sent"));
    if (begun.line) return begun;
    token = begun.token;
    for (let failures = 0, wait = 50; failures < 5; await pause(wait), wait = Math.min(2 * wait, 400)) {
      const state = await qa.call("adding", { token });
      failures = state ? 0 : failures + 1;
      if (state?.line) return state;
      if (state) tell(state.words, state.total > 1 ? state.done / state.total : 0);
    }
    throw new Error(gettext("what became of it is not known: see the list"));
  }

  // Add the items of a source; say with `tellEnd` what became of each.
  async function addSource(source, tellEnd) {
    const [bar, words] = [part(".adding progress"), part(".adding p")];
    for (const [done, item] of source.items.entries()) {
      if (stopped) break;
      const of = source.items.length > 1 ? ` (${gettext("%(count)s of %(all)s", { count: done + 1, all: source.items.length })})` : "";
      const tell = (text, share) => {
        words.textContent = `${source.folder ? `${source.folder}: ` : ""}${text}${of}`;
        Object.assign(bar, { max: source.items.length, value: done + share });
      };
      tell(gettext("Reading %(name)s", { name: item.name }), 0);
      let end;
      try {
        end = await finished(await item.begin(), tell);
      } catch (error) {
        end = { outcome: "refused", line: line(item.name, "refused", gettext("refused"), `: ${error.message}`) };
      }
      if (end.outcome !== "refused") item.added?.();
      tellEnd(end);
    }
  }

  // A source is `{ items }`, or `{ folder, files }` with the path of each file within the folder.
  async function add(source) {
    if (!part("[data-files]")) return; // the library can only be read
    waiting.push(source);
    if (busy) return;
    [busy, stopped] = [true, false];
    part(".report ul").replaceChildren();
    part(".adding").hidden = false;
    for (let next; (next = waiting.shift()) && !stopped; )
      await (next.folder ? addFolder(next) : addSource(next, ({ line }) => report(line)));
    waiting.length = 0;
    [busy, token] = [false, ""];
    part(".adding").hidden = true;
    document.dispatchEvent(new CustomEvent("qa-added"));
  }

  // Add a folder: one line for all of it, and one for each file that was refused.
  async function addFolder({ folder, files }) {
    const most = Number(part("[data-folder]").dataset.maxFiles);
    if (files.length > most) {
      const why = gettext("more than %(most)s files: index it in a terminal, with qa index and its path", { most });
      return report(line(folder, "refused", gettext("refused"), `: ${why}`));
    }
    files.sort((one, two) => (one.path < two.path ? -1 : 1));
    // The server says which to send before anything large is sent.
    const chosen = await qa.call("choose", { folder, paths: files.map(({ path }) => path) });
    if (!chosen) return;
    const refusals = chosen.refused;
    const counts = { refused: refusals.length };
    const items = chosen.take.map((at) => fileItem(files[at].file, `${folder}/${files[at].path}`));
    await addSource({ folder, items }, (end) => {
      counts[end.outcome] = (counts[end.outcome] ?? 0) + 1;
      if (end.outcome === "refused") refusals.push(end.line);
    });
    const outcomes = OUTCOMES.filter((outcome) => counts[outcome]);
    const [first = gettext("nothing to add"), ...others] = outcomes.map((outcome) => counted(outcome, counts[outcome]));
    if (chosen.left) others.push(gettext("%(count)s left out, as hidden ones and READMEs are", { count: chosen.left }));
    report(line(folder, outcomes[0] ?? "refused", first, others.map((text) => `, ${text}`).join("")));
    refusals.forEach(report);
  }

  // What is to be added: its name, how it is sent, and what happens when it was added.
  function fileItem(file, path = file.name) {
    const folder = path.split("/").slice(0, -1).join("/");
    const begin = async () => {
      // The server would refuse it too, but only after the whole upload.
      const most = Number(part("[data-files]").dataset.maxBytes);
      if (file.size > most) throw new Error(gettext("too large: at most %(size)s MB", { size: most / 1_000_000 }));
      return qa.call("add", { visitor: qa.visitor(), name: file.name, folder, data: await encoded(file) });
    };
    return { name: path, begin };
  }

  function addForm(form) {
    const { title, text, address } = Object.fromEntries(new FormData(form));
    const added = () => {
      form.reset();
      form.closest("details").open = false;
    };
    const begin = () =>
      address === undefined
        ? qa.call("add_text", { visitor: qa.visitor(), title, text })
        : qa.call("add_address", { address });
    add({ items: [{ name: address ?? (title || gettext("the text")), begin, added }] });
  }

  const addFiles = (files) => files.length && add({ items: files.map((file) => fileItem(file)) });

  // A folder that was chosen: each file knows its path, which begins with the folder's name.
  function addChosen(files) {
    const paths = files.map((file) => file.webkitRelativePath.split("/"));
    if (!files.length) return;
    add({ folder: paths[0][0], files: files.map((file, at) => ({ file, path: paths[at].slice(1).join("/") })) });
  }

  // All files below an entry of a dropped folder, up to one more than may be added.
  async function below(entry, most) {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      return [{ file, path: entry.fullPath.split("/").slice(2).join("/") }];
    }
    const [reader, found] = [entry.createReader(), []];
    const next = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    for (let entries; (entries = await next()).length; )
      for (const each of entries) if (found.length <= most) found.push(...(await below(each, most)));
    return found;
  }

  async function addDropped(items) {
    // Both are only there during the event.
    const entries = items.map((item) => item.webkitGetAsEntry?.());
    const files = items.map((item) => item.getAsFile());
    const most = Number(part("[data-folder]")?.dataset.maxFiles);
    const folders = [];
    for (const entry of entries.filter((each) => each?.isDirectory)) {
      try {
        folders.push({ folder: entry.name, files: await below(entry, most) });
      } catch (error) {
        const begin = () => Promise.reject(new Error(gettext("it cannot be read: %(reason)s", { reason: error.message })));
        folders.push({ items: [{ name: entry.name, begin }] });
      }
    }
    // All at once, so that they share one report.
    addFiles(files.filter((file, at) => file && !entries[at]?.isDirectory));
    folders.forEach(add);
  }

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("#library [type=file]")) return;
    const files = [...input.files];
    input.value = "";
    "folder" in input.dataset ? addChosen(files) : addFiles(files);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("#library [data-add]");
    if (!form) return;
    event.preventDefault();
    addForm(form);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#library button");
    if (!button) return;
    if ("clear" in button.dataset) part(".report").hidden = true;
    if ("stop" in button.dataset) {
      stopped = true;
      if (token) qa.call("stop_adding", { token });
    }
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
    addDropped([...event.dataTransfer.items].filter(({ kind }) => kind === "file"));
  });
})();
