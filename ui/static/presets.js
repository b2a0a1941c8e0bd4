// The menu of presets. On a shared page they stay in this browser; names are only set through textContent.
const KEPT = "credence-presets";
const find = (name) => element.querySelector(`.cr-preset${name}`);
const choice = find(""), naming = find("-name"), fresh = find("-new input");
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null; // damaged: as if there were none
  }
}
const act = (kind, name = "") => trigger("preset", { kind, name, document: kept() });

function draw() {
  const { names, own, current, new: forNew, document: mine, fault } = props.value;
  if (mine) localStorage.setItem(KEPT, JSON.stringify(mine));
  const options = names.map((name) => Object.assign(make("option", "", name), { value: name }));
  if (!current) options.unshift(Object.assign(make("option", "", "Changed, not saved"), { value: "" }));
  choice.replaceChildren(...options);
  choice.value = current;
  find("-delete").hidden = !own.includes(current);
  find("-new").hidden = !current;
  fresh.checked = current === forNew;
  find("-fault").textContent = fault;
  find("-fault").hidden = !fault;
}
function name(open) {
  naming.hidden = !open;
  const field = naming.querySelector("input");
  field.value = open && props.value.own.includes(choice.value) ? choice.value : "";
  if (open) field.focus();
  else find("-save").focus();
}
choice.addEventListener("change", () => choice.value && act("choose", choice.value));
find("-save").addEventListener("click", () => name(naming.hidden));
find("-delete").addEventListener("click", () => act("delete", choice.value));
fresh.addEventListener("change", () => act("new", fresh.checked ? choice.value : ""));
naming.addEventListener("submit", (event) => {
  event.preventDefault();
  act("save", naming.querySelector("input").value);
  name(false);
});
naming.querySelector(".cr-plain").addEventListener("click", () => name(false));
naming.addEventListener("keydown", (event) => event.key === "Escape" && name(false));
let newest = 0;
watch("value", () => { // an older state may arrive after it
  if (props.value.n < newest) return;
  newest = props.value.n;
  draw();
});
draw();
setTimeout(() => act("page"));
