// The pages of signed-in people work without this.
"use strict";
(() => {
  // A form is sent once, however often its button is pressed; coming back by the browser's own button frees it again.
  function hold(form, held) {
    for (const button of form.querySelectorAll("button")) button.disabled = held;
  }
  addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !event.submitter?.formTarget) setTimeout(() => hold(event.target, true));
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) hold(form, false);
  });

  // The doctor: its layers are named until the first of them is found, which begins the page that shows them.
  addEventListener("submit", (event) => {
    if (!event.target.matches("[data-doctor]")) return;
    const waiting = document.getElementById("doctor-wait").content.firstElementChild.cloneNode(true);
    event.target.closest(".panel").before(waiting);
    waiting.querySelector("h2").focus();
    addEventListener("pageshow", () => waiting.remove(), { once: true });
  });

  // What is shown once is copied by a button, where the browser can.
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
    });
  }
  // A booking page as customers will see it, beside its editor, and anew with each change.
  const previews = document.querySelector("button[formtarget=preview]");
  let preview;
  previews?.addEventListener("click", () => {
    if (preview) return;
    preview = document.createElement("iframe");
    Object.assign(preview, { name: "preview", title: previews.textContent });
    previews.closest(".beside").append(preview);
  });
  previews?.form.addEventListener("change", () => preview && previews.form.requestSubmit(previews));
  addEventListener("message", (event) => {
    const height = event.data?.hourgate?.height;
    if (preview && event.source === preview.contentWindow && event.origin === location.origin && Number.isFinite(height))
      preview.style.height = `${Math.min(Math.max(Math.ceil(height) + 2, 200), 2000)}px`;
  });

  // A logo that is larger than it need be is made smaller before it is sent; what cannot be read the server refuses.
  async function shrink(field, most) {
    const [file] = field.files;
    if (!file || (file.size <= most && /png|webp/.test(file.type))) return;
    const bitmap = await createImageBitmap(file);
    for (const height of [168, 112, 56]) {
      const scale = Math.min(1, height / bitmap.height, 600 / bitmap.width);
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/webp", .9));
      if (!blob || blob.size > most) continue;
      const chosen = new DataTransfer();
      chosen.items.add(new File([blob], "logo.webp", { type: blob.type }));
      field.files = chosen.files;
      return;
    }
  }
  addEventListener("change", (event) => {
    const most = event.target.form?.dataset.shrinks;
    if (most && event.target.type === "file") shrink(event.target, +most).catch(() => {});
  });

  // The menu of a phone closes when something else is touched, or by Escape.
  function closeMenus(except) {
    for (const menu of document.querySelectorAll(".places details[open]"))
      if (!menu.contains(except)) menu.open = false;
  }
  addEventListener("click", (event) => closeMenus(event.target));
  addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(null); });
  // A long day begins at its usual hours; a day, week or month earlier and later by the keyboard.
  for (const grid of document.querySelectorAll(".agenda[data-early]"))
    grid.scrollTop = grid.querySelector(".agenda-hours li").offsetHeight * grid.dataset.early;
  addEventListener("keydown", (event) => {
    const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey ||
        event.target.closest("input, select, textarea, .agenda")) return;
    document.querySelector(`main a[rel=${way}]`)?.click();
  });
  // The calendar keeps up with what changes in it, for an hour at most, as long as somebody can see it.
  const live = document.querySelector("[data-live]");
  if (live && window.EventSource) {
    const source = new EventSource(live.dataset.live);
    let mark;
    source.addEventListener("message", (event) => {
      if (mark !== undefined && mark !== event.data && !document.hidden) location.reload();
      mark ??= event.data;
    });
    source.addEventListener("off", () => source.close());
    setTimeout(() => source.close(), 3600000);
  }
})();
