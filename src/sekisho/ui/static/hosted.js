// Improves pages that work without it: a button that shows the password, and no form sent twice.
"use strict";

for (const toggle of document.querySelectorAll("[data-toggle-password]")) {
  const input = document.getElementById(toggle.getAttribute("aria-controls"));
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(shown));
    input.focus();
  });
  // A shown password would be kept by the browser as ordinary text.
  input.form.addEventListener("submit", () => {
    input.type = "password";
  });
}

for (const form of document.forms) {
  const buttons = () => form.querySelectorAll("[type=submit]");
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "true";
    // Not disabled: a disabled button loses focus and its value.
    buttons().forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  // Coming back with the browser's back button shows the page as it was left.
  addEventListener("pageshow", () => {
    delete form.dataset.sent;
    buttons().forEach((button) => button.removeAttribute("aria-disabled"));
  });
}
