// Live pages: filters fragments from the socket, shows relative times, and marks the viewer's own messages.
"use strict";

// A topic serves several pages, so a fragment whose element is not here is ignored. So is one that has already arrived
// with a form's response or a redraw.
document.addEventListener("htmx:wsBeforeMessage", (event) => {
  const roots = new DOMParser().parseFromString(event.detail.message, "text/html").body.children;
  if (roots.length !== 1) return;
  const [root] = roots;
  const isForUs = root.id && document.getElementById(root.id);
  const hasArrived = root.dataset.brings && document.getElementById(root.dataset.brings);
  const isSame = isForUs && root.dataset.version && root.dataset.version === isForUs.dataset.version;
  if (!isForUs || hasArrived || isSame) event.preventDefault();
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { fragment } = event.detail; // the element itself if its children are inserted, otherwise its container
  const { brings, newest } = (fragment.dataset || fragment.firstElementChild?.dataset) ?? {};
  if (!brings) return;
  const item = fragment.querySelector(`#${brings}`);
  if (item?.dataset.number || document.getElementById(brings)) event.detail.shouldSwap = false;
  if (item?.dataset.number && !document.getElementById(brings)) {
    insertByNumber(event.detail.target, item, newest === "first");
    htmx.process(item);
  }
});

// A redraw leaves open what the reader has opened, such as the menu of a message.
let opened = [];
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  opened = [...(detail.target?.querySelectorAll("details[open]") ?? [])].map((one) => one.closest("[id]")?.id);
});
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const id of opened) document.getElementById(id ?? "")?.querySelector("details")?.setAttribute("open", "");
});

// Messages of several processes may overtake each other, so a list is in the order of its numbers, not of arrival.
function insertByNumber(list, item, isNewestFirst) {
  const number = Number(item.dataset.number);
  const comesAfter = ({ dataset }) =>
    dataset.number ? (isNewestFirst ? Number(dataset.number) < number : Number(dataset.number) > number) : isNewestFirst;
  list.insertBefore(item, [...list.children].find(comesAfter) ?? null);
}

// A fragment is the same for everyone, so its forms have no CSRF token and get this page's.
document.addEventListener("submit", ({ target: form }) => {
  if (form.method !== "post" || form.elements.csrfmiddlewaretoken) return;
  const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken" });
  token.value = csrfToken();
  form.append(token);
}, true);

// A nudge that was dismissed is gone from this page; the next one comes in an hour at the earliest.
document.addEventListener("click", ({ target }) => target.closest("[data-dismiss]")?.closest("[data-nudge]").remove());

const me = document.body.dataset.topics.split(" ")[0].split(":")[1];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

function relativeTime(seconds) {
  if (Math.abs(seconds) < 60) return RELATIVE.format(0, "minute").replace("this minute", "just now");
  if (Math.abs(seconds) < 3600) return RELATIVE.format(Math.round(seconds / 60), "minute");
  return RELATIVE.format(Math.round(seconds / 3600), "hour");
}

// Writes only changed text, because the observer below also sees our own changes.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function refresh() {
  for (const own of document.querySelectorAll(`[data-author="${me}"]:not(.own)`)) own.classList.add("own");
  for (const time of document.querySelectorAll("time[datetime]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    if (seconds > -86_400) write(time, relativeTime(seconds));
  }
  for (const end of document.querySelectorAll("[data-until]")) {
    const minutes = Math.max(0, Math.round((new Date(end.dataset.until) - Date.now()) / 60_000));
    write(end, minutes ? `${Math.floor(minutes / 60)} h ${minutes % 60} min left` : "over");
  }
}

// Keep the chat at its newest line unless the reader has scrolled up; a redraw leaves it where the reader was.
function follow() {
  const chat = document.getElementById("chat");
  if (chat && (follow.wasAtEnd ?? true)) chat.scrollTop = chat.scrollHeight;
  else if (chat && chat !== follow.chat) chat.scrollTop = follow.top;
  follow.chat = chat;
}

document.addEventListener("scroll", ({ target }) => {
  if (target.id !== "chat") return;
  follow.wasAtEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
  follow.top = target.scrollTop;
}, true);

new MutationObserver(() => {
  refresh();
  follow();
}).observe(document.querySelector("main"), { childList: true, subtree: true });
refresh();
follow();
setInterval(refresh, 30_000);
