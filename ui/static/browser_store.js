// Conversations in the visitor's own browser (IndexedDB), for shared pages; nothing of them stays on the server.
const MOST_BYTES = 200e6; // of all conversations together; beyond, the oldest unpinned ones are deleted
window.credenceStore ||= (() => {
  const opening = new Promise((resolve, reject) => {
    const request = indexedDB.open("credence", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("conversations", { keyPath: "id" });
      request.result.createObjectStore("changes", { keyPath: ["conversation", "key"] }).createIndex("conversation", "conversation");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  opening.catch(() => {}); // each use reports it
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  async function stores(mode) {
    const work = (await opening).transaction(["conversations", "changes"], mode);
    const finished = new Promise((resolve, reject) => {
      work.oncomplete = resolve;
      work.onabort = work.onerror = () => reject(work.error);
    });
    finished.catch(() => {}); // whoever waits for it gets it
    return { conversations: work.objectStore("conversations"), changes: work.objectStore("changes"), finished };
  }
  async function list() {
    const { conversations } = await stores("readonly");
    return (await done(conversations.getAll())).sort((a, b) => b.pinned - a.pinned || (a.changed < b.changed ? 1 : -1));
  }
  async function open(id) { // its changes, oldest first; null if it is not here
    const { conversations, changes } = await stores("readonly");
    const line = await done(conversations.get(id));
    if (!line) return null;
    const rows = await done(changes.index("conversation").getAll(id));
    return { line, changes: rows.sort((a, b) => a.n - b.n) };
  }
  async function change(id, values) {
    const { conversations, finished } = await stores("readwrite");
    const line = await done(conversations.get(id));
    if (line) conversations.put({ ...line, ...values });
    await finished;
  }
  async function remove(id) {
    const { conversations, changes, finished } = await stores("readwrite");
    conversations.delete(id);
    for (const key of await done(changes.index("conversation").getAllKeys(id))) changes.delete(key);
    await finished;
  }
  async function put(id, title, rows) {
    const { conversations, changes, finished } = await stores("readwrite");
    const time = new Date().toISOString();
    const line = (await done(conversations.get(id))) || { id, title, pinned: false, created: time, bytes: 0, words: "" };
    for (const [place, row] of rows.entries()) {
      changes.put({ ...row, conversation: id, n: Date.now() + place / 1000 });
      if (row.kind === "turn") {
        line.bytes += JSON.stringify(row).length;
        line.words += `\n${row.words}`.toLowerCase();
        changes.delete([id, `${row.payload.turn}:draft`]);
      }
    }
    conversations.put({ ...line, changed: time });
    await finished;
  }
  async function write(id, title, rows) { // returns the titles of what was deleted to free space
    const dropped = [];
    for (;;) {
      const lines = await list();
      const oldest = lines.filter((line) => !line.pinned && line.id !== id).at(-1);
      const all = lines.reduce((sum, line) => sum + line.bytes, 0);
      try {
        if (all <= MOST_BYTES || !oldest) {
          await put(id, title, rows);
          return dropped;
        }
      } catch (error) {
        if (error?.name !== "QuotaExceededError" || !oldest) throw error;
      }
      await remove(oldest.id);
      dropped.push(oldest.title);
    }
  }
  return { list, open, change, remove, write };
})();
