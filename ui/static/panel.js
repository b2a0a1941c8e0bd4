// Folds keep their state across answers and visits.
const KEY = "credence-folds";
const folds = () => JSON.parse(localStorage.getItem(KEY) || "{}");
function restore() {
  const open = folds();
  element.querySelectorAll("details[data-key]").forEach((node) => (node.open = Boolean(open[node.dataset.key])));
}
function keep(key, open) {
  const { [key]: _, ...others } = folds();
  localStorage.setItem(KEY, JSON.stringify(open ? { ...others, [key]: 1 } : others));
}
element.addEventListener("click", (event) => {
  if (event.target.closest(".cr-back")) return back();
  const more = event.target.closest(".cr-ask-rest");
  if (more) return trigger("rerun", { kind: "probes", turn: more.dataset.turn });
  const summary = event.target.closest("summary");
  const node = summary && summary.parentElement;
  if (node && node.dataset.key) keep(node.dataset.key, !node.open); // the click is about to change it
});

// ---- the badge of an answer opens what its confidence rests on
let asked = null; // the turn whose badge was pressed
const mine = () => element.closest(".cr-side-column")?.closest(".credence")?.querySelector(`.cr-badge-open[data-turn="${asked}"]`);
document.addEventListener("credence-why", ({ detail }) => {
  asked = detail;
  if (!element.isConnected || !mine()) return (asked = null);
  keep("why", true);
  restore();
  element.scrollIntoView({ block: "start" });
  element.querySelector("[data-key=why] > summary")?.focus({ preventScroll: true });
});
function back() { // without a badge that was pressed: to the last answer
  const badge = mine() || [...document.querySelectorAll(".cr-badge-open")].at(-1);
  if (!badge) return;
  badge.closest(".cr-turn").scrollIntoView({ block: "center" });
  badge.focus({ preventScroll: true });
}
watch("value", restore);
restore();
