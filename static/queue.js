/* What could not be sent is kept on the phone, photos included, and sent by itself in order when there is a signal again.
   A form takes part by data-queue, with what it does in words, else those of its button; it has hx-post, and its answer
   leads on or swaps, as ever. */
"use strict";
(() => {
  const { body } = document;
  const { person, keptAt } = body.dataset;
  const words = document.getElementById("queue-words")?.dataset;
  if (!person || !words || !window.indexedDB) return;
  const AGAIN = 30_000; // ms until the next try, where the server did not answer
  const FRESH = 600_000; // ms in which a kept page is not read again
  const NO_ANSWER = [502, 503, 504, 507];
  const LATER = [408, 425, 429];
  const KEPT = /^\/(my-work|work-orders\/WO-\d+)\/$/; // as the service worker has it
  const filled = (text, number) => text.replace("%d", number);

  // --- the store: {id, person, path, page, label, fields, at (ms, by this phone), state, reason}
  const opened = new Promise((resolve, reject) => {
    const asked = indexedDB.open("leanops", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("unsent", { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const run = async (mode, act) => {
    const store = (await opened).transaction("unsent", mode, { durability: "strict" });
    const asked = act(store.objectStore("unsent"));
    return new Promise((resolve, reject) => {
      store.oncomplete = () => resolve(asked.result);
      store.onerror = store.onabort = () => reject(store.error);
    });
  };
  const mine = async () => (await run("readonly", (store) => store.getAll())).filter((entry) => entry.person === person);
  const put = (entry) => run("readwrite", (store) => store.put(entry));
  const drop = (entry) => run("readwrite", (store) => store.delete(entry.id));
  const isWaiting = (entry) => entry.state === "waiting";

  // --- keeping: what a form was about to send, with the key and the moment of its press
  document.addEventListener("htmx:configRequest", ({ detail }) => { detail.pressedAt = Date.now(); });
  const formOf = (detail) => detail.requestConfig?.verb !== "get" && detail.elt?.closest?.("[data-queue]");
  const kept = async (field) => {
    const [name, value] = field;
    if (!(value instanceof File)) return field;
    return [name, { name: value.name, file: new Blob([await value.arrayBuffer()], { type: value.type }) }];
  };
  const labelOf = (form, event) => {
    const button = event?.submitter ?? form.querySelector("button:not([type=button])");
    return form.dataset.queue || [button?.textContent, document.querySelector("h1")?.textContent].map((text) => text?.trim()).filter(Boolean).join(" · ");
  };
  const keep = async (form, { path, formData, pressedAt, triggeringEvent }) => {
    // A page that is pressed on without a signal does not see its own former presses: they are no conflict.
    const unseen = (await mine()).some(isWaiting) ? ["csrfmiddlewaretoken", "seen"] : ["csrfmiddlewaretoken"];
    const fields = [...formData].filter(([name, value]) => !unseen.includes(name) && !(value instanceof File && !value.name));
    try {
      await put({
        person, path, page: location.pathname + location.search, label: labelOf(form, triggeringEvent), at: pressedAt,
        fields: await Promise.all(fields.map(kept)), state: "waiting", reason: "",
      });
    } catch { // no room on the phone, or a photo that is gone: then it is as without this script
      leanops.notice(words.unkept);
      return;
    }
    navigator.storage?.persist?.();
    leanops.notice(words.kept);
    if (!isPress(form)) form.reset();
    await show();
    later();
  };
  const failed = (event) => {
    const form = formOf(event.detail);
    if (!form) return;
    event.stopPropagation(); // site.js would offer to try again, by hand
    keep(form, event.detail.requestConfig);
  };
  addEventListener("htmx:sendError", failed, true);
  addEventListener("htmx:timeout", failed, true);
  addEventListener("htmx:beforeSwap", (event) => {
    if (!NO_ANSWER.includes(event.detail.xhr.status) || !formOf(event.detail)) return;
    event.detail.shouldSwap = false;
    failed(event);
  }, true);
  const isPress = (form) => !form.querySelector("textarea, select, input:not([type=hidden])");
  // A form of which something waits to be sent says so; one that is nothing but a press is not pressed again. What an order
  // takes once it is begun, it takes when its beginning waits.
  const mark = (paths) => {
    for (const form of document.querySelectorAll("form[data-queue]:not(.is-kept)")) {
      if (!paths.includes(form.getAttribute("hx-post"))) continue;
      form.classList.add("is-kept");
      form.append(element("p", words.mark, { className: "quiet" }));
      if (isPress(form)) for (const button of form.querySelectorAll("button")) button.disabled = true;
    }
    const number = location.pathname.split("/")[2];
    if (paths.some((path) => path.endsWith(`/${number}/start/`))) for (const part of document.querySelectorAll("[data-begun]")) part.hidden = false;
  };

  // --- sending: in the order of the presses, each with its key, so that none acts twice
  let timer, sending;
  const later = (after = AGAIN) => {
    clearTimeout(timer);
    timer = setTimeout(send, after);
  };
  const send = () => {
    sending ??= (navigator.locks ? navigator.locks.request("leanops-unsent", { ifAvailable: true }, (lock) => lock && drain()) : drain())
      .catch(() => later())
      .finally(async () => { sending = null; await show(); });
    return sending;
  };
  const drain = async () => {
    const waiting = (await mine()).filter(isWaiting);
    if (!waiting.length) return;
    const answer = await fetch(words.state, { headers: { "HX-Request": "true" }, cache: "no-store" });
    if (answer.headers.has("HX-Redirect")) { body.dataset.signedOut = ""; return; }
    if (!answer.ok) { later(); return; }
    const state = await answer.json();
    if (state.person !== person) { location.reload(); return; } // somebody else has signed in meanwhile
    delete body.dataset.signedOut;
    const ahead = state.now - Date.now(); // of the server's clock
    let done = 0;
    for (const entry of waiting) {
      const told = await one(entry, state.token, ahead);
      if (!told) break;
      done += told === "done";
      await show();
    }
    if (done) refresh();
  };
  const one = async (entry, token, ahead) => {
    const data = new FormData();
    for (const [name, value] of entry.fields) value?.file ? data.append(name, value.file, value.name) : data.append(name, value);
    data.set("occurred_at", new Date(Math.min(entry.at + ahead, Date.now() + ahead)).toISOString());
    const answer = await fetch(entry.path, { method: "POST", body: data, redirect: "manual", headers: { "HX-Request": "true", "X-CSRFToken": token } });
    if (answer.status >= 500 || LATER.includes(answer.status)) {
      later((Number(answer.headers.get("Retry-After")) || 30) * 1000);
      return "";
    }
    if (answer.type !== "opaqueredirect" && answer.status >= 400) {
      await put({ ...entry, state: "refused", reason: reasonOf(await answer.text()) });
      return "refused";
    }
    if (answer.headers.get("HX-Redirect")?.startsWith(words.signIn)) { body.dataset.signedOut = ""; return ""; }
    await drop(entry);
    return "done";
  };
  const reasonOf = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const told = [...page.querySelectorAll(".notice p, .errorlist li, p.error")].map((one) => one.textContent.trim());
    return [...new Set(told)].join(" ") || page.querySelector("main p, h1")?.textContent.trim() || words.refused;
  };
  // What is shown is older than what was sent: read anew, unless somebody types there.
  const refresh = () => {
    const typed = [...document.querySelectorAll("main :is(textarea, input:not([type=hidden]))")].some((field) => (field.type === "file" ? field.files.length : field.value !== field.defaultValue));
    if (!typed && KEPT.test(location.pathname)) location.reload();
  };

  // --- the bar: how many are not sent, which, and what is wrong with one that was refused
  const element = (name, text, fields = {}) => Object.assign(document.createElement(name), { textContent: text }, fields);
  const show = async () => {
    const entries = await mine();
    let bar = document.getElementById("unsent");
    mark(entries.filter(isWaiting).map((entry) => entry.path));
    if (!entries.length) { bar?.remove(); return; }
    if (!bar) {
      bar = element("details", "", { id: "unsent", className: "unsent" });
      document.getElementById("notices").before(bar);
    }
    const refused = entries.filter((entry) => !isWaiting(entry)).length;
    const waiting = entries.length - refused;
    const told = [
      waiting && (waiting === 1 ? words.one : filled(words.many, waiting)),
      refused && (refused === 1 ? words.oneRefused : filled(words.manyRefused, refused)),
    ].filter(Boolean).join(" · ");
    const list = element("ul", "");
    for (const entry of entries) list.append(row(entry));
    const acts = element("div", "", { className: "actions" });
    if (waiting && body.dataset.signedOut !== undefined) acts.append(element("a", words.signInFirst, { className: "button primary", href: words.signIn }));
    else if (waiting) acts.append(element("button", words.sendNow, { type: "button", className: "primary", onclick: send }));
    bar.replaceChildren(element("summary", told), list, acts);
    bar.classList.toggle("is-refused", refused > 0);
  };
  const row = (entry) => {
    const line = element("li", "");
    const at = element("time", new Date(entry.at).toLocaleString([], { dateStyle: "short", timeStyle: "short" }), { dateTime: new Date(entry.at).toISOString() });
    line.append(element("b", entry.label), at);
    if (!isWaiting(entry)) {
      const acts = element("div", "", { className: "actions" });
      acts.append(
        element("a", words.open, { className: "button", href: entry.page }),
        element("button", words.drop, { type: "button", className: "danger", onclick: async () => { await drop(entry); await show(); } }),
      );
      line.append(element("p", entry.reason, { className: "error" }), acts);
    }
    return line;
  };

  // --- pages as last seen: marked with their age, read again when the signal is back
  const PAGES = "leanops-pages";
  if (keptAt) {
    const minutes = Math.max(0, Math.round((Date.now() - Date.parse(keptAt)) / 60_000));
    const age = minutes < 60 ? filled(words.minutesAgo, minutes) : minutes < 2880 ? filled(words.hoursAgo, Math.round(minutes / 60)) : filled(words.daysAgo, Math.round(minutes / 1440));
    const bar = element("p", `${words.lastSeen} ${age}`, { className: "last-seen" });
    bar.setAttribute("role", "status");
    document.getElementById("notices").before(bar);
    addEventListener("online", async () => { await send(); location.reload(); });
  } else if (window.caches) {
    (async () => {
      if (localStorage.getItem("leanops-person") !== person) { // somebody else's pages are nobody's business
        await caches.delete(PAGES);
        localStorage.setItem("leanops-person", person);
      }
      if (!KEPT.test(location.pathname)) return;
      const [pages, files] = [await caches.open(PAGES), await caches.open("leanops-files")];
      const keepFile = async (name) => {
        if (new URL(name).pathname.startsWith("/static/") && !(await files.match(name))) await files.add(name).catch(() => {});
      };
      for (const { name } of performance.getEntriesByType("resource")) await keepFile(name); // read before the worker was there
      const links = [...document.querySelectorAll("a[data-keep]")].map((link) => new URL(link.href).pathname);
      for (const path of new Set([location.pathname, ...links])) {
        const known = await pages.match(path);
        if (known && Date.now() - Date.parse(known.headers.get("X-Kept-At")) < FRESH) continue;
        const answer = await fetch(path).catch(() => null);
        if (!answer) return;
        if (!answer.ok || answer.redirected) continue;
        const seen = new DOMParser().parseFromString(await answer.clone().text(), "text/html"); // nobody has opened it yet
        for (const file of seen.querySelectorAll("link[rel=stylesheet], script[src]")) {
          await keepFile(new URL(file.getAttribute("href") ?? file.getAttribute("src"), location.href));
        }
        const headers = new Headers(answer.headers);
        headers.set("X-Kept-At", new Date().toISOString());
        await pages.put(path, new Response(await answer.blob(), { headers }));
      }
    })();
  }

  // --- signing out says what would be lost, and takes all of it from the phone
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (new URL(form.action).pathname !== words.signOut) return;
    event.preventDefault();
    const entries = await mine();
    if (entries.length && !confirm(filled(words.leaving, entries.length))) return;
    for (const entry of entries) await drop(entry);
    await window.caches?.delete(PAGES);
    localStorage.removeItem("leanops-person");
    form.submit();
  });

  navigator.serviceWorker?.register("/sw.js");
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && send());
  document.addEventListener("htmx:afterSettle", show);
  show().then(send);
})();
