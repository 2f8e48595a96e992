// One version of the unmodified client against a running server: node scenario.mjs <version> <origin> <token> <other>
// Prints one JSON line a step; "restart" waits for a line on standard input, after which a new server is up.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import WebSocket from "ws";

const [version, origin, token, otherToken, otherId] = process.argv.slice(2);
const { Presence, Socket } = createRequire(import.meta.url)(`phoenix-${version}`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const MATH = "subject:math";

class Transport extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { origin }); // a browser sends it by itself
  }
}

function say(step, facts = {}) {
  process.stdout.write(JSON.stringify({ step, ...facts }) + "\n");
}

async function until(condition, what) {
  const deadline = Date.now() + 15_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function connect(ticket, options = {}) {
  const params = options.authToken ? {} : { token: ticket };
  const socket = new Socket(`${origin.replace("http", "ws")}/socket`, { transport: Transport, params, ...options });
  socket.connect();
  return socket;
}

// The answer to a join or a push: ["ok", response], ["error", response] or ["timeout"].
function answer(push) {
  return new Promise((resolve) => {
    push.receive("ok", (response) => resolve(["ok", response]));
    push.receive("error", (response) => resolve(["error", response]));
    push.receive("timeout", () => resolve(["timeout"]));
  });
}

async function join(channel) {
  const [status, response] = await answer(channel.join());
  assert.equal(status, "ok", JSON.stringify(response));
  return response;
}

const listed = (presence) => Object.fromEntries(presence.list((key, { metas }) => [key, metas.map((meta) => meta.phx_ref).sort()]));

// -- Connect, join, be refused -----------------------------------------------------------------------------
const socket = connect(token);
await until(() => socket.isConnected(), "connected");
const math = socket.channel(MATH);
const presence = new Presence(math);
const joined = await join(math);
assert.equal(typeof joined.seq, "number");
say("join");

const refused = socket.channel("subject:alchemy");
assert.deepEqual(await answer(refused.join()), ["error", { reason: "unknown_subject" }]);
await answer(refused.leave());
const unmatched = socket.channel("nowhere:1");
assert.deepEqual(await answer(unmatched.join()), ["error", { reason: "unmatched topic" }]);
await answer(unmatched.leave());
say("refused");

// -- Push and reply ----------------------------------------------------------------------------------------
await until(() => presence.list().length === 1, "own presence");
assert.deepEqual(await answer(math.push("practice_started", { skill: "algebra" })), ["ok", { presence_updated: true }]);
await until(() => presence.list()[0].metas[0].current_activity === "practicing_algebra", "the update");
assert.equal(presence.list()[0].metas.length, 1);
assert.deepEqual(await answer(math.push("practice_started", { skill: "alchemy" })), ["error", { reason: "unknown_skill" }]);
assert.deepEqual(await answer(math.push("nonsense", {})), ["error", { reason: "unknown_event" }]);
say("push");

// -- Another person, in two tabs ---------------------------------------------------------------------------
const comings = [];
const goings = [];
presence.onJoin((key, current) => current || comings.push(key));
presence.onLeave((key, current) => current.metas.length || goings.push(key));
const tabs = [connect(otherToken), connect(otherToken)];
const tabbed = tabs.map((tab) => tab.channel(MATH));
for (const channel of tabbed) await join(channel);
await until(() => presence.list().length === 2, "the other person");
await until(() => listed(presence)[otherId].length === 2, "both tabs");
assert.deepEqual(comings, [otherId]);
assert.deepEqual(await answer(tabbed[0].push("practice_started", { skill: "fractions" })), ["ok", { presence_updated: true }]);
await until(() => presence.state[otherId].metas.every((meta) => meta.current_activity === "practicing_fractions"), "the update of both");
tabs[1].disconnect();
await until(() => listed(presence)[otherId].length === 1, "one tab less");
assert.deepEqual(goings, []);
say("tabs", { list: listed(presence) });

// -- Join twice, leave, join again -------------------------------------------------------------------------
const again = socket.channel(MATH); // the client closes its first channel of the topic by itself
let isClosed = false;
math.onClose(() => (isClosed = true));
const second = new Presence(again);
await join(again);
await until(() => isClosed, "the first channel closes");
await until(() => second.list().length === 2, "the state after the second join");
say("duplicate");
assert.equal((await answer(again.leave()))[0], "ok");
assert.equal((await answer(again.leave()))[0], "ok"); // not joined any more: ok as well
const third = socket.channel(MATH);
const present = new Presence(third);
await join(third);
await until(() => present.list().length === 2, "the state after coming back");
say("leave");

// -- The server restarts -----------------------------------------------------------------------------------
let rejoins = 0;
third.joinPush.receive("ok", () => (rejoins += 1));
let syncs = 0;
present.onSync(() => (syncs += 1));
say("restart");
await lines.next();
await until(() => socket.isConnected() && tabs[0].isConnected(), "connected again");
await until(() => rejoins >= 1, "joined again");
await until(() => syncs >= 1 && present.list().length === 2, "everybody again");
await new Promise((resolve) => setTimeout(resolve, 500));
say("rejoined", { list: listed(present) });
await lines.next();

// -- The token as a subprotocol ----------------------------------------------------------------------------
tabs[0].disconnect();
const bearer = connect(token, { authToken: token });
if (version.startsWith("1.8")) {
  await until(() => bearer.isConnected(), "connected with authToken");
  await join(bearer.channel(`subject:reading`));
  say("auth_token");
}
bearer.disconnect();
socket.disconnect();
say("done");
process.exit(0);
