// Draws turns into `element` from `props.value`; model text is only set through textContent.
const VIEWS = ["tokens", "phrases", "off"];
const root = element.querySelector(".cr-turns");
const drawn = new Map(); // turn id → {node, answer, status, turn, key, streaming}

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function button(text, className, act, label) {
  const node = make("button", className, text);
  node.type = "button";
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("click", act);
  return node;
}

const percent = (p) => (p > 0 && p < 0.005 ? "< 1 %" : p >= 0.995 && p < 1 ? "> 99 %" : `${Math.round(p * 100)} %`);
const surprise = (p) => Math.min(1, -Math.log(Math.max(p, 1e-6)) / 3);

function tokenSpan(turn, index, piece) { // a piece of a token; one that shows nothing is a mark
  const [text, p, top] = turn.tokens[index];
  const span = make("span", piece ? "cr-token" : "cr-token cr-syntax", piece);
  span.style.setProperty("--s", surprise(p).toFixed(3));
  if (p < 0.5) span.classList.add("cr-doubtful");
  span.tabIndex = -1;
  span.credence = { text, p, top, index, turn: null };
  return dress(span, turn);
}

function dress(span, turn) { // what can change after a token was drawn
  const { index, top } = span.credence, judged = turn.tokens[index][3];
  if (judged !== span.credence.judged) {
    span.credence.judged = judged;
    span.classList.toggle("cr-judged", judged > 0);
    span.classList.toggle("cr-key", judged === 2);
  }
  span.credence.turn = turn.branching && top.some(([, , open]) => open) ? turn.id : null;
  return span;
}

// ---- the pop-up of a token: probability and alternatives -------------------
const popup = window.credencePopup || (window.credencePopup = (() => {
  const node = make("div", "credence cr-popup");
  node.id = "cr-popup";
  node.setAttribute("role", "status");
  node.hidden = true;
  return node;
})());

function showPopup(span, pin = false) {
  const { text: own, p, top, index, turn } = span.credence;
  popup.pinned = pin ? span : null; // pinned: it stays open, and an alternative can be chosen
  popup.classList.toggle("cr-pinned", pin);
  popup.setAttribute("role", pin ? "dialog" : "status");
  popup.setAttribute("aria-label", "Alternatives to this token");
  if (!popup.isConnected) document.body.append(popup);
  popup.replaceChildren();
  const head = make("div", "cr-popup-head");
  head.append(make("code", "", JSON.stringify(own).slice(1, -1)), make("b", "", percent(p)));
  popup.append(head);
  if (top.length) {
    const list = make("ul");
    for (const [choice, [text, share, open]] of top.entries()) {
      const row = make("li");
      if (text === own) row.className = "cr-chosen";
      const bar = make("i");
      bar.style.width = `${Math.max(1, share * 100)}%`;
      const parts = [make("code", "", JSON.stringify(text).slice(1, -1) || "(end)"), bar, make("span", "", percent(share))];
      if (pin && open) {
        const act = () => (closePopup(), trigger("rerun", { kind: "branch", turn, token: index, choice }));
        const choose = button("", "cr-choose", act, `Continue with ${JSON.stringify(text.trim())}, ${percent(share)}`);
        choose.append(...parts);
        row.append(choose);
      } else row.append(...parts);
      list.append(row);
    }
    popup.append(list);
  } else popup.append(make("p", "", "The engine returned no alternatives for this token."));
  popup.append(make("small", "", pin
    ? "Choose one to continue the answer from here as a new branch. This branch is kept."
    : `Probability of each token at this point in the answer.${turn === null ? "" : span.closest("a") ? " Alt-click to choose another." : " Click to choose another."}`));
  popup.hidden = false;
  const box = span.getBoundingClientRect();
  const width = popup.offsetWidth, height = popup.offsetHeight;
  const below = box.bottom + 6 + height < window.innerHeight;
  popup.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
  popup.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - height - 6)}px`;
  span.setAttribute("aria-describedby", "cr-popup");
}

function closePopup() {
  popup.pinned = null;
  hidePopup();
}

function hidePopup() {
  if (popup.pinned) return;
  popup.hidden = true;
  element.querySelectorAll("[aria-describedby=cr-popup]").forEach((span) => span.removeAttribute("aria-describedby"));
}

const tokenOf = (event) => (event.target.classList?.contains("cr-token") ? event.target : null);
const look = (event) => !popup.pinned && showPopup(tokenOf(event));
element.addEventListener("mouseover", (event) => (tokenOf(event) ? look(event) : hidePopup()));
element.addEventListener("mouseleave", hidePopup);
element.addEventListener("focusin", (event) => tokenOf(event) && look(event));
element.addEventListener("focusout", hidePopup);
function pin(span) {
  span.focus();
  if (span.credence.turn !== null) showPopup(span, true);
}
element.addEventListener("click", (event) => {
  const span = tokenOf(event);
  if (!span || (span.closest("a") && !event.altKey)) return; // a click on a link follows it
  if (event.altKey) event.preventDefault();
  pin(span);
});
document.addEventListener("pointerdown", (event) => !popup.contains(event.target) && closePopup());
document.addEventListener("scroll", (event) => !popup.contains(event.target) && closePopup(), true);
document.addEventListener("keydown", (event) => {
  const span = popup.pinned;
  if (event.key !== "Escape" || !span || !element.contains(span)) return;
  closePopup();
  span.focus();
  hidePopup();
});
element.addEventListener("keydown", (event) => {
  const span = tokenOf(event);
  if (!span) return;
  if (event.key === "Escape") return closePopup();
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    pin(span);
    return popup.pinned && popup.querySelector("button").focus();
  }
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const all = [...span.closest(".cr-answer").querySelectorAll(".cr-token")];
  const next = event.key === "Home" ? all[0] : event.key === "End" ? all.at(-1) : step && neighbour(all, span, step);
  if (next && next !== span) {
    event.preventDefault();
    closePopup();
    span.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
});

function neighbour(all, span, step) { // the next token; the pieces of one token are one stop
  let place = all.indexOf(span);
  do place += step;
  while (all[place] && (all[place].credence.index === span.credence.index || !all[place].getClientRects().length));
  return all[place];
}

// ---- one turn ---------------------------------------------------------------
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
  const withheld = turn.abstain && !turn.revealed;
  if (turn.abstain) {
    const banner = make("div", "cr-banner");
    banner.setAttribute("role", "note");
    banner.append(make("p", "", turn.abstain));
    if (!turn.calibrated) banner.append(make("small", "", "Uncalibrated: how often such answers are right has not been measured."));
    if (withheld) banner.append(
      button("Show the answer anyway", "cr-primary", () => trigger("quick", { kind: "reveal", turn: turn.id })),
      button("Ask differently", "cr-plain", () => editor(turn, asked)));
    node.append(banner);
  }
  const answer = make("div", "cr-answer");
  answer.setAttribute("dir", "auto");
  answer.setAttribute("role", "group");
  answer.setAttribute("aria-label", "Answer; arrow keys move between tokens");
  if (filled) fillAnswer(answer, turn);
  answer.hidden = Boolean(withheld) || !turn.text;
  node.append(answer);
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
  if (turn.assessed && !(turn.abstain && !turn.revealed)) {
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
  if (turn.closer && !(turn.abstain && !turn.revealed)) acts.append(
    button("Check consistency", "cr-plain", () => confirmCheck(turn, bar), "Check consistency: sample more answers to the same question"));
  if (turn.assessed) acts.append(button("Confidence", "cr-plain", quick("select"), "Show this answer's confidence"));
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

function refreshed(known, entry) { // all but the answer is new, which keeps its place, selection and scroll
  for (const part of [...known.node.childNodes]) if (part !== known.answer) part.remove();
  const parts = [...entry.node.childNodes], place = parts.indexOf(entry.answer);
  known.answer.before(...parts.slice(0, place));
  known.answer.after(...parts.slice(place + 1));
  known.answer.hidden = entry.answer.hidden;
  fillAnswer(known.answer, entry.turn);
  return { ...entry, node: known.node, answer: known.answer };
}

function scroller() {
  return element.closest(".cr-scroll");
}

function nameButtons() { // Gradio's own send and stop buttons contain only an icon
  for (const [kind, name] of [["submit", "Send"], ["stop", "Stop"]])
    element.closest(".credence")?.querySelectorAll(`.cr-composer .${kind}-button`).forEach((node) => (node.ariaLabel = name));
}

function draw() {
  setTimeout(nameButtons, 50); // after Gradio has drawn them
  const turns = Array.isArray(props.value) ? props.value : [];
  const box = scroller();
  const near = !box || box.scrollHeight - box.scrollTop - box.clientHeight < 140;
  const ids = new Set(turns.map((turn) => turn.id));
  for (const [id, entry] of drawn) if (!ids.has(id)) entry.node.remove(), drawn.delete(id);
  for (const turn of turns) {
    const known = drawn.get(turn.id);
    const streaming = turn.stage === "answering" && !turn.error && turn.tokens.length > 0;
    if (known && known.streaming && streaming && turn.tokens.length >= known.turn.tokens.length && !turn.notes.length) {
      known.answer.hidden = false;
      known.turn = { ...turn, phrases: [] };
      fillAnswer(known.answer, known.turn);
      known.status.textContent = turn.progress;
      continue;
    }
    const key = JSON.stringify(turn);
    if (known && known.key === key) continue;
    const shown = streaming ? { ...turn, phrases: [] } : turn;
    const entry = { ...drawTurn(shown, !known), turn: shown, key, streaming };
    if (known) drawn.set(turn.id, refreshed(known, entry));
    else root.append(entry.node), drawn.set(turn.id, entry);
  }
  turns.forEach((turn, place) => { // a branch takes the place of the previous one
    const { node } = drawn.get(turn.id);
    if (root.children[place] !== node) root.insertBefore(node, root.children[place]);
  });
  if (near && box) box.scrollTop = box.scrollHeight;
}

// ---- examples of the empty state -------------------------------------------
element.querySelectorAll(".cr-example").forEach((node) => {
  node.addEventListener("click", () => trigger("quick", { kind: "example", turn: 0, text: node.dataset.text }));
});

document.addEventListener("credence-source", () => drawn.forEach(({ answer, turn }) => fillAnswer(answer, turn)));
watch("value", draw);
draw();
