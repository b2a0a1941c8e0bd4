// The keys of the chat, and their list. Each presses a button that is also on the page.
const pressOn = (selector) => document.querySelector(selector)?.click();
const inLast = (name) => [...page.querySelectorAll(`.cr-turn [data-act=${name}]`)].filter((node) => node.getClientRects().length).at(-1)?.click();
const box = () => page.querySelector(".cr-composer textarea");
const KEYS = [ // [what it does, the keys as shown, the code of a key pressed with Alt and Shift, what to do]
  ["Send the question", "Enter"],
  ["Start a new line", "Shift Enter"],
  ["Stop the answer, or close what is open", "Esc"],
  ["Edit the last question, from the empty box", "↑"],
  ["Go to the question box", "Shift Esc"],
  ["New conversation", "Alt Shift N", "KeyN", () => pressOn(".cr-list-new")],
  ["Search the conversations", "Alt Shift F", "KeyF", () => (page.classList.contains("cr-list-folded") && pressOn(".cr-list-fold"), page.querySelector(".cr-list-search")?.focus())],
  ["Compare models, or go back", "Alt Shift D", "KeyD", () => pressOn(`[data-screen=${page.dataset.screen === "compare" ? "chat" : "compare"}]`)],
  ["Attach a text file", "Alt Shift A", "KeyA", () => pressOn(".cr-attach")],
  ["Ask the last question again", "Alt Shift R", "KeyR", () => inLast("retry")],
  ["… at another temperature", "Alt Shift T", "KeyT", () => inLast("warmer")],
  ["Edit the last question", "Alt Shift E", "KeyE", () => inLast("edit")],
  ["Edit the beginning of the last answer", "Alt Shift B", "KeyB", () => inLast("begin")],
  ["Copy the last answer", "Alt Shift C", "KeyC", () => inLast("copy")],
  ["Go on with an answer that was cut off", "Alt Shift G", "KeyG", () => inLast("continue")],
  ["Previous or next version", "Alt Shift ← →"],
  ["Move between the tokens of an answer", "← → Home End"],
  ["Next doubtful place", "N"],
  ["Previous doubtful place", "Shift N"],
  ["Alternatives to a token", "Enter"],
  ["Follow a token’s link", "click"],
  ["Alternatives to a token in a link", "Alt click, or touch and hold"],
  ["Choose another model", "Alt Shift M", "KeyM", () => pressOn(".cr-model-open:not([hidden])")],
  ["This list", "?"],
];
const ARROWS = { ArrowLeft: "previous", ArrowRight: "next" };

const list = document.createElement("dialog");
list.className = "cr-keys";
list.setAttribute("aria-label", "Keys");
function fillList() {
  const head = document.createElement("h2"), rows = document.createElement("dl"), close = document.createElement("button");
  head.textContent = "Keys";
  for (const [what, keys] of KEYS) {
    const row = document.createElement("div"), does = document.createElement("dt"), how = document.createElement("dd");
    does.textContent = what;
    for (const key of keys.split(" ")) how.append(Object.assign(document.createElement(key.length > 1 && !/^[A-Z]/.test(key) ? "span" : "kbd"), { textContent: key }), " ");
    row.append(does, how);
    rows.append(row);
  }
  close.className = "cr-primary";
  close.textContent = "Close";
  close.addEventListener("click", () => list.close());
  list.append(head, rows, close);
}
function showKeys() {
  if (!list.isConnected) page.append(list);
  if (!list.childNodes.length) fillList();
  if (!list.open) list.showModal();
}
element.querySelector(".cr-keys-open").addEventListener("click", showKeys);
list.addEventListener("click", (event) => event.target === list && list.close()); // beside it

const writing = (node) => node.matches?.("input, textarea, select, [contenteditable]");
function pressed(event) {
  if (list.open || event.isComposing || page.dataset.screen === "calibrate") return null;
  if (page.dataset.screen === "compare" && event.code !== "KeyD") return null;
  if (event.altKey && event.shiftKey && !event.ctrlKey && !event.metaKey)
    return KEYS.find(([, , code]) => code === event.code)?.[3] || (ARROWS[event.key] && (() => inLast(ARROWS[event.key])));
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  if (event.key === "?" && !writing(event.target)) return showKeys;
  if (event.key === "Escape" && event.shiftKey) return () => box()?.focus();
  if (event.key === "ArrowUp" && event.target === box() && !box().value) return () => inLast("edit");
  const stop = page.querySelector(".cr-composer .stop-button");
  return event.key === "Escape" && stop && !event.defaultPrevented ? () => stop.click() : null;
}
document.addEventListener("keydown", (event) => {
  const run = pressed(event);
  if (!run) return;
  event.preventDefault();
  run();
});
