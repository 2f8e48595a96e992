// Pages that live: what a page may take from its socket, times as people say them, and its own reader's marks.
"use strict";

// A topic serves several pages: a fragment without a place here is not for this one, and one that came already, by the
// answer to a form or a redraw, is not taken twice.
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
  const { fragment } = event.detail; // the element itself where its children are put in, else what holds it
  const brings = (fragment.dataset || fragment.firstElementChild?.dataset)?.brings;
  if (brings && document.getElementById(brings)) event.detail.shouldSwap = false;
});

// A fragment is the same for everybody, so its forms bring no token; they are lent this page's.
document.addEventListener("submit", ({ target: form }) => {
  if (form.method !== "post" || form.elements.csrfmiddlewaretoken) return;
  const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken" });
  token.value = csrfToken();
  form.append(token);
}, true);

const me = document.body.dataset.topics.split(" ")[0].split(":")[1];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

function told(seconds) {
  if (Math.abs(seconds) < 60) return RELATIVE.format(0, "minute").replace("this minute", "just now");
  if (Math.abs(seconds) < 3600) return RELATIVE.format(Math.round(seconds / 60), "minute");
  return RELATIVE.format(Math.round(seconds / 3600), "hour");
}

// Only what differs is written: an observer watches for changes, its own included.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function refresh() {
  for (const own of document.querySelectorAll(`[data-author="${me}"]:not(.own)`)) own.classList.add("own");
  for (const time of document.querySelectorAll("time[datetime]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    if (seconds > -86_400) write(time, told(seconds));
  }
  for (const end of document.querySelectorAll("[data-until]")) {
    const minutes = Math.max(0, Math.round((new Date(end.dataset.until) - Date.now()) / 60_000));
    write(end, minutes ? `${Math.floor(minutes / 60)} h ${minutes % 60} min left` : "over");
  }
}

// A chat stays at its newest line unless its reader has scrolled up.
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
