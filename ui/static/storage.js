// A browser may refuse storage to a page in a frame of another site: then what is kept lasts as long as the page.
(() => {
  try {
    window.localStorage.length;
  } catch {
    const kept = new Map();
    const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, String(value)), removeItem: (key) => kept.delete(key) };
    Object.defineProperty(window, "localStorage", { configurable: true, value: storage });
  }
})();
