/* The tree of places and assets: a branch is fetched when it is first opened; arrow keys walk and open as in any tree. */
"use strict";
(() => {
  const list = (button) => button.closest("li").querySelector(":scope > ul");
  const open = (button, yes) => {
    button.setAttribute("aria-expanded", String(yes));
    list(button).hidden = !yes;
    if (yes) button.dispatchEvent(new Event("lo:open")); // htmx hears it once
  };
  const isOpen = (button) => button.getAttribute("aria-expanded") === "true";

  document.addEventListener("click", ({ target }) => {
    const button = target.closest(".tree .open");
    if (button) open(button, !isOpen(button));
  });
  document.addEventListener("keydown", (event) => {
    const item = event.target.closest(".tree li");
    if (!item || event.altKey || event.ctrlKey || event.metaKey || !event.key.startsWith("Arrow")) return;
    const button = item.querySelector(":scope > .node .open");
    const rows = [...document.querySelectorAll(".tree .node a")].filter((link) => link.checkVisibility());
    const here = rows.indexOf(item.querySelector(":scope > .node a"));
    const go = {
      ArrowDown: () => rows[here + 1]?.focus(),
      ArrowUp: () => rows[here - 1]?.focus(),
      ArrowRight: () => (button && !isOpen(button) ? open(button, true) : button && rows[here + 1]?.focus()),
      ArrowLeft: () => (button && isOpen(button) ? open(button, false) : item.parentElement.closest("li")?.querySelector(":scope > .node a")?.focus()),
    }[event.key];
    if (!go || here < 0) return;
    event.preventDefault();
    go();
  });
})();
