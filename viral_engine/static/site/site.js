// The few things that HTML alone cannot do: sharing, timers, keyboard answers.
"use strict";

const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// -- Share sheet ---------------------------------------------------------------------------------
// The person's own app opens with editable text; the server records the action once per key.
const OPENED = "Now send it in the app that opened.";
const DONE = { copy: "Copied. Paste it to a friend.", system: "Shared." };
const REFUSED = "Your browser does not let us copy. The link is selected: press Ctrl+C, or hold it and choose Copy.";

function say(channel, text) {
  channel.closest("[data-share]").querySelector("[role=status]").textContent = text;
}

async function recordShare(channel) {
  if (!channel.dataset.sent) return; // shares of this link are not counted
  const body = new URLSearchParams({ channel: channel.dataset.channel, key: crypto.randomUUID() });
  const send = () =>
    fetch(channel.dataset.sent, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, keepalive: true });
  const response = await send().catch(send); // the key makes a repeat harmless
  if (response.redirected) say(channel, "You are logged out. Log in again, then share.");
  else if (response.ok) channel.dataset.done = "";
  else say(channel, await refusalIn(response));
}

async function refusalIn(response) {
  const refusal = await response.json().catch(() => ({})); // a server error answers with HTML, not JSON
  return refusal.message || "That did not work. Try another way.";
}

async function share(channel) {
  const { channel: name, text } = channel.dataset;
  if (name === "copy" && !(await copied(text))) return offerToCopy(channel);
  if (name === "system") await navigator.share({ url: text });
  say(channel, DONE[name] || OPENED); // confirm first: the person has shared even if the server cannot record it
  await recordShare(channel);
}

const copied = (text) =>
  Promise.resolve()
    .then(() => navigator.clipboard.writeText(text)) // pages without https have no navigator.clipboard
    .then(() => true, () => false);

function offerToCopy(channel) {
  channel.closest("[data-share]").querySelector("[data-link]").select();
  say(channel, REFUSED);
}

document.addEventListener("click", (event) => {
  const channel = event.target.closest("[data-channel]");
  if (channel) share(channel).catch(() => {}); // the person closed the system's share sheet, or the server is down
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
  if (event.target.matches("[data-link]")) event.target.select();
});

// Escape does the same as "Not now", so that the offer does not come back. The event does not bubble.
document.addEventListener("cancel", (event) => event.target.querySelector?.("[data-close]")?.click(), true);

// Copying the link by hand counts as a share too.
document.addEventListener("copy", (event) => {
  const channel = event.target.matches?.("[data-link]") && event.target.closest("[data-share]").querySelector("[data-channel=copy]");
  if (!channel) return;
  say(channel, DONE.copy);
  recordShare(channel).catch(() => {});
});

// -- Failed requests -----------------------------------------------------------------------------
// Show the error beside the button that failed; input is kept, and trying again is safe.
const ERROR_TEXT = {
  0: "No connection. Your answer is still here: try again when you are online.",
  403: "This page was open for too long, or you logged out. Reload it; your answers so far are kept.",
  404: "You can't open this right now. Maybe you were logged out: log in again to go on where you were.",
  429: "That was a lot at once. Wait a minute, then try again.",
};

function showError({ detail: { elt, xhr } }) {
  clearErrors({ detail: { elt } });
  const note = document.createElement("p");
  note.className = "note bad";
  note.dataset.requestError = "";
  note.setAttribute("role", "alert");
  note.textContent = ERROR_TEXT[xhr.status] || "Something broke on our side. Your answer is still here: try again in a moment.";
  const button = elt.matches("form") ? elt.querySelector("button") : elt;
  if (button.matches("a, button")) return button.before(note);
  note.textContent = "This part of the page could not be loaded. Reload the page to try again.";
  elt.replaceChildren(note);
}

function clearErrors({ detail: { elt } }) {
  for (const note of elt.parentElement.querySelectorAll("[data-request-error]")) note.remove();
}

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, showError);
}
document.addEventListener("htmx:beforeRequest", clearErrors);

// -- Content added after load --------------------------------------------------------------------
function wake(root) {
  for (const dialog of root.querySelectorAll("dialog[data-modal]:not([open])")) dialog.showModal();
  if (navigator.share) for (const more of root.querySelectorAll("[data-channel=system]")) more.hidden = false;
}
document.addEventListener("DOMContentLoaded", () => wake(document));
document.addEventListener("htmx:afterSettle", () => wake(document));

// -- Timer ---------------------------------------------------------------------------------------
// The server renders the seconds; the page only counts on from there.
setInterval(() => {
  for (const timer of document.querySelectorAll("[data-elapsed]:not([data-paused])")) {
    const seconds = (timer.dataset.elapsed = Number(timer.dataset.elapsed) + 1);
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}, 1000);

// Tests count down. The server decides when time is up; the page only submits when its own timer reaches zero.
setInterval(() => {
  for (const timer of document.querySelectorAll("[data-left]")) {
    const seconds = (timer.dataset.left = Math.max(Number(timer.dataset.left) - 1, 0));
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds < 60) timer.dataset.low = "";
    if (!seconds) handIn(timer);
  }
}, 1000);

function handIn(timer) {
  delete timer.dataset.left; // once
  document.querySelector("form[data-at-end]")?.requestSubmit();
}

// -- Printing ------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false; // the button needs script

// -- Keyboard ------------------------------------------------------------------------------------
// Keys 1 to 4 choose an answer, Enter continues: practice works without a mouse.
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
