// Plays the backward passes that dezero_lite/player.py recorded. Everything to be seen is in the page
// already, as a picture, a program and a table; this moves through it.

const make = (name, options = {}, ...children) => {
  const element = Object.assign(document.createElement(name), options);
  element.append(...children);
  return element;
};

// ---------------------------------------------------------------- one recording

class Player extends HTMLElement {
  connectedCallback() {
    const { names, functions, moments } = JSON.parse(this.querySelector("script").textContent);
    Object.assign(this, { names, functions, moments });
    const svg = this.querySelector("svg");
    this.boxes = [...svg.querySelectorAll("rect.f")];
    this.circles = [...svg.querySelectorAll("circle.v")];
    // The picture draws the edges function by function, inputs first.
    this.edges = [...svg.querySelectorAll("path.e")];
    this.edgesOf = [];
    let first = 0;
    for (const [inputs, outputs] of functions) {
      this.edgesOf.push(this.edges.slice(first, (first += inputs.length + outputs.length)));
    }
    this.gradients = this.circles.map((circle) => {
      const text = document.createElementNS(svg.namespaceURI, "text");
      text.setAttribute("class", "g h");
      text.setAttribute("x", circle.getAttribute("cx"));
      text.setAttribute("y", +circle.getAttribute("cy") + 42);
      return circle.parentNode.appendChild(text);
    });
    this.lines = this.querySelectorAll("pre span");
    this.querySelector(".turns").open = false;
    this.text = make("p", { className: "moment" });
    this.list = make("p", { className: "worklist" });
    this.querySelector(".picture").after(this.text, this.list);
    if (this.closest("dzl-pair")) return;
    this.text.setAttribute("role", "status");
    clock(this, this.moments.map((moment) => moment[1]), (at) => this.show(at));
  }

  show(at) {
    const [line, , running, waiting, , text] = this.moments[at];
    const before = this.moments.slice(0, at + 1);
    const gradients = Object.assign({}, ...before.map((moment) => moment[4]));
    const changed = this.moments[at][4];
    this.gradients.forEach((element, i) => {
      element.textContent = i in gradients ? `grad ${gradients[i]}` : "";
      this.circles[i].classList.toggle("reached", i in gradients);
      this.circles[i].classList.toggle("changed", i in changed);
    });
    this.boxes.forEach((box, f) => {
      box.classList.toggle("running", f === running);
      box.classList.toggle("waiting", waiting.includes(f));
      box.classList.toggle("ran", before.some((moment) => moment[2] === f));
      for (const edge of this.edgesOf[f]) edge.classList.toggle("running", f === running);
    });
    this.lines.forEach((element, i) => element.classList.toggle("at", i === line));
    this.text.textContent = text;
    const chips = waiting.map((f) => make("span", {}, this.names[f]));
    this.list.replaceChildren("Work list: ", ...(chips.length ? chips : ["empty"]));
  }
}

// ------------------------------------------------- two recordings on one clock

class Pair extends HTMLElement {
  connectedCallback() {
    customElements.whenDefined("dzl-player").then(() => this.start());
  }

  start() {
    const players = [...this.querySelectorAll("dzl-player")];
    const wide = matchMedia("(min-width: 60em)").matches;
    for (const program of this.querySelectorAll(".code")) program.open = wide;
    const momentsOf = (player, turn) => player.moments.flatMap((m, i) => (m[1] === turn ? [i] : []));
    const turns = Math.max(...players.map((player) => player.moments.at(-1)[1]));
    const positions = [];
    for (let turn = 0; turn <= turns; turn++) {
      const found = players.map((player) => momentsOf(player, turn));
      const steps = Math.max(...found.map((moments) => moments.length));
      for (let step = 0; step < steps; step++) {
        // Who has finished stays where it is.
        const at = found.map((moments, i) => moments[Math.min(step, moments.length - 1)] ?? players[i].moments.length - 1);
        positions.push([turn, at]);
      }
    }
    const note = this.querySelector(".parting");
    const status = make("p", { className: "spoken" });
    status.setAttribute("role", "status");
    this.append(status);
    clock(this, positions.map(([turn]) => turn), (at) => {
      const [turn, each] = positions[at];
      players.forEach((player, i) => player.show(each[i]));
      note.classList.toggle("now", turn >= +this.dataset.parting);
      status.textContent = players.map((p, i) => `${["Left", "Right"][i]}: ${p.text.textContent}`).join(" ");
    });
  }
}

// ------------------------------------------------------------------- the clock

let clocks = 0;

// Puts controls on top of host. turns: the turn of each position; show(at) shows one.
function clock(host, turns, show) {
  const key = `turn${clocks++ ? clocks : ""}`; // #turn=3 for the first player of a page, #turn2=3, ...
  const last = turns.length - 1;
  let at = 0;
  let timer = null;

  const button = (label, text, action) => {
    const element = make("button", { type: "button", title: label, onclick: action }, text);
    element.setAttribute("aria-label", label);
    return element;
  };
  const scrubber = make("input", { type: "range", min: 0, max: last, value: 0 });
  scrubber.setAttribute("aria-label", "Moment");
  const speed = make("select", {}, ...[0.5, 1, 2, 4].map((x) => make("option", { value: x, selected: x === 1 }, `${x}×`)));
  speed.setAttribute("aria-label", "Speed");
  const counter = make("output", {});
  const play = button("Play", "▶", () => (timer ? pause() : start()));
  const controls = make(
    "div",
    { className: "controls" },
    button("First moment", "«", () => move(0)),
    button("Back", "‹", () => move(at - 1)),
    play,
    button("Forth", "›", () => move(at + 1)),
    button("Last moment", "»", () => move(last)),
    scrubber,
    speed,
    counter,
  );
  host.prepend(controls);
  host.tabIndex = 0;
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", "Player of a backward pass: space plays, arrows step, Home and End jump");

  function go(to) {
    at = Math.max(0, Math.min(last, to));
    show(at);
    scrubber.value = at;
    scrubber.setAttribute("aria-valuetext", `turn ${turns[at]}, moment ${at + 1} of ${last + 1}`);
    counter.textContent = `turn ${turns[at]} of ${turns[last]}`;
  }
  function move(to) {
    pause();
    go(to);
    history.replaceState(history.state, "", `#${key}=${turns[at]}`);
  }
  function pause() {
    clearTimeout(timer);
    timer = null;
    play.textContent = "▶";
    play.title = "Play";
    play.setAttribute("aria-label", "Play");
  }
  function start() {
    play.textContent = "‖";
    play.title = "Pause";
    play.setAttribute("aria-label", "Pause");
    if (at === last) go(0);
    const tick = () => {
      if (at === last) return pause();
      go(at + 1);
      timer = setTimeout(tick, 1400 / speed.value);
    };
    timer = setTimeout(tick, 300);
  }
  function follow() {
    const wanted = new URLSearchParams(location.hash.slice(1)).get(key);
    if (wanted === null) return;
    const found = turns.indexOf(Math.max(0, Math.min(turns[last], Math.floor(+wanted) || 0)));
    pause();
    go(found);
    host.scrollIntoView();
  }

  scrubber.oninput = () => move(+scrubber.value);
  host.addEventListener("keydown", (event) => {
    if (event.target === speed || event.altKey || event.ctrlKey || event.metaKey) return;
    const keys = {
      " ": () => (timer ? pause() : start()),
      ArrowRight: () => move(at + 1),
      ArrowLeft: () => move(at - 1),
      Home: () => move(0),
      End: () => move(last),
    };
    if (!(event.key in keys) || (event.key === " " && event.target.matches("button, summary"))) return;
    event.preventDefault();
    event.stopPropagation(); // Material has keys of its own
    keys[event.key]();
  });
  addEventListener("hashchange", follow);
  go(0);
  follow();
}

customElements.define("dzl-player", Player);
customElements.define("dzl-pair", Pair);
