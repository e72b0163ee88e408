/* The board lives: what others change shows here, tile by tile; drag and keys. Without it, reload the page. */
"use strict";
(() => {
  const lo = window.leanops;
  const words = document.getElementById("board-words")?.dataset ?? {};
  const live = document.getElementById("live");
  const floor = document.getElementById("floor"); // absent on a station's own page
  const tileOf = (id) => document.getElementById(`t-${id}`);
  const idOf = (tile) => tile.id.slice(2);

  // --- reading again what changed: one request at a time, what comes meanwhile is merged into the next
  let ids = new Set();
  let queue = false;
  let whole = false;
  let reading = false;
  let dragged = null;
  let timer = null;
  const sheet = document.getElementById("sheet");
  const busy = () => dragged || reading || document.hidden;
  // a tile whose press is under way must not go: the answer would find nothing to come back to
  const pressed = (root) => root?.querySelector(".htmx-request");
  const later = (ms = 60) => { timer ??= setTimeout(() => { timer = null; read(); }, ms); };

  const here = () => new URLSearchParams(location.search);
  const read = async () => {
    if (busy() || !(whole || queue || ids.size)) return;
    const open = sheet.open ? sheet.dataset.tile.slice(2) : ""; // nor a tile from under its own sheet
    const held = [...ids].filter((id) => id === open || pressed(tileOf(id)));
    const query = here();
    let path = "/board/tiles/";
    if (whole && floor) {
      if (open || pressed(floor)) return;
      path = "/board/changes/";
      query.set("since", "again");
    } else {
      const ask = [...(whole ? document.querySelectorAll(".tile") : [])].map(idOf).concat([...ids]).filter((id) => !held.includes(id));
      for (const id of ask) query.append("id", id);
      if (queue && floor) query.set("queue", "1");
      if (!floor) query.set("alone", "1");
      if (!ask.length && !queue) return;
    }
    const asked = [ids, queue, whole];
    let done = false;
    [ids, queue, whole, reading] = [new Set(held), false, false, true];
    try {
      const response = await fetch(`${path}?${query}`, { headers: { "HX-Request": "true" }, credentials: "same-origin", signal: AbortSignal.timeout(15_000) });
      done = response.ok;
      const away = response.headers.get("HX-Redirect");
      if (away) location.assign(away);
      else if (response.ok && response.status !== 204) put(await response.text(), path);
    } catch { /* the stream says when the line is lost */ }
    reading = false;
    if (!done) { // nothing told is lost: it is asked for again
      asked[0].forEach((id) => ids.add(id));
      [queue, whole] = [queue || asked[1], whole || asked[2]];
      later(3000);
    } else if (queue || whole || ids.size > held.length) later();
  };

  const put = (html, path) => {
    const focus = remember();
    // a line whose last tile goes takes its heading along: the floor is read anew
    queueMicrotask(() => { if (floor && [...document.querySelectorAll("#lines .tiles")].some((line) => !line.querySelector(".tile"))) { whole = true; later(); } });
    if (path === "/board/changes/") {
      const q = document.activeElement?.id === "q" ? document.activeElement : null;
      const text = q?.value;
      htmx.swap(floor, html, { swapStyle: "innerHTML" });
      if (q) { const box = document.getElementById("q"); box.value = text; box.focus(); }
      queue = true;
    } else {
      const lost = [];
      const note = (event) => lost.push(event);
      document.addEventListener("htmx:oobErrorNoTarget", note);
      htmx.swap(document.createElement("div"), html, { swapStyle: "none" });
      document.removeEventListener("htmx:oobErrorNoTarget", note);
      // a tile that has no place here yet: read the floor as a whole
      if (floor && lost.some((event) => event.detail.content.matches?.("article.tile"))) whole = true;
    }
    focus();
    document.body.dispatchEvent(new Event("floor-changed"));
  };

  // --- focus stays where it was, though its tile was replaced
  const controls = (tile) => [...tile.querySelectorAll("a, button")];
  const remember = () => {
    const element = document.activeElement;
    const tile = element?.closest?.(".tile");
    if (!tile) return () => {};
    const place = controls(tile).indexOf(element);
    return () => {
      if (document.contains(element) || document.activeElement !== document.body) return;
      const fresh = document.getElementById(tile.id);
      (controls(fresh ?? document.body)[place] && fresh ? controls(fresh)[place] : fresh)?.focus({ preventScroll: true });
    };
  };
  let refocus = null;
  document.addEventListener("htmx:beforeSwap", () => { refocus = remember(); });
  document.addEventListener("htmx:afterSettle", () => { refocus?.(); refocus = null; });
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    if (!detail.target.matches(".tile") || !pressed(detail.target)) return;
    if (answering === detail.target) return;
    detail.shouldSwap = false;
    ids.add(idOf(detail.target));
  });
  // the tile whose own answer is being put in
  let answering = null;
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => { answering = detail.elt.closest(".tile"); });
  document.addEventListener("htmx:afterOnLoad", () => { answering = null; });
  document.addEventListener("htmx:oobAfterSwap", ({ detail }) => {
    const tile = detail.target?.id && document.getElementById(detail.target.id);
    if (!tile?.matches?.(".tile")) return;
    if (detail.target.dataset.status !== tile.dataset.status) tile.classList.add("is-new");
    refocus?.();
  });

  // --- the stream; where there is none, asking every three seconds
  const clock = (ms) =>
    new Date(ms).toLocaleTimeString(document.documentElement.lang, { hour12: false, timeZone: document.body.dataset.zone });
  let heard = Date.now();
  let lostSince = null;
  const say = (state, text) => {
    if (!live || live.dataset.state === state) return;
    live.dataset.state = state;
    live.textContent = text;
  };
  const alive = () => {
    heard = Date.now();
    lostSince = null;
    if (lo.stale) {
      lo.stale = false;
      document.body.classList.remove("is-stale");
      document.querySelector(".stale-banner")?.remove();
    }
    say("live", live?.dataset.live);
  };
  const lost = () => { lostSince ??= Date.now(); };
  setInterval(() => {
    if (watchdog && Date.now() - heard > 25_000) { lost(); connect(); }
    if (!lostSince || lo.stale || Date.now() - lostSince < 10_000) return;
    lo.stale = true;
    const at = clock(heard + lo.now() - Date.now());
    document.body.classList.add("is-stale");
    say("stale", `${live?.dataset.stale} ${at}`);
    const banner = document.createElement("div");
    banner.className = "notice stale-banner";
    banner.setAttribute("role", "alert");
    banner.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><p></p>';
    banner.querySelector("p").textContent = `${words.lost} ${at}.`;
    document.getElementById("notices").before(banner);
  }, 1000);

  let source = null;
  let polling = null;
  let failures = 0;
  let watchdog = false;
  let wasLost = false;
  const told = (message) => {
    for (const id of message.stations ?? []) ids.add(id);
    queue ||= Boolean(message.queue);
    whole ||= Boolean(message.reload);
    later();
  };
  const hear = (message) => {
    alive();
    if (message.stations || message.reload) told(message);
    if (message.bell || message.reload) document.body.dispatchEvent(new Event("bell"));
  };
  const connect = () => {
    source?.close();
    if (!window.EventSource) return poll();
    heard = Date.now();
    // the version this page was rendered with: what changed since is told at once
    source = new EventSource(`/board/stream/?version=${document.getElementById("lines")?.dataset.version ?? ""}`);
    const pass = (message) => { hear(message); channel?.postMessage(message); };
    source.onopen = () => {
      failures = 0;
      clearTimeout(polling);
      polling = null;
      pass(wasLost ? { reload: true } : {});
      wasLost = false;
    };
    source.addEventListener("board", (event) => pass(JSON.parse(event.data)));
    source.addEventListener("bell", () => pass({ bell: true }));
    source.addEventListener("reload", () => pass({ reload: true }));
    source.addEventListener("alive", () => { watchdog = true; pass({}); });
    source.onerror = () => {
      lost();
      wasLost = true;
      failures += 1;
      channel?.postMessage({ lost: true });
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, Math.min(30_000, 1000 * 2 ** failures));
      if (failures > 2) poll(); // perhaps something between here and the server does not let streams through
    };
  };
  const poll = () => {
    polling ??= setTimeout(async () => {
      polling = null;
      if (document.hidden) return;
      const query = here();
      query.set("since", document.getElementById("lines")?.dataset.version ?? "");
      try {
        const response = await fetch(`/board/changes/?${query}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
        const away = response.headers.get("HX-Redirect");
        if (away) return location.assign(away);
        if (response.ok) alive();
        if (response.ok && response.status !== 204 && floor && !dragged && !sheet.open) put(await response.text(), "/board/changes/");
        else if (response.ok && response.status !== 204) { whole = true; later(); }
      } catch { lost(); }
      if (!source || source.readyState !== EventSource.OPEN) poll();
    }, 3000 + Math.random() * 1000);
  };

  const compare = async () => {
    const version = document.getElementById("lines")?.dataset.version ?? "";
    try {
      const response = await fetch(`/board/changes/?since=${version}`, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (response.ok && response.status !== 204) { whole = true; later(); }
    } catch { lost(); }
  };

  // one stream for all tabs where the browser can share it (https, localhost); else hidden tabs let theirs go
  const shares = "BroadcastChannel" in window && navigator.locks;
  const channel = shares ? new BroadcastChannel("leanops-board") : null;
  if (live) {
    if (shares) {
      channel.onmessage = ({ data }) => (data.lost ? lost() : data.asks ? source && channel.postMessage({ alive: true }) : hear(data));
      navigator.locks.request("leanops-board", () => { connect(); return new Promise(() => {}); });
      channel.postMessage({ asks: true });
      // where another tab holds the stream: what it heard before this one listened
      if (floor) setTimeout(() => { if (!source) compare(); }, 500);
    } else connect();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        if (!shares) { source?.close(); source = null; clearTimeout(polling); polling = null; }
        return;
      }
      if (!shares) { whole = true; connect(); } else if (polling === null && failures > 2) poll();
      later();
    });
    addEventListener("offline", lost);
    addEventListener("online", () => { whole = true; if (source) connect(); later(); });
    addEventListener("pagehide", () => source?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) { whole = true; connect(); later(); } });
  }
  document.addEventListener("lo:sheet-closed", () => later());
  // an answer may be older than what the stream brought while it was under way
  document.addEventListener("htmx:afterRequest", () => later());

  // --- the plan goes on between the reports
  const drift = () => {
    if (lo.stale) return;
    for (const meter of document.querySelectorAll(".meter[data-from]")) {
      const { from, cycle, here: made, done, total } = meter.dataset;
      const planned = Math.max(0, Math.floor((lo.now() / 1000 - from) / cycle));
      const plan = meter.querySelector(".plan");
      plan?.setAttribute("x", Math.max(0, Math.min(99, (100 * (done - made + planned)) / total)).toFixed(1));
      const pace = meter.parentElement.querySelector(".pace");
      const ahead = made - planned;
      const text = ahead > 0 ? words.ahead.replace("%d", ahead) : ahead < 0 ? words.behind.replace("%d", -ahead) : words.even;
      if (pace && pace.textContent !== text) pace.textContent = text;
    }
  };
  setInterval(drift, 5000);

  // --- drag: a job from the queue onto a station, from station to station, back to the queue
  const post = (path, tile, values) =>
    htmx.ajax("POST", path, { source: tile.querySelector("form"), swap: "none", values });
  const place = (event) => event.target.closest?.(".tile, aside.queue");
  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.("[data-card]");
    const work = event.target.closest?.(".work[draggable=true]");
    if (!card && !work) return;
    dragged = card ? { job: card.dataset.card, element: card } : { tile: work.closest(".tile"), element: work.closest(".tile") };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card?.dataset.card ?? dragged.tile.dataset.code);
    setTimeout(() => { dragged?.element.classList.add("dragged"); document.body.classList.add("dragging"); });
  });
  document.addEventListener("dragover", (event) => {
    const to = dragged && place(event);
    if (!to || to === dragged.tile || (dragged.job && !to.matches(".tile"))) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    if (!to.classList.contains("over")) {
      document.querySelector(".over")?.classList.remove("over");
      to.classList.add("over");
    }
  });
  document.addEventListener("dragleave", (event) => {
    const from = place(event);
    if (from && !from.contains(event.relatedTarget)) from.classList.remove("over");
  });
  const drop = () => {
    document.querySelectorAll(".over, .dragged").forEach((element) => element.classList.remove("over", "dragged"));
    document.body.classList.remove("dragging");
    const was = dragged;
    dragged = null;
    later();
    return was;
  };
  document.addEventListener("dragend", drop);
  document.addEventListener("drop", (event) => {
    const to = dragged && place(event);
    if (!to) return;
    event.preventDefault();
    const { job, tile: from } = drop();
    if (to === from) return;
    const isTaken = to.matches(".tile") && to.dataset.job;
    if (job) {
      if (isTaken) return ask(to, `/stations/${idOf(to)}/assign/?job=${job}`);
      post(`/stations/${idOf(to)}/assign/`, to, { job, run: "1" });
    } else if (to.matches(".tile")) {
      if (isTaken) return ask(from, `/stations/${idOf(from)}/reassign/?to=${idOf(to)}`);
      post(`/stations/${idOf(from)}/reassign/`, from, { to: idOf(to) });
    } else post(`/stations/${idOf(from)}/take-off/`, from, {});
  });
  const ask = (tile, href) => { sheet.dataset.tile = tile.id; lo.openSheet(href); };

  // --- keys
  const tiles = () => [...document.querySelectorAll(".tile")];
  const go = (tile) => {
    tiles().forEach((other) => { other.tabIndex = other === tile ? 0 : -1; });
    tile.focus();
    tile.scrollIntoView({ block: "nearest" });
  };
  const neighbour = (tile, key) => {
    const all = tiles();
    if (!tile) return all[0];
    const at = tile.getBoundingClientRect();
    if (key === "ArrowLeft" || key === "ArrowRight") return all[all.indexOf(tile) + (key === "ArrowRight" ? 1 : -1)];
    const down = key === "ArrowDown" ? 1 : -1;
    const far = (other) => {
      const box = other.getBoundingClientRect();
      const rows = (box.top - at.top) * down;
      return rows > 20 ? rows * 10 + Math.abs(box.left - at.left) : Infinity;
    };
    const next = all.reduce((best, other) => (far(other) < far(best) ? other : best), tile);
    return next === tile ? null : next;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || sheet.open || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=radio]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const tile = document.activeElement?.closest(".tile") ?? (floor ? null : document.querySelector(".tile"));
    const press = (selector) => { const button = tile?.querySelector(selector); if (button) { event.preventDefault(); button.click(); } };
    const set = (status) => {
      if (!tile || tile.dataset.status === status) return;
      event.preventDefault();
      const badge = tile.querySelector(`.badge[value=${status}]`);
      if (badge) badge.click();
      else post(`/stations/${idOf(tile)}/status/`, tile, { status });
    };
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key.startsWith("Arrow") && floor && !event.target.closest(".seg")) {
      const next = neighbour(tile, key);
      if (next) { event.preventDefault(); go(next); }
    } else if (key === "r") set("running");
    else if (key === "i") set("idle");
    else if (key === "b") press("[data-act=block]");
    else if (key === "+") press("button[name=good]");
    else if (key === "m") press(".more");
    else if (key === "u") {
      const button = document.querySelector("#toast [data-undo]");
      if (button) { event.preventDefault(); button.click(); } else press(".more"); // what could be undone is spelt out there
    } else if (key === "/") {
      const box = document.getElementById("q");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    } else if (key === "?") document.getElementById("keys")?.togglePopover();
  });
  if (tiles().length) tiles()[0].tabIndex = 0;
})();
