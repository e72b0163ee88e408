/* At a shared terminal: digits to press for a PIN, and the way back to the names when nobody presses anything. */
"use strict";
(() => {
  const pad = document.querySelector(".pin-pad");
  const field = pad?.form?.elements.pin ?? document.querySelector("[name=pin]");
  if (pad && field) {
    field.inputMode = "none"; // the screen's own keyboard would cover the digits
    pad.hidden = false;
    const typed = () => field.value.length === field.maxLength && field.form.requestSubmit();
    pad.addEventListener("click", (event) => {
      const key = event.target.closest("button")?.dataset.key;
      if (key === undefined) return;
      field.value = key === "back" ? field.value.slice(0, -1) : (field.value + key).slice(0, field.maxLength);
      typed();
    });
    field.addEventListener("input", typed);
  }

  const done = document.getElementById("done");
  const idle = Number(done?.dataset.idle) * 1000;
  if (idle) {
    let leave;
    const wait = () => { clearTimeout(leave); leave = setTimeout(() => done.requestSubmit(), idle); };
    for (const sign of ["pointerdown", "keydown", "input"]) addEventListener(sign, wait, { passive: true });
    wait();
  }
})();
