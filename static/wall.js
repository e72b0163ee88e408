/* The wall display: pages turn, times tick, and whatever the network does over night, the picture comes back by itself.
   It keeps one picture, one stream and a handful of timers, however long it hangs there. */
"use strict";
(() => {
  const TURN = 15_000; // ms of a page
  const SILENT = 25_000; // the stream gives a sign of life every 15 s: without one for so long, the line is dead
  const STALE = 10_000; // so long after the line dropped, the picture says how old it is
  const [FIRST, POLL, LONGEST] = [1000, 3000, 30_000]; // from try to try: the first; while pages come but no stream; at most
  const CALM = 60_000; // hosts that run different builds for a while must not make it reload without end
  const [wall, state, clock, sound] = ["wall", "state", "clock", "sound"].map((id) => document.getElementById(id));
  const picture = () => document.getElementById("picture");
  const build = picture().dataset.build;
  const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  // --- the server's time, by a clock that nobody sets
  let base = 0;
  const timeOf = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: document.body.dataset.zone, hour: "2-digit", minute: "2-digit", ...options });
  const [hours, seconds] = [timeOf({}), timeOf({ second: "2-digit" })];
  const lasted = (minutes) => {
    if (minutes < 60) return `${minutes}m`;
    return minutes < 24 * 60 ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}` : `${Math.floor(minutes / 1440)}d`;
  };

  // --- pages
  let index = 0;
  const show = () => {
    const pages = [...wall.querySelectorAll(".page")];
    pages.forEach((page, number) => { page.hidden = number !== index % pages.length; });
    // a long code or word is drawn narrower, not smaller
    for (const text of wall.querySelectorAll(".page:not([hidden]) :is(b, strong) > span")) {
      text.style.transform = `scaleX(${Math.min(1, text.parentElement.clientWidth / (text.offsetWidth || 1))})`;
    }
  };

  // --- sound, for calls that nobody has taken: off until it is switched on at this screen
  let audio = null;
  let calls = new Set(picture().dataset.calls.split(" "));
  const isLoud = () => audio?.state === "running";
  const say = () => {
    const words = sound.querySelector("span");
    write(words, isLoud() ? words.dataset.on : words.dataset.off);
    sound.setAttribute("aria-pressed", isLoud());
  };
  const loud = () => { audio ??= Object.assign(new AudioContext(), { onstatechange: say }); };
  sound.addEventListener("click", async () => {
    const wasLoud = isLoud();
    loud(); // of its own accord after a press, or not
    if (wasLoud) await audio.suspend(); else await audio.resume();
    localStorage.setItem("leanops-wall-sound", isLoud() ? "on" : "");
  });
  const ring = () => {
    for (const [start, pitch] of [[0, 880], [0.25, 660]]) {
      const tone = new OscillatorNode(audio, { frequency: pitch });
      tone.connect(audio.destination);
      tone.start(audio.currentTime + start);
      tone.stop(audio.currentTime + start + 0.2);
    }
  };

  // --- reading the picture: true where it is the server's newest
  let heard = performance.now();
  let lostAt = null; // when the line dropped
  const lose = (at = performance.now()) => { lostAt ??= at; };
  const hear = () => { heard = performance.now(); lostAt = null; };
  const put = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("picture");
    if (!fresh) return false; // something between here and the server has answered in its place
    if (fresh.dataset.build !== build && performance.now() > CALM) location.reload();
    wall.replaceChildren(fresh);
    base = fresh.dataset.now * 1000 - performance.now();
    const now = new Set(fresh.dataset.calls.split(" "));
    if (isLoud() && [...now].some((call) => call && !calls.has(call))) ring();
    calls = now;
    show();
    return true;
  };
  const load = async () => {
    const { version } = picture()?.dataset ?? {};
    try {
      const response = await fetch(`${location.pathname}?since=${build}-${version}`, { headers: { "HX-Request": "true" }, cache: "no-store", signal: AbortSignal.timeout(15_000) });
      if (response.status === 204) base = Date.parse(response.headers.get("Date")) - performance.now() || base;
      else if (response.ok && !put(await response.text())) return false;
      else if (response.status === 404 && response.headers.has("X-Request-ID")) { // revoked, and it is our server that says so
        wall.replaceChildren(document.getElementById("gone").content.cloneNode(true));
        hear();
        return false;
      } else if (!response.ok) return false;
      hear();
      return true;
    } catch { return false; }
  };
  let reading = null;
  let isOld = false; // something changed while it was being read
  const read = async () => {
    if (reading) { isOld = true; return reading; }
    reading = load();
    const isRead = await reading;
    reading = null;
    if (!isOld) return isRead;
    isOld = false;
    return read();
  };

  // --- the stream; after each loss the picture is read first, later and later, then the stream is opened again
  let source = null;
  let timer = 0;
  let wait = FIRST;
  const later = (most) => {
    source?.close();
    source = null;
    clearTimeout(timer);
    timer = setTimeout(connect, wait * (0.75 + Math.random() / 2)); // a hall of displays does not come all at once
    wait = Math.min(wait * 2, most);
  };
  const changed = async () => {
    hear();
    if (!(await read())) { lose(); later(LONGEST); }
  };
  const connect = async () => {
    source?.close();
    source = null;
    clearTimeout(timer);
    if (!(await read())) { if (picture()) lose(); return later(LONGEST); }
    if (source) return; // another try was faster
    source = new EventSource(`${document.body.dataset.stream}&version=${picture().dataset.version}`);
    timer = setTimeout(later, STALE, POLL); // it does not come through: what is read every few seconds must do
    source.onopen = () => { clearTimeout(timer); wait = FIRST; hear(); };
    source.onerror = () => { lose(); later(POLL); };
    source.addEventListener("alive", hear);
    for (const kind of ["board", "reload"]) source.addEventListener(kind, changed);
  };
  addEventListener("offline", () => lose());
  addEventListener("online", () => { wait = FIRST; connect(); });

  // --- every second
  const tick = () => {
    const at = performance.now();
    if (source && at - heard > SILENT) { lose(heard); connect(); }
    const isStale = lostAt !== null && at - lostAt > STALE;
    document.body.classList.toggle("is-stale", isStale);
    state.hidden = !isStale;
    write(clock, hours.format(base + at));
    if (isStale) {
      const age = state.dataset.ago.replace("%d", Math.floor((at - heard) / 60_000));
      write(state, `${state.dataset.stale} ${seconds.format(base + heard)} · ${age}`);
      return;
    }
    for (const time of wall.querySelectorAll(".page:not([hidden]) time")) {
      write(time, lasted(Math.max(0, Math.floor((base + at - time.dataset.since * 1000) / 60_000))));
    }
  };

  const stayAwake = () => { if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", stayAwake);
  addEventListener("resize", show);
  base = picture().dataset.now * 1000 - performance.now();
  if (localStorage.getItem("leanops-wall-sound")) loud();
  sound.hidden = false;
  say();
  show();
  tick();
  stayAwake();
  setInterval(tick, 1000);
  setInterval(() => { index += 1; show(); }, TURN);
  connect();
})();
