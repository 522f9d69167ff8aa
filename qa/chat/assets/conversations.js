// The list of conversations, export, and verdicts on answers.
(() => {
  "use strict";

  const { find, gettext, visitor } = qa;
  const side = () => find("#conversations");
  const list = () => find("#conversations .list");
  const wide = window.matchMedia("(min-width: 1100px)");

  const request = (id) => ({ visitor: visitor(), conversation: id });

  function fill(html) {
    if (html === undefined) return;
    list().innerHTML = html;
    list().querySelectorAll("[data-conversation]").forEach((row) => {
      if (row.dataset.conversation === qa.conversation()) row.querySelector(".open").setAttribute("aria-current", "true");
    });
  }

  const refresh = async () => fill(await qa.call("conversations", { visitor: visitor() }));

  // Beside the chat on a wide screen; elsewhere over the page, which is inert meanwhile.
  function show(open) {
    side().classList.toggle("open", open);
    find("[data-conversations]").setAttribute("aria-expanded", String(open));
    if (wide.matches) qa.remember("conversations", open ? "open" : "closed");
    ["#chat", "#evidence", "#library"].forEach((css) => (find(css).inert = open && !wide.matches));
    if (open) refresh();
    if (open && !wide.matches) side().querySelector("[data-conversations-close]").focus();
  }

  const isOpen = () => side().classList.contains("open");

  function rename(row) {
    const open = row.querySelector(".open");
    const input = document.createElement("input");
    input.value = open.textContent;
    input.maxLength = 120;
    input.setAttribute("aria-label", gettext("New title"));
    open.replaceWith(input);
    input.select();
    let done = false;
    const finish = async (keep) => {
      if (done) return;
      done = true;
      if (keep && input.value.trim()) {
        fill(await qa.call("rename", { ...request(row.dataset.conversation), title: input.value }));
      } else {
        input.replaceWith(open);
      }
    };
    input.addEventListener("blur", () => finish(true));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
      event.stopPropagation();
    });
  }

  function remove(row) {
    const dialog = find("dialog.deleting");
    dialog.querySelector("p").textContent = row.querySelector(".open").textContent;
    dialog.returnValue = "cancel";
    dialog.onclose = async () => {
      if (dialog.returnValue !== "delete") return;
      fill(await qa.call("delete", request(row.dataset.conversation)));
      if (row.dataset.conversation === qa.conversation()) qa.open();
    };
    dialog.showModal();
  }

  async function exportAs(format) {
    const text = await qa.call("export", { ...request(qa.conversation() ?? qa.randomToken()), format });
    if (text === undefined) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: format === "md" ? "text/markdown" : "application/json" }));
    link.download = `conversation.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  async function judge(thumb, verdict, more) {
    const number = Number(thumb.closest(".exchange").dataset.exchange);
    const noted = await qa.call("judge", { ...request(qa.conversation()), exchange: number, verdict, ...more });
    if (noted === undefined) return;
    document.querySelectorAll(`#transcript [data-exchange="${number}"] .thumb`).forEach((other) => {
      other.setAttribute("aria-pressed", String(other.dataset.verdict === noted));
    });
    qa.say(noted ? gettext("Thank you. This is noted for the next evaluation.") : gettext("Taken back."));
  }

  function ask(thumb) {
    const dialog = find("dialog.judging");
    const [right, none] = [dialog.querySelector("textarea"), dialog.querySelector("input")];
    right.value = "";
    none.checked = false;
    none.closest("label").hidden = thumb.dataset.abstained === "true";
    dialog.returnValue = "cancel";
    dialog.onclose = () => {
      if (dialog.returnValue === "save") judge(thumb, "down", { correct: right.value, unanswerable: none.checked });
    };
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (!button) {
      if (isOpen() && !wide.matches && !event.target.closest?.("#conversations, dialog")) show(false);
      return;
    }
    const row = button.closest("#conversations [data-conversation]");
    const data = button.dataset;
    if ("conversations" in data) show(!isOpen());
    if ("conversationsClose" in data) show(false);
    if (row && button.matches(".open")) qa.open(row.dataset.conversation);
    if ((row && button.matches(".open")) || "new" in data) wide.matches || show(false);
    if (row && "rename" in data) rename(row);
    if (row && "delete" in data) remove(row);
    if (data.export) exportAs(data.export);
    if (data.verdict && button.getAttribute("aria-pressed") === "true") judge(button, "", {});
    else if (data.verdict === "up") judge(button, "up", {});
    else if (data.verdict === "down") ask(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen() && !wide.matches) {
      show(false);
      find("[data-conversations]").focus();
    }
  });
  document.addEventListener("qa-conversation", () => isOpen() && refresh());
  document.addEventListener("qa-ready", () => wide.matches && qa.recall("conversations") === "open" && show(true));
})();
