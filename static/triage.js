/* The triage by keyboard: j and k (or the arrows) go from report to report, c, m and r open what their buttons do. */
"use strict";
(() => {
  const items = () => [...document.querySelectorAll("[data-item]")];
  const typing = (place) => place.closest("input, select, textarea, [contenteditable]");
  const go = (step) => {
    const all = items();
    const at = all.indexOf(document.activeElement.closest?.("[data-item]"));
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const open = (key) => {
    const item = document.activeElement.closest?.("[data-item]") ?? items().find((one) => one.querySelector(`[data-act=${key}]`));
    const act = item?.querySelector(`[data-act=${key}]`);
    if (!act) return;
    act.open = true;
    act.querySelector("form :is(select, input:not([type=hidden]), button)").focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = event.target.closest?.("[data-act]");
    if (event.key === "Escape" && act) {
      act.open = false;
      act.closest("[data-item]").focus();
    } else if (!typing(event.target)) {
      if (["j", "ArrowDown"].includes(event.key)) go(1);
      else if (["k", "ArrowUp"].includes(event.key)) go(-1);
      else if (["c", "m", "r"].includes(event.key)) open(event.key);
      else return;
      event.preventDefault();
    }
  });
})();
