// The page: draws one screen at a time from the server's reply.
import { content } from "./screens.js";
import { make } from "./parts.js";
import * as wire from "./wire.js";

const $ = (id) => document.getElementById(id);
const OFFLINE = "You are offline. Your answers are kept on this device and will be sent automatically. Keep this page open.";
const BUSY = "The study cannot save right now. Your answers are kept on this device and will be sent automatically. Keep this page open.";
let clock = null;
let shown = null; // the current screen and its form

function say(what) {
  if (what === "back") return ($("trouble").hidden = true);
  $("saved").textContent = "Not saved yet";
  $("trouble").textContent = what === "offline" ? OFFLINE : BUSY;
  $("trouble").hidden = false;
}

function draw({ screen, html, study }) {
  clearInterval(clock);
  wire.at(screen);
  wire.note("opened", { width: innerWidth, height: innerHeight, dark: document.documentElement.classList.contains("dark") });
  const { above, form } = content(screen, html || {}, submit);
  const notice = screen.notice ? make("p", "cs-notice", screen.notice) : null;
  const parts = [notice, ...above, form?.node].filter(Boolean);
  $("screen").replaceChildren(...parts);
  $("screen").dataset.screen = screen.id;
  $("screen").dataset.kind = screen.kind;
  shown = { screen, form };
  header(screen, study);
  if (form && screen.seconds_left !== null) countDown(screen.seconds_left);
  scrollTo(0, 0);
  $("screen").focus({ preventScroll: true }); // keyboard navigation continues from its start
}

function header(screen, study) {
  $("title").textContent = document.title = study;
  $("title").classList.toggle("cs-said-below", screen.title === study);
  const running = screen.kind !== "end";
  $("progress").hidden = !running || !screen.total;
  $("bar").style.width = `${(100 * screen.done) / (screen.total || 1)}%`;
  $("place").textContent = `Page ${Math.min(screen.done + 1, screen.total)} of ${screen.total}`;
  $("leave").hidden = !screen.participant || screen.kind === "consent" || (!running && screen.outcome !== "completed");
  $("leave").textContent = running ? "Leave" : "Delete my answers";
}

function countDown(seconds) {
  const end = performance.now() + seconds * 1000;
  const words = make("p", "cs-clock");
  words.setAttribute("role", "timer");
  shown.form.node.before(words);
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    words.textContent = `Time left: ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    words.classList.toggle("cs-soon", left <= 10);
    if (left > 0) return;
    clearInterval(clock);
    wire.note("timeout");
    submit({ ...shown.form.values(), timed_out: true });
  };
  tick();
  clock = setInterval(tick, 250);
}

async function submit(values) {
  const { form } = shown;
  if (form.sending) return; // a double click is one answer
  form.sending = true;
  clearInterval(clock);
  form.busy(true);
  $("saved").textContent = "Saving …";
  const { status, data } = await wire.answer(values);
  if (status === 200) saved();
  if (data.screen) return draw(data);
  form.sending = false;
  form.busy(false);
  $("saved").textContent = "Not saved";
  if (!form.faults(data.faults || {})) problem(data.error || "That did not work. Please try again.");
}

function saved() { // shown only after the server committed
  $("saved").textContent = "Saved ✓";
  $("trouble").hidden = true;
}

function problem(words) {
  $("trouble").textContent = words;
  $("trouble").hidden = false;
}

// ---- leaving -------------------------------------------------------------------
$("leave").addEventListener("click", () => $(shown.screen.kind === "end" ? "deleting" : "leaving").showModal());
document.addEventListener("click", (event) => {
  const { leaving, deleting } = event.target.dataset ?? {};
  if (!leaving && !deleting) return;
  event.target.closest("dialog").close();
  if (leaving === "withdraw") $("deleting").showModal();
  else if (leaving === "leave") gone("leave");
  else if (deleting === "yes") gone("withdraw");
});

async function gone(how) {
  const { status, data } = await wire.leave(how);
  if (status === 200) draw(data);
  else problem(data.error || "That did not work. Please try again.");
}

// ---- recording of events ---------------------------------------------------------
document.addEventListener("click", (event) => {
  const target = event.target.closest?.("button, input, textarea, summary, label, a") || event.target;
  const field = target.closest?.("[data-field]")?.dataset.field;
  const words = target.tagName === "INPUT" || target.tagName === "TEXTAREA" ? "" : target.textContent?.trim().slice(0, 80);
  wire.note("click", { on: target.tagName?.toLowerCase(), field: field || "", words, x: Math.round(event.clientX), y: Math.round(event.clientY) });
}, true);
document.addEventListener("paste", (event) => {
  const field = event.target.closest?.("[data-field]")?.dataset.field;
  wire.note("paste", { field: field || "", characters: event.clipboardData?.getData("text").length ?? 0 });
}, true);

const { status, data } = await wire.enter(say);
if (status === 200 || data.screen) {
  wire.at(data.screen);
  wire.note("loaded", { language: navigator.language });
  draw(data);
} else {
  $("title").textContent = "Study";
  problem(data.error || "The study cannot be opened. Please try again later.");
}
