// Draws turns into `element` from `props.value`; model text is only set through textContent.
const root = element.querySelector(".cr-turns");
const drawn = new Map(); // turn id → {node, reasoning, answer, status, turn, key, streaming}

function refreshed(known, entry) { // all is new but reasoning and answer, which keep their place, selection and scroll
  for (const form of known.node.querySelectorAll(".cr-asked > .cr-edit")) entry.node.querySelector(".cr-asked").append(form);
  for (const part of [...known.node.childNodes]) if (part !== known.answer && part !== known.reasoning) part.remove();
  const parts = [...entry.node.childNodes], place = parts.indexOf(entry.reasoning); // the answer follows it
  known.reasoning.before(...parts.slice(0, place));
  known.answer.after(...parts.slice(place + 2));
  known.answer.hidden = entry.answer.hidden;
  fillReasoning(known.reasoning, entry.turn);
  fillAnswer(known.answer, entry.turn);
  return { ...entry, node: known.node, reasoning: known.reasoning, answer: known.answer };
}

function scroller() {
  return element.closest(".cr-scroll");
}

function nameButtons() { // Gradio's own send and stop buttons contain only an icon
  for (const [kind, name] of [["submit", "Send"], ["stop", "Stop"]])
    element.closest(".credence")?.querySelectorAll(`.cr-composer .${kind}-button`).forEach((node) => (node.ariaLabel = name));
}

// ---- what a screen reader hears: that an answer is being written, and then its text --------
const spoken = element.querySelector(".cr-spoken"); // in the past turns only
function speak(turns) {
  if (!spoken) {
    if (turns.length) window.credenceAnswering = turns[0].id;
    return;
  }
  const turn = turns.find(({ id }) => id === window.credenceAnswering);
  if (!turn || !(turn.stage === "done" || turn.error)) return;
  window.credenceAnswering = null;
  spoken.textContent = turn.error || (withheld(turn) ? turn.advice.withheld : `Answer: ${turn.text}`);
}

function draw() {
  setTimeout(nameButtons, 50); // after Gradio has drawn them
  const value = props.value || {};
  if ("__type__" in value) return; // Gradio's word for "nothing new"
  const turns = Object.values(value); // by place
  speak(turns);
  const box = scroller();
  const near = !box || box.scrollHeight - box.scrollTop - box.clientHeight < 140;
  const ids = new Set(turns.map((turn) => turn.id));
  for (const [id, entry] of drawn) if (!ids.has(id)) entry.node.remove(), drawn.delete(id);
  for (const turn of turns) {
    const known = drawn.get(turn.id);
    const streaming = turn.stage === "answering" && !turn.error && (turn.tokens.length > 0 || Boolean(turn.reasoning));
    if (known && known.streaming && streaming && turn.tokens.length >= known.turn.tokens.length && !turn.notes.length) {
      known.answer.hidden = !turn.text;
      fillReasoning(known.reasoning, turn);
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
  const { text, name } = node.dataset;
  node.addEventListener("click", () => trigger("quick", name ? { kind: "recorded", name } : { kind: "example", text }));
});

// A link may ask for a recorded conversation: ?recorded=NAME. It opens in an empty chat, once.
const asked = new URL(location.href), wanted = asked.searchParams.get("recorded");
const recording = wanted && [...element.querySelectorAll(".cr-recording")].find(({ dataset }) => dataset.name === wanted);
if (recording && !asked.searchParams.has("conversation")) {
  asked.searchParams.delete("recorded");
  history.replaceState(null, "", asked);
  setTimeout(() => recording.click());
}

document.addEventListener("credence-source", () => drawn.forEach(({ answer, turn }) => fillAnswer(answer, turn)));
watch("value", draw);
draw();
