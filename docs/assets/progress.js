// Which exercises a reader has solved, kept in the browser: ticks on the cards, in the navigation and on milestones.

const solved = (() => {
  const KEY = "solved";

  const all = () => new Set([keptThing(KEY) ?? []].flat());

  function add(step) {
    kept(KEY, JSON.stringify([...all().add(step)].sort()));
    show();
  }

  function tick(place) {
    if (place.querySelector(".solved")) return;
    place.append(make("small", { className: "solved", textContent: " ✓", role: "img", ariaLabel: "solved" }));
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
