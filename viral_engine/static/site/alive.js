// Live pages: filter fragments from the socket, format relative times, mark the reader's own items.
"use strict";

// Several pages share a topic. Skip fragments that have no target on this page, and those it already shows because a
// form's answer or a redraw brought them.
document.addEventListener("htmx:wsBeforeMessage", (event) => {
  const roots = new DOMParser().parseFromString(event.detail.message, "text/html").body.children;
  if (roots.length !== 1) return;
  const [root] = roots;
  const isForUs = root.id && document.getElementById(root.id);
  const isHere = root.dataset.brings && document.getElementById(root.dataset.brings);
  const isSame = isForUs && root.dataset.version && root.dataset.version === isForUs.dataset.version;
  if (!isForUs || isHere || isSame) event.preventDefault();
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { fragment } = event.detail; // the element itself if its children are swapped in, else its wrapper
  const brings = (fragment.dataset || fragment.firstElementChild?.dataset)?.brings;
  if (brings && document.getElementById(brings)) event.detail.shouldSwap = false;
});

// Fragments are the same for every viewer, so their forms carry no CSRF token; add this page's token on submit.
document.addEventListener("submit", ({ target: form }) => {
  if (form.method !== "post" || form.elements.csrfmiddlewaretoken) return;
  const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken" });
  token.value = csrfToken();
  form.append(token);
}, true);

const me = document.body.dataset.topics.split(" ")[0].split(":")[1];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

function relativeTime(seconds) {
  if (Math.abs(seconds) < 60) return RELATIVE.format(0, "minute").replace("this minute", "just now");
  if (Math.abs(seconds) < 3600) return RELATIVE.format(Math.round(seconds / 60), "minute");
  return RELATIVE.format(Math.round(seconds / 3600), "hour");
}

// Write only changes: the observer below would also see its own writes.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function refresh() {
  for (const own of document.querySelectorAll(`[data-author="${me}"]:not(.own)`)) own.classList.add("own");
  for (const time of document.querySelectorAll("time[datetime]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    if (seconds > -86_400) setText(time, relativeTime(seconds));
  }
  for (const end of document.querySelectorAll("[data-until]")) {
    const minutes = Math.max(0, Math.round((new Date(end.dataset.until) - Date.now()) / 60_000));
    setText(end, minutes ? `${Math.floor(minutes / 60)} h ${minutes % 60} min left` : "over");
  }
}

// Keep the chat scrolled to its newest line unless the reader has scrolled up.
function follow() {
  const chat = document.getElementById("chat");
  if (chat && (follow.wasAtEnd ?? true)) chat.scrollTop = chat.scrollHeight;
}

document.addEventListener("scroll", ({ target }) => {
  if (target.id === "chat") follow.wasAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
}, true);

new MutationObserver(() => {
  refresh();
  follow();
}).observe(document.querySelector("main"), { childList: true, subtree: true });
refresh();
follow();
setInterval(refresh, 30_000);
