/* Every page: presses that act once, sheets, notices, toasts, ticking times. Without it the pages are plain forms. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const words = $("#words")?.dataset ?? {};
  const sheet = $("#sheet");

  // --- a press acts once: each has a key of its own; sent again after a failure, it keeps that key
  let resend = null;
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "get") return;
    detail.parameters.request_key = resend ?? newKey();
    resend = null;
  });

  // --- the press shows that it counted; presses that come meanwhile wait for the answer, then count too
  const waiting = [];
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    const event = detail.requestConfig.triggeringEvent;
    const button = event?.submitter ?? detail.elt;
    button.classList?.add("pressed");
    detail.xhr.addEventListener("loadend", () => button.classList?.remove("pressed"));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".tile button[name]");
    if (!button || !button.form?.classList.contains("htmx-request")) return;
    event.preventDefault();
    event.stopPropagation();
    button.classList.add("pressed");
    waiting.push({ tile: button.closest(".tile").id, name: button.name, value: button.value, to: button.getAttribute("formaction") });
  }, true);
  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(failure, () => { waiting.length = 0; }); // a press that waited must not fire much later
  }
  document.addEventListener("htmx:afterSettle", () => {
    const next = waiting[0];
    const form = next && $("form", document.getElementById(next.tile) ?? undefined);
    if (!next || form?.classList.contains("htmx-request")) return;
    waiting.shift();
    const same = (b) => b.name === next.name && b.value === next.value && b.getAttribute("formaction") === next.to;
    [...(form?.querySelectorAll("button[name]") ?? [])].find(same)?.click();
  });

  // --- what goes wrong is said, with the way out
  const notice = (sentence, action) => {
    const box = document.createElement("div");
    box.className = "notice";
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    text.textContent = sentence;
    box.append(text);
    if (action) {
      const again = document.createElement("button");
      again.textContent = words.again;
      again.addEventListener("click", () => { box.remove(); action(); });
      box.append(again);
    }
    const close = document.createElement("button");
    close.className = "bare";
    close.dataset.close = "";
    close.setAttribute("aria-label", words.close);
    close.textContent = "×";
    box.append(close);
    noticesPlace().replaceChildren(box);
  };
  const noticesPlace = () => (sheet?.open && $(".sheet-notices", sheet)) || $("#notices");

  const unanswered = ({ detail }, sentence = words.offline) => {
    const config = detail.requestConfig;
    if (config.verb === "get") {
      if (sheet?.open && detail.target === sheet) sheet.close();
      if (detail.elt.dataset?.quiet === undefined) notice(sentence, () => location.reload());
      return;
    }
    const values = config.formData; // with its files, and several of one name
    notice(sentence, () => {
      resend = values.get("request_key");
      const gone = !document.contains(detail.elt);
      const source = gone ? Object.assign(document.createElement("form"), { hidden: true, enctype: "multipart/form-data" }) : detail.elt;
      if (gone) document.body.append(source);
      htmx.ajax(config.verb.toUpperCase(), config.path, { source, values, target: detail.target, swap: gone ? "none" : undefined });
    });
  };
  document.addEventListener("htmx:sendError", unanswered);
  document.addEventListener("htmx:timeout", unanswered);

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    const { xhr } = detail;
    if ([502, 503, 504, 507].includes(xhr.status)) { // the database, or the server behind a proxy, is away: as no answer
      detail.shouldSwap = false;
      const told = xhr.getResponseHeader("HX-Retarget") && new DOMParser().parseFromString(xhr.responseText, "text/html");
      unanswered(event, told ? $("p", told).textContent : words.offline);
    } else if (xhr.getResponseHeader("HX-Retarget") === "#notices") {
      detail.shouldSwap = true;
      detail.isError = false;
      detail.target = noticesPlace(); // the sheet is above the page: what it is told must stand in it
    } else if (xhr.status >= 400 && xhr.status !== 409 && xhr.status !== 422) {
      if (sheet?.open && detail.target === sheet) sheet.close();
      notice(xhr.status === 404 ? words.gone : words.failed);
    }
  });

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close]");
    if (!close) return;
    const box = close.closest(".notice, .toast, dialog");
    if (box?.matches("dialog")) { event.preventDefault(); box.close(); } else if (box?.matches(".toast")) box.replaceChildren(); else box?.remove();
  });

  // --- sheets: a link that opens over the page what it would open as a page
  const openSheet = (href) => {
    sheet.innerHTML = '<div class="sheet-in"><div class="pressed" aria-busy="true">…</div></div>';
    if (!sheet.open) sheet.showModal();
    return htmx.ajax("GET", href, { target: sheet, swap: "innerHTML" });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sheet]");
    if (!link || !sheet || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    sheet.dataset.tile = link.closest(".tile")?.id ?? sheet.dataset.tile ?? "";
    openSheet(link.href);
  });
  sheet?.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
  sheet?.addEventListener("close", () => {
    const tile = document.getElementById(sheet.dataset.tile);
    sheet.dataset.tile = "";
    const focused = document.activeElement; // the browser gives it back, unless what had it was replaced meanwhile
    if (focused === document.body || sheet.contains(focused)) tile?.focus({ preventScroll: true });
    document.dispatchEvent(new Event("lo:sheet-closed"));
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const inside = sheet?.open && sheet.contains(detail.elt);
    if (!inside || detail.requestConfig.verb === "get" || detail.xhr.getResponseHeader("HX-Retarget")) return;
    const { status } = detail.xhr;
    if ((status >= 200 && status < 300) || status === 409) sheet.close();
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target !== sheet) return;
    // a thumb chooses first; a keyboard on the screen would cover what it can choose from
    const thumb = matchMedia("(pointer: coarse)").matches && $(".picks button, .choice", sheet);
    (thumb || $("[autofocus]", sheet) || $(".choice, input:not([type=hidden]), textarea, button", sheet))?.focus();
  });
  // quick picks: a button that fills a field
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (!pick) return;
    const field = pick.form.elements[pick.dataset.field];
    field.value = pick.dataset.pick;
    field.focus();
  });

  // --- the toast goes by itself, but not from under a hand
  const toast = $("#toast");
  let hide;
  const leave = () => {
    clearTimeout(hide);
    hide = setTimeout(() => (toast.matches(":hover, :focus-within") ? leave() : toast.replaceChildren()), 10_000);
  };
  if (toast) {
    new MutationObserver(() => toast.firstElementChild && leave()).observe(toast, { childList: true });
    if (toast.firstElementChild) leave();
  }

  // --- times tick in the browser, from the server's clock
  const offset = document.body.dataset.keptAt ? 0 : Number(document.body.dataset.now) * 1000 - Date.now(); // a kept page's time is an old one
  const [day, hour, minute, second] = (document.body.dataset.units ?? "d h min s").split(" ");
  const lasted = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return `${s} ${second}`;
    if (s < 3600) return `${Math.floor(s / 60)} ${minute}`;
    if (s < 86400) return `${Math.floor(s / 3600)} ${hour} ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} ${minute}`;
    return `${Math.floor(s / 86400)} ${day} ${Math.floor((s % 86400) / 3600)} ${hour}`;
  };
  const board = { stale: false, openSheet, now: () => Date.now() + offset, notice };
  const tick = () => {
    if (board.stale) return;
    const now = board.now() / 1000;
    for (const time of document.querySelectorAll("time[data-since]")) {
      const text = lasted(now - Number(time.dataset.since));
      if (time.textContent !== text) time.textContent = text;
    }
  };
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  tick();
  window.leanops = board;

  // --- passkeys: only where the browser has them (https, or localhost)
  const passkey = $("#passkey_login");
  if (passkey && window.PublicKeyCredential) passkey.hidden = false;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    notice(words.passkey);
  });
})();
