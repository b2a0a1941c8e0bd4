// What stands on each kind of screen: nodes above the form, and the form itself.
import { decision, form } from "./form.js";
import { ending } from "./ending.js";
import { liveChat } from "./chat.js";
import { make, paragraphs, question, shownAnswer } from "./parts.js";

const WORDS = { consent: "Continue", instructions: "Continue", feedback: "Continue", debriefing: "Finish" };
const kinds = { feedback, debriefing, end: ending, trial };

export function content(screen, html, submit) {
  const above = [];
  if (screen.practice && screen.kind === "trial") above.push(make("p", "cs-practice", "Practice: this one does not count."));
  if (screen.title) above.push(make("h2", "cs-title", screen.title));
  if (kinds[screen.kind]) above.push(...kinds[screen.kind](screen, html));
  else above.push(...paragraphs(screen.text), ...(screen.question ? [question(screen.question)] : []));
  if (screen.kind === "end") return { above, form: null };
  return { above, form: formOf(screen, submit) };
}

function formOf(screen, submit) {
  if (screen.kind === "consent") return decision("agree", [
    [true, screen.agree, "cr-primary cs-go"], [false, screen.decline, "cr-choice cs-go"]], submit);
  return form(screen.fields, WORDS[screen.kind] || "Continue", submit);
}

function trial(screen, html) {
  const chosen = new Set(screen.fields.flatMap((field) => field.options || []));
  const listed = screen.options.some((option) => chosen.has(option)) ? [] : screen.options; // a field lists them
  const nodes = [...paragraphs(screen.text), question(screen.question, listed)];
  if (html.answer) nodes.push(shownAnswer(html.answer));
  if (screen.phase === "chat") nodes.push(liveChat(screen));
  if (screen.own) nodes.push(own(screen.own));
  return nodes;
}

function own({ answer, confidence }) {
  const node = make("p", "cs-own", "Your first answer: ", make("b", "", answer ?? "none"));
  if (typeof confidence === "number") node.append(`, and how sure you were: ${confidence}`);
  return node;
}

function feedback({ question: asked, options, feedback: found, text }) {
  const rows = make("dl", "cs-facts");
  const row = (name, value) => value !== null && value !== undefined && value !== "" && rows.append(make("dt", "", name), make("dd", "", String(value)));
  row("Right answer", found.gold);
  row("The AI answered", found.answer);
  row("You answered", found.said);
  const verdict = found.correct === null || found.correct === undefined ? "" : found.correct ? "The AI was right." : "The AI was wrong.";
  const nodes = [...paragraphs(text)];
  if (asked) nodes.push(question(asked, options));
  if (verdict) nodes.push(make("p", `cs-verdict ${found.correct ? "cs-right" : "cs-wrong"}`, sign(found.correct), verdict));
  return [...nodes, rows, ...paragraphs(found.text ? [found.text] : [])];
}

function sign(correct) {
  const node = make("span", "cs-sign", correct ? "✓" : "✗");
  node.setAttribute("aria-hidden", "true");
  return node;
}

function debriefing({ text, wrong }) {
  const nodes = paragraphs(text);
  if (!wrong.length) return nodes;
  const many = wrong.filter((row) => !row.correct).length;
  const what = many ? `${many} of the ${wrong.length} AI answers that you saw ${many === 1 ? "was" : "were"} wrong.` : "All AI answers that you saw were right.";
  const list = make("ol", "cs-seen", ...wrong.map((row) => {
    const verdict = make("p", `cs-verdict ${row.correct ? "cs-right" : "cs-wrong"}`, sign(row.correct), row.correct ? "This was right." : "This was wrong.");
    const item = make("li", "", make("p", "cs-asked-then", row.question), make("p", "cs-said-then", make("small", "", "The AI: "), row.answer), verdict);
    if (!row.correct && row.gold) verdict.append(" Right is: ", make("b", "", row.gold), ".");
    item.dir = "auto";
    return item;
  }));
  return [...nodes, make("h3", "", what), list];
}
