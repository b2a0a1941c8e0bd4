// <credence-answer>: a language model's answer with the probability of every token, and how sure the model is.
// Fed with the JSON of an assessment: the property `assessment`, or the attributes `src` (its address) or `assessment`.
// Nothing from the JSON becomes markup: text is only set through textContent.
const SIDES = { token: "In its words", verbal: "When asked again", sample: "In further samples" };
const SIGNALS = { // name → [title, side], as in Credence
  p_ic: ["Internal confidence", "token"], msp: ["Answer letter (MSP)", "token"],
  letter_again: ["Letter, asked again", "token"], sequence_probability: ["Token probability", "token"],
  minimum_probability: ["Weakest token", "token"], mean_entropy: ["Token entropy", "token"],
  key_span_probability: ["Answer words", "token"], first_token_entropy: ["Entropy at the first answer word", "token"],
  key_margin: ["Margin of the answer words", "token"], key_rank: ["Rank of the answer words", "token"],
  rauq: ["Attention and token probability (RAUQ)", "token"],
  hidden_state_before: ["Hidden state, before answering", "token"],
  hidden_state_after: ["Hidden state, after answering", "token"], numeric: ["Stated number, own turn", "verbal"],
  p_true_own: ["P(True), own turn", "verbal"], p_true_third: ["P(True), third person", "verbal"],
  weakest_claim: ["Weakest sentence", "verbal"], weakest_claim_third: ["Weakest sentence, third person", "verbal"],
  linguistic: ["Words in the answer", "verbal"], self_consistency: ["Self-consistency", "sample"],
  semantic_entropy: ["Semantic entropy", "sample"], uf: ["Uncertainty and fidelity", "sample"],
  uf_rightmost: ["Uncertainty and fidelity, chain reversed", "sample"],
  uf_last: ["Uncertainty and fidelity, replaced last", "sample"],
  cocoa: ["Token probability × disagreement (CoCoA)", "sample"], samples_and_number: ["Samples and stated number", "sample"],
  clustered_self_assessment: ["Choice among the samples", "sample"],
  dinco: ["P(True) against alternatives (DINCO)", "sample"],
};
for (const [turn, title] of [["third", "third person"], ["own", "own turn"]]) for (const [oc, options] of [["", ""], ["_oc", " + options"]]) {
  SIGNALS[`likert_${turn}${oc}_label`] = [`Likert (stated), ${title}${options}`, "verbal"];
  SIGNALS[`likert_${turn}${oc}_expected`] = [`Likert (expected), ${title}${options}`, "verbal"];
  SIGNALS[`rating_${turn}${oc}`] = [`Own words, ${title}${options}`, "verbal"];
}
const MEANING = {
  true: "In the calibration, about this share of the answers with this confidence were right.",
  false: "How often answers with this confidence are right has not been measured.",
};
const ALTERNATIVES = 5;
const SCHEMA = "credence.assessment/1";

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { --ink: #1c2430; --soft: #5a6675; --faint: #e3e8ed; --card: #fff; --accent: #0b6e75; --doubt: #d98200; --warn: #8f4a00;
  --warn-back: #fff4e2; --error: #a3242f; display: block; color-scheme: light; color: var(--ink); text-align: start;
  font: 15px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
:host([hidden]) { display: none; }
:host([theme="dark"]) { --ink: #e6ebf0; --soft: #9aa8b7; --faint: #2b3542; --card: #161e27; --accent: #5cc4c6; --doubt: #f2a93b;
  --warn: #ffc873; --warn-back: #33270f; --error: #ff9aa2; color-scheme: dark; }
@media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { --ink: #e6ebf0; --soft: #9aa8b7; --faint: #2b3542; --card: #161e27;
  --accent: #5cc4c6; --doubt: #f2a93b; --warn: #ffc873; --warn-back: #33270f; --error: #ff9aa2; color-scheme: dark; } }
* { box-sizing: border-box; margin: 0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 16px; line-height: 1.75; }
.token { border-radius: 3px; cursor: help; background: color-mix(in srgb, var(--doubt) calc(var(--surprise, 0) * 52%), transparent); }
.token.doubtful { text-decoration: underline dotted var(--doubt) 2px; text-underline-offset: 5px; }
.token:hover, .token:focus { outline: 1.5px solid var(--accent); }
.note, .soft { color: var(--soft); font-size: 13px; }
.note { margin-top: 6px; }
.error { color: var(--error); }
.banner { background: var(--warn-back); color: var(--warn); border-radius: 8px; padding: 8px 12px; margin-bottom: 10px; }
.panel { border-top: 1px solid var(--faint); margin-top: 14px; padding-top: 12px; }
.figure { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; }
.figure b { font-size: 26px; font-weight: 650; font-variant-numeric: tabular-nums; }
.tag { border: 1px solid var(--faint); border-radius: 99px; padding: 0 9px; font-size: 12.5px; color: var(--soft); }
.scale { height: 6px; border-radius: 3px; background: var(--faint); position: relative; }
.scale i { position: absolute; inset: 0 auto 0 0; border-radius: 3px; background: var(--accent); }
.panel > .scale { margin: 8px 0; max-width: 420px; }
summary { cursor: pointer; padding: 8px 0; font-size: 14px; min-height: 40px; }
h4 { font-size: 12.5px; font-weight: 600; color: var(--soft); margin: 8px 0 2px; }
ul { list-style: none; padding: 0; }
details { max-width: 600px; }
.signals li { display: grid; grid-template-columns: minmax(0, 1fr) 90px 52px; gap: 2px 10px; align-items: center; padding: 4px 0; font-size: 14px; }
.signals .value { text-align: end; font-variant-numeric: tabular-nums; }
.signals .soft { grid-column: 1 / -1; }
.popup { position: fixed; inset: auto; width: 250px; max-width: calc(100vw - 16px); padding: 10px 12px; border-radius: 10px;
  border: 1px solid var(--faint); background: var(--card); color: var(--ink); box-shadow: 0 6px 24px #0003; font-size: 13px; pointer-events: none; }
.popup code { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; overflow: hidden; text-overflow: ellipsis; }
.popup .head { display: flex; justify-content: space-between; gap: 8px; }
.popup ul { margin-top: 8px; }
.popup li { display: grid; grid-template-columns: 88px 1fr 52px; gap: 8px; align-items: center; color: var(--soft); margin: 3px 0; }
.popup li i { height: 6px; border-radius: 3px; background: var(--accent); opacity: .55; }
.popup li span { text-align: end; font-variant-numeric: tabular-nums; }
.popup li.chosen { color: var(--ink); font-weight: 600; }`);

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

const isShare = (p) => typeof p === "number" && p >= 0 && p <= 1;
const percent = (p) => (p > 0 && p < 0.005 ? "< 1 %" : p >= 0.995 && p < 1 ? "> 99 %" : `${Math.round(p * 100)} %`);
const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "");
const quoted = (text) => JSON.stringify(text).slice(1, -1) || "(end)";
const list = (value) => (Array.isArray(value) ? value : []);
const words = (value) => (typeof value === "string" ? value : "");

function checked(json) { // the parts that are shown; throws a sentence for people
  if (json?.schema !== SCHEMA) throw new Error(`This is not an assessment that can be shown: its schema is ${quoted(String(json?.schema))}, not ${SCHEMA}.`);
  const answer = json.evidence?.answer, decision = json.decision;
  if (typeof answer?.text !== "string" || typeof decision?.reason !== "string") throw new Error("This assessment has no answer or no decision.");
  return { answer, decision, signals: list(json.signals).filter((signal) => typeof signal?.name === "string") };
}

function scale(share) {
  const node = make("div", "scale"), bar = make("i");
  bar.style.width = `${share * 100}%`;
  node.append(bar);
  node.setAttribute("aria-hidden", "true");
  return node;
}

export class CredenceAnswer extends HTMLElement {
  static observedAttributes = ["src", "assessment", "panel"];
  #shown = null;
  #loading = null;
  #root = this.attachShadow({ mode: "open" });
  #popup = make("div", "popup");

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    this.#popup.id = "popup";
    this.#popup.popover = "manual"; // above everything, wherever the element stands
    this.#popup.setAttribute("role", "tooltip");
  }

  get assessment() { return this.#shown; }

  set assessment(json) {
    this.#loading?.abort();
    this.#shown = json ?? null;
    this.#draw();
  }

  connectedCallback() {
    document.addEventListener("pointerdown", this.#leave);
    document.addEventListener("scroll", this.#leave, true);
  }

  disconnectedCallback() {
    this.#loading?.abort();
    document.removeEventListener("pointerdown", this.#leave);
    document.removeEventListener("scroll", this.#leave, true);
  }

  attributeChangedCallback(name, old, value) {
    if (name === "panel") this.#draw();
    else if (value === null) this.assessment = null;
    else if (name === "src") this.#load(value);
    else try {
      this.assessment = JSON.parse(value);
    } catch {
      this.#say("The attribute “assessment” is not JSON.");
    }
  }

  async #load(address) {
    this.#loading?.abort();
    const { signal } = (this.#loading = new AbortController());
    this.#say("Loading …", "note");
    try {
      const reply = await fetch(address, { signal });
      if (!reply.ok) throw new Error(`The server answered with ${reply.status}.`);
      const json = await reply.json();
      if (!signal.aborted) this.assessment = json;
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof SyntaxError ? "It is not JSON." : error instanceof TypeError ? "The server cannot be reached from this page." : error.message;
      this.#say(`The assessment could not be loaded. ${why}`);
    }
  }

  #say(text, className = "note error") {
    const node = make("p", className, text);
    node.setAttribute("role", "status");
    this.#root.replaceChildren(node);
  }

  #draw() {
    if (this.#shown === null) return this.#root.replaceChildren();
    try {
      const { answer, decision, signals } = checked(this.#shown);
      const parts = [this.#answer(answer)];
      if (decision.abstain) {
        const banner = make("p", "banner", `I would not rely on this: ${decision.reason.replace(/\.$/, "")}.`);
        banner.setAttribute("role", "note");
        parts.unshift(banner);
      }
      if (!list(answer.tokens).length) parts.push(make("p", "note", `No token probabilities: ${words(answer.missing) || "none were recorded"}.`));
      if (this.getAttribute("panel") !== "off") parts.push(panel(decision, signals));
      this.#root.replaceChildren(...parts, this.#popup);
    } catch (error) {
      this.#say(error.message);
    }
  }

  #answer(answer) {
    const node = make("div", "text");
    node.dir = "auto";
    node.setAttribute("role", "group");
    node.setAttribute("aria-label", "Answer; arrow keys move between tokens");
    const tokens = list(answer.tokens).filter((token) => typeof token?.text === "string" && token.logprob <= 0);
    const spans = tokens.map((token) => {
      const span = make("span", "token", token.text), p = Math.exp(token.logprob);
      span.style.setProperty("--surprise", Math.min(1, -token.logprob / 3).toFixed(3));
      span.classList.toggle("doubtful", p < 0.5);
      span.tabIndex = -1;
      span.token = { text: token.text, p, top: list(token.top).slice(0, ALTERNATIVES) };
      return span;
    });
    if (!spans.length) node.textContent = answer.text;
    else spans[0].tabIndex = 0;
    node.append(...spans);
    const over = (event) => (event.target.token ? this.#show(event.target) : this.#hide());
    for (const name of ["mouseover", "focusin", "click"]) node.addEventListener(name, over);
    for (const name of ["mouseleave", "focusout"]) node.addEventListener(name, () => this.#hide());
    node.addEventListener("keydown", (event) => this.#move(event, spans));
    return node;
  }

  #move(event, spans) {
    if (event.key === "Escape") return this.#hide();
    const at = spans.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: spans.length - 1 }[event.key];
    if (at < 0 || !spans[to]) return;
    event.preventDefault();
    spans[at].tabIndex = -1;
    spans[to].tabIndex = 0;
    spans[to].focus();
  }

  #show(span) {
    const { text, p, top } = span.token, head = make("div", "head");
    head.append(make("code", "", quoted(text)), make("b", "", percent(p)));
    const rows = make("ul");
    for (const [other, logprob] of top) {
      const row = make("li", other === text ? "chosen" : ""), bar = make("i"), share = Math.exp(logprob);
      bar.style.width = `${Math.max(1, share * 100)}%`;
      row.append(make("code", "", quoted(String(other))), bar, make("span", "", percent(share)));
      rows.append(row);
    }
    this.#popup.replaceChildren(head, top.length ? rows : make("p", "soft", "No alternatives were recorded."));
    this.#popup.showPopover();
    const box = [...span.getClientRects()].at(-1) ?? span.getBoundingClientRect(), { offsetWidth, offsetHeight } = this.#popup;
    const below = box.bottom + 6 + offsetHeight < innerHeight;
    this.#popup.style.left = `${Math.max(8, Math.min(box.left, innerWidth - offsetWidth - 8))}px`;
    this.#popup.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - offsetHeight - 6)}px`;
    this.#root.querySelector("[aria-describedby]")?.removeAttribute("aria-describedby");
    span.setAttribute("aria-describedby", "popup");
  }

  #hide() {
    if (this.#popup.isConnected) this.#popup.hidePopover();
  }

  #leave = (event) => { // a press elsewhere closes the pop-up; it follows the token that has the focus
    const token = this.#root.activeElement;
    if (event.type === "scroll" && token?.token) this.#show(token);
    else if (event.type === "scroll" || !event.composedPath().includes(this)) this.#hide();
  };
}

function panel(decision, signals) {
  const node = make("section", "panel"), figure = make("div", "figure"), known = isShare(decision.confidence);
  node.setAttribute("aria-label", "Confidence");
  figure.append(make("b", "", known ? percent(decision.confidence) : "No confidence"));
  if (known) figure.append(make("span", "", "confidence that this answer is right"), make("span", "tag", decision.calibrated ? "calibrated" : "uncalibrated"));
  node.append(figure);
  if (known) node.append(scale(decision.confidence));
  node.append(make("p", "", sentence(decision.reason)));
  const about = [known ? MEANING[decision.calibrated === true] : "", decision.promise, decision.no_promise, decision.outside].map(words).map(sentence);
  node.append(make("p", "note", about.filter(Boolean).join(" ")));
  if (signals.length) node.append(details(signals));
  return node;
}

function details(signals) {
  const node = make("details", "signals");
  node.append(make("summary", "", `All signals (${signals.length})`));
  for (const [side, title] of [...Object.entries(SIDES), ["", "Further signals"]]) {
    const here = signals.filter(({ name }) => (Object.hasOwn(SIGNALS, name) ? SIGNALS[name][1] : "") === side);
    if (!here.length) continue;
    const rows = make("ul");
    for (const { name, confidence, missing } of here) {
      const row = make("li"), known = isShare(confidence);
      row.append(make("span", "", Object.hasOwn(SIGNALS, name) ? SIGNALS[name][0] : name));
      row.append(known ? scale(confidence) : make("span"), make("span", "value", known ? percent(confidence) : "–"));
      if (!known) row.append(make("span", "soft", sentence(words(missing))));
      rows.append(row);
    }
    node.append(make("h4", "", title), rows);
  }
  return node;
}

if (!customElements.get("credence-answer")) customElements.define("credence-answer", CredenceAnswer);
