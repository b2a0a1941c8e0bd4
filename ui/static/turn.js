// One turn: the question, the answer, advice, branches and what can be done with it.
function editor(turn, holder) {
  if (holder.querySelector("textarea")) return;
  const form = make("form", "cr-edit");
  const field = make("textarea");
  field.value = turn.question;
  field.rows = Math.min(8, turn.question.split("\n").length + 1);
  field.setAttribute("aria-label", "Your question");
  const send = make("button", "cr-primary", "Ask again");
  const close = () => form.remove();
  form.append(field, send, button("Cancel", "cr-plain", close));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) trigger("rerun", { kind: "edit", turn: turn.id, text: field.value });
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  holder.append(form);
  field.focus();
}

function drawTurn(turn, filled = true) {
  const node = make("article", "cr-turn");
  node.id = `turn-${turn.key}`;
  const question = make("div", "cr-question", turn.question);
  question.setAttribute("dir", "auto");
  const asked = make("div", "cr-asked");
  asked.append(question);
  node.append(asked);
  for (const note of turn.notes) node.append(make("p", "cr-note", note));
  node.append(...advised(turn, asked));
  const answer = make("div", "cr-answer");
  answer.setAttribute("dir", "auto");
  answer.setAttribute("role", "group");
  answer.setAttribute("aria-label", "Answer; arrow keys move between tokens");
  if (filled) fillAnswer(answer, turn);
  answer.hidden = !turn.text;
  node.append(answer);
  node.append(...confidence(turn));
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
  if (turn.stage === "done" || turn.error) node.append(tools(turn, asked));
  return { node, answer, status };
}

function branches(turn) { // which of several continuations is shown
  const [which, many, origin] = turn.branch;
  const bar = make("div", "cr-branches");
  const go = (step, sign, name) => {
    const node = button(sign, "cr-plain", () => trigger("quick", { kind: "branch", turn: turn.id, step }), name);
    node.disabled = which + step < 1 || which + step > many || !(turn.stage === "done" || turn.error);
    return node;
  };
  bar.append(go(-1, "‹", "Previous branch"), make("span", "", `Branch ${which} of ${many}`), go(1, "›", "Next branch"));
  bar.append(make("small", "", origin || "the original answer"));
  return bar;
}

function tools(turn, asked) {
  const bar = make("div", "cr-tools");
  const quick = (kind, more) => () => trigger("quick", { kind, turn: turn.id, ...more });
  if (turn.assessed) {
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
  if (turn.closer) acts.append(
    button("Check consistency", "cr-plain cr-checking", () => confirmCheck(turn, bar), "Check consistency: sample more answers to the same question"));
  if (window.credenceLink) acts.append(button("Link", "cr-plain", (event) => navigator.clipboard.writeText(window.credenceLink(turn))
    .then(() => (event.target.textContent = "Copied")), "Copy a link to this answer"));
  acts.append(button("Edit", "cr-plain", () => editor(turn, asked), "Edit this question and remove later turns"));
  if (turn.last) {
    acts.append(button("Retry", "cr-plain", () => trigger("rerun", { kind: "retry", turn: turn.id }), "Ask this again"));
    acts.append(button("Undo", "cr-plain", quick("undo"), "Remove this turn"));
  }
  bar.append(acts);
  return bar;
}

function confirmCheck(turn, bar) { // states the cost before it starts
  if (bar.nextSibling) return bar.nextSibling.remove();
  const ask = make("div", "cr-plan");
  ask.append(make("p", "", turn.closer),
    button("Start", "cr-primary", () => trigger("rerun", { kind: "closer", turn: turn.id })),
    button("Cancel", "cr-plain", () => ask.remove()));
  bar.after(ask);
  ask.querySelector("button").focus();
}
