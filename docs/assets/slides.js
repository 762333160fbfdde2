// Starts reveal.js, in the colours that the reader has chosen on the site.

const root = new URL("../..", location).pathname;
const palette = JSON.parse(localStorage.getItem(`${root}.__palette`) ?? "null");
const dark = palette?.color?.scheme
  ? palette.color.scheme === "slate"
  : matchMedia("(prefers-color-scheme: dark)").matches;
const paint = (dark) => (document.body.dataset.mdColorScheme = dark ? "slate" : "default");
paint(dark && !location.search.includes("print-pdf"));

// What a clicker and the space bar do: what hangs below a slide, they pass by; who has gone down there goes on there.
const below = () => Reveal.getIndices().v > 0;
const forth = () => (below() ? Reveal.next() : Reveal.right());
const back = () => (below() ? Reveal.prev() : Reveal.left());

// On a phone reveal.js scrolls, and forgets which slide the address names.
const columns = [...document.querySelectorAll(".slides > section")];
const linked = () => {
  const [h, v = 0] = location.hash.slice(2).split("/");
  return columns[h]?.children[v];
};
const wanted = linked();
const follow = (slide) => Reveal.isScrollView() && slide?.closest(".scroll-page").scrollIntoView();

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: "h.v",
  defaultTiming: 0, // seconds, for the speaker's clock: each slide says its own
  pdfSeparateFragments: false,
  scrollLayout: "compact", // on a phone
  scrollSnap: false,
  transition: matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : "slide",
  keyboard: { 32: forth, 34: forth, 78: forth, 33: back, 80: back },
  plugins: [RevealNotes, RevealSearch, RevealZoom],
}).then(() => requestAnimationFrame(() => follow(wanted)));
addEventListener("hashchange", () => follow(linked()));
Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Light or dark" }, () =>
  paint(document.body.dataset.mdColorScheme === "default"),
);
