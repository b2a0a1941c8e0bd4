// Text files for the next message: chosen, dropped on the chat, or pasted as a long text. Texts are only set through textContent.
const LONG_PASTE = 4000, MEGABYTE = 1e6;
const limit = (name) => Number(element.querySelector(".cr-files").dataset[name]); // the server cuts off what is beyond
const MOST_LETTERS = limit("letters"), MOST_FILES = limit("files");
const chatPage = element.closest(".credence") || document.body;
const place = (name) => element.querySelector(`.cr-file${name}`);
const writes = (event) => event.target.closest?.(".cr-composer");
const KINDS = [[[0x25, 0x50, 0x44, 0x46], "a PDF"], [[0x50, 0x4b, 3, 4], "a packed file, such as a Word document or a ZIP"],
  [[0x89, 0x50, 0x4e, 0x47], "a picture"], [[0xff, 0xd8, 0xff], "a picture"], [[0x47, 0x49, 0x46], "a picture"]];
let files = [];

function attach(next) {
  files = next;
  props.value = files;
  draw();
}
function complain(faults) {
  place("-fault").textContent = faults.join(" ");
  place("-fault").hidden = !faults.length;
}
const size = (letters) => (letters < 1000 ? `${letters} characters` : `${Math.round(letters / 1000)}k characters`);

function draw() {
  place("-list").replaceChildren(...files.map((file, index) => {
    const item = make("li", "cr-file"), fold = make("details"), head = make("summary", "", file.name);
    head.append(make("small", "", size(file.text.length)));
    fold.append(head, make("pre", "", file.text.slice(0, 5000)));
    fold.querySelector("pre").tabIndex = 0;
    item.append(fold);
    if (file.pasted) item.append(button("As text", "cr-plain cr-small", () => intoBox(index), "Put the pasted text into the box"));
    item.append(button("✕", "cr-plain cr-small", () => attach(files.filter((_, other) => other !== index)), `Remove ${file.name}`));
    return item;
  }));
}
function intoBox(index) {
  const box = chatPage.querySelector(".cr-composer textarea"), { text } = files[index];
  attach(files.filter((_, other) => other !== index));
  box.focus();
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function decoded(bytes, name) { // its text, or an Error with a sentence
  const kind = KINDS.find(([start]) => start.every((byte, index) => bytes[index] === byte));
  if (kind) throw new Error(`“${name}” is ${kind[1]}, not a text file. Copy the text out of it and paste it here.`);
  const marks = { "255,254": "utf-16le", "254,255": "utf-16be" };
  const encoding = marks[bytes.slice(0, 2).join()] || "utf-8";
  if (encoding === "utf-8" && bytes.includes(0)) throw new Error(`“${name}” is not a text file. Only text files can be attached.`);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes).replace(/\r\n?/g, "\n");
  } catch {
    throw new Error(`“${name}” cannot be read: it is not in UTF-8. Save it as UTF-8 and attach it again.`);
  }
}
async function read(file) {
  if (file.size > 4 * MOST_LETTERS) throw new Error(`“${file.name}” is too large: ${(file.size / MEGABYTE).toFixed(1)} MB. Attach the part that matters.`);
  const bytes = await file.arrayBuffer().catch(() => null);
  if (!bytes) throw new Error(`“${file.name}” cannot be read. If it is a folder, attach the files in it.`);
  const text = decoded(new Uint8Array(bytes), file.name);
  if (!text.trim()) throw new Error(`“${file.name}” is empty.`);
  if (text.length > MOST_LETTERS) throw new Error(`“${file.name}” is too long: ${size(text.length)}, and at most ${size(MOST_LETTERS)} can be attached.`);
  return { name: file.name, text };
}
async function add(chosen) {
  const faults = [], added = [];
  for (const file of chosen) {
    if (files.length + added.length >= MOST_FILES) {
      faults.push(`At most ${MOST_FILES} files fit into one message. “${file.name}” was left out.`);
      break;
    }
    await read(file).then((one) => added.push(one), (error) => faults.push(error.message));
  }
  attach([...files, ...added]);
  complain(faults);
  chatPage.querySelector(".cr-composer textarea")?.focus();
}

element.querySelector(".cr-attach").addEventListener("click", () => place("-input").click());
place("-input").addEventListener("change", () => {
  const chosen = [...place("-input").files];
  place("-input").value = "";
  add(chosen);
});
const carries = (event) => event.dataTransfer?.types.includes("Files") && chatPage.dataset.screen !== "calibrate";
let entered = 0;
const over = (count) => chatPage.classList.toggle("cr-dropping", (entered = Math.max(0, count)) > 0);
chatPage.addEventListener("dragenter", (event) => carries(event) && over(entered + 1));
chatPage.addEventListener("dragleave", (event) => carries(event) && over(entered - 1));
chatPage.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
chatPage.addEventListener("drop", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  event.stopPropagation();
  over(0);
  add(event.dataTransfer.files);
}, true);
chatPage.addEventListener("paste", (event) => {
  if (!writes(event)) return;
  const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n");
  if (!text && event.clipboardData.files.length) {
    event.preventDefault();
    event.stopPropagation();
    return add(event.clipboardData.files);
  }
  if (text.length <= LONG_PASTE) return;
  event.preventDefault();
  event.stopPropagation();
  if (text.length > MOST_LETTERS) return complain([`The pasted text is too long: ${size(text.length)}, and at most ${size(MOST_LETTERS)} can be attached.`]);
  const number = 1 + files.filter(({ pasted }) => pasted).length;
  attach([...files, { name: number > 1 ? `Pasted text ${number}` : "Pasted text", text, pasted: true }]);
  complain([]);
}, true);
watch("value", () => { // the server empties it when the message is sent
  if (Array.isArray(props.value) && !props.value.length && files.length) {
    files = [];
    draw();
  }
});
draw();
