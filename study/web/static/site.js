// Comforts on top of forms that work without it: keys, one press of a button, and a page that is there again after a reload.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.target.matches("textarea") && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.target.form.requestSubmit();
    return;
  }
  const form = document.querySelector("form[data-keys]");
  if (!form || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input, textarea, select")) return;
  const chosen = form.dataset.keys.split(" ").map((pair) => pair.split(":")).find(([key]) => key === event.key);
  const button = chosen && form.querySelector(`button[value="${chosen[1]}"]`);
  if (button && !button.disabled) button.click();
});

document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  // After the form was read: a button that is disabled before that would not be sent.
  setTimeout(() => event.target.querySelectorAll("button").forEach((button) => { button.disabled = true; }), 0);
  if (pressed) setTimeout(() => event.target.querySelectorAll("button").forEach((button) => { button.disabled = false; }), 8000);
});

document.addEventListener("htmx:sendError", () => {
  document.querySelectorAll("button").forEach((button) => { button.disabled = false; });
});
