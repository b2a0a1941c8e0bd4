// Small pieces of markup; text is never parsed as HTML.
export function make(tag, className, ...content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...content.filter((part) => part !== undefined && part !== null));
  return node;
}

export function button(text, className, act) {
  const node = make("button", className, text);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

export const paragraphs = (texts) => // separated by blank lines
  texts.flatMap((text) => String(text).split(/\n\s*\n/)).map((text) => make("p", "cs-paragraph", text.trim()));

export function question(text, options = []) { // as in the chat, with its options below
  const bubble = make("div", "cr-question", text);
  bubble.dir = "auto";
  const node = make("div", "cr-asked", bubble);
  if (options.length) {
    const list = make("ul", "cs-options", ...options.map((option) => make("li", "", option)));
    list.dir = "auto";
    bubble.append(list);
  }
  return node;
}

export function shownAnswer(markup) { // rendered and escaped by the server
  const node = make("section", "cs-answer");
  node.setAttribute("aria-label", "The AI’s answer");
  node.append(make("h2", "cs-who", "The AI’s answer"));
  const holder = make("div");
  holder.innerHTML = markup;
  node.append(...holder.childNodes);
  return node;
}

export function verdict(right, words) {
  const sign = make("span", "cs-sign", right ? "✓" : "✗");
  sign.setAttribute("aria-hidden", "true");
  return make("p", `cs-verdict ${right ? "cs-right" : "cs-wrong"}`, sign, words);
}

export function seenAnswers(seen) { // which of the answers shown to the person were wrong
  if (!seen.length) return [];
  const wrong = seen.filter((row) => row.correct === false).length;
  const what = wrong
    ? `${wrong} of the ${seen.length} AI answers you saw ${wrong === 1 ? "was" : "were"} wrong.`
    : seen.every((row) => row.correct) ? "All the AI answers you saw were right." : "The AI answers you saw";
  const list = make("ol", "cs-seen", ...seen.map(seenAnswer));
  return [make("h3", "", what), list];
}

function seenAnswer({ question: asked, answer, correct, gold }) {
  const item = make("li", "", make("p", "cs-asked-then", asked), make("p", "cs-said-then", make("small", "", "The AI: "), answer.trim()));
  item.dir = "auto";
  if (typeof correct !== "boolean") return item;
  const line = verdict(correct, correct ? "This was right." : "This was wrong.");
  if (!correct && gold) line.append(" The right answer is ", make("b", "", gold), ".");
  item.append(line);
  return item;
}
