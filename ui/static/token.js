// A token of an answer: its tint, and the pop-up with its probability and its alternatives.
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
  span.classList.toggle("cr-differs", Boolean(turn.differs?.includes(index)));
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
  if (span.credence.doubt) popup.append(make("p", "cr-popup-doubt", span.credence.doubt));
  popup.append(make("small", "", pin
    ? "Choose one to continue the answer from here as a new branch. This branch is kept."
    : `Probability of each token at this point in the answer.${turn === null ? "" : span.closest("a") ? ` ${coarse() ? "Touch and hold" : "Alt-click"} to choose another.` : " Click to choose another."}`));
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

const coarse = () => matchMedia("(hover: none)").matches;
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
// ---- touch: a tap on a link follows it, so its alternatives open when it is held -----------
const HELD = 500; // milliseconds
let holding = null, held = false;
const release = () => clearTimeout(holding);
element.addEventListener("pointerdown", (event) => {
  const span = tokenOf(event);
  held = false;
  release();
  if (event.pointerType !== "touch" || !span?.closest("a")) return;
  holding = setTimeout(() => {
    held = true;
    pin(span);
  }, HELD);
});
element.addEventListener("pointerup", release);
element.addEventListener("pointercancel", release);
element.addEventListener("contextmenu", (event) => event.target.closest("a") && (held || coarse()) && event.preventDefault());
element.addEventListener("click", (event) => { // the finger that opened the alternatives does not follow the link
  if (!held) return;
  held = false;
  event.preventDefault();
  event.stopPropagation();
}, true);

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
  const all = [...span.closest(".cr-answer, .cr-reasoning").querySelectorAll(".cr-token")];
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
