// Places that are looked for among many: while one types, the server is asked what the form would be (do=look), and the list
// below the field has what fits. What was chosen stays chosen. Nothing is saved by it.
(() => {
  const REST = 250;  // ms without a key, before the server is asked
  const waiting = new WeakMap(), asking = new WeakMap();  // field → its timer, and what is asked for it

  // Of several lists of one name (telephones to add), the last: the one that nothing is chosen in yet.
  const list = (form, input) => [...form.querySelectorAll("select")].filter((one) => one.name === input.dataset.find).at(-1);
  const again = (page, input) => [...page.querySelectorAll("[data-find]")].find((one) => one.name === input.name);

  const find = async (input) => {
    clearTimeout(waiting.get(input));
    asking.get(input)?.abort();
    const asked = new AbortController();
    asking.set(input, asked);
    const form = input.form, said = new FormData(form);
    said.set("do", "look");
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(said),
        signal: asked.signal, headers: { "HX-Request": "true" } });
      if (answer.status === 200) show(input, new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      if (error.name !== "AbortError") console.warn("nothing could be looked for:", error.message);
    }
  };

  const show = (input, page) => {
    const there = list(input.form, input), found = again(page, input), fresh = found && list(found.form, input);
    if (!there || !fresh || !input.isConnected) return;
    const chosen = there.selectedOptions[0];
    there.replaceChildren(...[...fresh.children].map((one) => document.importNode(one, true)));
    if (chosen && ![...there.options].some((one) => one.value === chosen.value)) there.prepend(chosen);
    if (chosen) there.value = chosen.value;
    fresh.size ? there.setAttribute("size", fresh.size) : there.removeAttribute("size");
    const said = document.getElementById(input.getAttribute("aria-describedby"));
    said.textContent = page.getElementById(said.id)?.textContent ?? "";
  };

  document.addEventListener("input", (event) => {
    if (!event.target.dataset?.find) return;
    clearTimeout(waiting.get(event.target));
    waiting.set(event.target, setTimeout(() => find(event.target), REST));
  });
  document.addEventListener("keydown", (event) => {
    if (!event.target.dataset?.find) return;
    if (event.key === "Enter") { event.preventDefault(); find(event.target); }
    if (event.key === "ArrowDown") { event.preventDefault(); list(event.target.form, event.target)?.focus(); }
  });
})();
