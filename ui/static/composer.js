// The question box: blank text is not sent, and a double press sends only once.
const AGAIN = 1000; // milliseconds within which the same text counts as a double press
window.credenceComposer ||= (() => {
  const sent = new WeakMap(); // box → {text, time} of the last message sent
  function guard(event) {
    const composer = event.target.closest?.(".cr-composer");
    const box = composer?.querySelector("textarea");
    const sends = event.type === "click" ? event.target.closest(".submit-button") : event.key === "Enter" && !event.shiftKey;
    if (!box || !sends || event.isComposing) return;
    const last = sent.get(box);
    const twice = last && last.text === box.value && event.timeStamp - last.time < AGAIN;
    const files = document.querySelector(".cr-file-list")?.childElementCount;
    if ((!box.value.trim() && !files) || twice) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else sent.set(box, { text: box.value, time: event.timeStamp });
  }
  document.addEventListener("input", ({ target }) => sent.delete(target), true); // typed again: no double press
  document.addEventListener("keydown", guard, true);
  document.addEventListener("click", guard, true);
  return true;
})();
