// Pages of objects: what will change is shown before it is saved; keys, recordings and telephones without a load.
(() => {
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = () => document.querySelector("form[data-object]");

  // ---- what is in a field: as it is sent, and as people read it
  const controls = (field) => $$("input, select, textarea", field).filter((c) => c.name && c.type !== "hidden" && !c.dataset.find);
  const counts = (c) => {
    if (c.type === "checkbox" || c.type === "radio") return c.checked;
    const way = c.dataset.for && c.closest(".dest").querySelector("select");
    return (!way || way.value === c.dataset.for) && c.value.trim() !== "" && !c.name.includes(".place.");
  };
  const placed = (field) => {
    const place = (c) => Number(field.querySelector(`[name="${CSS.escape(c.name)}.place.${CSS.escape(c.value)}"]`)?.value || 0);
    const found = controls(field).filter(counts);
    return field.matches(".phones") ? found.sort((a, b) => a.type === b.type ? place(a) - place(b) : a.type === "checkbox" ? -1 : 1) : found;
  };
  const value = (c) => c.dataset.for === "external" ? c.value.replace(/[\s()./-]/g, "").replace(/^00/, "+") : c.value.trim();
  const national = (text) => text.replace(/^\+46/, "0");
  const raw = (field) => JSON.stringify(placed(field).map((c) => national(value(c))));
  const was = (field) => JSON.stringify(JSON.parse(field.dataset.raw).map(national));
  const words = (field) => {
    const found = placed(field);
    if (field.dataset.yes) return found.length ? field.dataset.yes : field.dataset.no;
    if (field.dataset.new) return found.some((c) => c.type === "checkbox") ? field.dataset.gone : field.dataset.new;
    const texts = found.filter((c) => !(c.tagName === "SELECT" && c.value === "external")).map((c) =>
      c.tagName === "SELECT" ? c.selectedOptions[0].textContent.trim()
        : c.type === "checkbox" ? c.closest("label").textContent.trim() : c.value.trim());
    const unit = field.querySelector("[data-unit]")?.textContent;
    const empty = field.querySelector("select option[value='']")?.textContent || field.dataset.nothing || "–";
    return texts.length ? texts.join(", ") + (unit ? ` ${unit}` : "") : empty;
  };

  // ---- the bar
  const tell = () => {
    const bar = form()?.querySelector("[data-dirty]");
    if (!bar) return;
    const changed = $$("[data-field]", form()).filter((field) => raw(field) !== was(field));
    $$("[data-field]", form()).forEach((field) => controls(field).forEach((c) =>
      c.classList.toggle("input--changed", changed.includes(field) && ["SELECT", "TEXTAREA"].includes(c.tagName) || changed.includes(field) && c.classList.contains("input"))));
    const count = bar.querySelector("[data-count]");
    count.textContent = changed.length === 1 ? count.dataset.one : count.dataset.many.replace("#", changed.length);
    bar.querySelector("[data-diff]").replaceChildren(...changed.map((field) => {
      const row = document.createElement("li"), gone = document.createElement("del"), fresh = document.createElement("ins");
      gone.textContent = field.dataset.was;
      fresh.textContent = words(field);
      row.append(field.dataset.field, gone, fresh);
      return row;
    }));
    bar.hidden = !changed.length;
  };

  // ---- a keypad: the panel of the key that is pressed, and what is written on it
  const press = (key) => {
    const pad = key.closest("[data-keypad]");
    $$("[data-key]", pad).forEach((one) => {
      one.classList.toggle("key--on", one === key);
      one === key ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current");
    });
    $$("[data-panel]", pad).forEach((panel) => { panel.hidden = panel.dataset.panel !== key.dataset.key; });
    if (phone.matches) sheet(pad.querySelector("#key"), key);
    else pad.querySelector("[data-panel]:not([hidden]) select")?.focus();
  };

  // On the phone the panel comes up as dialogs do there. It stays within the form, so that it is saved with it.
  const phone = matchMedia("(max-width: 760px)");
  const sheet = (section, key) => {
    if (section.closest("dialog")) return;
    const dialog = document.createElement("dialog");
    dialog.className = "dialog dialog--panel";
    dialog.setAttribute("aria-labelledby", "key-h");
    section.replaceWith(dialog);
    dialog.append(section);
    dialog.addEventListener("close", () => { dialog.replaceWith(section); key.focus(); });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.showModal();
    section.querySelector("[data-panel]:not([hidden]) h3")?.focus();
  };
  phone.addEventListener("change", () => { if (!phone.matches) document.querySelector(".dialog--panel")?.close(); });

  // How long the longest word on a key is, from 0 to 4; keys are narrow on the phone.
  const long = (text) => [9, 11, 14, 17].filter((letters) => Math.max(...text.split(/[\s-]+/).map((word) => word.length)) >= letters).length;
  const write = (panel) => {
    const key = $$("[data-key]", panel.closest("[data-keypad]")).find((one) => one.dataset.key === panel.dataset.panel);
    const select = panel.querySelector("select"), chosen = select.selectedOptions[0];
    const digit = key.querySelector(".key__d"), kind = document.createElement("span");
    kind.className = "key__kind";
    const svg = document.querySelector(".tabs svg").cloneNode(true);
    svg.querySelector("use").setAttribute("href", `#i-${chosen.value ? chosen.dataset.icon || "arrow" : "plus"}`);
    kind.append(svg, chosen.value ? chosen.dataset.kind || "" : chosen.textContent.split(":")[0]);
    const to = document.createElement("span");
    to.className = "key__to";
    to.textContent = chosen.textContent.trim();
    to.dataset.long = long(to.textContent);
    key.replaceChildren(digit, ...(chosen.value ? [to, kind] : [kind]));
    key.classList.toggle("key--free", !chosen.value);
    panel.querySelector("[data-free]").hidden = !chosen.value;
    panel.querySelector("[data-new]").hidden = !chosen.value || panel.querySelector("[data-field]").dataset.raw !== "[]";
  };

  // ---- recordings, one at a time
  const audio = document.createElement("audio");
  let playing = null;
  const icon = (link, name) => link?.querySelector("use").setAttribute("href", `#i-${name}`);
  const stop = () => { audio.pause(); icon(playing, "play"); playing = null; };
  for (const name of ["ended", "pause"]) audio.addEventListener(name, () => { if (audio.paused && audio.src === playing?.href) stop(); });
  const play = (link) => {
    const same = playing === link;
    stop();
    if (same) return;
    playing = link;
    document.body.append(audio);
    icon(link, "pause");
    audio.src = link.href;
    audio.play().catch(stop);
  };

  // ---- what is played now: our own buttons in the place of the browser's, which look otherwise in each
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  const draw = (player) => {
    const sound = player.querySelector("audio"), long = () => sound.duration || Number(player.dataset.seconds);
    const [button, time] = ["button", "span"].map((name) => document.createElement(name));
    const svg = document.querySelector(".tabs svg").cloneNode(true), large = Boolean(player.dataset.player);
    const bars = $$(".wave rect", player);
    svg.classList.remove("i--s");
    Object.assign(button, { className: `playbtn${large ? "" : " playbtn--s"}`, type: "button" });
    button.setAttribute("aria-label", sound.getAttribute("aria-label"));
    button.append(svg);
    time.className = `num ink2 nowrap${large ? "" : " small"}`;
    const show = () => {
      svg.querySelector("use").setAttribute("href", `#i-${sound.paused ? "play" : "pause"}`);
      button.setAttribute("aria-pressed", String(!sound.paused));
      bars.forEach((bar, n) => bar.classList.toggle("p", n < bars.length * sound.currentTime / long()));
      const whole = clock(Math.round(long()));
      time.textContent = large || sound.currentTime ? `${clock(sound.currentTime)} / ${whole}` : whole;
    };
    button.addEventListener("click", () => (sound.paused ? sound.play().catch(show) : sound.pause()));
    for (const name of ["play", "pause", "ended", "timeupdate", "loadedmetadata"]) sound.addEventListener(name, show);
    sound.controls = false;
    player.prepend(button);
    player.append(time);
    show();
  };

  // ---- beside a choice: what is chosen can be heard
  const beside = (select) => {
    const link = select.parentElement.querySelector("[data-beside]"), chosen = select.selectedOptions[0];
    if (!link) return;
    const href = select.dataset.prompts ? chosen.value && select.dataset.prompts + chosen.value : chosen.dataset.hear || "";
    if (playing === link) stop();
    link.hidden = !href;
    link.href = href;
    link.querySelector("[data-beside-name]").textContent = chosen.textContent.trim();
  };

  // ---- one more telephone, once one is chosen
  const another = (select) => {
    const field = select.closest("[data-add]");
    if (!select.value || field.nextElementSibling?.matches("[data-add]")) return;
    const more = field.cloneNode(true), id = `${select.id}x`;
    more.querySelector("label").htmlFor = id;
    Object.assign(more.querySelector("select"), { id, value: "" });
    field.after(more);
  };

  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-add]")) another(event.target);
    if (event.target.closest(".hearable")) beside(event.target);
    const minutes = event.target.parentElement.querySelector("[data-minutes]"), typed = Number(event.target.value);
    if (minutes) minutes.textContent = typed >= 120 && typed % 60 === 0 ? minutes.dataset.minutes.replace("#", typed / 60) : "";
    const panel = event.target.closest("[data-panel]");
    if (panel && event.target.tagName === "SELECT") write(panel);
    if (event.target.closest("form[data-object]")) tell();
  });
  document.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]"), sound = event.target.closest("[data-play]");
    const plain = !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (key && plain) { event.preventDefault(); press(key); }
    const free = event.target.closest("[data-free]");
    if (free) {
      const select = free.closest("[data-panel]").querySelector("select");
      select.value = "";
      select.dispatchEvent(new Event("input", { bubbles: true }));
      select.focus();
    }
    if (sound && plain) { event.preventDefault(); play(sound); }
    if (event.target.closest("[data-continue]")) { event.preventDefault(); event.target.closest("dialog").close(); form()?.querySelector(".input--changed")?.focus(); }
  });
  const begin = () => {
    stop();
    $$("[data-enter]").forEach((button) => button.remove());  // with script one looks while one types, and Enter saves
    tell();
    $$("[data-player]:not(:has(.playbtn))").forEach(draw);
    const dialog = document.querySelector("#main dialog[open]:not(:modal)");
    if (dialog) { dialog.removeAttribute("open"); dialog.showModal(); dialog.querySelector("[autofocus]")?.focus(); }
  };
  document.addEventListener("htmx:afterSwap", begin);
  begin();
})();
