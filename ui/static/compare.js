// The form of the Compare screen: which models, at which settings, and the question to all of them.
const page = element.closest(".credence") || document.body;
const find = (name) => element.querySelector(`.cr-compare-${name}`);
const form = element.querySelector("form"), fields = find("columns"), field = form.querySelector("textarea");
const submit = form.querySelector("[type=submit]"), stop = find("stop"), more = find("more");
let columns = null; // as the person set them, once they did
let touched = false;
fields.addEventListener("input", () => (touched = true));
let newest = 0;

function number(column) {
  const label = make("label", "", "Temperature "), input = make("input");
  Object.assign(input, { type: "number", min: "0", max: "2", step: "0.1", required: true, value: String(column.temperature) });
  input.addEventListener("input", () => (column.temperature = Number(input.value)));
  label.append(input);
  return label;
}

function model(column) {
  const { choices, any } = props.value, label = make("label", "cr-compare-model", "Model ");
  if (choices.length < 2 && !any) {
    label.append(make("b", "", choices[0][1]));
    return label;
  }
  const select = make("select"), other = make("input");
  const known = !column.other && choices.some(([spec]) => spec === column.spec);
  for (const [spec, name] of choices) select.append(new Option(spec ? name : `${name} (in use)`, spec));
  if (any) select.append(new Option("Another …", "…"));
  select.value = known ? column.spec : "…";
  Object.assign(other, { type: "text", placeholder: "path, org/name or http://…/v1#model", value: known ? "" : column.spec, hidden: known });
  select.setAttribute("aria-label", "Model");
  other.setAttribute("aria-label", "Another model");
  select.addEventListener("change", () => {
    column.other = select.value === "…"; // kept when the list of models arrives and is drawn again
    other.hidden = !column.other;
    column.spec = other.hidden ? select.value : other.value.trim();
    if (!other.hidden) other.focus();
  });
  other.addEventListener("input", () => (column.spec = other.value.trim()));
  label.append(select);
  const both = make("span", "");
  both.append(label, other);
  return both;
}

function system(column) {
  const fold = make("details"), text = make("textarea");
  fold.open = Boolean(column.system);
  text.rows = 2;
  text.value = column.system;
  text.setAttribute("aria-label", "System message");
  text.addEventListener("input", () => (column.system = text.value));
  fold.append(make("summary", "", "System message"), text);
  return fold;
}

function drawColumns() {
  page.dataset.compared = columns.length;
  more.hidden = columns.length >= props.value.most;
  const inputs = () => [...fields.querySelectorAll("select, input, textarea, summary")];
  const focused = inputs().indexOf(document.activeElement);
  fields.replaceChildren(...columns.map((column, place) => {
    const box = make("fieldset");
    box.append(make("legend", "", `Column ${place + 1}`), model(column), number(column), system(column));
    if (columns.length > 2) box.append(button("Remove", "cr-plain cr-small", () => {
      columns.splice(place, 1);
      drawColumns();
      more.focus();
    }, `Remove column ${place + 1}`));
    return box;
  }));
  if (focused >= 0) inputs()[focused]?.focus();
}

function say(name, text) {
  const node = find(name);
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

function draw() {
  const { running, order, notice, open, follows, agreement, note } = props.value;
  if (columns === null || JSON.stringify(fields.credence) !== JSON.stringify(props.value.choices)) {
    fields.credence = props.value.choices;
    if (!touched) columns = props.value.columns.map((column) => ({ ...column }));
    drawColumns();
  }
  fields.toggleAttribute("inert", running);
  submit.hidden = running;
  stop.hidden = !running;
  more.hidden = running || columns.length >= props.value.most;
  say("order", order);
  say("notice", notice);
  say("follows", follows);
  find("open").hidden = !open;
  find("open").firstElementChild.textContent = open;
  const agreed = element.querySelector(".cr-agreement");
  agreed.hidden = !agreement;
  if (agreed.firstElementChild.textContent !== agreement) agreed.firstElementChild.textContent = agreement;
  agreed.lastElementChild.textContent = note;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!field.value.trim() || props.value.running) return;
  trigger("ask", { question: field.value, columns });
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
stop.addEventListener("click", () => trigger("act", { kind: "stop" }));
more.addEventListener("click", () => {
  touched = true;
  columns.push({ ...columns.at(-1), temperature: Math.min(2, columns.at(-1).temperature + 0.5) });
  drawColumns();
  fields.lastElementChild.querySelector("select, input").focus();
});
find("open").querySelector("button").addEventListener("click", () => trigger("act", { kind: "close" }));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && page.dataset.screen === "compare" && props.value.running) trigger("act", { kind: "stop" });
});
document.addEventListener("credence-why", ({ detail }) => { // the badge of a column opens its panel
  const column = page.querySelector(`.cr-compared .cr-badge-open[data-turn="${detail}"]`)?.closest(".cr-compared");
  const panel = column?.querySelector(".cr-compared-panel");
  if (!panel) return;
  const summary = panel.querySelector("summary");
  if (!panel.open) summary.click();
  summary.focus();
});
function opened() { // the screen was opened: the conversation or the model may have changed meanwhile
  if (location.hash !== "#compare") return;
  trigger("act", { kind: "look" });
  setTimeout(() => document.activeElement?.matches?.("[data-screen]") || field.focus()); // arrow keys move on between the tabs
}
window.addEventListener("hashchange", opened);
setTimeout(opened);
watch("value", () => {
  if (props.value.n < newest) return;
  newest = props.value.n;
  draw();
});
draw();
