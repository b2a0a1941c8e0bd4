// The menu of models: a dialog, on a phone a sheet. Names and sentences are only set through textContent.
const menu = document.createElement("dialog");
menu.className = "cr-models";
menu.setAttribute("aria-labelledby", "cr-models-title");
const list = make("ul", "cr-models-list"), typed = make("form", "cr-models-typed"), fault = make("p", "cr-error");
const field = make("input"), waits = make("p", "cr-models-wait", "Looking for models …");

function buildMenu(choose) {
  const head = make("div", "cr-models-head"), title = make("h2", "", "Choose a model"), label = make("label", "", "Any other");
  title.id = "cr-models-title";
  head.append(title, button("Close", "cr-plain", () => menu.close()));
  Object.assign(field, { type: "text", required: true, maxLength: 500, spellcheck: false, autocapitalize: "off", autocomplete: "off" });
  field.placeholder = "a path, a hub id, http://…/v1 or provider:model";
  fault.setAttribute("role", "alert");
  fault.hidden = true;
  label.append(field);
  typed.append(label, make("button", "cr-primary", "Open"), fault);
  typed.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) choose(field.value.trim());
  });
  field.addEventListener("input", () => (fault.hidden = true));
  menu.append(head, waits, list, typed);
  menu.addEventListener("click", (event) => event.target === menu && menu.close()); // beside it
  menu.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the keys of the chat do not work behind it
    const rows = [...list.querySelectorAll(".cr-model-choice")], at = rows.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || at < 0 || !rows[to]) return;
    event.preventDefault();
    rows[to].focus();
  });
}

function drawChoice(model, choose) {
  const row = make("li"), pick = button("", "cr-model-choice", () => choose(model.spec)), name = make("b", "", model.name);
  pick.dataset.spec = model.spec;
  if (model.state === "in use") pick.setAttribute("aria-current", "true");
  const head = make("span", "cr-model-line");
  head.append(name);
  if (model.state) head.append(make("em", "", model.state));
  pick.append(head, make("span", "", model.where), make("span", "", model.calibrated), make("span", "", model.speed));
  row.append(pick);
  if (model.confidence.length) {
    const more = make("details");
    more.append(make("summary", "", "How good its confidence was"), ...[...model.confidence, ...model.signals].map((text) => make("p", "", text)));
    row.append(more);
  }
  return row;
}

function drawMenu({ lines, fault: why }, choose) {
  if (typeof why === "string") {
    fault.hidden = !why;
    fault.textContent = why;
  }
  if (!lines) return;
  const open = new Set([...list.querySelectorAll("details[open]")].map((node) => node.parentElement.querySelector("button").dataset.spec));
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.spec : "";
  list.replaceChildren(...lines.map((model) => drawChoice(model, choose)));
  for (const pick of list.querySelectorAll(".cr-model-choice")) {
    const more = pick.parentElement.querySelector("details");
    if (more) more.open = open.has(pick.dataset.spec);
    if (pick.dataset.spec === focused) pick.focus();
  }
  if (!waits.hidden) (list.querySelector("[aria-current]") || list.querySelector("button"))?.focus();
  waits.hidden = true;
}
