// Which exercises a reader has solved, kept in the browser: ticks on the cards, in the navigation and on milestones.

const solved = (() => {
  const KEY = "solved";

  function all() {
    try {
      return new Set(JSON.parse(localStorage.getItem(KEY)));
    } catch {
      return new Set(); // a browser that keeps nothing
    }
  }

  function add(step) {
    try {
      localStorage.setItem(KEY, JSON.stringify([...all().add(step)].sort()));
    } catch { /* likewise */ }
    show();
  }

  function tick(place) {
    if (place.querySelector(".solved")) return;
    const mark = Object.assign(document.createElement("small"), { className: "solved", textContent: " ✓" });
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", "solved");
    place.append(mark);
  }

  // A milestone names the exercise whose program it takes; the paragraph with data-next says what is the first to come.
  function milestones(steps) {
    const found = [...document.querySelectorAll("[data-milestone]")];
    const reached = found.filter(({ dataset }) => steps.has(dataset.milestone));
    const says = document.querySelector("[data-next]");
    if (!reached.length || !says) return;
    for (const milestone of reached) tick(milestone.querySelector("strong"));
    const [next] = found.filter((milestone) => !reached.includes(milestone));
    const what = next?.querySelector("strong").textContent;
    says.textContent = `✓ marks the ${reached.length} of ${found.length} for which you have solved, in this browser, the exercise that `
      + `writes the program. ${next ? `Next: ${what[0].toLowerCase()}${what.slice(1)}, ` : "There is none left."}`;
    if (next) says.append(next.querySelector("a").cloneNode(true), ".");
  }

  function show() {
    const steps = all();
    milestones(steps);
    for (const link of document.querySelectorAll(".cards a, .md-nav--primary a.md-nav__link")) {
      const step = link.pathname?.match(/\/step(\d+)\.html$/)?.[1];
      if (steps.has(step)) tick(link.querySelector("strong, .md-ellipsis") ?? link);
    }
  }

  show();
  return { add };
})();
