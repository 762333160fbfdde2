// Starts reveal.js, in the colours that the reader has chosen on the site.

const root = new URL("../..", location).pathname;
const palette = JSON.parse(localStorage.getItem(`${root}.__palette`) ?? "null");
const dark = palette?.color?.scheme
  ? palette.color.scheme === "slate"
  : matchMedia("(prefers-color-scheme: dark)").matches;
const paint = (dark) => (document.body.dataset.mdColorScheme = dark ? "slate" : "default");
paint(dark && !location.search.includes("print-pdf"));

Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: "h.v",
  defaultTiming: 120, // seconds, for the speaker's clock, where a slide says nothing
  pdfSeparateFragments: false,
  transition: matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : "slide",
  plugins: [RevealNotes, RevealSearch, RevealZoom],
});
Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Light or dark" }, () =>
  paint(document.body.dataset.mdColorScheme === "default"),
);
