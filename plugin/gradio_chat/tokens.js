// Draws the tokens of the last answer, and reports when the chat above has come to rest. EVENT and CHATBOT are set before.
const REST = 700; // milliseconds without a change
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
  const chat = document.getElementById(CHATBOT);
  resting = setTimeout(() => (chat?.querySelector(".generating, .pending") ? changed() : trigger("settled")), REST);
}

status.setAttribute("role", "status");
document.addEventListener(EVENT, changed);
new MutationObserver(draw).observe(document.body, { attributeFilter: ["class"] });
watch("value", draw);
draw();
