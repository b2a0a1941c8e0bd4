// Draws an answer: the Markdown tree of ui/markdown/page.py, or its source. Text is only set through textContent.
// A view is {json, node, body, views}: what is drawn, its node, where its children are, and their views.
const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_TAGS = new Set(("math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt " +
  "mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none").split(" "));
const NO_MATH_ATTRIBUTE = /^(on|href|src|style|class|id|xlink|xmlns|action)/i;
const LINK = /^(https?:|mailto:)/i;
const HEADINGS = { h1: "h3", h2: "h4", h3: "h5", h4: "h6", h5: "h6", h6: "h6" }; // the page's own are h1 and h2
const ELEMENTS = new Set(["p", "ul", "ol", "li", "blockquote", "strong", "em", "del", "code", "tr", "td", "th"]);
const answers = new WeakMap(); // node of an answer → {source, phrases, count, views}
const sourceShown = () => localStorage.getItem("credence-source") === "1";

function fillAnswer(node, turn) {
  const source = sourceShown() || !turn.blocks.length;
  const before = answers.get(node);
  node.classList.toggle("cr-markdown", !source);
  const state = before?.source === source ? before : { source, phrases: "", count: 0, views: [] };
  if (state !== before) node.replaceChildren();
  answers.set(node, state);
  const focused = node.contains(document.activeElement) ? document.activeElement.credence?.index : undefined;
  if (source) fillSource(node, turn, state);
  else fillMarkdown(node, turn, state);
  if (turn.stage !== "answering") { // while it is written, tokens are dressed as they come, and an update costs little
    for (const span of node.querySelectorAll(".cr-token")) dress(span, turn);
    markDoubts(node, turn);
  }
  if (focused !== undefined && !node.contains(document.activeElement))
    [...node.querySelectorAll(".cr-token")].find((span) => span.credence.index === focused)?.focus();
  if (!node.querySelector('.cr-token[tabindex="0"]')) node.querySelector(".cr-token")?.setAttribute("tabindex", "0");
}

// ---- the source: the tokens as they came ------------------------------------
function fillSource(node, turn, state) {
  if (turn.phrases.length || state.phrases || !turn.tokens.length || turn.tokens.length < state.count) {
    node.replaceChildren();
    state.count = 0;
  }
  state.phrases = turn.phrases.length ? "drawn" : "";
  if (!turn.tokens.length) return node.append(turn.text);
  const spans = turn.tokens.slice(state.count).map((token, place) => tokenSpan(turn, state.count + place, token[0]));
  state.count = turn.tokens.length;
  if (!turn.phrases.length) return node.append(...spans);
  for (const phrase of turn.phrases) {
    const holder = phraseSpan(phrase);
    holder.append(...spans.slice(phrase[0], phrase[1]), phraseFigure(phrase));
    node.append(holder);
  }
  node.append(...spans.slice(turn.phrases.at(-1)[1]));
}

function phraseSpan([, , p]) {
  const holder = make("span", "cr-phrase");
  holder.style.setProperty("--s", surprise(p).toFixed(3));
  if (p < 0.5) holder.classList.add("cr-doubtful");
  return holder;
}

const phraseFigure = ([, , p, what]) => make("sup", "", what ? `${what} ${percent(p)}` : percent(p));

// ---- Markdown: blocks that did not change keep their nodes --------------------
function fillMarkdown(node, turn, state) {
  const phrases = JSON.stringify(turn.phrases);
  const redraw = phrases !== state.phrases;
  state.phrases = phrases;
  state.views.splice(turn.blocks.length).forEach((view) => view.node.remove());
  turn.blocks.forEach((text, place) => {
    const view = state.views[place];
    if (view && !redraw && view.text === text) return;
    const block = JSON.parse(text);
    if (view && !redraw && !turn.phrases.length && sameShape(view.json, block)) {
      view.text = text;
      return update(view, block, turn);
    }
    const fresh = Object.assign(drawBlock(block, turn), { text });
    if (view) view.node.replaceWith(fresh.node);
    else node.append(fresh.node);
    state.views[place] = fresh;
  });
}

function drawBlock(block, turn) {
  const view = drawElement(block, turn);
  const holders = new Map(); // of each phrase in this block, in order
  for (const holder of view.node.querySelectorAll(".cr-phrase")) holders.set(holder.phrase, [...(holders.get(holder.phrase) || []), holder]);
  for (const [phrase, parts] of holders) {
    const ends = parts.at(-1).lastToken === phrase[1] - 1, visible = parts.some((part) => part.textContent.trim());
    if (ends && visible) parts.at(-1).append(phraseFigure(phrase)); // not of a lone list number or fence
  }
  return view;
}

const about = ({ children, ...rest }) => JSON.stringify(rest);
const sameShape = (one, other) => !Array.isArray(one) && !Array.isArray(other) && about(one) === about(other);

function update(view, json, turn) { // keeps the children that are the same, up to the first that is not
  const old = view.json.children, now = json.children;
  let same = 0;
  while (same < old.length && same < now.length && stays(view.views[same].node, old[same], now[same])) same += 1;
  if (same < old.length && same < now.length && sameShape(old[same], now[same])) update(view.views[same], now[same], turn), same += 1;
  view.views.splice(same).forEach((child) => child.node.remove());
  view.json = json;
  addChildren(view, now.slice(same), turn);
}

function stays(node, old, now) { // whether a child can keep its node; the colour of code may change
  if (!Array.isArray(old) || !Array.isArray(now)) return JSON.stringify(old) === JSON.stringify(now);
  if (old[0] !== now[0] || old[1] !== now[1]) return false;
  if (old[2] !== now[2]) node.classList.remove(`cr-code-${old[2]}`), now[2] && node.classList.add(`cr-code-${now[2]}`);
  return true;
}

function addChildren(view, children, turn) { // a phrase holds the pieces and formulas that stand side by side
  let holder = null;
  for (const child of children) {
    const drawn = Array.isArray(child) ? drawPiece(child, turn) : drawElement(child, turn);
    view.views.push(drawn);
    const [index] = Array.isArray(child) ? child : (child.tag === "math" && child.children.at(-1)) || [-1];
    const phrase = turn.phrases.find(([first, last]) => index >= first && index < last);
    if (phrase && holder?.phrase !== phrase) {
      holder = Object.assign(phraseSpan(phrase), { phrase });
      view.body.append(holder);
    }
    if (!phrase) holder = null;
    else holder.lastToken = index;
    view.started ||= !Array.isArray(child) || child[1];
    if (view.label && !view.started) view.label.append(drawn.node); // the fence, at the name of the language
    else (holder || view.body).append(drawn.node);
  }
}

function drawPiece([index, text, colour], turn) {
  const node = index < 0 ? make("span", "", text) : tokenSpan(turn, index, text);
  if (colour) node.classList.add(`cr-code-${colour}`);
  return { node };
}

function drawElement(json, turn) {
  const special = { pre: codeBlock, math: formula, table, a: link, hr: rule }[json.tag];
  const view = { json, views: [], ...(special ? special(json) : plain(json)) };
  if (json.tag === "pre") view.node.copied = () => view.json.children.map(([, text]) => text).join("");
  addChildren(view, json.children, json.tag === "math" ? { ...turn, phrases: [] } : turn);
  return view;
}

function plain(json) {
  const heading = HEADINGS[json.tag];
  const node = make(heading || (ELEMENTS.has(json.tag) ? json.tag : "span"), heading ? `cr-${json.tag}` : "");
  if (json.start) node.start = Number(json.start);
  if (json.align) node.style.textAlign = json.align;
  if (json.tag === "th") node.scope = "col";
  return { node, body: node };
}

function scrolling(className, name) { // a box that scrolls sideways, also by keyboard
  const node = make("div", className);
  node.tabIndex = 0;
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", name);
  return node;
}

function table() {
  const node = scrolling("cr-wide", "Table");
  const body = make("table");
  node.append(body);
  return { node, body };
}

function rule() {
  const node = make("div", "cr-rule");
  const body = make("span");
  node.append(make("hr"), body);
  return { node, body };
}

function link({ href, host, image }) {
  const node = make("span", image ? "cr-link cr-image" : "cr-link");
  const body = make("a");
  if (LINK.test(href)) Object.assign(body, { href, target: "_blank", rel: "noopener noreferrer nofollow", title: href });
  node.append(body);
  if (host) node.append(make("small", "cr-host", ` (${host})`));
  return { node, body };
}

function formula({ display, math }) {
  const node = make("span", display ? "cr-formula cr-display" : "cr-formula");
  const body = make("span", "cr-strip");
  node.append(mathNode(math), body);
  return { node, body };
}

function mathNode([tag, attributes, content]) {
  const node = document.createElementNS(MATHML, MATH_TAGS.has(tag) ? tag : "mrow");
  for (const [name, value] of Object.entries(attributes)) if (!NO_MATH_ATTRIBUTE.test(name)) node.setAttribute(name, value);
  if (typeof content === "string") node.textContent = content;
  else node.append(...content.map(mathNode));
  return node;
}

// ---- code ---------------------------------------------------------------------
const COPY = "Copy this code";

function codeBlock({ language }) {
  const node = make("div", "cr-code"), head = make("div", "cr-code-head");
  const label = make("span", "", language || "code");
  const press = button("Copy", "cr-plain", () => copy(node.copied(), press), COPY);
  head.append(label, press);
  const scroll = scrolling("cr-code-text", language ? `Code in ${language}` : "Code");
  const pre = make("pre"), body = make("code");
  pre.append(body);
  scroll.append(pre);
  node.append(head, scroll);
  return { node, body, label };
}

async function copy(text, press) {
  const before = [press.textContent, press.ariaLabel];
  const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  press.setAttribute("aria-live", "polite");
  press.textContent = press.ariaLabel = done || copyOld(text) ? "Copied" : "Cannot copy";
  press.focus();
  setTimeout(() => {
    press.removeAttribute("aria-live");
    [press.textContent, press.ariaLabel] = before;
  }, 2000);
}

function copyOld(text) { // without https there is no clipboard API
  const field = make("textarea", "cr-off-screen");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

