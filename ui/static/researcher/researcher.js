// Looks at the study every five seconds while the page is visible; the server's markup has escaped every text.
const live = document.getElementById("live");
const trouble = document.getElementById("trouble");
const EVERY = 5000;

function say(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
}

async function look() {
  if (document.hidden || live.contains(document.activeElement)) return; // nobody looks, or somebody is at a button
  try {
    const reply = await fetch(live.dataset.live, { cache: "no-store", credentials: "same-origin" });
    if (reply.status === 401) return location.reload(); // to sign in again
    const text = await reply.text();
    if (!reply.ok) return say("The study’s database cannot be reached right now; this page looks again by itself.");
    const places = [...live.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    live.innerHTML = text;
    live.querySelectorAll(".scroll").forEach((one, at) => (one.scrollLeft = places[at] || 0));
    say("");
  } catch {
    say("The study’s server cannot be reached right now; this page looks again by itself.");
  }
}

setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
