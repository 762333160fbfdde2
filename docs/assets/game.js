// "You are backward" on a page of the course: what it needs is fetched when the reader comes near.

(() => {
  const { src } = document.currentScript;
  const scripts = ["own-parse", "own-graph", "own-orders", "own-draw", "own-levels", "own"];
  const near = new IntersectionObserver((seen) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    near.disconnect();
    document.head.append(...scripts.map((name) => make("script", { src: new URL(`${name}.js`, src), async: false })));
  }, { rootMargin: "100% 0px" });
  for (const host of document.querySelectorAll(".own-game")) near.observe(host);
})();
