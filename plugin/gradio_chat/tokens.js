// Draws the tokens of the last answer, and reports when the chat has come to rest. CHAT is its class, and the name of the
// event that tells of its changes.
const REST = 700; // milliseconds without a change
const BUSY = `.${CHAT} [data-testid=status-tracker]:not(.hide)`; // Gradio shows it while an event of the chat runs
const status = element.querySelector(".credence-status"), answer = element.querySelector("credence-answer");
let resting = 0;

function draw() {
  const { record, status: text } = props.value ?? {};
  status.textContent = text ?? "";
  status.hidden = !text;
  answer.hidden = !record;
  answer.setAttribute("theme", document.body.classList.contains("dark") ? "dark" : "light");
  if (record) answer.assessment = record;
}

function changed() { // again and again while an answer is written
  clearTimeout(resting);
  resting = setTimeout(() => (document.querySelector(BUSY) ? changed() : trigger("settled")), REST);
}

status.setAttribute("role", "status");
document.addEventListener(CHAT, changed);
new MutationObserver(draw).observe(document.body, { attributeFilter: ["class"] });
watch("value", draw);
draw();
