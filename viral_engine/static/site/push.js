// Switch pushes on and off for this browser. Nothing is asked before the person presses the button.
"use strict";

const part = document.querySelector("[data-push-key]");
const [on, off, status] = ["on", "off", "status"].map((name) => part.querySelector(`[data-push-${name}]`));
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

const post = (address, fields) =>
  fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": token() } });

function bytesOf(text) {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

function show(isOn, text) {
  on.hidden = isOn;
  off.hidden = !isOn;
  status.textContent = text;
}

async function switchOn() {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return show(false, "Your browser does not allow it. You can change that in its settings.");
  const worker = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(part.dataset.pushKey) };
  const subscription = await worker.pushManager.subscribe(options);
  const { endpoint, keys } = subscription.toJSON();
  const answer = await post(part.dataset.subscribe, { endpoint, ...keys });
  if (answer.ok) return show(true, "News will show up on this device.");
  await subscription.unsubscribe();
  const refusal = await answer.json().catch(() => ({}));
  show(false, refusal.message || "That did not work. Try again in a moment.");
}

async function switchOff() {
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.getSubscription();
  if (subscription) {
    await post(part.dataset.forget, { endpoint: subscription.endpoint });
    await subscription.unsubscribe();
  }
  show(false, "This device stays silent.");
}

async function start() {
  const worker = await navigator.serviceWorker.ready;
  const isOn = Boolean(await worker.pushManager.getSubscription());
  show(isOn, isOn ? "News show up on this device." : "");
}

if (on && "serviceWorker" in navigator && "PushManager" in window) {
  const failed = () => show(false, "That did not work. Try again in a moment.");
  on.addEventListener("click", () => switchOn().catch(failed));
  off.addEventListener("click", () => switchOff().catch(failed));
  start().catch(failed);
}
