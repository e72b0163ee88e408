/* A signature drawn with a finger: the picture becomes the file of the form's field. Without this, a photo of one is sent. */
"use strict";
(() => {
  const input = document.querySelector("input[type=file][name=signature]");
  if (!input) return;
  const box = document.createElement("div");
  box.className = "signing";
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", document.querySelector(`label[for=${input.id}]`).textContent.trim());
  const again = document.createElement("button");
  again.type = "button";
  again.className = "bare";
  again.textContent = input.dataset.again;
  input.replaceWith(box);
  box.append(canvas, input, again);
  const pen = canvas.getContext("2d");
  let fitted;
  const fit = () => {
    const { width, height } = canvas.getBoundingClientRect();
    fitted = width;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.scale(scale, scale);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height);
    pen.lineWidth = 2.5;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#111";
    input.value = "";
  };
  const keep = () =>
    canvas.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], "signature.png", { type: "image/png" }));
      input.files = files.files;
    }, "image/png");
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(event.offsetX, event.offsetY);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    pen.lineTo(event.offsetX, event.offsetY);
    pen.stroke();
  });
  canvas.addEventListener("pointerup", keep);
  canvas.addEventListener("pointercancel", keep);
  again.addEventListener("click", fit);
  input.required = false; // a hidden field cannot be pointed at by the browser; the server says it
  // The keyboard of a phone makes the window lower: what was signed stays.
  addEventListener("resize", () => { if (canvas.getBoundingClientRect().width !== fitted) fit(); });
  fit();
})();
