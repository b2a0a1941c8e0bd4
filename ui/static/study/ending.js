// The last screen: completion code and redirect, shown once everything is stored.
import { button, make, paragraphs, seenAnswers } from "./parts.js";
import * as wire from "./wire.js";

const BACK = 8; // seconds until the redirect

export function ending(screen) {
  const nodes = [...paragraphs(screen.text), ...seenAnswers(screen.seen)];
  if (!screen.code && !screen.redirect) return nodes;
  const place = make("div", "cs-ending", make("p", "cs-quiet", "Saving your data …"));
  wire.delivered().then(() => {
    const parts = [];
    if (screen.code) parts.push(code(screen.code));
    if (screen.redirect) parts.push(wayBack(screen.redirect));
    place.replaceChildren(make("p", "cs-quiet", "Everything is saved."), ...parts);
  });
  return [...nodes, place];
}

function code(words) {
  const shown = make("code", "cs-code", words);
  const copy = button("Copy", "cr-choice", async () => {
    try {
      await navigator.clipboard.writeText(words);
    } catch { // no clipboard access: select the code, so that a key press copies it
      getSelection().selectAllChildren(shown);
      if (!document.execCommand("copy")) return (copy.textContent = "Selected: press Ctrl + C to copy");
    }
    copy.textContent = "Copied";
    wire.note("click", { on: "copied the code" });
  });
  return make("div", "cs-code-row", make("span", "", "Your completion code"), shown, copy);
}

function wayBack(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!["http:", "https:"].includes(url.protocol)) return null;
  let left = BACK;
  const words = make("span", "cs-quiet");
  const go = async () => {
    clearInterval(timer);
    await wire.delivered(); // the click itself is also recorded
    location.assign(url);
  };
  const show = () => (words.textContent = `Taking you back to ${url.host} in ${left} s.`);
  const timer = setInterval(() => (--left > 0 ? show() : go()), 1000);
  show();
  const stay = button("Stay here", "cr-plain", () => (clearInterval(timer), stay.remove(), words.remove()));
  return make("div", "cs-acts", button(`Go back to ${url.host}`, "cr-primary cs-go", go), words, stay);
}
