// The page's client of the real-time socket: the part of Phoenix Channels V2 that a page needs.
// It joins the topics in <body data-topics>, and shows messages as toasts and people as faces in a list.
"use strict";

const HEARTBEAT_MS = 30_000;
const REPLY_MS = 30_000;
const RECONNECT_MS = [500, 1000, 2000, 5000, 10_000, 20_000];
const REJOIN_MS = [1000, 2000, 5000, 10_000];
const SITE_TOPIC = "site:learners"; // of which a reader sees only friends
const RESYNC_MS = 2000; // the clients of a topic spread their re-joins over this time
const MISSED = "missed"; // the ref of such a request
const LATE_MS = 3000; // without a connection for this long, the page says that it may be late
const NEWS_MS = 1500; // after a toast, its notification is written by the relay
const POLL_MS = 5000; // while the server says so, parts of the page load themselves this often

class Socket {
  constructor(topics) {
    this.topics = topics;
    this.tries = 0;
    this.cursors = {}; // topic -> {epoch, seq} of the last message, so that the server can send the missed ones
    this.people = {}; // topic -> user id -> metas
    this.failures = {}; // topic -> failed joins in a row
    this.asking = new Set(); // topics whose missed messages are on their way
    this.stale = new Set(); // topics that are joined again because messages are lost
  }

  async open() {
    const answer = await fetch("/api/socket-token", { headers: { Accept: "application/json" } });
    if (answer.status === 401 || answer.status === 403) return; // logged out, or a parent has not consented yet
    if (!answer.ok) throw new Error(answer.status);
    const { token } = await answer.json();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = new URLSearchParams({ token, vsn: "2.0.0" });
    this.socket = new WebSocket(`${scheme}://${location.host}/socket/websocket?${query}`);
    this.socket.onopen = () => this.join();
    this.socket.onmessage = (message) => this.receive(JSON.parse(message.data));
    this.socket.onclose = () => this.reconnect();
  }

  start() {
    this.open().catch(() => this.reconnect());
  }

  reconnect() {
    clearInterval(this.heartbeat);
    if (this.ended) return;
    this.late ??= setTimeout(() => showDelay(true), LATE_MS);
    // Full jitter: after a restart the clients must not all come back at the same moment.
    const delay = RECONNECT_MS[Math.min(this.tries++, RECONNECT_MS.length - 1)];
    setTimeout(() => this.start(), delay * Math.random() + 50);
  }

  send(...frame) {
    this.socket.send(JSON.stringify(frame));
  }

  join() {
    this.tries = 0;
    clearTimeout(this.late);
    delete this.late;
    this.setDelayed(false);
    this.lastMessageAt = Date.now();
    for (const topic of this.topics) this.joinTopic(topic);
    this.heartbeat = setInterval(() => {
      if (Date.now() - this.lastMessageAt > HEARTBEAT_MS + REPLY_MS) this.socket.close();
      else this.send(null, "heart", "phoenix", "heartbeat", {});
    }, HEARTBEAT_MS);
  }

  joinTopic(topic) {
    const { attempt } = document.body.dataset; // others read that we practice while a page of practice is open
    this.send(topic, topic, topic, "phx_join", { attempt, ...this.cursors[topic] });
  }

  // Only on this connection: a new one joins every topic anyway.
  rejoin(topic, delay) {
    const { socket } = this;
    setTimeout(() => {
      if (socket === this.socket && socket.readyState === WebSocket.OPEN) this.joinTopic(topic);
    }, delay);
  }

  onJoinFailed(topic) {
    const failures = (this.failures[topic] = (this.failures[topic] || 0) + 1);
    this.rejoin(topic, REJOIN_MS[Math.min(failures, REJOIN_MS.length) - 1]);
  }

  receive([, ref, topic, event, payload]) {
    this.lastMessageAt = Date.now();
    if (event === "phx_reply" && ref === topic) this.onJoined(topic, payload);
    else if (event === "phx_reply" && ref === MISSED) this.onMissed(topic, payload);
    else if (event === "phx_error") this.onJoinFailed(topic);
    else if (event === "resync") this.resync(topic);
    else if (topic === "phoenix" && event === "updates") this.setDelayed(payload.delayed);
    else this.handle(topic, event, payload);
  }

  onJoined(topic, { status, response }) {
    if (status !== "ok") {
      this.onJoinFailed(topic);
      return;
    }
    this.failures[topic] = 0;
    this.asking.delete(topic);
    for (const missed of response.events || []) this.handle(topic, missed.event, missed.payload, true);
    this.cursors[topic] = { epoch: response.epoch, seq: response.seq };
    if (this.stale.delete(topic) || response.recovered === false) reloadParts();
  }

  // A number is missing: ask for everything after the last one, which brings the message that showed the gap too.
  askForMissed(topic) {
    if (this.asking.has(topic)) return;
    this.asking.add(topic);
    this.send(topic, MISSED, topic, "missed", this.cursors[topic]);
  }

  onMissed(topic, { status, response }) {
    this.asking.delete(topic);
    if (status === "ok" && response.recovered) this.onJoined(topic, { status, response });
    else this.resync(topic);
  }

  // The server hears nothing of its other processes, or does again.
  setDelayed(isDelayed) {
    clearInterval(this.poll);
    if (isDelayed) this.poll = setInterval(reloadParts, POLL_MS);
    showDelay(isDelayed);
  }

  // Missed messages are not kept any more, or their numbering has restarted: our cursor means nothing now.
  resync(topic) {
    delete this.cursors[topic];
    this.stale.add(topic);
    this.rejoin(topic, Math.random() * RESYNC_MS);
  }

  handle(topic, event, payload, isRecovered = false) {
    const cursor = this.cursors[topic];
    if (payload.seq && cursor) {
      if (payload.seq <= cursor.seq) return; // a recovered message that also came as a broadcast
      if (!isRecovered && payload.seq > cursor.seq + 1) return void this.askForMissed(topic);
      cursor.seq = payload.seq;
    }
    if (event === "session_ended") this.end();
    else if (event === "presence_state") this.setPeople(topic, payload);
    else if (event === "presence_diff") this.applyDiff(topic, payload);
    else this.notify(topic, event, payload);
  }

  // Parts of the page that reload themselves listen for `live:<event>` on the document.
  notify(topic, event, payload) {
    document.dispatchEvent(new CustomEvent(`live:${event}`));
    if (payload.text && topic.startsWith("user:")) {
      toast(payload.text, payload.url);
      setTimeout(() => htmx.trigger(document.body, "news"), NEWS_MS);
    }
  }

  end() {
    this.ended = true;
    location.reload(); // the server decides what this page is now
  }

  setPeople(topic, state) {
    this.people[topic] = Object.fromEntries(Object.entries(state).map(([key, { metas }]) => [key, metas]));
    this.draw(topic);
  }

  applyDiff(topic, { joins, leaves }) {
    const people = (this.people[topic] ||= {});
    for (const [key, { metas }] of Object.entries(joins)) {
      const known = new Set(metas.map((meta) => meta.phx_ref));
      people[key] = [...metas, ...(people[key] || []).filter((meta) => !known.has(meta.phx_ref))];
    }
    for (const [key, { metas }] of Object.entries(leaves)) {
      const gone = new Set(metas.map((meta) => meta.phx_ref));
      people[key] = (people[key] || []).filter((meta) => !gone.has(meta.phx_ref));
      if (!people[key].length) delete people[key];
    }
    this.draw(topic);
  }

  draw(topic) {
    for (const mark of document.querySelectorAll(`[data-online="${topic}"]`)) {
      const metas = this.people[topic][mark.dataset.person];
      mark.hidden = !metas;
      if (metas) mark.textContent = activityOf(metas) || "online";
    }
    const list = document.querySelector(`[data-people="${topic}"]`);
    if (!list) return;
    const me = document.body.dataset.topics.split(" ")[0].split(":")[1];
    const here = Object.entries(this.people[topic]);
    const others = here.filter(([key]) => key !== me).map(([, metas]) => face(metas, metas[0].name));
    // The number above the names counts the reader too. A list of friends does not.
    const own = topic === SITE_TOPIC ? [] : here.filter(([key]) => key === me).map(([, metas]) => face(metas, "You"));
    list.replaceChildren(...own, ...others);
    list.parentElement.querySelector("[data-alone]").hidden = others.length > 0;
  }
}

const activityOf = (metas) =>
  (metas.find((meta) => meta.current_activity)?.current_activity || "").replace("_", " ").replaceAll("-", " ");

function face(metas, called) {
  const active = activityOf(metas);
  const item = document.createElement("li");
  item.className = active ? "person active" : "person";
  const avatar = document.createElement("span");
  avatar.className = `avatar ${metas[0].avatar}`;
  avatar.setAttribute("aria-hidden", "true");
  avatar.textContent = called.slice(0, 1).toUpperCase();
  const name = document.createElement("span");
  name.textContent = called + (active ? `: ${active.replace("practicing ", "")}` : "");
  item.append(avatar, name);
  return item;
}

function showDelay(isDelayed) {
  document.getElementById("delayed").hidden = !isDelayed;
}

// Load the parts that wait for a message, because it may be one of the lost ones.
function reloadParts() {
  const parts = [...document.querySelectorAll('[hx-trigger*="live:"]')];
  const names = new Set(parts.flatMap((part) => part.getAttribute("hx-trigger").match(/live:\w+/g)));
  for (const name of names) document.dispatchEvent(new CustomEvent(name));
}

function toast(text, url) {
  const note = document.createElement(url ? "a" : "p");
  note.className = "toast";
  note.textContent = text;
  if (url) note.href = url;
  document.querySelector(".toasts").append(note);
  setTimeout(() => note.remove(), 8000);
}

if (document.body.dataset.topics) {
  const socket = new Socket(document.body.dataset.topics.split(" "));
  socket.start();
  document.addEventListener("htmx:afterSettle", () => Object.keys(socket.people).forEach((topic) => socket.draw(topic)));
}
