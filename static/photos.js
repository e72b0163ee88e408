/* The photos of a form: each tap of the camera adds to them, they are shown small, and each can be taken away again. */
"use strict";
(() => {
  const taken = new WeakMap(); // of an input: its files, since choosing again would replace them

  const keep = (input, files) => {
    const all = new DataTransfer();
    files.slice(0, Number(input.dataset.most)).forEach((file) => all.items.add(file));
    input.files = all.files;
    taken.set(input, [...all.files]);
    const place = input.closest(".take");
    place.querySelector("label").hidden = all.files.length >= Number(input.dataset.most);
    place.querySelector(".photos").replaceChildren(...[...all.files].map((file, number) => shown(input, file, number)));
  };

  const shown = (input, file, number) => {
    const item = document.createElement("li");
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 192;
    draw(canvas, file);
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", input.dataset.remove.replace("%d", number + 1));
    remove.addEventListener("click", () => {
      keep(input, taken.get(input).filter((other) => other !== file));
      (input.closest(".take").querySelector(".photos button") ?? input).focus();
    });
    item.append(canvas, remove);
    return item;
  };

  const draw = async (canvas, file) => {
    try {
      const image = await createImageBitmap(file);
      const scale = Math.max(canvas.width / image.width, canvas.height / image.height);
      const [width, height] = [image.width * scale, image.height * scale];
      canvas.getContext("2d").drawImage(image, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
      image.close();
    } catch { /* no picture: the server says so, in words */ }
  };

  document.addEventListener("reset", ({ target }) => {
    for (const input of target.querySelectorAll(".take input[type=file]")) keep(input, []);
  });
  document.addEventListener("change", ({ target }) => {
    if (target.matches?.(".take input[type=file]")) keep(target, [...(taken.get(target) ?? []), ...target.files]);
  });
})();
