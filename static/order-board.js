/* The orders by status: a card that is dragged to a column presses its own button that leads there. By keyboard and by
   touch, the buttons themselves. */
"use strict";
(() => {
  let card = null;
  const press = (event) => {
    const column = event.target.closest?.("[data-column]");
    const way = card && column && card.querySelector(`[data-to=${column.dataset.column}]`);
    return { column, button: way && (way.matches("a") ? way : way.querySelector("button")) };
  };
  const clear = () => document.querySelector(".column.over")?.classList.remove("over");
  document.addEventListener("dragstart", (event) => {
    card = event.target.closest?.(".order-card[draggable=true]");
    if (!card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.querySelector("code").textContent);
    setTimeout(() => card?.classList.add("dragged"));
  });
  document.addEventListener("dragover", (event) => {
    const { column, button } = press(event);
    clear();
    if (!button) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    column.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const { button } = press(event);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
  document.addEventListener("dragend", () => {
    clear();
    card?.classList.remove("dragged");
    card = null;
  });
})();
