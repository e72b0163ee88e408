/* The activity feed's first page reads itself again when something happens on the floor; without this, every 15 s. */
"use strict";
(() => {
  const feed = () => document.getElementById("feed");
  if (!feed()?.hasAttribute("hx-get")) return;

  // not from under a person's eyes or hands, and not where nobody looks
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.id !== "feed") return;
    const inUse = feed().contains(document.activeElement) || feed().querySelector("details[open]");
    if (document.hidden || inUse) event.preventDefault();
  });

  let source = null;
  let soon = null;
  const listen = () => {
    source?.close();
    source = document.hidden ? null : new EventSource("/board/stream/");
    source?.addEventListener("bell", () => document.body.dispatchEvent(new Event("bell")));
    source?.addEventListener("board", () => {
      soon ??= setTimeout(() => { soon = null; document.body.dispatchEvent(new Event("floor-changed")); }, 250);
    });
  };
  if (window.EventSource) {
    listen();
    document.addEventListener("visibilitychange", listen);
    addEventListener("pagehide", () => source?.close());
    addEventListener("pageshow", (event) => event.persisted && listen());
  }
})();
