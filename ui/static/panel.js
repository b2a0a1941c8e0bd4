// Folds keep their state across answers and visits.
const KEY = "credence-folds";
const folds = () => JSON.parse(localStorage.getItem(KEY) || "{}");
function restore() {
  const open = folds();
  element.querySelectorAll("details[data-key]").forEach((node) => (node.open = Boolean(open[node.dataset.key])));
}
element.addEventListener("click", (event) => {
  const summary = event.target.closest("summary");
  const node = summary && summary.parentElement;
  if (!node || !node.dataset.key) return;
  const open = folds();
  if (node.open) delete open[node.dataset.key]; // the click is about to close it
  else open[node.dataset.key] = 1;
  localStorage.setItem(KEY, JSON.stringify(open));
});
watch("value", restore);
restore();
