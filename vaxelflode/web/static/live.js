// One stream a tab: what becomes of changes and how the PBX is, on every open page within a second.
(() => {
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const waiting = new Set();
  const byItself = { headers: { "X-Live": "1" } };  // no sign of anybody who uses the session
  let source = null, timer = 0, lostAt = 0;

  // A part of the page as the server shows it now, unless somebody is at work in it: then when they leave it.
  const skipped = new Set();
  const isInUse = (part) => part.contains(document.activeElement) && document.activeElement.closest("form, details, input, select, textarea")
    || part.querySelector("[data-typed], [data-dirty]");
  // What answers a form that no script has sent stands at an address that may know of forms alone.
  const answersForm = () => document.querySelector("#main[data-answers-form]") !== null;
  const reachable = (part) => $$("a[href], button, summary, [tabindex='0']", part);
  const inPlaceOf = (part, node) => {
    const focused = document.activeElement, at = reachable(part).indexOf(focused);
    part.replaceWith(node);
    if (at < 0) return;
    const again = reachable(node);
    (again.find((one) => one.isEqualNode(focused)) || again[at] || again.at(-1))?.focus({ preventScroll: true });
  };
  const renew = async () => {
    const names = [...waiting];
    waiting.clear();
    const concerned = $$("[data-live]").filter((part) => part.id && part.dataset.live.split(" ").some((n) => names.includes(n)));
    const parts = concerned.filter((part) => !isInUse(part));
    if (parts.length < concerned.length) names.forEach((name) => skipped.add(name));
    if (!parts.length || answersForm()) return;
    const answer = await fetch(location.href, byItself);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    parts.forEach((part) => {
      const fresh = page.getElementById(part.id);
      if (!fresh || isInUse(part) || fresh.isEqualNode(part)) return;
      const node = document.importNode(fresh, true);
      inPlaceOf(part, node);
      htmx.process(node);
    });
  };
  const soon = (name) => {
    waiting.add(name);
    clearTimeout(timer);
    timer = setTimeout(renew, 150);
  };

  document.addEventListener("focusout", () => {
    skipped.forEach(soon);
    skipped.clear();
  });

  // The receipt of one's own change, in its place.
  const receipts = (change) => $$(`[data-change="${change.id}"]`).forEach(async (old) => {
    if (old.dataset.state === change.state && !change.undone_by) return;
    const back = encodeURIComponent(location.pathname);
    const answer = await fetch(`/changes/${change.id}?back=${back}`, byItself);
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-change]");
    if (!fresh) return;
    const node = document.importNode(fresh, true);
    ["receipt--inline", "receipt--bar"].forEach((name) => node.classList.toggle(name, old.classList.contains(name)));
    const what = old.querySelector(".diff");
    if (what) node.querySelector(".receipt__text").append(what);
    if (old.hasAttribute("role")) node.setAttribute("role", node.dataset.state === "rejected" ? "alert" : "status");
    old.replaceWith(node);
    htmx.process(node);
  });

  // One may do something else than when what is shown was made: it is shown anew, unless somebody is at work in it.
  let rights = "", told = 0;
  const say = (name) => $$("[data-rights]").forEach((word) => {
    if (name || word.dataset.rights === "busy") word.hidden = word.dataset.rights !== name;
  });
  const judged = () => {
    const main = document.querySelector("#main"), made = main.dataset.mark;
    if (!made || !rights) return;
    if (made === rights) { say(""); return; }
    const busy = document.querySelector("dialog:modal") || answersForm() || isInUse(main);
    say(busy ? "busy" : "shown");
    if (!busy) htmx.ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML show:none", headers: byItself.headers });
  };
  // What comes in its place is younger than what was told, unless that was told while it was on its way.
  document.addEventListener("htmx:beforeRequest", ({ detail }) => { detail.requestConfig.told = told; });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target?.id !== "main") return;
    if (detail.requestConfig.told === told) say("");
    else judged();
  });

  const lost = (is) => {
    document.body.toggleAttribute("data-lost", is);
    $$(".lost").forEach((word) => { word.hidden = !is; });
  };

  const listen = () => {
    source = new EventSource("/api/v1/events");
    source.addEventListener("open", () => {
      if (lostAt) soon("change");
      lostAt = 0;
      lost(false);
    });
    source.addEventListener("change", (event) => {
      const change = JSON.parse(event.data);
      document.dispatchEvent(new CustomEvent("change-told", { detail: change }));
      receipts(change);
      soon("change");
    });
    source.addEventListener("pbx", () => soon("pbx"));
    source.addEventListener("rights", (event) => {
      rights = JSON.parse(event.data).mark;
      told += 1;
      judged();
    });
    source.addEventListener("error", () => {
      lostAt ||= Date.now();
      setTimeout(() => { if (lostAt && Date.now() - lostAt > 4000) lost(true); }, 4200);
      if (source.readyState === EventSource.CLOSED) ended();
    });
  };

  // The stream was refused: the session has ended, or the server is away.
  const ended = async () => {
    const answer = await fetch("/api/v1/me", byItself).catch(() => null);
    if (answer?.status === 401) { $$("[data-ended]").forEach((word) => { word.hidden = false; }); return; }
    setTimeout(listen, 3000);
  };

  if (document.querySelector("meta[name=csrf]") && "EventSource" in window) {
    listen();
    addEventListener("pagehide", () => source?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  }
})();
