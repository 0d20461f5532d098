// Improves pages that work without it: a button that shows the password, seconds that pass, and no form sent twice.
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

// Another code may be asked for after a while; the server says so too.
const wait = document.querySelector("[data-wait]");
if (wait) {
  const resend = document.querySelector("[data-resend]");
  const seconds = wait.querySelector("[data-seconds]");
  const end = Date.now() + seconds.textContent * 1000;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    seconds.textContent = Math.max(left, 0);
    wait.hidden = left <= 0;
    resend.hidden = left > 0;
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
}

// A robot check that shows nothing: asked when the form is sent.
const check = document.querySelector("[data-recaptcha]");
check?.form.addEventListener("submit", (event) => {
  if (check.value || !window.grecaptcha || event.submitter?.hasAttribute("formaction")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const send = (token) => {
    check.value = token;
    // Later: while one submission is being announced, a form takes no other.
    setTimeout(() => check.form.requestSubmit(event.submitter));
  };
  grecaptcha.enterprise.ready(() =>
    grecaptcha.enterprise.execute(check.dataset.recaptcha, { action: "interaction" }).then(send),
  );
});

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
