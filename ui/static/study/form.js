// The form of a screen: its fields, the missing ones, and a button to continue.
import { build } from "./fields.js";
import { button, make } from "./parts.js";
import * as wire from "./wire.js";

const MISSING = "Please answer this question.";

export function form(fields, words, submit, only = {}) { // only: field → whether it is shown for these values
  const built = fields.map(build);
  const asked = () => built.filter((field) => !field.node.hidden);
  const values = () => {
    const answers = {};
    for (const field of asked()) {
      const value = field.value();
      if (value !== undefined) answers[field.name] = value;
    }
    return answers;
  };
  const fold = () => built.forEach((field) => only[field.name] && (field.node.hidden = !only[field.name](values())));
  const kept = wire.draft();
  for (const field of built) if (kept[field.name] !== undefined) field.set(kept[field.name]);
  fold();
  const go = make("button", "cr-primary cs-go", words);
  go.type = "submit";
  const node = make("form", "cs-form", ...built.map((field) => field.node), make("div", "cs-acts", go));
  node.noValidate = true;
  node.addEventListener("input", () => wire.draft(values()));
  node.addEventListener("change", (event) => {
    fold();
    wire.draft(values());
    const field = built.find((candidate) => candidate.node.contains(event.target));
    if (!field) return;
    field.fault("");
    const value = field.value();
    wire.note("change", { field: field.name, value: typeof value === "string" ? value.slice(0, 500) : value ?? null });
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const open = asked().filter((field) => field.required && field.value() === undefined);
    built.forEach((field) => field.fault(open.includes(field) ? MISSING : ""));
    if (open.length) return focus(open[0]);
    submit(values());
  });
  return {
    node, values,
    busy(on) {
      node.inert = on;
      node.classList.toggle("cs-busy", on);
      go.textContent = on ? "Saving …" : words;
    },
    faults(messages) {
      const named = built.filter((field) => messages[field.name]);
      built.forEach((field) => field.fault(messages[field.name] || ""));
      if (named.length) focus(named[0]);
      return named.length > 0;
    },
  };
}

function focus(field) {
  field.node.querySelector("input, textarea").focus();
  field.node.scrollIntoView({ block: "center" });
}

export function decision(name, words, submit) { // answers as buttons, each of which continues
  const node = make("div", "cs-acts cs-decision", ...words.map(([value, text, className]) =>
    button(text, className, () => submit({ [name]: value }))));
  return { node, values: () => ({}), busy: (on) => (node.inert = on), faults: () => false };
}
