// The pages work without this. With it they guess the visitor's time zone, and choosing a day or a time
// needs no further answer from the server.
"use strict";
(() => {
  const root = document.documentElement;
  const address = new URL(location.href);
  const beginnings = [0, 12, 17]; // of morning, afternoon, evening

  // Before anything is shown, so that no time in a foreign zone flashes by.
  const guess = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (root.dataset.zone && guess && guess !== root.dataset.zone && !address.searchParams.has("tz")) {
    address.searchParams.set("tz", guess);
    location.replace(address);
    return;
  }

  // In a frame of another site (web/embed.js): the page without its card, as high as it is.
  const isFramed = window.parent !== window;
  if (isFramed) root.classList.add("framed");
  function tellHeight() {
    const to = location.ancestorOrigins?.[0] ?? "*"; // it is only a height, and who may frame us is listed
    new ResizeObserver(() => parent.postMessage({ hourgate: { height: document.body.offsetHeight } }, to))
      .observe(document.body);
    for (const link of document.querySelectorAll("footer p a, .entry a[rel]")) link.target = "_blank";
  }

  // A browser may refuse it to a frame; then nothing is kept.
  const kept = (() => {
    try {
      return sessionStorage;
    } catch {
      return { getItem: () => null, setItem() {}, removeItem() {} };
    }
  })();

  document.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("input[data-guess=zone]"))
      field.value ||= guess || "";
  });

  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  // In the digits of the page's language.
  const digits = [...new Intl.NumberFormat(root.lang === "ar" ? "ar-EG" : "en", { useGrouping: false }).format(9876543210)].reverse();
  const clock = (text) => (text.slice(0, 2) + ":" + text.slice(2)).replace(/\d/g, (digit) => digits[digit]);

  // "0930-1000=29384730 ..." as the server wrote it: wall clock, and minutes since 1970.
  function read(day) {
    return day.dataset.times.split(" ").map((each) => {
      const [span, minutes] = each.split("=");
      const [from, to] = span.split("-");
      const start = new Date(minutes * 60000).toISOString().replace(".000", "");
      return { hour: +from.slice(0, 2), from: clock(from), to: clock(to), start };
    });
  }

  function href(day, start) {
    const url = new URL(day.href);
    url.searchParams.set("start", start);
    return url;
  }

  function showDay(day) {
    const slots = document.querySelector(".slots");
    const { parts, spoken } = document.querySelector(".month").dataset;
    const heading = make("h2", { id: "day-title", tabindex: "-1" }, day.dataset.title);
    slots.replaceChildren(heading);
    const times = read(day);
    parts.split("|").forEach((name, i) => {
      const some = times.filter((time) => time.hour >= beginnings[i] && time.hour < (beginnings[i + 1] ?? 24));
      if (some.length === 0) return;
      slots.append(make("h3", {}, name), make("ul", {}, ...some.map((time) => make("li", {},
        make("a", { class: "slot", href: href(day, time.start), rel: "nofollow", "data-start": time.start,
          "data-time": `${time.from} \u2013 ${time.to}`,
          "aria-label": spoken.replace("{from}", time.from).replace("{to}", time.to) }, time.from)))));
    });
    document.querySelector(".day[aria-current]")?.removeAttribute("aria-current");
    day.setAttribute("aria-current", "date");
    return heading;
  }

  // The form was sent along in a <template>; it stays when the visitor goes back, with what was typed.
  let step = null;
  function showStep(slot) {
    const template = document.getElementById("step");
    if (!step) {
      step = template.content.firstElementChild;
      template.before(step);
      prepare(step);
    }
    const day = document.querySelector(".day[aria-current]");
    step.querySelector("time").setAttribute("datetime", slot.dataset.start);
    step.querySelector("[data-day]").textContent = day.dataset.title;
    step.querySelector("[data-time]").textContent = slot.dataset.time;
    step.querySelector("[name=start]").value = slot.dataset.start;
    step.querySelector("[data-back]").href = day.href;
    toggle(true);
    (step.querySelector("input:not([type=hidden])") || step.querySelector("button")).focus();
  }

  function toggle(chosen) {
    if (step) step.hidden = !chosen;
    for (const part of document.querySelectorAll(".month, .slots")) part.hidden = chosen;
  }

  function onClick(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a");
    if (!link) return;
    if (link.matches(".day[data-times]")) {
      event.preventDefault();
      showDay(link).focus({ preventScroll: innerWidth >= 720 });
      history.replaceState(null, "", link.href);
    } else if (link.matches(".slot[data-start]") && document.getElementById("step")) {
      event.preventDefault();
      showStep(link);
      history.pushState({ start: link.dataset.start }, "", link.href);
    } else if (link.matches("[data-back]") && step && !step.hidden) {
      event.preventDefault();
      history.back();
    }
  }

  function onBack(event) {
    const start = event.state?.start;
    const slot = start && document.querySelector(`.slot[data-start="${start}"]`);
    if (slot) showStep(slot);
    else if (document.getElementById("step")) toggle(false);
  }

  // What was typed survives the way to another page of this tab, until the booking is made.
  const isKept = (name) => ["name", "email", "note"].includes(name) || name.startsWith("answer:");
  function prepare(scope) {
    for (const form of scope.querySelectorAll("form[data-once]")) {
      for (const field of form.elements) {
        if (!isKept(field.name)) continue;
        const before = kept.getItem(field.name);
        if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === before;
        else field.value ||= before ?? "";
        field.addEventListener("input", () => {
          if (field.type === "checkbox" && !field.checked) kept.removeItem(field.name);
          else kept.setItem(field.name, field.value);
        });
      }
      form.addEventListener("submit", () => {
        for (const button of form.querySelectorAll("button")) button.disabled = true;
      });
    }
  }

  function prepareZones(form) {
    const select = form.elements.tz;
    form.classList.add("auto");
    select.addEventListener("change", () => form.requestSubmit());
    if (!Intl.supportedValuesOf) return;
    select.addEventListener("pointerdown", fill, { once: true });
    select.addEventListener("focus", fill, { once: true });
    function fill() {
      const known = new Set([...select.options].map((option) => option.value));
      const group = make("optgroup", { label: select.dataset.all });
      for (const name of Intl.supportedValuesOf("timeZone"))
        if (!known.has(name)) group.append(make("option", { value: name }, name.replaceAll("_", " ")));
      if (!select.querySelector("optgroup")) select.append(group);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
    if (isFramed) tellHeight();
    const zones = document.querySelector("form.zones");
    if (zones) prepareZones(zones);
    const selected = document.querySelector(".day[aria-current][data-times]");
    if (selected) showDay(selected);
    if (document.querySelector(".own"))
      for (const name of Object.keys(kept)) if (isKept(name)) kept.removeItem(name);
    addEventListener("click", onClick);
    addEventListener("popstate", onBack);
    addEventListener("pageshow", () => {
      for (const button of document.querySelectorAll("form[data-once] button")) button.disabled = false;
    });
  });
})();
