// Small pieces of markup; all text goes in as text.
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

export const paragraphs = (texts) => // a blank line parts them
  texts.flatMap((text) => String(text).split(/\n\s*\n/)).map((text) => make("p", "cs-paragraph", text.trim()));

export function question(text, options = []) { // as in the chat, its options below it
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

export function shownAnswer(markup) { // made and escaped by the server
  const node = make("section", "cs-answer");
  node.setAttribute("aria-label", "Answer of the AI");
  node.append(make("h2", "cs-who", "The AI answers"));
  const holder = make("div");
  holder.innerHTML = markup;
  node.append(...holder.childNodes);
  return node;
}
