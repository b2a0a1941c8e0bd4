// The line that says how far a model is loaded, and the menu of models. Names are only set through textContent.
const EVERY = 700; // milliseconds between two looks while a model is being loaded
const page = element.closest(".credence") || document.body;
const line = element.querySelector(".cr-loading"), says = line.querySelector("p"), bar = line.querySelector("progress");
const progress = line.querySelector("small"), acts = line.querySelector(".cr-loading-acts");
const act = (kind, more) => trigger("models", { kind, version: props.value.version, ...more });
let looking = null, offered = "";

function offer(choices) { // the buttons stay while only the numbers change, so that the focus does
  const key = JSON.stringify(choices.map(([text]) => text));
  if (key === offered) return;
  offered = key;
  acts.replaceChildren(...choices.map(([text, run, primary]) => button(text, primary ? "cr-primary" : "cr-plain", run)));
}
function drawLine() {
  const { loading, failure } = props.value;
  line.hidden = !loading && !failure;
  line.dataset.state = failure ? "failure" : "loading";
  const text = (loading || failure)?.text || "";
  if (says.textContent !== text) says.textContent = text;
  progress.textContent = loading?.progress || "";
  bar.hidden = typeof loading?.share !== "number";
  if (!bar.hidden) bar.value = loading.share;
  const choices = [];
  if (failure?.again) choices.push(["Try again", () => act("again"), true]);
  if (failure?.alone) choices.push([failure.alone, () => act("alone")]);
  if (failure?.choose) choices.push(["Choose another model", () => document.dispatchEvent(new Event("credence-models"))]);
  if (failure?.dismiss) choices.push(["Close", () => act("dismiss")]);
  if (loading?.cancel) choices.push(["Stop loading", () => act("cancel")]);
  offer(choices);
  const beside = page.querySelector(".cr-model-loading"); // in the header, for the other screen
  if (beside) beside.textContent = text;
}

// ---- the menu; a choice closes it once it is clear that it names a model
let chosen = false;
function choose(spec) {
  chosen = true;
  fault.hidden = true;
  act("choose", { spec });
}
document.addEventListener("credence-models", () => {
  if (!menu.childNodes.length) buildMenu(choose);
  if (!menu.isConnected) page.append(menu);
  if (menu.open) return;
  list.replaceChildren();
  waits.hidden = false;
  fault.hidden = true;
  field.value = "";
  menu.showModal();
  act("list");
});

function draw() {
  drawLine();
  if (menu.open) drawMenu(props.value, choose);
  if (chosen && typeof props.value.fault === "string") {
    chosen = false;
    if (!props.value.fault) menu.close();
  }
  clearTimeout(looking);
  if (props.value.loading) looking = setTimeout(() => act("look"), EVERY);
}
let newest = 0;
watch("value", () => { // an older state may arrive after it
  if (props.value.n < newest) return;
  newest = props.value.n;
  draw();
});
draw();
window.addEventListener("focus", () => act("look")); // another tab may have chosen a model
