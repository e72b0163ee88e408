/* A scan field: where the browser reads codes by itself (BarcodeDetector, on https or localhost), a button opens the camera,
   and what it sees fills the field and sends the form. Elsewhere the field is typed into, and phones open labels by themselves. */
"use strict";
(() => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const WANTED = ["qr_code", "code_128", "code_39", "ean_13", "ean_8", "upc_a", "upc_e", "data_matrix", "itf"];

  const offer = async (field) => {
    const known = await BarcodeDetector.getSupportedFormats();
    const formats = WANTED.filter((format) => known.includes(format));
    if (!formats.length) return;
    const button = field.querySelector("[data-camera]");
    const [video, input, said] = [field.querySelector("video"), field.querySelector("input"), field.querySelector("[data-said]")];
    const words = button.querySelector("span");
    const open = words.textContent;
    let stream = null;

    const stop = () => {
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      video.srcObject = null;
      video.hidden = true;
      words.textContent = open;
    };
    const look = async (detector) => {
      if (!stream) return;
      const [code] = await detector.detect(video).catch(() => []); // no picture yet
      if (code) {
        stop();
        input.value = code.rawValue;
        input.form.requestSubmit();
      } else setTimeout(look, 120, detector);
    };
    const start = async () => {
      said.textContent = "";
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      } catch {
        said.textContent = field.dataset.refused;
        return;
      }
      video.srcObject = stream;
      video.hidden = false;
      words.textContent = field.dataset.stop;
      await video.play();
      look(new BarcodeDetector({ formats }));
    };
    button.addEventListener("click", () => (stream ? stop() : start()));
    addEventListener("pagehide", stop);
    button.hidden = false;
  };
  document.querySelectorAll("[data-scan]").forEach(offer);
})();
