// The pages' own behaviour; everything is a form or a link without it.
(() => {
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // The current tab is always in view on the phone.
  const tabs = () => $$(".tabs").forEach((list) => {
    const current = list.querySelector("[aria-current]");
    if (current) list.scrollLeft = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
  });

  // A link to a page with a question opens it as a dialog over the page that one is on.
  const ask = async (href, opener) => {
    const answer = await fetch(href, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
    if (!answer.ok || answer.redirected) { location.href = href; return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("dialog");
    if (!found) { location.href = href; return; }
    over(found, opener);
  };
  const over = (found, opener) => {
    const dialog = document.importNode(found, true);
    dialog.removeAttribute("open");
    document.body.append(dialog);
    htmx.process(dialog);
    dialog.addEventListener("close", () => { dialog.remove(); opener.focus(); });
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  };

  // An answer that is a question itself (data-over) is asked over the page, which stays.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { serverResponse, requestConfig, target } = event.detail;
    if (target?.id !== "main" || !serverResponse.includes("data-over") || requestConfig.elt.closest("dialog:modal")) return;
    const found = new DOMParser().parseFromString(serverResponse, "text/html").querySelector("main > dialog[data-over]");
    if (!found) return;
    event.detail.shouldSwap = false;
    over(found, requestConfig.triggeringEvent?.submitter || document.body);
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog-from]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) { event.preventDefault(); ask(link.href, link); }
    const hidden = event.target.closest("[data-hide]");
    if (hidden) hidden.closest(".banner").hidden = true;
    const close = event.target.closest("[data-close]");
    if (close?.closest("dialog[open]:modal")) { event.preventDefault(); close.closest("dialog").close(); }
  });

  // So does a form that only asks (GET).
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-dialog-from]")) return;
    event.preventDefault();
    const href = new URL(event.submitter?.getAttribute("formaction") || form.action, location.href);
    href.search = new URLSearchParams(new FormData(form));
    ask(href, event.submitter || form);
  });

  // What only chooses among what is shown needs no button.
  document.addEventListener("change", (event) => event.target.closest("form[data-autosend]")?.requestSubmit());

  // Dialogs are over when what they asked for is done.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "main") $$("dialog:modal").forEach((dialog) => dialog.close());
    tabs();
    document.querySelector("#main [autofocus]")?.focus();
  });

  // What became of it is in sight, wherever on the page it was asked for.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "main") return;
    const id = new URLSearchParams(location.search).get("change");
    const receipt = id && document.getElementById(`change-${id}`);
    const box = receipt?.getBoundingClientRect();
    if (box && (box.top < 60 || box.bottom > innerHeight - 60)) receipt.scrollIntoView({ block: "center" });
  });

  // Scripts send the session's token in a header.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("meta[name=csrf]");
    if (token) event.detail.headers["X-CSRF-Token"] = token.content;
  });

  // One sound at a time, in the page.
  document.addEventListener("play", (event) => $$("audio").forEach((other) => other !== event.target && other.pause()), true);
  let playing = null;
  const stop = () => {
    playing?.audio.pause();
    $$("[data-listen][aria-pressed]").forEach((link) => link.removeAttribute("aria-pressed"));
    playing?.audio.remove();
    playing = null;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-listen]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const again = playing?.audio.src === link.href;
    stop();
    if (again) return;
    const audio = document.createElement("audio");
    audio.src = link.href;
    for (const name of ["ended", "pause"]) audio.addEventListener(name, () => { if (playing?.audio === audio) stop(); });
    document.body.append(audio);
    playing = { audio, dialog: link.closest("dialog") };
    link.setAttribute("aria-pressed", "true");
    audio.play().catch(() => { if (playing?.audio === audio) location.href = link.href; });
  });
  document.addEventListener("close", (event) => { if (playing?.dialog === event.target) stop(); }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches?.("[data-listen]")) { event.preventDefault(); event.target.click(); }
  });

  tabs();
})();
