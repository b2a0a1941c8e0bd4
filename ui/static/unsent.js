// Text typed and not sent stays in this browser, for each conversation.
const MOST_LINKED = 4000; // characters
const unsentKey = () => `credence-unsent ${listPage.dataset.conversation || ""}`;
const composer = () => listPage.querySelector(".cr-composer textarea");
function fill(text) {
  const box = composer();
  if (!box || box.value === text) return;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
function keepUnsent(text) {
  try {
    if (text) localStorage.setItem(unsentKey(), text);
    else localStorage.removeItem(unsentKey());
  } catch { /* full: the text stays on the page */ }
}
listPage.addEventListener("input", (event) => {
  if (event.target === composer()) keepUnsent(composer().value);
});
const sends = (event) => event.target === composer() && event.key === "Enter" && !event.shiftKey && !event.isComposing;
listPage.addEventListener("keydown", (event) => sends(event) && setTimeout(() => keepUnsent("")));
listPage.addEventListener("click", (event) => event.target.closest(".cr-composer .submit-button") && setTimeout(() => keepUnsent("")));
function linked() { // a link may bring a question along: ?q=TEXT; once, so that a reload keeps what was typed since
  const url = new URL(location.href), text = url.searchParams.get("q") || "";
  if (!text) return "";
  url.searchParams.delete("q");
  history.replaceState(null, "", url);
  return text.slice(0, MOST_LINKED);
}
let unsentOf = null, settled = false;
listPage.addEventListener("credence-conversation", ({ detail }) => {
  const first = unsentOf === "" && now.opened === false; // the new conversation got its name
  unsentOf = detail;
  const kept = localStorage.getItem(unsentKey()) || "";
  if (!first && (kept || settled)) fill(kept); // what somebody typed while the page opened stays
  settled = true;
});
setTimeout(() => {
  unsentOf ??= "";
  if (!listPage.dataset.conversation) fill(linked() || localStorage.getItem(unsentKey()) || "");
}, 300);
