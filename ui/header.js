// The switch between token, phrase and plain view, remembered in this browser.
const page = element.closest(".credence") || document.body;
const choices = [...element.querySelectorAll("[data-view]")];
function show(view) {
  page.dataset.view = view;
  choices.forEach((choice) => choice.setAttribute("aria-checked", String(choice.dataset.view === view)));
  choices.forEach((choice) => (choice.tabIndex = choice.dataset.view === view ? 0 : -1));
}
choices.forEach((choice, index) => {
  choice.addEventListener("click", () => {
    localStorage.setItem("credence-view", choice.dataset.view);
    show(choice.dataset.view);
  });
  choice.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = choices[(index + step + choices.length) % choices.length];
    next.click();
    next.focus();
  });
});
const dark = element.querySelector(".cr-dark");
const setDark = (on) => {
  document.body.classList.toggle("dark", on);
  dark.setAttribute("aria-pressed", String(on));
};
dark.addEventListener("click", () => {
  const on = !document.body.classList.contains("dark");
  localStorage.setItem("credence-dark", on ? "1" : "0");
  setDark(on);
});
const kept = localStorage.getItem("credence-dark");
setDark(kept === null ? document.body.classList.contains("dark") : kept === "1");
show(localStorage.getItem("credence-view") || "tokens");
