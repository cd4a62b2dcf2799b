// While a save is on its way the page says what is being done, and says so again when it takes longer than usual. The
// answer then shows what became of it in the same place: live, waiting or refused.
(() => {
  const SOON = 150, LONG = 2000;  // ms: most answers are here before the first word; DESIGN.md's limit for the second
  const under = new Map();  // form → what is said of its save

  // Forms that show what they would come to (data-look) are saved by one of their buttons alone.
  const isSave = (form, { verb, triggeringEvent }) =>
    verb === "post" && (!form.matches("[data-look]") || triggeringEvent?.submitter?.value === "save");
  const id = () => `page-${[...crypto.getRandomValues(new Uint8Array(10))].map((n) => n.toString(16).padStart(2, "0")).join("")}`;

  const say = (save) => {
    if (!save.node) return;
    const word = `${save.saved ? "saved" : "saving"}${save.long ? "Long" : ""}`;
    const said = save.node.querySelector("strong");
    if (said.textContent !== said.dataset[word]) said.textContent = said.dataset[word];
    save.node.querySelector("p").hidden = !(save.saved && save.long);
  };
  const show = (form, save) => {
    save.node = document.querySelector("#sending")?.content.firstElementChild.cloneNode(true);
    if (!save.node || !form.isConnected) return;
    const dialog = form.closest("dialog"), bar = document.querySelector("#main .receipt--bar[data-dirty]:not([hidden])");
    say(save);
    if (dialog) {
      save.node.classList.remove("receipt--bar");
      dialog.querySelector(".dialog__foot").before(save.node);
    } else if (bar) {
      save.bar = bar;
      bar.hidden = true;
      bar.after(save.node);
    } else document.querySelector("#main").append(save.node);
  };
  const end = (form) => {
    const save = under.get(form);
    if (!save) return;
    under.delete(form);
    save.timers.forEach(clearTimeout);
    save.node?.remove();
    if (save.bar) save.bar.hidden = false;
  };

  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt.closest?.("form");
    if (!form || !isSave(form, event.detail)) return;
    end(form);
    const save = { id: id() };
    event.detail.headers["X-Request-Id"] = save.id;
    save.timers = [setTimeout(() => show(form, save), SOON), setTimeout(() => { save.long = true; say(save); }, LONG)];
    under.set(form, save);
  });
  // Told by the stream: it is written down, and the PBX has not said anything yet.
  document.addEventListener("change-told", ({ detail }) => under.forEach((save) => {
    if (save.id === detail.request) { save.saved = true; say(save); }
  }));
  // Before the answer is shown, which would else stand beside it; and where none comes.
  const over = (event) => end(event.detail.requestConfig?.elt.closest?.("form"));
  ["htmx:beforeSwap", "htmx:afterRequest"].forEach((name) => document.addEventListener(name, over));
})();
