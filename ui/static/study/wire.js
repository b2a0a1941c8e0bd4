// Talks to the server. Answers and events are kept in the browser until the server confirms that they are stored.
const PREFIX = "credence-study";
const BATCH = 400; // events per request
const BEACON = 60_000; // characters: browsers refuse beacons above 64 KiB
const EVERY = 10_000; // milliseconds between deliveries of events
const DAY = 86_400_000;

export const uuid = () => { // crypto.randomUUID needs https
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

const tab = uuid();
let participant = null;
let screen = "";
let events = []; // not yet confirmed as stored
let waiting = null; // the answer being sent
let tell = () => {};

// ---- browser storage ----------------------------------------------------------
function keep(what, value) {
  try {
    const key = `${PREFIX}:${what}:${tab}`;
    if (value === null || value.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify({ participant, at: Date.now(), value }));
  } catch { /* no storage: the copy in memory is still sent */ }
}

function kept() { // from earlier page loads and other open tabs (duplicates are stored once)
  const entries = [];
  try {
    for (const key of Object.keys(localStorage)) {
      const [prefix, what, who] = key.split(":");
      if (prefix !== PREFIX || who === tab || what === "draft") continue;
      try {
        entries.push({ key, what, ...JSON.parse(localStorage.getItem(key)) });
      } catch {
        localStorage.removeItem(key);
      }
    }
  } catch { /* no storage */ }
  return entries;
}

const draftKey = () => `${PREFIX}:draft:${participant}:${screen}`;
export function draft(values) {
  try {
    if (values === undefined) return JSON.parse(localStorage.getItem(draftKey()) || "{}");
    localStorage.setItem(draftKey(), JSON.stringify(values));
  } catch { /* no storage */ }
  return {};
}

function forget(who) { // the draft of this screen, or all data of a participant
  try {
    if (!who) return localStorage.removeItem(draftKey());
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(`${PREFIX}:`) && `${key}${localStorage.getItem(key)}`.includes(who)) localStorage.removeItem(key);
    }
  } catch { /* no storage */ }
}

// ---- requests -------------------------------------------------------------------
export async function post(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    signal: AbortSignal.timeout?.(30_000),
  });
  let data = {};
  try {
    data = await response.json();
  } catch { /* a proxy replied; its status is enough */ }
  return { status: response.status, data };
}

function pause(tries) { // 1, 2, 4 … 15 seconds, or until the connection is back
  return new Promise((resolve) => {
    const wait = setTimeout(done, Math.min(15_000, 1000 * 2 ** tries));
    addEventListener("online", done);
    function done() {
      clearTimeout(wait);
      removeEventListener("online", done);
      resolve();
    }
  });
}

async function insist(path, body) { // until there is a definite reply
  for (let tries = 0; ; tries++) {
    let result = null;
    try {
      result = await post(path, body());
    } catch { /* offline */ }
    if (result && result.status < 500 && result.status !== 408 && result.status !== 429) {
      if (tries) tell("back");
      return result;
    }
    tell(result ? "busy" : "offline", result?.data.error);
    if (!tries) note("offline", { path });
    await pause(tries);
    note("resent", { path });
  }
}

// ---- events ---------------------------------------------------------------------
export function note(kind, data = {}) {
  if (participant === null) return;
  events.push({ id: uuid(), kind, time: new Date().toISOString(), screen, data });
  keep("events", events);
  if (events.length >= BATCH) flush();
}

function stored(ids) {
  const storedIds = new Set(ids);
  events = events.filter((event) => !storedIds.has(event.id));
  keep("events", events);
}

async function flush() {
  if (!events.length || participant === null) return true;
  const batch = events.slice(0, BATCH);
  try {
    const { status, data } = await post("api/events", { participant, events: batch });
    if (status === 200) stored(data.stored);
    else if (status < 500) stored(batch.map((event) => event.id)); // rejected: it would be rejected again
    return status < 500;
  } catch {
    return false;
  }
}

export async function delivered() { // resolves once everything has been sent
  for (let tries = 0; events.length && participant !== null; tries++) {
    if (await flush()) continue;
    tell("offline");
    await pause(tries);
  }
  forget(participant); // the session is over
  tell("back");
}

function beacon() { // the page may be closing; unconfirmed events are sent again on the next visit
  if (!events.length || participant === null) return;
  let batch = events.slice(0, BATCH);
  let body = JSON.stringify({ participant, events: batch });
  while (body.length > BEACON && batch.length > 1) {
    batch = batch.slice(0, batch.length / 2);
    body = JSON.stringify({ participant, events: batch });
  }
  navigator.sendBeacon?.("api/events", new Blob([body], { type: "application/json" }));
}

// ---- used by the page -------------------------------------------------------------
export function at(shown) { // set the current screen
  participant = shown.outcome === "withdrawn" ? null : shown.participant || null; // after a withdrawal nothing is recorded
  screen = shown.id;
}

export async function enter(say) {
  tell = say;
  const query = Object.fromEntries(new URLSearchParams(location.search));
  let result = await insist("api/enter", () => ({ query }));
  if (result.status !== 200) return result;
  at(result.data.screen);
  for (const { key, what, participant: who, at: when, value } of kept()) {
    if (who === participant && what === "events") {
      const ids = new Set(events.map((event) => event.id));
      events.push(...value.filter((event) => !ids.has(event.id)));
    } else if (who === participant && what === "answer") {
      waiting = value;
      keep("answer", waiting);
      const again = await send();
      if (again.data.screen) result = again;
    } else if (Date.now() - when < DAY) continue; // from another session, possibly open in another tab
    localStorage.removeItem(key);
  }
  keep("events", events);
  return result;
}

async function send() {
  let batch = [];
  const result = await insist("api/answer", () => {
    batch = events.slice(0, BATCH);
    return { ...waiting, events: batch };
  });
  if (result.status === 200) {
    stored(batch.map((event) => event.id));
    forget();
  }
  waiting = null;
  keep("answer", null);
  return result;
}

export function answer(values) {
  waiting = { participant, screen, submission: uuid(), values, client_time: new Date().toISOString() };
  keep("answer", waiting);
  return send();
}

export async function leave(how) { // "leave" or "withdraw"
  if (how === "leave") await flush();
  const own = { participant };
  if (how === "withdraw") {
    events = [];
    keep("events", events);
    participant = null; // nothing is recorded from here on
  }
  const result = await insist(`api/${how}`, () => own);
  if (result.status === 200) forget(own.participant);
  else participant = own.participant;
  return result;
}

setInterval(flush, EVERY);
addEventListener("pagehide", beacon);
document.addEventListener("visibilitychange", () => {
  note(document.hidden ? "hidden" : "visible");
  if (document.hidden) beacon();
});
addEventListener("blur", () => note("focus-lost"));
addEventListener("focus", () => note("focus-gained"));
addEventListener("offline", () => note("offline"));
addEventListener("online", () => (note("online"), flush()));
