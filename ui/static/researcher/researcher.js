// Refreshes the page every five seconds while it is visible; the server has escaped all text in its markup.
const live = document.getElementById("live");
const trouble = document.getElementById("trouble");
const EVERY = 5000;

function say(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
}

async function look() {
  if (document.hidden || live.contains(document.activeElement)) return; // the page is hidden, or a button has the focus
  try {
    const reply = await fetch(live.dataset.live, { cache: "no-store", credentials: "same-origin" });
    if (reply.status === 401) return location.reload(); // to sign in again
    const text = await reply.text();
    if (!reply.ok) return say("The study’s database cannot be reached right now. This page keeps trying.");
    const places = [...live.querySelectorAll(".scroll")].map((table) => table.scrollLeft);
    live.innerHTML = text;
    live.querySelectorAll(".scroll").forEach((table, at) => (table.scrollLeft = places[at] || 0));
    say("");
  } catch {
    say("The study’s server cannot be reached right now. This page keeps trying.");
  }
}

setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
