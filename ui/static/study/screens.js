// The content of each kind of screen: the nodes above the form, and the form itself.
import { decision, form } from "./form.js";
import { ending } from "./ending.js";
import { liveChat } from "./chat.js";
import { make, paragraphs, question, seenAnswers, shownAnswer, verdict } from "./parts.js";

const WORDS = { consent: "Continue", instructions: "Continue", feedback: "Continue", debriefing: "Finish" };
// the question of a check is the label of its field
const kinds = { feedback, debriefing, end: ending, trial, check: () => [] };

export function content(screen, html, submit) {
  const above = [];
  if (screen.practice && screen.kind === "trial") above.push(make("p", "cs-practice", "Practice question: this one does not count."));
  if (screen.title) above.push(make("h2", "cs-title", screen.title));
  if (kinds[screen.kind]) above.push(...kinds[screen.kind](screen, html));
  else above.push(...paragraphs(screen.text), ...(screen.question ? [question(screen.question)] : []));
  if (screen.kind === "end") return { above, form: null };
  return { above, form: formOf(screen, submit) };
}

function formOf(screen, submit) {
  if (screen.kind === "consent") {
    const [yes, no] = screen.fields[0].options;
    return decision("agree", [[true, yes, "cr-primary cs-go"], [false, no, "cr-choice cs-go"]], submit);
  }
  const only = screen.phase === "decide" ? { answer: (values) => values.accept === false } : {};
  return form(screen.fields, WORDS[screen.kind] || "Continue", submit, only);
}

function trial(screen, html) {
  const listed = ["decide", "label"].includes(screen.phase) ? screen.options : []; // otherwise the form lists them
  const nodes = [...paragraphs(screen.text), question(screen.question, listed)];
  if (html.answer) nodes.push(shownAnswer(html.answer));
  if (screen.phase === "chat") nodes.push(liveChat(screen));
  if (screen.own) nodes.push(own(screen.own));
  return nodes;
}

function own({ answer, confidence }) {
  const node = make("p", "cs-own", "Your first answer: ", make("b", "", answer ?? "none"));
  if (typeof confidence === "number") node.append(` (confidence: ${confidence})`);
  return node;
}

function feedback({ question: asked, options, feedback: result, text }) {
  const rows = make("dl", "cs-facts");
  const row = (name, value) => value !== null && value !== undefined && value !== "" && rows.append(make("dt", "", name), make("dd", "", String(value)));
  row("Right answer", result.gold);
  row("The AI’s answer", result.answer);
  row("Your answer", result.values.answer);
  const nodes = [...paragraphs(text), question(asked, options)];
  if (typeof result.ai_correct === "boolean") nodes.push(verdict(result.ai_correct, result.ai_correct ? "The AI was right." : "The AI was wrong."));
  if (typeof result.said_correct === "boolean") nodes.push(verdict(result.said_correct, result.said_correct ? "You were right." : "You were wrong."));
  return [...nodes, rows, ...paragraphs(result.text ? [result.text] : [])];
}

function debriefing({ text, seen }) {
  return [...paragraphs(text), ...seenAnswers(seen)];
}
