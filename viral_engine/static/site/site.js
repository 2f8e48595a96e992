// The few things a page cannot do with HTML alone: share, count seconds, answer by key.
"use strict";

const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// -- Share sheet ---------------------------------------------------------------------------------
// The person's own app opens with editable text; the server is told of the action, once per key.
const OPENED = "Now send it in the app that opened.";
const DONE = { copy: "Copied. Paste it to a friend.", system: "Shared." };
const REFUSED = "Your browser does not let us copy. The link is selected: press Ctrl+C, or hold it and choose Copy.";

function say(channel, text) {
  channel.closest("[data-share]").querySelector("[role=status]").textContent = text;
}

async function tellServer(channel) {
  if (!channel.dataset.sent) return; // a link that nobody counts
  const body = new URLSearchParams({ channel: channel.dataset.channel, key: crypto.randomUUID() });
  const send = () =>
    fetch(channel.dataset.sent, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, keepalive: true });
  const response = await send().catch(send); // the key makes a repeat harmless
  if (response.redirected) say(channel, "You are logged out. Log in again, and share then.");
  else if (response.ok) channel.dataset.done = "";
  else say(channel, await refusalIn(response));
}

async function refusalIn(response) {
  const refusal = await response.json().catch(() => ({})); // a crash answers with a page, not with reasons
  return refusal.message || "That did not work. Try another way.";
}

async function share(channel) {
  const { channel: name, text } = channel.dataset;
  if (name === "copy" && !(await copied(text))) return offerToCopy(channel);
  if (name === "system") await navigator.share({ url: text });
  say(channel, DONE[name] || OPENED); // what the person did stands, whether or not the server hears of it
  await tellServer(channel);
}

const copied = (text) =>
  Promise.resolve()
    .then(() => navigator.clipboard.writeText(text)) // there is no clipboard at all on a page without https
    .then(() => true, () => false);

function offerToCopy(channel) {
  channel.closest("[data-share]").querySelector("[data-link]").select();
  say(channel, REFUSED);
}

document.addEventListener("click", (event) => {
  const channel = event.target.closest("[data-channel]");
  if (channel) share(channel).catch(() => {}); // the person closed the system's sheet, or the server is away
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
  if (event.target.matches("[data-link]")) event.target.select();
});

// Escape says the same as "Not now": the offer must not come back at the next look. The event does not bubble.
document.addEventListener("cancel", (event) => event.target.querySelector?.("[data-close]")?.click(), true);

// A link copied by hand is shared as well.
document.addEventListener("copy", (event) => {
  const channel = event.target.matches?.("[data-link]") && event.target.closest("[data-share]").querySelector("[data-channel=copy]");
  if (!channel) return;
  say(channel, DONE.copy);
  tellServer(channel).catch(() => {});
});

// -- What could not be sent ----------------------------------------------------------------------
// A press that came to nothing says so where it was made; what was typed stays, and a repeat is harmless.
const TROUBLE = {
  0: "No connection. What you chose is still here: try again once you are online.",
  403: "This page was open for too long, or you logged out. Reload it; your answers so far are kept.",
  404: "This is not open to you any more; perhaps you were logged out. Log in again, and go on where you were.",
  429: "That was a lot at once. Wait a minute and try again.",
};

function tellTrouble({ detail: { elt, xhr } }) {
  forgetTrouble({ detail: { elt } });
  const note = document.createElement("p");
  note.className = "note bad";
  note.dataset.trouble = "";
  note.setAttribute("role", "alert");
  note.textContent = TROUBLE[xhr.status] || "Something broke on our side. What you chose is still here: try again in a moment.";
  const button = elt.matches("form") ? elt.querySelector("button") : elt;
  if (button.matches("a, button")) return button.before(note);
  note.textContent = "This part of the page could not be loaded. Reload the page to try again.";
  elt.replaceChildren(note);
}

function forgetTrouble({ detail: { elt } }) {
  for (const note of elt.parentElement.querySelectorAll("[data-trouble]")) note.remove();
}

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, tellTrouble);
}
document.addEventListener("htmx:beforeRequest", forgetTrouble);

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

// A test counts down. The server decides when it is over; the page only hands in what it shows as over.
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

// -- Paper ---------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false; // nothing prints without script

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
