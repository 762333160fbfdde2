// Plays the backward passes that dezero_lite/player.py recorded. Everything to be seen is in the page
// already, as a picture, a program and a table; this moves through it.

const make = (name, options = {}, ...children) => {
  const element = Object.assign(document.createElement(name), options);
  element.append(...children);
  return element;
};

const mark = (element, name, on) => element.classList.toggle(name, on);

// ---------------------------------------------------------------- one recording

class Player extends HTMLElement {
  connectedCallback() {
    if (this.moments) return; // put somewhere else, as slides are when they are printed
    const { names, table, edges, moments } = this.recording ?? JSON.parse(this.querySelector("script").textContent);
    Object.assign(this, { names, table, moments });
    const svg = this.querySelector("svg");
    this.boxes = [...svg.querySelectorAll("rect.f")];
    this.circles = [...svg.querySelectorAll(".v")];
    // The picture draws the edges function by function.
    const paths = [...svg.querySelectorAll("path.e")];
    this.edgesOf = edges.map((count) => paths.splice(0, count));
    this.gradients = this.circles.map((circle) => {
      const text = circle.nextSibling.cloneNode(); // that of its name
      text.setAttribute("class", "g h");
      text.setAttribute("dy", 42);
      return svg.appendChild(text);
    });
    this.values = svg.querySelectorAll("text.s");
    this.lines = this.querySelectorAll("pre span");
    for (const table of this.querySelectorAll(".turns")) table.open = false;
    this.text = make("p", { className: "moment" });
    this.list = make("p", { className: "worklist" });
    this.picture = this.querySelector(".picture");
    this.picture.after(this.text, this.list);
    if (this.closest("dzl-pair")) return;
    this.text.role = "status";
    clock(this, this.moments.map((moment) => moment[1]), (at) => this.show(at));
  }

  show(at) {
    const [line, , running, waiting, changed, text] = this.moments[at];
    const before = this.moments.slice(0, at + 1);
    const gradients = Object.assign({}, ...before.map((moment) => moment[4]));
    if (this.moments[0][6]) {  // it begins with the values, before there is any gradient
      const come = before.flatMap((moment) => moment[6] ?? []);
      this.values.forEach((element, i) => mark(element, "gone", !come.includes(i)));
    }
    this.gradients.forEach((element, i) => {
      element.textContent = gradients[i] && !this.table ? `grad ${gradients[i]}` : gradients[i] ?? "";
      mark(this.circles[i], "reached", i in gradients);
      mark(this.circles[i], "changed", i in changed);
    });
    this.boxes.forEach((box, f) => {
      mark(box, "running", f === running);
      mark(box, "waiting", waiting.includes(f));
      mark(box, "ran", before.some((moment) => moment[2] === f));
      for (const edge of this.edgesOf[f]) mark(edge, "running", f === running);
    });
    // Of a large picture, what happens is in sight.
    const seen = this.boxes[running] ?? this.circles[Object.keys(changed)[0]] ?? this.boxes[waiting.at(-1)] ?? this.circles[0];
    const [frame, box] = [this.picture, seen].map((element) => element.getBoundingClientRect());
    this.picture.scrollLeft += box.x + box.width / 2 - frame.x - frame.width / 2;
    this.picture.scrollTop += box.y + box.height / 2 - frame.y - frame.height / 2;
    this.lines.forEach((element, i) => mark(element, "at", i === line));
    this.text.textContent = text;
    // What a table has stands alone or last, as in player.py: "8", or "sent 8 + 8".
    const held = Object.entries(gradients).filter(([, text]) => /^\S+$|\+ /.test(text));
    const entries = this.table ? held.map(([i, text]) => `${this.table[i]}: ${text.split(" + ").at(-1)}`) : waiting.map((f) => this.names[f]);
    const chips = entries.map((text) => make("span", {}, text));
    this.list.replaceChildren(this.table ? "Table: " : "Work list: ", ...(chips.length ? chips : ["empty"]));
  }
}

// ------------------------------------------------- two recordings on one clock

class Pair extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".player-controls")) return;
    const players = [...this.querySelectorAll("dzl-player")];
    for (const player of players) player.connectedCallback(); // where a script has put in all of it at once
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
    const status = make("p", { className: "spoken", role: "status" });
    this.append(status);
    clock(this, positions.map(([turn]) => turn), (at) => {
      const [turn, each] = positions[at];
      players.forEach((player, i) => player.show(each[i]));
      mark(note, "now", turn >= +this.dataset.parting);
      status.textContent = players.map((p, i) => `${["Left", "Right"][i]}: ${p.text.textContent}`).join(" ");
    });
  }
}

// ------------------------------------------------------------------- the clock

// Puts controls on top of host. turns: the turn of each position; show(at) shows one.
function clock(host, turns, show) {
  const hosts = [...document.querySelectorAll(":is(dzl-pair, dzl-player:not(dzl-pair *)):not(.own-game *)")];
  const key = `turn${hosts.indexOf(host) + 1}`.replace(/n1$/, "n"); // #turn=3 for a page's first player, then #turn2=3
  const deck = document.querySelector(".reveal"); // whose address tells the slide
  const game = host.closest(".own-game"); // which is played anew each time
  const last = turns.length - 1;
  let at = 0;
  let timer = null;

  const button = (title, text, onclick) => make("button", { type: "button", title, ariaLabel: title, onclick }, text);
  const scrubber = make("input", { type: "range", min: 0, max: last, ariaLabel: "Moment" });
  const speeds = [0.5, 1, 2, 4].map((x) => make("option", { value: x, selected: x === 1 }, `${x}×`));
  const speed = make("select", { ariaLabel: "Speed" }, ...speeds);
  const counter = make("span", { className: "counter" });
  const toggle = () => (timer ? pause() : start());
  const play = button("Play", "▶", toggle);
  const face = (textContent, title) => Object.assign(play, { textContent, title, ariaLabel: title });
  const controls = make(
    "div",
    { className: "player-controls" },
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
  const ariaLabel = `Player of ${game ? "your" : "a"} backward pass: space plays, arrows step, Home and End jump`;
  Object.assign(host, { tabIndex: 0, role: "group", ariaLabel });

  function go(to) {
    at = host.at = Math.max(0, Math.min(last, to));
    show(at);
    scrubber.value = at;
    counter.textContent = scrubber.ariaValueText = `turn ${turns[at]} of ${turns[last]}`;
  }
  function move(to) {
    pause();
    go(to);
    if (!deck && !game) history.replaceState(history.state, "", `#${key}=${turns[at]}`);
  }
  function pause() {
    clearTimeout(timer);
    timer = null;
    face("▶", "Play");
  }
  function start() {
    face("‖", "Pause");
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
    if (wanted === null || !host.isConnected) return;
    const found = turns.indexOf(Math.max(0, Math.min(turns[last], Math.floor(+wanted) || 0)));
    pause();
    go(found);
    host.scrollIntoView();
  }

  scrubber.oninput = () => move(+scrubber.value);
  host.addEventListener("keydown", (event) => {
    if (event.target === speed || event.altKey || event.ctrlKey || event.metaKey) return;
    const keys = {
      " ": toggle,
      ArrowRight: () => move(at + 1),
      ArrowLeft: () => move(at - 1),
      Home: () => move(0),
      End: () => move(last),
    };
    if (deck && at === { ArrowRight: last, ArrowLeft: 0 }[event.key]) return; // on to the next slide
    if (!(event.key in keys) || (event.key === " " && event.target.matches("button, summary"))) return;
    event.preventDefault();
    event.stopPropagation(); // Material has keys of its own
    keys[event.key]();
  });
  const printed = deck && location.search.includes("print-pdf"); // paper shows how it ended, and all turns
  if (printed) for (const table of host.querySelectorAll(".turns")) table.open = true;
  const opening = host.until ? turns.findLastIndex((turn) => turn <= host.until) : (host.start ?? 0);
  go(printed ? last : opening);
  if (game || deck) return;
  addEventListener("hashchange", follow);
  follow();
}

customElements.define("dzl-player", Player);
customElements.define("dzl-pair", Pair); // whose players are ready by now
