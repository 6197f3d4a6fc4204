// Shows a booking page on another site (doc/embed.md). A link with data-hourgate="inline" becomes the page in its
// place, one with data-hourgate="popup" opens it above. Without this script both are plain links.
"use strict";
(() => {
  const words = { de: "Schliessen", fr: "Fermer", it: "Chiudi", ar: "\u0625\u063a\u0644\u0627\u0642" };
  const close = words[document.documentElement.lang.slice(0, 2)] ?? "Close";
  const frames = new Map(); // of a frame's window: its element

  function frame(link, height) {
    const element = document.createElement("iframe");
    element.src = link.href;
    element.title = link.textContent.trim();
    Object.assign(element.style, { display: "block", width: "100%", height, border: "0", colorScheme: "auto" });
    return element;
  }

  function inline(link) {
    const element = frame(link, "760px");
    link.replaceWith(element);
    frames.set(element.contentWindow, element);
  }

  function popup(link) {
    const dialog = document.createElement("dialog");
    const button = document.createElement("button");
    dialog.setAttribute("aria-label", link.textContent.trim());
    button.textContent = "\u00d7";
    button.setAttribute("aria-label", close);
    Object.assign(dialog.style, { width: "min(1000px, 100%)", height: "min(860px, 100%)", maxWidth: "100%",
      maxHeight: "100%", padding: "0", border: "0", borderRadius: "12px", overflow: "hidden" });
    Object.assign(button.style, { position: "absolute", insetBlockStart: "8px", insetInlineEnd: "8px", width: "44px",
      height: "44px", font: "24px/1 sans-serif", border: "0", borderRadius: "50%", background: "transparent",
      color: "inherit", cursor: "pointer" });
    button.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.append(frame(link, "100%"), button);
    document.body.append(dialog);
    dialog.showModal();
  }

  // Only a frame of ours may say how high it is, and only itself.
  addEventListener("message", (event) => {
    const element = frames.get(event.source);
    const height = event.data?.hourgate?.height;
    if (!element || event.origin !== new URL(element.src).origin || !Number.isFinite(height)) return;
    element.style.height = `${Math.min(Math.max(Math.ceil(height), 200), 6000)}px`;
  });

  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-hourgate=popup]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    popup(link);
  });
  const start = () => document.querySelectorAll("a[data-hourgate=inline]").forEach(inline);
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
