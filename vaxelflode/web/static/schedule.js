// Forms that show what they will come to: while one types, the server is asked what the page would be (do=look), and
// only what is marked data-fresh is put in the place of what stood there. Nothing is saved by it.
(() => {
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const REST = 500;  // ms without a key, before the server is asked
  let timer = 0, asking = null, dirty = false;

  const look = async (form) => {
    asking?.abort();
    asking = new AbortController();
    const said = new FormData(form);
    said.set("do", "look");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(said), signal: asking.signal,
        headers: { "HX-Request": "true" } });
      if (answer.status === 200) fresh(form, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      if (error.name !== "AbortError") console.warn("the preview could not be fetched:", error.message);
    }
  };

  const fresh = (form, page) => {
    if (!form.isConnected) return;
    const root = form.closest("dialog") || document;
    $$("[data-fresh]", root).forEach((there) => {
      const found = page.getElementById(there.id);
      if (!found) return;
      const made = document.importNode(found, true);
      there.replaceWith(made);
      htmx.process(made);
    });
    $$("input:not([type=hidden], [type=radio], [type=checkbox])", form).forEach((input) => {
      const group = [...form.elements].filter((other) => other.name === input.name);
      const found = page.getElementById(form.id)?.elements[input.name];
      const one = found?.length === undefined ? found : found[group.indexOf(input)];
      if (!one) return;
      input.classList.toggle("input--changed", one.classList.contains("input--changed"));
      input.toggleAttribute("aria-invalid", false);
      if (one.getAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
    });
    dirty = !!document.querySelector("#dirty .receipt--dirty");
    plain();
  };

  // Buttons that only those without script need.
  const plain = () => $$("[data-plain]").forEach((foot) => { foot.hidden = true; });

  const clock = (input) => {
    const found = /^\s*(\d{1,2})(?:[:.]?(\d{2})|[:.])?\s*$/.exec(input.value);
    if (found && found[1] < 25) input.value = `${found[1].padStart(2, "0")}:${found[2] || "00"}`;
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-look]");
    if (!form || event.target.dataset.find) return;
    // What is typed in belongs to the answer beside it.
    if (event.target.name === "time") choose(form, "until", "time");
    const last = form.elements.to;
    if (event.target.name === "from" && last?.type === "date" && last.value < event.target.value) last.value = event.target.value;
    if (["opens", "closes"].includes(event.target.name)) choose(form, "how", "hours");
    if (event.target.name?.startsWith("also.") && event.target.value)
      $$("[name=also]", form).filter((box) => `also.${box.value}` === event.target.name).forEach((box) => { box.checked = true; });
    clearTimeout(timer);
    timer = setTimeout(() => look(form), REST);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-look]");
    if (!form || event.target.dataset.find) return;
    if (event.target.matches("[data-clock]")) clock(event.target);
    clearTimeout(timer);
    if (event.target.matches("[data-whole]")) form.requestSubmit(form.querySelector("[value=look]"));
    else look(form);
  });
  const choose = (form, name, value) => $$(`[name=${name}][value=${value}]`, form).forEach((radio) => { radio.checked = true; });

  // A part at a time: what was begun in one is not lost by what is pressed in another.
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-discard]")) dirty = false;
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt.closest?.("form[data-look]");
    if (!form) return;
    clearTimeout(timer);
    asking?.abort();
    dirty = false;
  });

  // A dialog that asks again stays where it is.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const dialog = event.detail.requestConfig?.elt.closest?.("dialog:modal");
    if (!dialog) return;
    const found = new DOMParser().parseFromString(event.detail.serverResponse, "text/html").querySelector("main > dialog");
    if (!found || found.hasAttribute("data-modal")) return;
    event.detail.shouldSwap = false;
    dialog.replaceChildren(...[...found.childNodes].map((node) => document.importNode(node, true)));
    htmx.process(dialog);
    plain();
    (dialog.querySelector("[aria-invalid]") || dialog.querySelector("[autofocus]"))?.focus();
  });

  const settle = () => {
    plain();
    dirty = !!document.querySelector("#dirty .receipt--dirty");
    $$("dialog[data-modal]:not(:modal)").forEach((dialog) => { dialog.close(); dialog.showModal(); });
  };
  document.addEventListener("htmx:afterSwap", settle);
  new MutationObserver(plain).observe(document.body, { childList: true });
  settle();
})();
