// Light or dark as the device has it, before anything is drawn.
const wish = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark", wish.matches);
wish.addEventListener("change", follow);
follow();
