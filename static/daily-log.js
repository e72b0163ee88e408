/* The grid of the daily log: moved through by keyboard, pasted into, and not left with unsaved cells unawares. */
"use strict";
(() => {
  const log = () => document.getElementById("log");
  const cells = () => [...log().querySelectorAll("input[data-cell]")];
  const typed = () => cells().filter((cell) => cell.value.trim() !== cell.dataset.former);
  let leaving = false;

  // --- moving: up, down and Enter along a column, left and right from the edge of a cell
  const step = (cell, rows, columns) => {
    const row = cell.closest("tr");
    const all = [...row.parentElement.rows];
    const inRow = [...row.querySelectorAll("input[data-cell]")];
    const to = all[all.indexOf(row) + rows]?.querySelectorAll("input[data-cell]")[inRow.indexOf(cell) + columns];
    if (!to) return false;
    to.focus();
    to.select();
    return true;
  };
  const isAt = (cell, place) => cell.selectionStart === place && cell.selectionEnd === place;
  const isWhole = (cell) => cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && log()?.contains(event.target)) {
      event.preventDefault();
      log().requestSubmit(log().querySelector("[name=save]"));
      return;
    }
    const cell = event.target;
    if (!cell.matches?.("input[data-cell]") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Enter") { // never sends the form by mistake
      event.preventDefault();
      step(cell, event.shiftKey ? -1 : 1, 0);
    } else if (event.shiftKey) {
      return;
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      step(cell, event.key === "ArrowUp" ? -1 : 1, 0);
    } else if (event.key === "ArrowLeft" && (isWhole(cell) || isAt(cell, 0))) {
      if (step(cell, 0, -1)) event.preventDefault();
    } else if (event.key === "ArrowRight" && (isWhole(cell) || isAt(cell, cell.value.length))) {
      if (step(cell, 0, 1)) event.preventDefault();
    } else if (event.key === "Escape") {
      cell.value = cell.dataset.former;
      cell.select();
      show(cell);
    }
  });
  document.addEventListener("focusin", ({ target }) => { if (target.matches?.("input[data-cell]")) target.select(); });

  // --- what was typed shows, what it comes to stands beside it, and what is unusual is marked; the server decides
  const number = (text) => (/^\d{1,9}([.,]\d{1,4})?$/.test(text.trim()) && !/[.,]\d{3}$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : NaN);
  const plain = (value) => String(Math.round(value * 100) / 100);
  const show = (cell) => {
    const row = cell.closest("tr");
    const [hours, dial] = row.querySelectorAll("input[data-cell]");
    const before = "dial" in row.dataset ? Number(row.dataset.dial) : NaN;
    const used = hours.value ? number(hours.value) : number(dial.value) - before;
    if (cell === hours || cell === dial) {
      dial.placeholder = hours.value && !Number.isNaN(before + used) ? plain(before + used) : "";
      hours.placeholder = dial.value && !Number.isNaN(used) ? plain(Math.max(used, 0)) : "";
      const written = hours.value ? hours : dial;
      const far = "low" in row.dataset && (used < Number(row.dataset.low) || used > Number(row.dataset.high));
      hours.classList.remove("is-far");
      dial.classList.remove("is-far");
      written.classList.toggle("is-far", far);
    }
    cell.classList.toggle("is-changed", cell.value.trim() !== cell.dataset.former);
    count();
  };
  const count = () => {
    const place = log()?.querySelector("[data-count]");
    if (place) place.textContent = typed().length ? `${typed().length} ${log().dataset.changed} ·` : "";
  };
  const fresh = () => {
    if (!log()) return;
    for (const cell of typed()) cell.classList.add("is-changed");
    count();
  };
  document.addEventListener("input", ({ target }) => { if (target.matches?.("input[data-cell]")) show(target); });

  // --- a block of cells goes to the server, which reads it as every sheet is read, and comes back filled in
  document.addEventListener("paste", (event) => {
    const cell = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!cell.matches?.("input[data-cell]") || cell.readOnly || !/[\t\n;]/.test(text.trim())) return;
    event.preventDefault();
    const at = cell.id.replace(/-/, ":");
    const values = { paste: "1", text, at };
    htmx.ajax("POST", log().getAttribute("hx-post"), { source: log(), target: "#log", select: "#log", swap: "outerHTML", values })
      .then(() => document.getElementById(cell.id)?.focus());
  });

  // --- nothing typed is lost unawares
  document.addEventListener("submit", () => { leaving = true; });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { leaving = Boolean(detail.xhr.getResponseHeader("HX-Redirect")); });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(failure, () => { leaving = false; });
  document.addEventListener("htmx:afterSettle", () => {
    leaving = false;
    fresh();
    (log()?.querySelector("[aria-invalid=true], fieldset.ways input, fieldset.ways button"))?.focus();
  });
  window.addEventListener("beforeunload", (event) => { if (log() && !leaving && typed().length) event.preventDefault(); });
  fresh();
})();
