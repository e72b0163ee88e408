/* The picture of a sheet of labels: pressing a label starts there. Without it, the number is typed. */
"use strict";
(() => {
  for (const box of document.querySelectorAll("[data-picture]")) {
    const form = box.closest("form");
    const { format, start } = form.elements;
    const draw = () => {
      const sheet = form.querySelector(`template[data-format="${CSS.escape(format.value)}"]`);
      const [across, down] = [Number(sheet.dataset.across), Number(sheet.dataset.down)];
      const chosen = Math.min(Math.max(Number(start.value) || 1, 1), across * down);
      box.replaceChildren(...Array.from({ length: down }, (_row, row) => {
        const line = document.createElement("div");
        line.append(...Array.from({ length: across }, (_column, column) => {
          const number = row * across + column + 1;
          const place = document.createElement("button");
          place.type = "button";
          place.dataset.at = number;
          place.className = number < chosen ? "used" : "free";
          place.setAttribute("aria-label", box.dataset.says.replace("%d", number));
          place.setAttribute("aria-pressed", String(number === chosen));
          place.textContent = number;
          return place;
        }));
        return line;
      }));
      box.hidden = across * down === 1;
      start.max = across * down;
    };
    box.addEventListener("click", ({ target }) => {
      if (!target.dataset.at) return;
      start.value = target.dataset.at;
      draw();
      box.querySelector("[aria-pressed=true]").focus();
    });
    format.addEventListener("change", () => { start.value = 1; draw(); });
    start.addEventListener("input", draw);
    draw();
  }
})();
