// The pages of signed-in people work without this.
"use strict";
(() => {
  // A form is sent once, however often its button is pressed; coming back by the browser's own button frees it again.
  addEventListener("submit", (event) => {
    for (const button of event.target.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("form button")) button.disabled = false;
  });
  // The menu of a phone closes when something else is touched, or by Escape.
  function closeMenus(except) {
    for (const menu of document.querySelectorAll(".places details[open]"))
      if (!menu.contains(except)) menu.open = false;
  }
  addEventListener("click", (event) => closeMenus(event.target));
  addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(null); });
})();
