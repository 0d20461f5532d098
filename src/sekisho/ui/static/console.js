// Buttons that copy the value beside them; without JavaScript they stay hidden.
"use strict";

const status = document.querySelector("[data-copy-status]");

async function copy(source) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(source.textContent);
    return;
  }
  // Plain http on a private address is no secure context and has no clipboard: select, and copy the selection.
  const selection = getSelection();
  selection.selectAllChildren(source);
  document.execCommand("copy");
  selection.removeAllRanges();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(document.getElementById(button.dataset.copy));
    button.dataset.copied = "true";
    status.textContent = status.dataset.copyStatus;
    setTimeout(() => {
      delete button.dataset.copied;
      status.textContent = "";
    }, 2000);
  });
}
