/* The service worker: the pages of one's own work, as last seen, for when there is no signal. It keeps nothing else, and
   forgets them as soon as anybody goes to sign in or out. What was not sent is kept by queue.js, not here. */
"use strict";
const PAGES = "leanops-pages";
const FILES = "leanops-files";
const OFFLINE = "/offline/";
const KEPT = [/^\/my-work\/$/, /^\/work-orders\/WO-\d+\/$/];
const DOORS = /^\/(sign-in|sign-out|second-factor)\//;
const HASHED = /\.[0-9a-f]{12}\.\w+$/;
const MOST_FILES = 150;
const PATIENCE = 8000; // ms that a page which is kept waits for the server

const isKept = (url) => KEPT.some((shape) => shape.test(url.pathname));

const stamped = async (response) => {
  const headers = new Headers(response.headers);
  headers.set("X-Kept-At", new Date().toISOString());
  return new Response(await response.blob(), { status: response.status, headers });
};

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const page = await fetch(OFFLINE);
    const files = await caches.open(FILES);
    await files.put(OFFLINE, page.clone());
    const style = /href="([^"]+site[^"]*\.css)"/.exec(await page.text());
    if (style) await files.add(style[1]);
    await self.skipWaiting();
  })());
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page that was kept says so, and since when.
const asLastSeen = async (kept) => {
  const text = await kept.text();
  const marked = text.replace("<body ", `<body data-kept-at="${kept.headers.get("X-Kept-At")}" `);
  return new Response(marked, { headers: kept.headers });
};

const page = async (event, url) => {
  const pages = await caches.open(PAGES);
  const kept = () => pages.match(url.pathname === "/" ? "/my-work/" : url.pathname);
  const asked = fetch(event.request).then(async (answer) => {
    if (isKept(url)) {
      if (answer.ok && !answer.redirected) await pages.put(url.pathname, await stamped(answer.clone()));
      else if (answer.status === 403 || answer.status === 404) await pages.delete(url.pathname);
    }
    return answer;
  });
  try {
    const patient = isKept(url) && (await kept());
    if (!patient) return await asked;
    const late = new Promise((_resolve, reject) => { setTimeout(reject, PATIENCE); });
    return await Promise.race([asked, late]);
  } catch {
    const found = (isKept(url) || url.pathname === "/") && (await kept());
    return found ? asLastSeen(found) : caches.match(OFFLINE);
  } finally {
    asked.catch(() => {}); // it may fail long after the kept page was shown
  }
};

const file = async (event, url) => {
  const files = await caches.open(FILES);
  const kept = await files.match(event.request);
  if (kept && HASHED.test(url.pathname)) return kept;
  try {
    const answer = await fetch(event.request);
    if (answer.ok) {
      await files.put(event.request, answer.clone());
      const all = await files.keys();
      await Promise.all(all.filter((one) => !one.url.endsWith(OFFLINE)).slice(0, Math.max(0, all.length - MOST_FILES)).map((one) => files.delete(one)));
    }
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
};

const door = async (event) => {
  await caches.delete(PAGES);
  return fetch(event.request);
};

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return;
  if (DOORS.test(url.pathname)) event.respondWith(door(event));
  else if (event.request.method !== "GET") return;
  else if (event.request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(event, url));
});
