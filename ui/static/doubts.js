// The doubtful places of an answer: marked in its text, and reached with a button or the key N (Shift+N: back).
const said = window.credenceSaid || (window.credenceSaid = (() => { // what a screen reader is told
  const node = make("div", "cr-off-screen");
  node.setAttribute("role", "status");
  document.body.append(node);
  return node;
})());

function markDoubts(node, turn) {
  const places = turn.doubts || [], started = new Set();
  if (!places.length && !node.querySelector(".cr-weak")) return;
  for (const span of node.querySelectorAll(".cr-token")) {
    const { index } = span.credence, place = places.find(([first, last]) => index >= first && index < last);
    const first = Boolean(place) && !started.has(place) && !span.classList.contains("cr-syntax") && Boolean(span.textContent.trim());
    if (first) started.add(place);
    span.classList.toggle("cr-weak", Boolean(place));
    span.classList.toggle("cr-weak-first", first);
    span.credence.doubt = place?.[2];
  }
}

function nextDoubt(step, within = document) { // the next one after the focus, or after the one that was last gone to
  const all = [...within.querySelectorAll(".cr-weak-first")].filter((span) => span.getClientRects().length);
  if (!all.length) return;
  const focused = document.activeElement?.closest?.(".cr-token"), last = document.querySelector(".cr-visited");
  const from = [focused, last].find((span) => span && within.contains(span));
  const after = (span) => from.compareDocumentPosition(span) & Node.DOCUMENT_POSITION_FOLLOWING;
  const [following, before] = from ? [all.filter((span) => span !== from && after(span)), all.filter((span) => span !== from && !after(span))] : [all, []];
  const next = step > 0 ? following[0] || all[0] : before.at(-1) || all.at(-1);
  last?.classList.remove("cr-visited");
  next.classList.add("cr-visited");
  next.closest(".cr-answer").querySelectorAll(".cr-token[tabindex='0']").forEach((span) => (span.tabIndex = -1));
  next.tabIndex = 0;
  next.scrollIntoView({ block: "center" });
  next.focus({ preventScroll: true });
  requestAnimationFrame(() => requestAnimationFrame(() => document.activeElement === next && showPopup(next))); // scrolling closes it
  said.textContent = `Doubtful place ${all.indexOf(next) + 1} of ${all.length}. ${next.credence.doubt}`;
}

if (!window.credenceDoubtKeys) {
  window.credenceDoubtKeys = true;
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable=true], dialog, [role=dialog], [role=slider]")) return;
    nextDoubt(event.shiftKey ? -1 : 1);
  });
}

function doubtsBar(turn) { // below a long answer: how much was judged, what its figure means, and the way to its doubtful places
  const { claims, doubts = [] } = turn;
  if (!claims && !doubts.length) return null;
  const bar = make("div", "cr-judgements");
  if (claims) bar.append(make("p", "", `${claims.words}.${claims.whole ? ` ${claims.whole}` : ""}`));
  if (doubts.length) bar.append(button(`Next doubtful place (${doubts.length})`, "cr-plain cr-next-doubt",
    (event) => nextDoubt(1, event.currentTarget.closest(".cr-turn")),
    `Next doubtful place in this answer, ${doubts.length} in all; key N`));
  if (claims?.rest && !turn.recorded) bar.append(button(`Judge the other ${claims.rest}`, "cr-plain", () => trigger("rerun", { kind: "claims", turn: turn.id }),
    `Judge the other ${claims.rest} sentences, with one short question to the model for each`));
  return bar;
}
