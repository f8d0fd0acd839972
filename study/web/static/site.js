// Comforts on top of forms that work without it: keys, one press of a button, and a page that is there again after a reload.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.target.matches("textarea") && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input, textarea, select")) return;
  const button = [...document.querySelectorAll("button[data-key]")].find((each) => each.dataset.key === event.key);
  if (button && !button.disabled) button.click();
});

document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  // After the form was read: a button that is disabled before that would not be sent.
  setTimeout(() => event.target.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
  if (pressed) setTimeout(() => event.target.querySelectorAll("button").forEach((button) => { button.disabled = false; }), 8000);
});

// On a phone the talks stand one above the other, and who wrote is at the lower one: what is new is read from the first on. The
// operator's text is never out of sight, however far down somebody wrote.
let waiting = document.querySelector(".status") !== null;
document.addEventListener("htmx:afterSwap", () => {
  const before = waiting;
  waiting = document.querySelector(".status") !== null;
  const shown = document.querySelector("section.crisis") || (before && !waiting && document.querySelector(".talk .columns"));
  if (shown && shown.getBoundingClientRect().top < 0) shown.scrollIntoView();
});

document.addEventListener("htmx:sendError", () => {
  document.querySelectorAll("button").forEach((button) => { button.disabled = false; });
});
