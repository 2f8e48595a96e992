// Things that need a script: sharing, timers, and answering by key.
"use strict";

const csrfToken = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

// -- Installed app ---------------------------------------------------------------------------------
if ("serviceWorker" in navigator && window.isSecureContext) {
  addEventListener("load", () => navigator.serviceWorker.register("/service-worker.js").catch(() => {})); // the site works without
}

// -- Share sheet ---------------------------------------------------------------------------------
// The person's own app opens with editable text. The server counts the action once per key.
const OPENED = "Now send it in the app that opened.";
const DONE = {
  copy: "Copied. Paste it to a friend.",
  system: "Shared.",
  qr: "Ask a friend to point their phone's camera at the code.",
};
const REFUSED = "Your browser does not let us copy. The link is selected: press Ctrl+C, or hold it and choose Copy.";

function say(channel, text) {
  channel.closest("[data-share]").querySelector("[role=status]").textContent = text;
}

async function reportShare(channel) {
  if (!channel.dataset.sent) return; // this link is not counted
  const body = new URLSearchParams({ channel: channel.dataset.channel, key: crypto.randomUUID() });
  const send = () =>
    fetch(channel.dataset.sent, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, keepalive: true });
  const response = await send().catch(send); // the key makes a repeat harmless
  if (response.redirected) say(channel, "You are logged out. Log in, then share again.");
  else if (response.ok) channel.dataset.done = "";
  else say(channel, await refusalIn(response));
}

async function refusalIn(response) {
  const refusal = await response.json().catch(() => ({})); // an error page is not JSON
  return refusal.message || "That did not work. Try another way.";
}

async function share(channel) {
  const { channel: name, text } = channel.dataset;
  if (name === "qr" && (channel.parentElement.open || "done" in channel.dataset)) return; // closed or opened again
  if (name === "copy" && !(await copied(text))) return offerToCopy(channel);
  if (name === "system") await navigator.share({ url: text });
  say(channel, DONE[name] || OPENED); // the share has happened, even if the report fails
  await reportShare(channel);
}

const copied = (text) =>
  Promise.resolve()
    .then(() => navigator.clipboard.writeText(text)) // without https there is no clipboard
    .then(() => true, () => false);

function offerToCopy(channel) {
  channel.closest("[data-share]").querySelector("[data-link]").select();
  say(channel, REFUSED);
}

document.addEventListener("click", (event) => {
  const channel = event.target.closest("[data-channel]");
  if (channel) share(channel).catch(() => {}); // the person closed the system's sheet, or the network failed
  const closer = event.target.closest("[data-close]");
  if (closer) closer.closest("dialog").close();
  if (event.target.matches("[data-link]")) event.target.select();
});

// Escape counts as "Not now", so that the offer does not return on the next page. The event does not bubble.
document.addEventListener("cancel", (event) => event.target.querySelector?.("[data-close]")?.click(), true);

// Copying the link by hand counts as a share.
document.addEventListener("copy", (event) => {
  const channel = event.target.matches?.("[data-link]") && event.target.closest("[data-share]").querySelector("[data-channel=copy]");
  if (!channel) return;
  say(channel, DONE.copy);
  reportShare(channel).catch(() => {});
});

// -- Failed requests -----------------------------------------------------------------------------
// The message appears beside the pressed button. Input stays, and a repeated request is harmless.
const FAILURES = {
  0: "No connection. Your choice is still here. Try again when you are online.",
  403: "This page was open for too long, or you logged out. Reload the page. Your answers so far are saved.",
  404: "You can't open this any more. If you are logged out, log in and continue where you stopped.",
  429: "That was a lot at once. Wait a minute and try again.",
};

function showFailure({ detail: { elt, xhr } }) {
  clearFailure({ detail: { elt } });
  const note = document.createElement("p");
  note.className = "note bad";
  note.dataset.trouble = "";
  note.setAttribute("role", "alert");
  note.textContent = FAILURES[xhr.status] || "Something broke on our side. Your choice is still here. Try again in a moment.";
  const button = elt.matches("form") ? elt.querySelector("button") : elt;
  if (button.matches("a, button")) return button.before(note);
  note.textContent = "This part of the page did not load. Reload the page to try again.";
  elt.replaceChildren(note);
}

function clearFailure({ detail: { elt } }) {
  for (const note of elt.parentElement.querySelectorAll("[data-trouble]")) note.remove();
}

for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, showFailure);
}
document.addEventListener("htmx:beforeRequest", clearFailure);

// -- Parts that arrive later ---------------------------------------------------------------------
function wake(root) {
  for (const dialog of root.querySelectorAll("dialog[data-modal]:not([open])")) dialog.showModal();
  if (navigator.share) for (const more of root.querySelectorAll("[data-channel=system]")) more.hidden = false;
}
document.addEventListener("DOMContentLoaded", () => wake(document));
document.addEventListener("htmx:afterSettle", () => wake(document));

// -- Focus ---------------------------------------------------------------------------------------
// A swap removes the pressed button. The focus moves to the same button of the new part, else to its next step.
let focused = null; // the part that is about to be replaced, and the pressed button in it

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const { activeElement: button } = document;
  focused = target.contains(button) || target.querySelector?.("dialog[open]") ? { root: target.id, name: button.name, value: button.value } : null;
});

document.addEventListener("htmx:afterSettle", () => {
  const part = focused && document.getElementById(focused.root);
  if (!part || document.activeElement !== document.body) return;
  const { name, value } = focused;
  const same = name && [...part.querySelectorAll("button[name]")].find((button) => button.name === name && button.value === value);
  focusOn(same || part.querySelector("[data-focus]") || part.querySelector("[data-enter]") || part);
  focused = null;
});

function focusOn(element) {
  if (element.tabIndex < 0) element.tabIndex = -1; // a heading or a part can be focused by us only
  element.focus({ preventScroll: true });
}

// A closed dialog gives the focus back to the button that opened it. An offer that came by itself has none.
document.addEventListener("close", ({ target: dialog }) => {
  const { activeElement } = document;
  if (activeElement === document.body || dialog.contains(activeElement)) focusOn(document.querySelector("main h1") ?? document.querySelector("main"));
}, true);

// -- Timer ---------------------------------------------------------------------------------------
// Each fragment carries the seconds so far; the page counts on from there.
setInterval(() => {
  for (const timer of document.querySelectorAll("[data-elapsed]:not([data-paused])")) {
    const seconds = (timer.dataset.elapsed = Number(timer.dataset.elapsed) + 1);
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}, 1000);

// A test counts down. The server decides when time is up; the page submits the form at zero.
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

// -- Counting up ---------------------------------------------------------------------------------
// A result counts to its number. The true number is in the page from the start and stays for people who want less motion.
const COUNT_MS = 1100;

function countUp(node) {
  const [, before, digits, after] = node.textContent.match(/^(\D*)(\d+)(.*)$/s);
  const from = Number(node.dataset.from ?? 0), to = Number(digits), start = performance.now();
  const step = (time) => {
    const part = Math.min(Math.max((time - start) / COUNT_MS, 0), 1);
    node.textContent = before + Math.round(from + (to - from) * (1 - (1 - part) ** 3)) + after;
    if (part < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

if (!matchMedia("(prefers-reduced-motion: reduce)").matches) document.querySelectorAll("[data-count]").forEach(countUp);

// -- Printing ------------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false; // printing needs a script, so without one the button stays hidden

// -- Keyboard ------------------------------------------------------------------------------------
// 1 to 4 choose an answer and Enter continues, so a whole practice works without a mouse.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input:not([type=radio]), select, textarea")) return;
  const choice = document.querySelectorAll(".choice input")[Number(event.key) - 1];
  if (choice) {
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    choice.focus();
  }
  const typing = event.target.closest("a, button, summary");
  if (event.key === "Enter" && !typing) document.querySelector("[data-enter]")?.click();
});
