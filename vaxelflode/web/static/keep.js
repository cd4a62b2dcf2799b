// What was typed and not saved survives a lost connection and a new log-in, in this tab.
(() => {
  const forms = (root = document) => [...root.querySelectorAll("form[data-keep]")];
  const key = (form) => `keep:${location.pathname}:${form.dataset.keep}`;
  const values = (form) => [...form.elements]
    .filter((field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type))
    .map((field) => [field.name, field.value, ["checkbox", "radio"].includes(field.type) ? field.checked : null]);

  const restore = (form) => {
    const kept = JSON.parse(sessionStorage.getItem(key(form)) || "null");
    if (!kept || form.dataset.kept) return;
    form.dataset.kept = "1";
    const now = JSON.stringify(values(form));
    if (now === kept.values) { sessionStorage.removeItem(key(form)); return; }
    const seen = {};
    JSON.parse(kept.values).forEach(([name, value, checked]) => {
      const same = [...form.elements].filter((field) => field.name === name);
      const place = seen[name] = (seen[name] ?? -1) + 1;
      const field = checked === null ? same[place] : same.find((one) => one.value === value);
      if (!field) return;
      if (checked === null) field.value = value; else field.checked = checked;
    });
    form.dispatchEvent(new Event("input", { bubbles: true }));
    form.querySelectorAll("[data-kept-word]").forEach((word) => { word.hidden = false; });
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-keep]");
    if (!form) return;
    form.dataset.dirty = "1";
    sessionStorage.setItem(key(form), JSON.stringify({ values: JSON.stringify(values(form)) }));
  });
  // Saved: there is nothing to keep. Refused (422, 412, 502) or unanswered: it stays.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form[data-keep]");
    if (!form) return;
    if (event.detail.successful) { sessionStorage.removeItem(key(form)); delete form.dataset.dirty; }
    else if (event.detail.xhr?.status === 401 || !event.detail.xhr?.status) {
      const which = event.detail.xhr?.status === 401 ? "[data-ended]" : ".lost";
      document.querySelectorAll(which).forEach((word) => { word.hidden = false; });
    }
  });
  // Before the page that shows it comes, which would else be given the old values again.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt?.closest?.("form[data-keep]");
    if (form && event.detail.xhr.status < 400) sessionStorage.removeItem(key(form));
  });
  document.addEventListener("reset", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form) { sessionStorage.removeItem(key(form)); delete form.dataset.dirty; }
  });
  document.addEventListener("htmx:afterSwap", () => forms().forEach(restore));
  // After the scripts that listen to what is typed.
  document.addEventListener("DOMContentLoaded", () => forms().forEach(restore));
})();
