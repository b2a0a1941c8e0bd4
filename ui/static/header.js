// Switches between screens and between token, phrase and plain view; the view, and whether the source of answers is shown, are remembered in this browser.
const page = element.closest(".credence") || document.body;
const choices = [...element.querySelectorAll("[data-view]")];
function show(view) {
  page.dataset.view = view;
  choices.forEach((choice) => choice.setAttribute("aria-checked", String(choice.dataset.view === view)));
  choices.forEach((choice) => (choice.tabIndex = choice.dataset.view === view ? 0 : -1));
}
function arrows(buttons) { // arrow keys move between the buttons of a switch
  buttons.forEach((choice, index) => choice.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = buttons[(index + step + buttons.length) % buttons.length];
    next.click();
    next.focus();
  }));
}
choices.forEach((choice) => choice.addEventListener("click", () => {
  localStorage.setItem("credence-view", choice.dataset.view);
  show(choice.dataset.view);
}));
arrows(choices);

// ---- screens: the URL holds which one is open, so a reload keeps it
const screens = [...element.querySelectorAll("[data-screen]")];
function open(screen) {
  page.dataset.screen = screen;
  screens.forEach((choice) => choice.setAttribute("aria-selected", String(choice.dataset.screen === screen)));
  screens.forEach((choice) => (choice.tabIndex = choice.dataset.screen === screen ? 0 : -1));
}
function asked() { // unknown screens fall back to the chat
  const named = location.hash.slice(1);
  open(page.querySelector(`.cr-${CSS.escape(named)}-screen`) ? named : "chat");
}
screens.forEach((choice) => choice.addEventListener("click", () => (location.hash = choice.dataset.screen)));
arrows(screens);
page.addEventListener("click", (event) => {
  const to = event.target.closest("[data-go]");
  if (!to) return;
  location.hash = to.dataset.go;
  setTimeout(() => screens.find((choice) => choice.dataset.screen === to.dataset.go)?.focus());
});
window.addEventListener("hashchange", asked);
setTimeout(asked); // once the screens are in the page

// ---- the model; where it can be changed, its name opens the menu
const find = (name) => element.querySelector(`.cr-${name}`);
const chooser = find("model-open");
chooser.addEventListener("click", () => document.dispatchEvent(new Event("credence-models")));
function say() {
  const { name, engine, calibration, caveat, menu, measured } = props.value;
  const who = [name, engine].filter(Boolean).join(" · ");
  chooser.hidden = !menu;
  chooser.textContent = menu ? who : "";
  find("model-name").textContent = menu ? "" : who;
  find("measured").textContent = `\u00a0· ${calibration}`;
  find("measured").title = calibration;
  find("caveat").textContent = caveat;
  page.dataset.examples = measured ? "measured" : "";
}
watch("value", say);
say();
const dark = element.querySelector(".cr-dark:not(.cr-keys-open)");
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
const source = element.querySelector(".cr-source-switch");
const sourceShown = () => localStorage.getItem("credence-source") === "1";
const press = () => source.setAttribute("aria-pressed", String(sourceShown()));
source.addEventListener("click", () => {
  localStorage.setItem("credence-source", sourceShown() ? "0" : "1");
  press();
  document.dispatchEvent(new Event("credence-source"));
});
press();
show(localStorage.getItem("credence-view") || "tokens");
// When the page is left or reloaded, the browser ends the requests under way; that is no error.
window.addEventListener("beforeunload", () => window.addEventListener("unhandledrejection", (event) => {
  if (event.reason?.name === "AbortError" || event.reason instanceof TypeError) event.preventDefault();
}));
