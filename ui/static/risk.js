// The slider of the accepted risk: a move updates the text at once, then the answers are redecided.
const SETTLED = 60; // milliseconds without movement before the answers are redecided
const find = (name, part = ".cr-risk") => element.querySelector(`${part}${name}`);
const slider = find("-slider"), marks = find("-marks"), text = find("-text"), notice = find("-notice");
const ids = `cr-risk-${Math.random().toString(36).slice(2)}`;
slider.id = ids;
find("-label").htmlFor = ids;
text.id = `${ids}-text`;
slider.setAttribute("aria-describedby", text.id);
let timer = null;

function say(at) {
  const chosen = props.value.positions[at];
  find("-value").textContent = chosen.label;
  text.textContent = chosen.text;
  text.classList.toggle("cr-unkept", !chosen.kept);
  slider.setAttribute("aria-valuetext", `${chosen.label}: ${chosen.text}`);
  [...marks.children].forEach((mark, place) => mark.classList.toggle("cr-at", place === at));
}

function draw() {
  const value = props.value || {};
  const positions = value.positions || [];
  find("").hidden = !value.state;
  find("-row").hidden = !positions.length;
  find("-go").hidden = value.state !== "uncalibrated";
  find("-headline").textContent = value.headline || "";
  find("-why").textContent = value.notice || "";
  notice.hidden = !value.notice;
  find("").dataset.state = value.state || "";
  if (!positions.length) return void (text.textContent = value.text || "");
  slider.max = positions.length - 1;
  marks.replaceChildren(...positions.map(({ label, kept }, place) => {
    const mark = document.createElement("i");
    mark.style.setProperty("--place", positions.length > 1 ? place / (positions.length - 1) : 0);
    mark.className = kept ? "cr-kept" : "cr-unkept";
    mark.title = kept ? `${label}: guaranteed` : `${label}: no guarantee`;
    return mark;
  }));
  if (timer === null) slider.value = value.at; // do not disturb a slider that is being moved
  say(Number(slider.value));
}

slider.addEventListener("input", () => {
  say(Number(slider.value));
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = null;
    trigger("accept", { at: Number(slider.value) });
  }, SETTLED);
});
watch("value", draw);
draw();

// ---- whether doubtful answers are marked, hidden until asked for, or neither: a choice of this browser
const page = element.closest(".credence") || document.body;
const modes = [...element.querySelectorAll("[data-withhold]")];
function treat(mode) {
  page.dataset.withhold = mode;
  for (const choice of modes) {
    choice.setAttribute("aria-checked", String(choice.dataset.withhold === mode));
    choice.tabIndex = choice.dataset.withhold === mode ? 0 : -1;
  }
}
modes.forEach((choice, place) => {
  choice.addEventListener("click", () => {
    localStorage.setItem("credence-withhold", choice.dataset.withhold);
    treat(choice.dataset.withhold);
    find("-says", ".cr-mode").textContent = choice.title;
  });
  choice.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = modes[(place + step + modes.length) % modes.length];
    next.click();
    next.focus();
  });
});
const chosen = localStorage.getItem("credence-withhold");
treat(modes.some((choice) => choice.dataset.withhold === chosen) ? chosen : element.querySelector("[data-first]").dataset.first);
