// Draws the graph of a call path. The server has written every node and every line's words; dagre says which column a
// node stands in and how high, and here each gets its place and each line its corners. Nothing depends on which way
// the call takes, so that the graph stands still when another key is asked for.
(() => {
  const ROW = 18, LANE = 22, TRACK = 10; // between nodes, between lines that pass them, and between upright lines
  // Upright lines' way from and to a node, and a straight line's: as it pleases, and where the whole call has no place.
  const EASY = { after: 13, before: 24, bare: 22 }, CLOSE = { after: 7, before: 14, bare: 11 };
  // How much smaller a graph may be drawn, beside its panel before that lies beneath, and there before one scrolls
  // instead: its smallest letters, 13 px where it is close, are then 10.5 px.
  const SMALLEST = 10.5 / 13;
  const CORNER = 9, HEAD = 7, SIDE = 13; // corners, arrow heads, and how far below the middle lines go back
  const SVG = "http://www.w3.org/2000/svg";

  // ---- what stands on the page
  const measured = (el) => { const box = el.getBoundingClientRect(); return { width: Math.ceil(box.width), height: Math.ceil(box.height) }; };
  const read = (graph) => {
    const nodes = new Map();
    for (const el of graph.querySelectorAll(".gnode"))
      nodes.set(el.dataset.id, { id: el.dataset.id, el, link: el.querySelector(".node"), end: el.querySelector(".node--end") !== null, place: +el.dataset.place, ...measured(el) });
    const lines = [...graph.querySelectorAll(".gword")].map((el) => ({
      el, from: nodes.get(el.dataset.from), to: nodes.get(el.dataset.to), hit: el.classList.contains("gword--hit"),
      ...measured(el),
    }));
    return { nodes, lines };
  };

  // ---- columns and heights, by dagre. Words stand in columns of their own, each beside the node that it leaves.
  const rank = ({ nodes, lines }, options, lane, far) => {
    const g = new dagre.graphlib.Graph();
    g.setGraph({ rankdir: "LR", nodesep: ROW, edgesep: lane, ranksep: 40 });
    for (const node of [...nodes.values()].sort((a, b) => a.place - b.place))
      g.setNode(node.id, { width: node.width, height: node.height + 2 * node.below });
    const first = new Set();
    for (const line of lines) {
      if (line.from === line.to) continue;
      const weight = first.has(line.from) ? 1 : 4; // a node's first way out goes straight on
      first.add(line.from);
      const size = far?.has(line) ? {} : { width: line.width, height: line.height };
      g.setEdge(line.from.id, line.to.id, { ...size, labelpos: "c", weight });
    }
    dagre.layout(g, options);
    return g;
  };

  // How many lines cross, and how many stand in another order than their keys do, which matters less.
  const unrest = (places, { nodes, lines }) => {
    let count = 0;
    const pairs = (some, bad, much) => some.forEach((a, n) => some.slice(n + 1).forEach((b) => { if (bad(a, b)) count += much; }));
    const gaps = new Map();
    for (const line of lines) {
      const ys = places.ys(line);
      for (let n = 0; n < ys.length - 1; n++) {
        const gap = Math.min(places.rank(line.from) + n * places.step(line), places.rank(line.from) + (n + 1) * places.step(line));
        gaps.set(gap, [...(gaps.get(gap) ?? []), places.step(line) > 0 ? [ys[n], ys[n + 1]] : [ys[n + 1], ys[n]]]);
      }
    }
    for (const gap of gaps.values()) pairs(gap, (a, b) => (a[0] - b[0]) * (a[1] - b[1]) < 0, 3);
    for (const node of nodes.values())
      pairs(lines.filter((l) => l.from === node), (a, b) => places.ys(a)[1] > places.ys(b)[1] + 1, 1);
    return count;
  };

  // Where dagre has put everything; `flipped`: upside down, which it holds for the same.
  const places = (g, flipped) => {
    const y = (at) => (flipped ? g.graph().height - at : at);
    const rank = (node) => g.node(node.id).rank;
    return {
      rank,
      height: g.graph().height,
      y: (node) => y(g.node(node.id).y),
      step: (line) => Math.sign(rank(line.to) - rank(line.from)),
      ys: (line) => [y(g.node(line.from.id).y), ...g.edge(line.from.id, line.to.id).points.slice(1, -1).map((p) => y(p.y)), y(g.node(line.to.id).y)],
    };
  };

  const lay = (read) => {
    for (const node of read.nodes.values()) node.below = 0;
    for (const line of read.lines) if (line.from === line.to) line.from.below = Math.max(line.from.below, line.height + 22);
    const passing = { ...read, lines: read.lines.filter((line) => line.from !== line.to) };
    // dagre keeps the words of a line in its middle free; of one that passes other nodes they stand in its lane
    // at the beginning.
    const ranks = places(rank(read, {}, LANE));
    const far = new Set(passing.lines.filter((l) => Math.abs(ranks.rank(l.to) - ranks.rank(l.from)) > 2));
    for (const line of far) { line.el.classList.add("gword--far"); Object.assign(line, measured(line.el)); }
    const lane = Math.max(LANE, ...[...far].map((l) => l.height + 2));
    // As the keys stand, where that does not cross too many lines; else as dagre thinks best.
    const crossed = rank(read, {}, lane, far), plain = rank(read, { disableOptimalOrderHeuristic: true }, lane, far);
    const [best] = [places(plain), places(crossed), places(crossed, true)]
      .map((one) => ({ one, unrest: unrest(one, passing) }))
      .sort((a, b) => a.unrest - b.unrest);
    for (const node of read.nodes.values()) Object.assign(node, { rank: best.one.rank(node), y: best.one.y(node) });
    for (const line of passing.lines) {
      line.step = best.one.step(line);
      line.passed = best.one.ys(line).slice(1, -1);
      line.wordAt = line.from.rank + line.step;
    }
    straighten(passing);
    const words = passing.lines.map((line) => ({ y: line.passed[0], height: Math.max(line.height, LANE), below: 0 }));
    const lanes = passing.lines.flatMap((line) => line.passed.map((y) => ({ y, height: 0, below: 0 })));
    const all = [...read.nodes.values(), ...words, ...lanes];
    const down = -Math.min(...all.map((one) => one.y - one.height / 2));
    const high = Math.max(...all.map((one) => one.y + one.height / 2 + one.below));
    for (const node of read.nodes.values()) node.y += down;
    for (const line of passing.lines) {
      const side = line.step > 0 ? 0 : Math.min(SIDE, Math.min(line.to.height, line.from.height) / 2 - 8);
      line.ys = [line.from.y + side, ...line.passed.map((y) => y + down), line.to.y + side];
    }
    return high + down;
  };

  // What stands alone in its column stands beside what it leads to first: a call begins with a straight line.
  const straighten = ({ nodes, lines }) => {
    const passing = (rank) => lines.filter((l) => (rank - l.from.rank) * l.step > 0 && (l.to.rank - rank) * l.step > 0);
    for (const node of [...nodes.values()].sort((a, b) => b.rank - a.rank)) {
      const alone = [...nodes.values()].every((other) => other === node || other.rank !== node.rank) && !passing(node.rank).length;
      const first = lines.find((l) => l.from === node && l.step > 0);
      if (!alone || !first) continue;
      node.y = first.passed[0];
      const [comes, ...others] = passing(node.rank - 1);
      if (comes?.to === node && !others.length) comes.passed[comes.passed.length - 1] = node.y;
    }
  };

  // ---- how wide each column is, and where between the columns lines go up and down without lying on each other
  const columns = ({ nodes, lines }, room) => {
    const last = Math.max(...[...nodes.values()].map((node) => node.rank));
    const width = Array(last + 1).fill(0);
    for (const node of nodes.values()) width[node.rank] = Math.max(width[node.rank], node.width);
    for (const line of lines) if (line.step) width[line.wordAt] = Math.max(width[line.wordAt], line.width);
    const gaps = Array.from({ length: last }, () => new Map());
    for (const line of lines) {
      if (!line.step) continue;
      line.turns = [];
      for (let n = 0; n < line.ys.length - 1; n++) {
        const gap = line.step > 0 ? line.from.rank + n : line.from.rank - n - 1;
        const [y1, y2] = [line.ys[n], line.ys[n + 1]];
        // What leaves one node together, or comes to one node together, is one line as long as it can be.
        const key = n === 0 ? `out ${line.step} ${line.from.id}` : n === line.ys.length - 2 ? `in ${line.step} ${line.to.id}` : line;
        if (Math.abs(y1 - y2) < 1) { line.turns.push(null); continue; }
        const bundle = gaps[gap].get(key) ?? { low: Infinity, high: -Infinity };
        bundle.low = Math.min(bundle.low, y1, y2);
        bundle.high = Math.max(bundle.high, y1, y2);
        gaps[gap].set(key, bundle);
        line.turns.push(bundle);
      }
    }
    const left = [0];
    gaps.forEach((gap, n) => {
      const tracks = [];
      for (const bundle of [...gap.values()].sort((a, b) => a.low - b.low)) {
        let track = tracks.findIndex((end) => end + 12 < bundle.low);
        if (track < 0) track = tracks.push(0) - 1;
        tracks[track] = bundle.high;
        bundle.track = track;
      }
      const head = lines.some((line) => line.step > 0 && line.to.rank === n + 1);
      const tail = lines.some((line) => line.step < 0 && line.to.rank === n);
      const before = head ? room.before : room.after, after = tail ? room.before : room.after;
      const wide = tracks.length ? after + before + (tracks.length - 1) * TRACK : Math.max(head ? room.bare : room.after, tail ? room.bare : 0);
      const begin = left[n] + width[n];
      for (const bundle of gap.values()) bundle.x = begin + after + bundle.track * TRACK;
      left.push(begin + wide);
    });
    return { left, width, total: left[last] + width[last] };
  };

  // ---- a line with rounded corners
  const corners = (points) => {
    const kept = points.filter((p, n) => !n || p[0] !== points[n - 1][0] || p[1] !== points[n - 1][1]);
    let d = `M${kept[0]}`;
    for (let n = 1; n < kept.length - 1; n++) {
      const [a, b, c] = [kept[n - 1], kept[n], kept[n + 1]];
      const reach = (p, q) => Math.hypot(q[0] - p[0], q[1] - p[1]);
      const r = Math.min(CORNER, reach(a, b) / 2, reach(b, c) / 2);
      const toward = (p, q) => { const whole = reach(p, q) || 1; return [p[0] + ((q[0] - p[0]) / whole) * r, p[1] + ((q[1] - p[1]) / whole) * r]; };
      d += `L${toward(b, a)}Q${b} ${toward(b, c)}`;
    }
    return `${d}L${kept.at(-1)}`;
  };

  const pieces = (line, at) => {
    const { left, width } = at;
    if (!line.step) { // round and back to the same node
      const { x, y, height: tall, width: wide } = line.from;
      const bottom = y + tall / 2, low = bottom + line.height / 2 + 11;
      place(line.el, x + wide / 2 - line.width / 2, low - line.height / 2);
      const d = corners([[x + wide * 0.82, bottom], [x + wide * 0.82, low], [x + wide * 0.18, low], [x + wide * 0.18, bottom + HEAD]]);
      return [d, `M${x + wide * 0.18 - 5} ${bottom + HEAD + 1}l5 -8l5 8z`];
    }
    const forward = line.step > 0;
    const begin = forward ? line.from.x + line.from.width : line.from.x;
    const end = forward ? line.to.x - HEAD : line.to.x + line.to.width + HEAD;
    const points = [[begin, line.ys[0]]];
    line.turns.forEach((bundle, n) => { if (bundle) points.push([bundle.x, line.ys[n]], [bundle.x, line.ys[n + 1]]); });
    const target = line.ys.at(-1);
    points.push([end, target]);
    const middle = left[line.wordAt] + width[line.wordAt] / 2;
    place(line.el, middle - line.width / 2, line.ys[1] - line.height / 2);
    return [corners(points), forward ? `M${end - 1} ${target - 5}l8 5l-8 5z` : `M${end + 1} ${target - 5}l-8 5l8 5z`];
  };

  const place = (el, x, y) => { el.style.left = `${Math.round(x)}px`; el.style.top = `${Math.round(y)}px`; };

  const path = (name, d, hit) => {
    const el = document.createElementNS(SVG, "path");
    el.setAttribute("class", hit ? `${name} ${name}--hit` : name);
    el.setAttribute("d", d);
    return el;
  };

  // ---- all of it; answers how wide it has become
  const drawIn = (graph, room) => {
    graph.classList.toggle("graph--close", room === CLOSE);
    for (const el of graph.querySelectorAll(".gnode")) el.style.width = "";
    for (const el of graph.querySelectorAll(".gword--far")) el.classList.remove("gword--far");
    const found = read(graph);
    const height = lay(found);
    const at = columns(found, room);
    for (const node of found.nodes.values()) {
      node.x = at.left[node.rank];
      if (!node.end) node.el.style.width = `${(node.width = at.width[node.rank])}px`;
      place(node.el, node.x, node.y - node.height / 2);
    }
    const svg = graph.querySelector(".graph__edges");
    const drawn = found.lines.toSorted((a, b) => a.hit - b.hit).flatMap((line) => {
      const [d, head] = pieces(line, at);
      return [path("gedge", d, line.hit), path("ghead", head, line.hit)];
    });
    svg.replaceChildren(...drawn);
    graph.style.width = `${Math.ceil(at.total)}px`;
    graph.style.height = `${Math.ceil(height)}px`;
    graph.dataset.drawn = "";
    graph.found = found;
    return Math.ceil(at.total);
  };

  // The whole call is to be seen at once: closer together, somewhat smaller, and with its panel beneath it rather than
  // beside, before one has to scroll.
  const draw = (graph) => {
    const view = graph.closest("#flowview"), region = graph.closest(".canvas__scroll"), style = getComputedStyle(region);
    const place = () => region.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    graph.style.transform = graph.style.margin = "";
    delete view.dataset.beneath;
    if (drawIn(graph, EASY) <= place()) return;
    const wide = drawIn(graph, CLOSE);
    if (wide <= place() || !matchMedia("(min-width: 761px)").matches) return;
    if (place() / wide < SMALLEST) {
      view.dataset.beneath = "";
      if (wide <= place()) return;
      if (place() / wide < SMALLEST) delete view.dataset.beneath; // one scrolls anyhow, with the panel in sight
    }
    const scale = Math.max(SMALLEST, place() / wide), less = (length) => `${Math.floor(length * (scale - 1))}px`;
    graph.style.transform = `scale(${scale})`; // letters keep their proportions, so that no word breaks elsewhere
    graph.style.margin = `0 ${less(wide)} ${less(graph.offsetHeight)} 0`;
  };

  const current = () => document.querySelector(".graph");
  const visible = (graph) => graph && graph.offsetParent !== null;

  const drawn = () => {
    const graph = current();
    if (!visible(graph)) return;
    try {
      draw(graph);
    } catch (error) {
      document.querySelector("#flowview").dataset.view = "list"; // the same, in words
      throw error;
    }
    if (graph.contains(document.activeElement)) return;
    const chosen = document.querySelector(".panel--chosen") && graph.querySelector('.node[aria-current="true"]');
    reveal(graph.querySelector(".node"));
    if (chosen) reveal(chosen);
  };

  // Within the graph's own region alone: the page stays where it is.
  const reveal = (link) => {
    const region = link.closest(".canvas__scroll"), box = link.getBoundingClientRect(), frame = region.getBoundingClientRect();
    const within = (low, high, from, to) => (low < from + 24 ? low - from - 24 : high > to - 24 ? high - to + 24 : 0);
    region.scrollLeft += within(box.left, box.right, frame.left, frame.right);
    const middle = (box.top + box.bottom - frame.top - frame.bottom) / 2;
    if (within(box.top, box.bottom, frame.top, frame.bottom)) region.scrollTop += middle;
  };

  // A phone that is turned, larger letters, the graph that is shown after the list: it is drawn anew.
  let size = "";
  const watch = new ResizeObserver((seen) => {
    const now = seen.map((one) => Math.round(one.contentRect.width)).join();
    if (now === size) return;
    size = now;
    requestAnimationFrame(drawn);
  });
  let stood = null; // where the graph was scrolled to, and the node that had the focus, while it is drawn anew
  const begin = () => {
    const graph = current();
    if (!graph) return;
    const region = graph.closest(".canvas__scroll");
    watch.disconnect();
    size = "";
    watch.observe(region);
    drawn();
    mark();
    follow();
    if (!stood) return;
    region.scrollTo(stood.left, stood.top);
    if (stood.node && document.activeElement === document.body)
      document.querySelector(`${stood.part} .node[data-node="${CSS.escape(stood.node)}"]`)?.focus({ preventScroll: true });
    stood = null;
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "canvas") return;
    const region = event.detail.target.querySelector(".canvas__scroll"), link = document.activeElement.closest("#canvas .node");
    stood = { left: region.scrollLeft, top: region.scrollTop, node: link?.dataset.node, part: link?.closest(".outline") ? ".outline" : ".graph" };
  });

  // ---- what is in force changes: somebody saved something (live.js then renews #graph-state), or its hour has come
  let timer = 0;
  const anew = () => {
    const source = document.querySelector("#graph-state");
    if (source) htmx.ajax("GET", location.pathname + location.search, { source, target: "#canvas", select: "#canvas", swap: "outerHTML" });
  };
  // Then the answer is mostly the same one, and is not to be said again.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    if (target.id === "w-answer" && fragment.textContent.trim() === target.textContent.trim()) event.detail.shouldSwap = false;
  });
  const state = new MutationObserver((seen) => {
    if (seen.some((one) => [...one.addedNodes].some((node) => node.id === "graph-state"))) anew();
  });
  const follow = () => {
    state.disconnect();
    state.observe(document.querySelector("#flowview"), { childList: true });
    clearTimeout(timer);
    const left = Date.parse(document.querySelector("#graph-state").dataset.turns ?? "") - Date.now();
    if (left < 86_400_000) timer = setTimeout(async () => {
      const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html").querySelector("#graph-state");
      if (fresh) document.querySelector("#graph-state")?.replaceWith(document.importNode(fresh, true));
    }, Math.max(left, 0) + 1500);
  };

  // ---- the keyboard: arrows move along the lines, up and down within a column
  let came = "";
  const next = (found, here, key) => {
    const near = (some) => some.toSorted((a, b) => b.hit - a.hit || Math.abs(a.node.y - here.y) - Math.abs(b.node.y - here.y))[0]?.node;
    if (key === "ArrowRight") return near(found.lines.filter((l) => l.from === here && l.to !== here).map((l) => ({ node: l.to, hit: l.hit })));
    if (key === "ArrowLeft") {
      const from = found.lines.filter((l) => l.to === here && l.from !== here);
      return from.find((l) => l.from.id === came)?.from ?? near(from.map((l) => ({ node: l.from, hit: l.hit })));
    }
    const column = [...found.nodes.values()].filter((n) => n.rank === here.rank).sort((a, b) => a.y - b.y);
    return column[column.indexOf(here) + (key === "ArrowDown" ? 1 : -1)];
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const close = event.target.closest("#canvas") && document.querySelector(".panel__close");
      if (close) { event.preventDefault(); close.click(); }
      return;
    }
    const node = event.target.closest(".gnode");
    const found = current()?.found;
    if (!node || !found || !event.key.startsWith("Arrow") || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const here = found.nodes.get(node.dataset.id), to = next(found, here, event.key);
    if (!to) return;
    came = event.key === "ArrowRight" ? here.id : "";
    to.link.focus();
    reveal(to.link);
  });

  // ---- the form: what is chosen is asked at once
  document.addEventListener("change", (event) => {
    const form = event.target.closest("#whatif");
    if (!form) return;
    // The keys after the one that was changed were those of another menu.
    const keys = [...form.querySelectorAll("#w-keys fieldset")];
    const changed = keys.findIndex((one) => one.contains(event.target));
    if (changed >= 0) keys.slice(changed + 1).forEach((one) => { one.disabled = true; });
    if (event.target.closest(".whatif__at")) form.querySelector("#w-at").checked = true;
    form.requestSubmit();
  });

  // ---- the panel: its node is marked, and where one was is where one comes back to
  let from = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#canvas .node, #canvas .again");
    if (link) from = link;
  });
  const mark = () => {
    const panel = document.querySelector("#panel");
    for (const link of document.querySelectorAll("#canvas .node"))
      if (link.dataset.node === panel?.dataset.node) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    const narrow = matchMedia("(max-width: 760px)").matches;
    const view = document.querySelector("#flowview")?.dataset.view;
    for (const link of document.querySelectorAll("#w-views .segl"))
      if (view === link.dataset.for || (view === "auto" && (link.dataset.for === "list") === narrow)) link.setAttribute("aria-current", "true");
  };

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id !== "panel") { begin(); return; }
    mark();
    const chosen = document.querySelector(".panel--chosen");
    if (chosen) {
      document.querySelector("#p-h").focus({ preventScroll: true });
      const isBeneath = matchMedia("(max-width: 1180px)").matches || "beneath" in document.querySelector("#flowview").dataset;
      if (isBeneath) chosen.scrollIntoView({ block: "nearest" });
    } else (from?.isConnected ? from : document.querySelector('#canvas .node[aria-current="true"]'))?.focus();
  });
  document.addEventListener("htmx:historyRestore", begin);
  begin();
})();
