// The Calibrate screen: sends clicks to the app and keeps typed text while the screen is redrawn.
const kept = (window.credenceCalibrate ||= {}); // what the person typed or chose, by name
const send = (act, more) => trigger("act", { act, ...more });

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  const name = element.querySelector(".cr-name-input")?.value;
  const { act } = button.dataset;
  if (act === "resume") return trigger("begin", { act, name: button.dataset.name });
  send(act, { name: button.dataset.name ?? name });
});

element.addEventListener("submit", (event) => {
  event.preventDefault();
  const count = element.querySelector(".cr-count-input");
  trigger("begin", {
    act: "start",
    source: element.querySelector("[name=cr-source]:checked")?.value,
    n: count ? Number(count.value) : null,
  });
});

element.addEventListener("change", async (event) => {
  const field = event.target;
  if (field.name === "cr-source") send("source", { source: field.value });
  if (field.type !== "file" || !field.files.length) return;
  const [file] = field.files;
  const pick = field.closest(".cr-pick");
  pick.classList.add("cr-busy");
  try {
    const { path } = file.size > Number(field.dataset.largest) ? { path: "" } : await upload(file);
    send("upload", { path, name: file.name, size: file.size });
  } catch {
    send("upload", { path: "", name: file.name });
  }
});

element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.classList.contains("cr-name-input")) {
    event.preventDefault();
    send("save", { name: event.target.value });
  }
  if (event.key === "Escape" && event.target.closest(".cr-leaving")) send("keep", {});
});

watch("value", () => {
  const act = kept.act;
  kept.act = null;
  if (act === "delete") element.querySelector(".cr-leaving [data-act=keep]")?.focus();
});
element.addEventListener("click", (event) => (kept.act = event.target.closest("[data-act]")?.dataset.act), true);

// The first component tells the app when the screen is opened; nothing is drawn before that.
if (element.closest(".cr-first")) {
  window.dispatchEvent(new Event("hashchange")); // the URL may ask for this screen, which exists only now
  const page = element.closest(".credence");
  let open = false;
  const look = () => {
    const now = page?.dataset.screen === "calibrate";
    if (now && !open) trigger("begin", { act: "look" });
    open = now;
  };
  if (page) new MutationObserver(look).observe(page, { attributes: true, attributeFilter: ["data-screen"] });
  look();
}
