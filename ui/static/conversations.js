// The list of conversations. Titles are only set through textContent.
const listPage = element.closest(".credence") || document.body;
const part = (name) => element.querySelector(`.cr-list-${name}`);
const LAST = "credence-conversation", FOLDED = "credence-list-folded";
const narrow = () => matchMedia("(max-width: 860px)").matches;
const act = (kind, data = {}) => {
  if (kind !== "written") said = "";
  trigger("keep", { kind, ...data });
};
let now = { ...props.value }; // the latest that the server said; an older one may arrive after it
let lines = [], busy = "", asking = null, localSearch = "", said = "";

// ---- the address: which conversation is open, and which answer of it
const inAddress = () => new URLSearchParams(location.search).get("conversation") || "";
const turnInAddress = () => (location.hash.startsWith("#turn-") ? location.hash.slice(6) : "");
function address(id, turn = "") {
  const url = new URL(location.href);
  id ? url.searchParams.set("conversation", id) : url.searchParams.delete("conversation");
  if (turn) url.hash = `turn-${turn}`;
  else if (turnInAddress() && id !== inAddress()) url.hash = "";
  return url.href;
}
window.credenceLink = now.browser ? null : (turn) => address(inAddress(), turn.id);
async function scrollTo(turn, patience = 40) { // once it is drawn
  const node = document.getElementById(`turn-${turn}`);
  if (!node && patience) return setTimeout(() => scrollTo(turn, patience - 1), 50);
  node?.scrollIntoView({ block: "start" });
  node?.focus({ preventScroll: true });
}

// ---- what a person does
async function open(id, more = {}) {
  const turn = more.turn || "";
  if (!now.browser) return act("open", { conversation: id, ...more, turn });
  const stored = await window.credenceStore.open(id).catch(() => null);
  if (stored) return act("open", { conversation: id, title: stored.line.title, changes: stored.changes, turn });
  if (!more.at_first) say("This conversation is not in this browser.");
  if (more.at_first) act("new");
}
async function change(kind, id, data) {
  asking = null;
  if (!now.browser) return act(kind, { conversation: id, ...data });
  const store = window.credenceStore;
  if (kind === "rename") {
    const title = data.text.trim().slice(0, 80) || "New conversation";
    await store.change(id, { title });
    if (id === now.current) act("title", { text: title });
  }
  if (kind === "pin") await store.change(id, { pinned: data.on });
  if (kind === "delete") {
    await store.remove(id);
    if (id === now.current) act("new");
  }
  await load();
}
function say(text) {
  part("notice").textContent = text;
  part("notice").hidden = !text;
}

// ---- the list
function line(summary) {
  const row = make("div", "cr-list-line");
  if (asking?.id === summary.id) {
    row.append(asking.kind === "rename" ? renaming(summary) : deleting(summary));
    return row;
  }
  const title = button(summary.title, "cr-list-title", () => {
    fold(narrow() || part("fold").getAttribute("aria-expanded") === "false", false);
    open(summary.id);
  });
  title.title = summary.title;
  title.setAttribute("dir", "auto");
  if (summary.id === now.current) title.setAttribute("aria-current", "true");
  row.append(title);
  if (asking?.id === `menu ${summary.id}`) {
    const menu = make("div", "cr-list-menu");
    menu.append(
      button(summary.pinned ? "Unpin" : "Pin", "cr-plain", () => change("pin", summary.id, { on: !summary.pinned })),
      button("Rename", "cr-plain", () => ask("rename", summary.id)),
      button("Delete", "cr-plain", () => ask("delete", summary.id)));
    row.append(menu);
    row.classList.add("cr-open");
  }
  const more = button("⋯", "cr-plain cr-list-more", () => ask("menu", asking?.id === `menu ${summary.id}` ? null : `menu ${summary.id}`),
    `More about ${summary.title}`);
  more.setAttribute("aria-expanded", String(asking?.id === `menu ${summary.id}`));
  title.after(more);
  return row;
}
function ask(kind, id) {
  asking = id ? { kind, id } : null;
  draw();
  const row = part("lines").querySelector(".cr-list-menu button, .cr-list-ask input, .cr-list-ask .cr-plain");
  row?.focus();
  row?.select?.();
}
function asked(form, summary) { // Escape closes it, and the focus returns
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    ask("", null);
    [...part("lines").querySelectorAll(".cr-list-title")].find((node) => node.title === summary.title)?.focus();
  });
  return form;
}
function renaming(summary) {
  const form = make("form", "cr-list-ask");
  const field = make("input");
  field.value = summary.title;
  field.maxLength = 80;
  field.setAttribute("aria-label", "Title");
  form.append(field, make("button", "cr-primary", "Rename"), button("Cancel", "cr-plain", () => ask("", null)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change("rename", summary.id, { text: field.value });
  });
  return asked(form, summary);
}
function deleting(summary) {
  const form = make("div", "cr-list-ask");
  form.setAttribute("role", "group");
  form.append(make("p", "", `Delete “${summary.title}”? This cannot be undone.`),
    button("Delete", "cr-primary", () => change("delete", summary.id, {})),
    button("Keep", "cr-plain", () => ask("", null)));
  return asked(form, summary);
}
function draw() {
  const all = now.browser && localSearch
    ? lines.filter(({ title, words }) => `${title.toLowerCase()}${words}`.includes(localSearch.toLowerCase())) : lines;
  const nodes = [];
  const pinned = all.filter((summary) => summary.pinned), others = all.filter((summary) => !summary.pinned);
  if (pinned.length) nodes.push(make("h3", "", "Pinned"), ...pinned.map(line));
  if (pinned.length && others.length) nodes.push(make("h3", "", "Others"));
  part("lines").replaceChildren(...nodes, ...others.map(line));
  const sought = now.browser ? localSearch : now.search;
  part("empty").hidden = all.length > 0;
  part("empty").textContent = sought ? "Nothing contains these words." : now.browser
    ? "No conversations yet. They stay in this browser." : "No conversations yet. They stay on this computer.";
}
async function load() {
  lines = now.browser ? await window.credenceStore.list().catch(() => []) : now.lines;
  draw();
}

// ---- what the server says
async function keep(value) { // in this browser
  if (!value.write.length) return;
  try {
    const dropped = await window.credenceStore.write(value.current, value.title, value.write);
    otherTabs.postMessage(value.current);
    if (dropped.length) said = `This browser's storage is full. To free space, the oldest conversation was deleted: ${dropped.join(", ")}.`;
    act("written", { keys: value.write.map(({ key }) => key) });
  } catch (error) {
    said = `Not stored: this browser keeps nothing (${error?.name || "unknown error"}). Export the conversation before you close the page.`;
  }
}
let writing = Promise.resolve();

// ---- another tab of this browser went on with the conversation: this one shows that before it changes anything
const otherTabs = new BroadcastChannel("credence-conversations");
const answering = () => listPage.querySelector(".cr-composer .stop-button");
let behind = false;
otherTabs.addEventListener("message", ({ data }) => {
  if (!now.browser || data !== now.current) return load();
  behind = true;
  catchUp();
});
async function catchUp() {
  if (!behind || answering()) return;
  behind = false;
  await open(now.current);
  said = "This conversation was continued in another tab. This page now shows that, too.";
}
async function update(value) {
  if (value.browser) {
    writing = writing.then(() => keep(value));
    await writing;
  }
  if (busy !== value.current || value.opened) {
    const target = value.opened ? turnInAddress() : "";
    history.replaceState(history.state, "", address(value.current, value.current === inAddress() ? target : ""));
    busy = value.current;
    if (value.current) localStorage.setItem(LAST, value.current);
    else localStorage.removeItem(LAST);
    if (listPage.dataset.conversation !== value.current) {
      listPage.dataset.conversation = value.current;
      listPage.dispatchEvent(new CustomEvent("credence-conversation", { detail: value.current }));
    }
    if (target) scrollTo(target);
  }
  say(value.notice || said);
  await load();
  setTimeout(catchUp);
}

// ---- the column: folded away on a desktop, a drawer on a phone
function fold(closed, remember = true) {
  listPage.classList.toggle("cr-list-folded", closed);
  part("fold").setAttribute("aria-expanded", String(!closed));
  if (remember && !narrow()) localStorage.setItem(FOLDED, closed ? "1" : "0");
}
part("fold").addEventListener("click", () => {
  const closed = !listPage.classList.contains("cr-list-folded");
  fold(closed);
  if (!closed) part("new").focus();
});
part("close").addEventListener("click", () => {
  fold(true);
  part("fold").focus();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && narrow()) part("close").click();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.classList.contains("cr-list-title")) return;
  event.preventDefault();
  const titles = [...element.querySelectorAll(".cr-list-title")];
  titles[titles.indexOf(event.target) + step]?.focus();
});
part("new").addEventListener("click", () => {
  if (narrow()) fold(true);
  act("new");
  document.querySelector(".cr-composer textarea")?.focus();
});
let waiting;
part("search").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    localSearch = part("search").value.trim();
    now.browser ? draw() : act("search", { text: localSearch });
  }, 200);
});
part("import").addEventListener("click", () => part("file").click());
part("file").addEventListener("change", async () => {
  const [file] = part("file").files;
  part("file").value = "";
  if (file) act("import", { text: await file.text() });
});
fold(narrow() || localStorage.getItem(FOLDED) === "1", false);

watch("value", () => {
  if (props.value.n <= now.n) return;
  now = { ...props.value };
  update(now);
});
window.addEventListener("hashchange", () => turnInAddress() && (document.getElementById(`turn-${turnInAddress()}`)
  ? scrollTo(turnInAddress()) : open(inAddress(), { turn: turnInAddress() })));
load();
const first = inAddress() || localStorage.getItem(LAST);
setTimeout(() => (first ? open(first, { at_first: true, turn: turnInAddress() }) : act("search", { text: "" })));
