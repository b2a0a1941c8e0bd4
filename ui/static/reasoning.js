// What a model reasoned before its answer: folded, apart from the answer, with its tokens once it is complete.
const unfolded = window.credenceUnfolded || (window.credenceUnfolded = new Set()); // ids of turns whose reasoning is open

function reasoningBox(turn) {
  const node = make("details", "cr-reasoning"), body = make("div", "cr-reasoning-text");
  body.setAttribute("dir", "auto");
  node.append(make("summary"), body);
  node.open = unfolded.has(turn.id);
  node.addEventListener("toggle", () => {
    if (node.isConnected) unfolded[node.open ? "add" : "delete"](turn.id);
    if (node.reasoning && node.open) fillOpen(node);
  });
  return node;
}

function fillReasoning(node, turn) {
  const reasoning = turn.reasoning;
  node.hidden = !reasoning;
  if (!reasoning) return;
  node.firstChild.textContent = reasoning.words;
  node.classList.toggle("cr-going", reasoning.going);
  if (node.reasoning?.text === reasoning.text && node.reasoning.tokens.length === reasoning.tokens.length) return;
  node.reasoning = reasoning;
  if (node.open) fillOpen(node);
}

function fillOpen(node) { // only what is seen is drawn
  const { text, tokens } = node.reasoning, body = node.lastChild, drawn = body.drawn || "";
  const state = `${tokens.length}/${text}`;
  if (drawn === state) return;
  if (!tokens.length && body.childNodes.length === 1 && text.startsWith(body.textContent)) body.firstChild.appendData?.(text.slice(body.textContent.length));
  else if (!tokens.length) body.replaceChildren(document.createTextNode(text));
  else body.replaceChildren(...tokens.map((token, index) => tokenSpan({ tokens, branching: false }, index, token[0])));
  if (tokens.length) body.firstChild.tabIndex = 0;
  body.drawn = state;
}
