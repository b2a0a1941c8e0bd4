// The live chat: sends messages and polls the server for answers.
import { button, make, shownAnswer } from "./parts.js";
import * as wire from "./wire.js";

const LOOK = 300; // milliseconds between polls
let count = 0; // the timer of an older chat ends when a newer one is drawn

export function liveChat(screen) {
  const mine = ++count;
  const own = { participant: screen.participant, screen: screen.id };
  let sending = null; // {submission, text}: resent until the server has it
  let drawn = "";
  const turns = make("div", "cs-turns", make("p", "cs-quiet cs-turn", "Send the AI as many messages as you like, then answer below."));
  turns.setAttribute("role", "log");
  turns.setAttribute("aria-label", "Conversation");
  const box = make("textarea");
  Object.assign(box, { rows: 2, placeholder: "Ask the AI something …", maxLength: 4000 });
  box.setAttribute("aria-label", "Your message to the AI");
  const send = make("button", "cr-primary", "Send");
  send.type = "submit";
  const stop = button("Stop", "cr-choice", () => wire.post("api/chat/stop", own).then(show, () => {}));
  const trouble = make("p", "cs-fault");
  const composer = make("form", "cs-composer", box, make("div", "cs-acts", send, stop));
  const node = make("section", "cs-live", turns, composer, trouble);
  node.setAttribute("aria-label", "Chat with the AI");
  stop.hidden = true;

  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!box.value.trim() || sending) return;
    sending = { submission: wire.uuid(), text: box.value };
    box.value = "";
    busy(true);
    post();
  });
  box.addEventListener("input", (event) => event.stopPropagation());
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });

  function busy(on) {
    send.disabled = on;
    stop.hidden = !on;
  }

  async function post() {
    trouble.textContent = "";
    try {
      const result = await wire.post("api/chat", { ...own, ...sending });
      if (result.status >= 500) throw new Error();
      if (result.status !== 200) {
        box.value = box.value || sending.text;
        sending = null;
        busy(false);
        trouble.textContent = result.data.error || "";
        return;
      }
      show(result);
    } catch {
      trouble.textContent = "You are offline. Your message is kept and will be sent again automatically.";
    }
    setTimeout(look, LOOK);
  }

  async function look() {
    if (mine !== count || !node.isConnected) return;
    try {
      const result = await wire.post("api/chat/look", own);
      if (result.status === 200) {
        trouble.textContent = "";
        show(result);
        if (sending && !result.data.turns.some((turn) => turn.submission === sending.submission)) return post(); // the server was restarted
      } else if (result.status < 500) return;
    } catch {
      trouble.textContent = "You are offline. The answer will appear once you are back online.";
    }
    if (sending) setTimeout(look, trouble.textContent ? 2000 : LOOK);
  }

  function show({ data }) {
    const key = JSON.stringify(data.turns);
    const running = data.turns.find((turn) => !turn.done);
    if (running && !sending) sending = { submission: running.submission, text: running.question }; // after a reload
    if (sending && data.turns.some((turn) => turn.submission === sending.submission && turn.done)) sending = null;
    busy(Boolean(sending));
    if (key === drawn) return;
    drawn = key;
    if (data.turns.length) turns.replaceChildren(...data.turns.map(turn));
  }

  setTimeout(look, 0); // earlier turns, after a reload
  return node;
}

function turn({ question, text, html, error, done }) {
  const bubble = make("div", "cr-question", question);
  bubble.dir = "auto";
  const node = make("article", "cs-turn", make("div", "cr-asked", bubble));
  if (html) node.append(shownAnswer(html));
  else if (text) {
    const answer = make("div", "cr-answer", text);
    answer.dir = "auto";
    node.append(answer);
  }
  if (error) node.append(make("p", "cr-error", error));
  if (!done) node.append(make("p", "cs-quiet", text ? "Answering …" : "The AI is reading …"));
  return node;
}
