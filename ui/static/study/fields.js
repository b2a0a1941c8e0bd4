// The questions of a form: each {name, node, value(), set(value), fault(text)}; value() is undefined until answered.
import { make } from "./parts.js";

let count = 0;
const makers = { choice, choices, likert, text, slider, number, "yes-no": yesNo };

export function build(field) {
  const { node, value, set } = (makers[field.kind] || text)(field, `field-${++count}`);
  const fault = make("p", "cs-fault");
  fault.id = `fault-${count}`;
  fault.hidden = true;
  node.append(fault);
  node.dataset.field = field.name;
  node.classList.add("cs-field", `cs-kind-${field.kind}`);
  return {
    name: field.name, required: field.required, node, value, set,
    fault(words) {
      fault.textContent = words || "";
      fault.hidden = !words;
      node.classList.toggle("cs-faulty", Boolean(words));
      node.querySelectorAll("input, textarea").forEach((input) => {
        if (words) input.setAttribute("aria-describedby", fault.id);
        else input.removeAttribute("aria-describedby");
      });
    },
  };
}

function group(field, ...content) {
  const node = make("fieldset", "", make("legend", "", field.label), ...content);
  if (!field.required) node.firstChild.append(make("small", "", " (optional)"));
  return node;
}

function boxes(field, id, type, values, words, className) {
  const inputs = [];
  const rows = values.map((value, place) => {
    const input = make("input");
    Object.assign(input, { type, name: id, value: String(place) });
    inputs.push(input);
    const label = make("label", className, input, make("span", "", words[place]));
    label.dir = "auto";
    return label;
  });
  return { inputs, rows };
}

function choice(field, id) {
  const { inputs, rows } = boxes(field, id, "radio", field.options, field.options, "cs-option");
  const value = () => field.options[inputs.findIndex((input) => input.checked)];
  const set = (chosen) => inputs.forEach((input, place) => (input.checked = field.options[place] === chosen));
  return { node: group(field, ...rows), value, set };
}

function yesNo(field, id) {
  const words = field.options.length ? field.options : ["Yes", "No"];
  const { inputs, rows } = boxes(field, id, "radio", words, words, "cs-option");
  const value = () => (inputs[0].checked ? true : inputs[1].checked ? false : undefined);
  const set = (chosen) => [true, false].forEach((answer, place) => (inputs[place].checked = chosen === answer));
  return { node: group(field, ...rows), value, set };
}

function choices(field, id) {
  const { inputs, rows } = boxes(field, id, "checkbox", field.options, field.options, "cs-option");
  const value = () => {
    const ticked = field.options.filter((_, place) => inputs[place].checked);
    return ticked.length ? ticked : undefined;
  };
  const set = (chosen) => inputs.forEach((input, place) => (input.checked = (chosen || []).includes(field.options[place])));
  return { node: group(field, ...rows), value, set };
}

function likert(field, id) {
  const points = Array.from({ length: field.points }, (_, place) => place + 1);
  const { inputs, rows } = boxes(field, id, "radio", points, points.map(String), "cs-point");
  inputs[0].setAttribute("aria-label", `1, ${field.low_label}`);
  inputs.at(-1).setAttribute("aria-label", `${field.points}, ${field.high_label}`);
  const scale = make("div", "cs-scale", ...rows);
  scale.style.setProperty("--points", field.points);
  const value = () => points[inputs.findIndex((input) => input.checked)];
  const set = (chosen) => inputs.forEach((input, place) => (input.checked = points[place] === chosen));
  const words = ends(field);
  words.setAttribute("aria-hidden", "true"); // the first and last point have them as labels
  return { node: group(field, scale, words), value, set };
}

function ends(field) {
  return make("div", "cs-ends", make("span", "", field.low_label || ""), make("span", "", field.high_label || ""));
}

function labelled(field, id, input) {
  input.id = id;
  const label = make("label", "cs-label", field.label);
  label.htmlFor = id;
  if (!field.required) label.append(make("small", "", " (optional)"));
  return make("div", "", label, input);
}

function text(field, id) {
  const input = make(field.long ? "textarea" : "input");
  if (field.long) input.rows = 4;
  else input.type = "text";
  input.dir = "auto";
  input.autocomplete = "off";
  const value = () => (input.value.trim() ? input.value : undefined);
  const set = (words) => (input.value = words ?? "");
  return { node: labelled(field, id, input), value, set };
}

function number(field, id) {
  const input = make("input");
  Object.assign(input, { type: "number", min: field.min, max: field.max, step: field.step, inputMode: "decimal" });
  const value = () => (input.value === "" ? undefined : Number(input.value));
  const set = (figure) => (input.value = figure ?? "");
  return { node: labelled(field, id, input), value, set };
}

function slider(field, id) { // has no value until it is touched
  const input = make("input");
  Object.assign(input, { type: "range", min: field.min, max: field.max, step: field.step });
  input.value = (Number(field.min) + Number(field.max)) / 2;
  const shown = make("output", "cs-value");
  shown.htmlFor = id;
  let touched = false;
  const show = () => {
    shown.textContent = touched ? input.value : "not set";
    input.setAttribute("aria-valuetext", shown.textContent);
    input.classList.toggle("cs-unset", !touched);
  };
  const touch = () => ((touched = true), show());
  input.addEventListener("input", touch);
  input.addEventListener("click", () => touched || (touch(), changed(input))); // a click at the exact middle sends no input event
  input.addEventListener("keydown", (event) => {
    if (touched || (event.key !== " " && event.key !== "Enter")) return;
    event.preventDefault();
    touch();
    changed(input);
  });
  show();
  const node = labelled(field, id, input);
  node.insertBefore(shown, input);
  node.append(ends(field));
  const value = () => (touched ? Number(input.value) : undefined);
  const set = (figure) => {
    touched = typeof figure === "number";
    if (touched) input.value = figure;
    show();
  };
  return { node, value, set };
}

const changed = (input) => input.dispatchEvent(new Event("change", { bubbles: true }));
