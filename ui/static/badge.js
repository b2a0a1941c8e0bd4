// What stands around an answer: the advice above it; below it its badge and what else it could have said.
function advised(turn, asked) { // the page decides by data-withhold which of the two is shown
  const { advice } = turn;
  if (!advice) return [];
  const marked = make("p", "cr-advised", tight(advice.marked));
  marked.setAttribute("role", "note");
  const banner = make("div", `cr-banner cr-withheld${turn.revealed ? " cr-revealed" : ""}`);
  banner.setAttribute("role", "note");
  banner.append(make("p", "", advice.withheld));
  if (advice.note) {
    marked.append(" ", make("small", "", advice.note));
    banner.append(make("small", "", advice.note));
  }
  if (!turn.revealed) banner.append(
    button("Show the answer anyway", "cr-primary", () => trigger("quick", { kind: "reveal", turn: turn.id })),
    button("Ask differently", "cr-plain", () => editor(turn, asked)));
  return [marked, banner];
}

const withheld = (turn) => Boolean(turn.advice) && !turn.revealed && element.closest(".credence")?.dataset.withhold === "ask";
const tight = (text) => text.replaceAll(" %", "\u00a0%"); // no percent sign begins a line

function badge(turn) {
  const { level, words, number, reason, meaning, calibrated } = turn.badge;
  const bar = make("div", "cr-badge");
  bar.dataset.level = level;
  const open = button("", "cr-badge-open", () => {
    trigger("quick", { kind: "select", turn: turn.id });
    document.dispatchEvent(new CustomEvent("credence-why", { detail: turn.id }));
  }, `Confidence: ${words}${number && `, ${number}`}. Show what this rests on`);
  open.dataset.turn = turn.id;
  open.append(make("span", "", words));
  if (number) open.append("· ", make("b", "", number));
  if (number && !calibrated) open.append(make("small", "", "uncalibrated"));
  const why = make("span", "cr-badge-why", tight(reason));
  const explained = make("p", "cr-badge-meaning", tight(meaning));
  explained.hidden = true;
  explained.id = `meaning-${turn.id}`;
  const info = button("", "cr-info-button", () => {
    explained.hidden = !explained.hidden;
    info.setAttribute("aria-expanded", String(!explained.hidden));
  }, number ? "What does this number mean?" : "What does this mean?");
  info.append(make("span", "", "i"));
  info.setAttribute("aria-expanded", "false");
  info.setAttribute("aria-controls", explained.id);
  bar.append(open, info, why, explained);
  return bar;
}

function others(turn) { // one click continues from there, or shows the sample
  const line = make("div", "cr-others");
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", "What else it could have said");
  line.append(make("span", "", "Or else:"));
  for (const other of turn.others) line.append(otherAnswer(turn, other, line));
  return line;
}

function otherAnswer(turn, other, line) {
  const parts = [make("span", "", other.text), make("small", "", other.share)];
  const act = other.sample !== null ? () => showSample(turn, other, line)
    : () => trigger("rerun", { kind: "branch", turn: turn.id, token: other.token, choice: other.choice });
  const node = other.sample === null && other.token === null ? make("span", "cr-other") : button("", "cr-other", act, `${other.text}. ${other.says}`);
  node.title = other.says;
  node.append(...parts);
  return node;
}

function showSample(turn, other, line) { // a second click closes it
  const before = line.querySelector(".cr-sample");
  before?.remove();
  if (before?.dataset.sample === String(other.sample)) return;
  const box = make("div", "cr-sample");
  box.dataset.sample = other.sample;
  box.append(make("p", "", other.whole));
  if (other.taken && !turn.recorded) box.append(button("Use this answer", "cr-choice", () => trigger("rerun", { kind: "sample", turn: turn.id, sample: other.sample }),
    "Use this answer: a new version of the turn, which is checked like the first"));
  box.append(button("Close", "cr-plain", () => box.remove()));
  line.append(box);
  box.querySelector("button").focus();
}

function confidence(turn) {
  const parts = turn.badge ? [badge(turn)] : [];
  return turn.others.length ? [...parts, others(turn)] : parts;
}
