// One turn: the question, the answer, advice, branches and what can be done with it.
function form(holder, what, { text, label, hint, go, send }) { // a text to change and send; one of a kind at a time
  if (holder.querySelector(`.cr-edit[data-what=${what}]`)) return;
  const node = make("form", "cr-edit");
  node.dataset.what = what;
  const field = make("textarea");
  field.value = text;
  field.rows = Math.min(8, text.split("\n").length + 1);
  field.setAttribute("aria-label", label);
  const close = () => node.remove();
  node.append(field, make("small", "", hint), make("button", "cr-primary", go), button("Cancel", "cr-plain", close));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    send(field.value);
    close();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      node.requestSubmit();
    }
  });
  holder.append(node);
  field.focus();
  return field;
}

function editor(turn, holder) {
  const field = form(holder, "question", {
    text: turn.question,
    label: "Your question",
    hint: "The question becomes a new version. The old one stays, with what follows it.",
    go: "Ask again",
    send: (text) => trigger("rerun", { kind: "edit", turn: turn.id, text }),
  });
  if (!field) return;
  field.setSelectionRange(turn.asked[0].length, turn.asked[0].length); // before its files
  field.scrollTop = 0;
}

function beginner(turn, holder) {
  const field = form(holder, "answer", {
    text: turn.text,
    label: "Beginning of the answer",
    hint: "Change it or cut it anywhere. The model goes on from its end, in a new version.",
    go: "Go on from here",
    send: (text) => trigger("rerun", { kind: "begin", turn: turn.id, text }),
  });
  field?.setSelectionRange(field.value.length, field.value.length);
}

function drawTurn(turn, filled = true) {
  const node = make("article", "cr-turn");
  node.id = `turn-${turn.id}`;
  node.tabIndex = -1;
  const [typed, files] = turn.asked;
  const question = make("div", "cr-question", typed);
  question.setAttribute("dir", "auto");
  for (const [name, text] of files) {
    const file = make("details", "cr-sent-file"), content = make("pre", "", text);
    content.tabIndex = 0;
    file.append(make("summary", "", name), content);
    question.append(file);
  }
  if (turn.compared) node.append(make("h3", "", turn.compared.title));
  const asked = make("div", "cr-asked");
  asked.append(question);
  const ended = turn.stage === "done" || turn.error;
  if (ended) asked.append(act("edit", button("Edit", "cr-plain cr-small", () => editor(turn, asked), "Edit this question")));
  node.append(asked);
  if (turn.by) node.append(author(turn.by));
  for (const note of turn.notes) node.append(make("p", "cr-note", note));
  node.append(...advised(turn, asked));
  const reasoning = reasoningBox(turn);
  fillReasoning(reasoning, turn);
  node.append(reasoning);
  const answer = make("div", "cr-answer");
  answer.setAttribute("dir", "auto");
  answer.setAttribute("role", "group");
  answer.setAttribute("aria-label", "Answer; arrow keys move between tokens");
  if (filled) fillAnswer(answer, turn);
  answer.hidden = !turn.text;
  node.append(answer);
  node.append(...confidence(turn));
  const bar = doubtsBar(turn);
  if (bar) node.append(bar);
  if (turn.branch.length) node.append(branches(turn));
  const status = make("p", "cr-status", turn.progress);
  node.append(status);
  if (turn.error) {
    const error = make("p", "cr-error", turn.error);
    error.setAttribute("role", "alert");
    node.append(error);
    if (turn.paused && turn.last) node.append(button("Try now", "cr-primary", () => trigger("rerun", { kind: "now", turn: turn.id }),
      "Try now: restart the engine and ask this again"));
  }
  if (ended) node.append(...(turn.compared ? taker(turn) : [tools(turn)]));
  return { node, reasoning, answer, status };
}

function author([name, note]) { // which of several models gave the answer
  const line = make("p", "cr-by", name);
  if (note) line.append(" ", make("small", "", note));
  return line;
}

function act(name, node) { // what a key presses
  node.dataset.act = name;
  return node;
}

function branches(turn) { // which of several versions is shown
  const [which, many, origin] = turn.branch;
  const bar = make("div", "cr-branches");
  const go = (step, sign, name) => {
    const node = button(sign, "cr-plain", () => trigger("quick", { kind: "branch", turn: turn.id, step }), `${name} version`);
    node.disabled = which + step < 1 || which + step > many || !(turn.stage === "done" || turn.error);
    return act(name.toLowerCase(), node);
  };
  bar.append(go(-1, "‹", "Previous"), make("span", "", `Version ${which} of ${many}`), go(1, "›", "Next"));
  bar.append(make("small", "", origin || "the first answer"));
  return bar;
}

function taker(turn) { // beside the answers of other models
  if (!turn.compared.take) return [];
  const bar = make("div", "cr-tools");
  bar.append(button("Go on with this answer", "cr-choice", () => {
    trigger("quick", { kind: "take", turn: turn.id });
    location.hash = "chat";
  }, `Go on with this answer of ${turn.compared.title}: it is put into the conversation`));
  return [bar];
}

function tools(turn) {
  const bar = make("div", "cr-tools");
  const quick = (kind, more) => () => trigger("quick", { kind, turn: turn.id, ...more });
  if (turn.assessed && !turn.recorded && turn.text) {
    const ask = make("span", "cr-label");
    ask.setAttribute("role", "group");
    ask.setAttribute("aria-label", "Was this right?");
    ask.append(make("span", "", "Was this right?"));
    for (const [value, text] of [["yes", "Yes"], ["no", "No"], ["unknown", "Don’t know"]]) {
      const choice = button(text, "cr-choice", quick("label", { value }));
      choice.setAttribute("aria-pressed", String(turn.label === value));
      ask.append(choice);
    }
    bar.append(ask);
  }
  const acts = make("span", "cr-acts");
  const add = (name, text, run, label) => acts.append(act(name, button(text, "cr-plain", run, label)));
  const addSeen = (name, ...more) => (add(name, ...more), acts.lastChild.classList.add("cr-seen")); // hidden with a withheld answer
  if (turn.continues) acts.append(act("continue", button("Continue", "cr-primary", () => trigger("rerun", { kind: "continue", turn: turn.id }),
    "Continue this answer from where it ended")));
  if (turn.text) addSeen("copy", "Copy", (event) => copy(turn.text, event.currentTarget), "Copy this answer");
  add("retry", "Retry", () => retry(turn, bar), "Ask this again");
  if (turn.text) addSeen("warmer", "Retry at …", () => warmer(turn, bar), "Ask this again at another temperature");
  if (turn.text && turn.branching) addSeen("begin", "Edit answer", () => beginner(turn, bar), "Edit the beginning of this answer and let the model go on");
  if (turn.closer && turn.text) addSeen("check", "Check consistency", () => confirmCheck(turn, bar), "Check consistency: sample more answers to the same question");
  if (window.credenceLink) add("link", "Link", (event) => copy(window.credenceLink(turn), event.currentTarget), "Copy a link to this answer");
  if (turn.last) add("undo", "Undo", quick("undo"), "Remove this turn");
  bar.append(acts);
  return bar;
}

function retry(turn, bar) { // at temperature 0 the same answer would come again
  if (turn.temperature === 0 && turn.closer) return warmer(turn, bar, "At temperature 0 the same answer would come again.");
  trigger("rerun", { kind: "retry", turn: turn.id });
}

function plan(bar, what) { // one question below the tools at a time; asked again, it closes
  const before = bar.parentElement.querySelector(".cr-plan");
  before?.remove();
  if (before?.dataset.what === what) return null;
  const node = make("form", "cr-plan");
  node.dataset.what = what;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    node.remove();
  });
  bar.after(node);
  return node;
}

function warmer(turn, bar, why = "") {
  const node = plan(bar, "temperature");
  if (!node) return;
  const label = make("label", "", "Temperature "), field = make("input");
  Object.assign(field, { type: "number", min: "0", max: "2", step: "0.1", required: true, value: String(turn.temperature || 0.8) });
  label.append(field);
  if (why) node.append(make("p", "", why));
  node.append(label, make("button", "cr-primary", "Retry"), button("Cancel", "cr-plain", () => node.remove()));
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    trigger("rerun", { kind: "retry", turn: turn.id, temperature: Number(field.value) });
    node.remove();
  });
  field.focus();
  field.select();
}

function confirmCheck(turn, bar) { // states the cost before it starts
  const node = plan(bar, "check");
  if (!node) return;
  node.append(make("p", "", turn.closer),
    button("Start", "cr-primary", () => trigger("rerun", { kind: "closer", turn: turn.id })),
    button("Cancel", "cr-plain", () => node.remove()));
  node.querySelector("button").focus();
}
