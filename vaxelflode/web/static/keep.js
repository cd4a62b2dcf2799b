// What was typed and not saved survives a lost connection and a new log-in, in this tab, for the person who typed it:
// whoever comes next finds nothing of it, and logging out clears it in every tab.
(() => {
  const who = document.querySelector("meta[name=keeper]")?.content;
  const forms = (root = document) => [...root.querySelectorAll("form[data-keep]")];
  const key = (form, path = location.pathname) => `keep:${who}:${path}:${form.dataset.keep}`;
  const secret = (field) => field.type === "password" || field.autocomplete === "new-password";
  const values = (form) => [...form.elements]
    .filter((field) => field.name && !["hidden", "file", "submit"].includes(field.type) && !secret(field) && !field.dataset.find)
    .map((field) => [field.name, field.value, ["checkbox", "radio"].includes(field.type) ? field.checked : null,
      field.selectedOptions?.[0]?.textContent.trim()]);
  const clear = (which) => Object.keys(sessionStorage).filter((name) => name.startsWith("keep:") && which(name))
    .forEach((name) => sessionStorage.removeItem(name));

  const restore = (form) => {
    const kept = JSON.parse(sessionStorage.getItem(key(form)) || "null");
    if (!kept || form.dataset.kept) return;
    form.dataset.kept = "1";
    const now = JSON.stringify(values(form));
    if (now === kept.values) { sessionStorage.removeItem(key(form)); return; }
    const seen = {};
    JSON.parse(kept.values).forEach(([name, value, checked, text]) => {
      const same = [...form.elements].filter((field) => field.name === name && field.type !== "hidden" && !secret(field));
      const place = seen[name] = (seen[name] ?? -1) + 1;
      const field = checked === null ? same[place] : same.find((one) => one.value === value);
      if (!field) return;
      // What was found among many stands in no fresh list.
      if (field.options && ![...field.options].some((one) => one.value === value)) field.add(new Option(text ?? value, value));
      if (checked === null) field.value = value; else field.checked = checked;
    });
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.querySelectorAll("[data-kept-word]").forEach((word) => { word.hidden = false; });
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-keep]");
    if (!form) return;
    form.dataset.typed = "1";
    sessionStorage.setItem(key(form), JSON.stringify({ values: JSON.stringify(values(form)) }));
  });
  // Saved: there is nothing to keep. Refused (422, 412, 502) or unanswered: it stays, and the page says why.
  const show = (which, is) => document.querySelectorAll(which).forEach((word) => { word.hidden = !is; });
  document.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr?.status, form = event.detail.elt?.closest?.("form[data-keep]");
    if (status === 401) show("[data-ended]", true);
    show(".lost", !status || document.body.hasAttribute("data-lost"));
    if (form && event.detail.successful) { sessionStorage.removeItem(key(form)); delete form.dataset.typed; }
  });
  // Before the page that shows it comes, which would else be given the old values again.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt?.closest?.("form[data-keep]");
    if (form && event.detail.xhr.status < 400) sessionStorage.removeItem(key(form));
  });
  document.addEventListener("reset", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form) { sessionStorage.removeItem(key(form)); delete form.dataset.typed; }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-discard]")) forms().forEach((form) => sessionStorage.removeItem(key(form)));
  });

  // Logged out, here or in another tab.
  const tabs = new BroadcastChannel("keep");
  tabs.addEventListener("message", () => clear(() => true));
  document.addEventListener("submit", (event) => {
    const { pathname } = new URL(event.target.getAttribute("action") || "", location.href);
    if (pathname === "/logout") { clear(() => true); tabs.postMessage("logged out"); }
    // Sent again as a page of its own, which holds all of it.
    if (event.target.matches("[data-again]")) clear((name) => name.startsWith(`keep:${who}:${pathname}:`));
  });

  document.addEventListener("htmx:afterSwap", () => forms().forEach(restore));
  // After the scripts that listen to what is typed.
  document.addEventListener("DOMContentLoaded", () => forms().forEach(restore));
  clear((name) => !name.startsWith(`keep:${who}:`));  // somebody else's
})();
