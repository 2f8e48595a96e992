// The few things a page cannot do with HTML alone: share, count seconds, answer by key.
"use strict";

const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// -- Share sheet ---------------------------------------------------------------------------------
// The person's own app opens with editable text; the server is told of the action, once per key.
async function tellServer(channel) {
  const body = new URLSearchParams({ channel: channel.dataset.channel, key: crypto.randomUUID() });
  const send = () =>
    fetch(channel.dataset.sent, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, keepalive: true });
  const response = await send().catch(send); // the key makes a repeat harmless
  const status = channel.closest("[data-share]").querySelector("[role=status]");
  if (response.ok) {
    channel.dataset.done = "";
    status.textContent = channel.dataset.channel === "copy" ? "Copied. Paste it to a friend." : "Sent on its way.";
  } else {
    const refusal = await response.json();
    status.textContent = refusal.message || "That did not work. Try another way.";
  }
}

async function share(channel) {
  const { channel: name, text } = channel.dataset;
  if (name === "copy") await navigator.clipboard.writeText(text);
  if (name === "system") await navigator.share({ url: text });
  await tellServer(channel);
}

document.addEventListener("click", (event) => {
  const channel = event.target.closest("[data-channel]");
  if (channel) share(channel).catch(() => {}); // the person closed the system's sheet: nothing was shared
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
});

// -- Parts that arrive later ---------------------------------------------------------------------
function wake(root) {
  for (const dialog of root.querySelectorAll("dialog[data-modal]:not([open])")) dialog.showModal();
  if (navigator.share) for (const more of root.querySelectorAll("[data-channel=system]")) more.hidden = false;
}
document.addEventListener("DOMContentLoaded", () => wake(document));
document.addEventListener("htmx:afterSettle", () => wake(document));

// -- Timer ---------------------------------------------------------------------------------------
// Seconds come from the server at every draw; the page only counts on from there.
setInterval(() => {
  for (const timer of document.querySelectorAll("[data-elapsed]:not([data-paused])")) {
    const seconds = (timer.dataset.elapsed = Number(timer.dataset.elapsed) + 1);
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}, 1000);

// -- Keyboard ------------------------------------------------------------------------------------
// 1 to 4 choose, Enter goes on: a whole practice without a mouse.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const choice = document.querySelectorAll(".choice input")[Number(event.key) - 1];
  if (choice) {
    choice.checked = true;
    choice.focus();
  }
  const typing = event.target.closest("a, button, input:not([type=radio]), select, textarea");
  if (event.key === "Enter" && !typing) document.querySelector("[data-enter]")?.click();
});
