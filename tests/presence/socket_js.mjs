// Runs the page's own script against a browser of a few lines: frames of the server in, what the page does out.
// Input, a JSON line each: {"frame": [...]} the server says, {"wait": ms} time passes, {"drop": true} it closes.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [script] = process.argv.slice(2);
const steps = JSON.parse(readFileSync(0, "utf8"));
const log = [];
let now = 0;
let timers = [];
let current;

class WebSocket {
  static OPEN = 1;
  constructor() {
    current = this;
    this.readyState = WebSocket.OPEN;
    queueMicrotask(() => this.onopen());
  }
  send(text) {
    log.push({ at: now, sent: JSON.parse(text) });
  }
  close() {
    this.readyState = 3;
    this.onclose();
  }
}

const delayed = {
  set hidden(isHidden) {
    if (isHidden !== this.isHidden) log.push({ at: now, delayed: !isHidden });
    this.isHidden = isHidden;
  },
  isHidden: true,
};
const node = () => ({ remove() {}, append() {}, classList: { add() {} } });
const page = {
  WebSocket,
  URLSearchParams,
  Math: Object.assign(Object.create(Math), { random: () => 0.5, min: Math.min }),
  Date: { now: () => now },
  location: { protocol: "http:", host: "site", reload() {} },
  fetch: async () => ({ ok: true, status: 200, json: async () => ({ token: "t" }) }),
  setTimeout: (act, pause) => {
    const timer = { act, due: now + pause };
    timers.push(timer);
    return timer;
  },
  clearTimeout: (timer) => (timers = timers.filter((other) => other !== timer)),
  setInterval: (act, every) => {
    const timer = { act, due: now + every, every };
    timers.push(timer);
    return timer;
  },
  clearInterval: (timer) => (timers = timers.filter((other) => other !== timer)),
  document: {
    body: { dataset: { topics: "user:1" } },
    querySelector: () => ({ append: (note) => log.push({ at: now, toast: note.textContent }) }),
    querySelectorAll: () => [{ getAttribute: () => "load, live:friends_changed from:document" }],
    getElementById: () => delayed,
    createElement: node,
    addEventListener() {},
    dispatchEvent: ({ type }) => log.push({ at: now, reloads: type }),
  },
  CustomEvent: class {
    constructor(type) {
      this.type = type;
    }
  },
};

const settled = () => new Promise((resolve) => setImmediate(resolve));
vm.runInNewContext(readFileSync(script, "utf8"), page);
await settled();
for (const step of steps) {
  if (step.frame) current.onmessage({ data: JSON.stringify(step.frame) });
  if (step.drop) current.close();
  for (const end = now + (step.wait || 0); now < end; ) {
    now += 50;
    const due = timers.filter((timer) => timer.due <= now);
    timers = timers.filter((timer) => timer.due > now || timer.every);
    for (const timer of due) if (timer.every) timer.due += timer.every;
    for (const timer of due) timer.act();
    await settled();
  }
}
console.log(JSON.stringify(log));
