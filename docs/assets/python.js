// Python for the page: a worker (python-worker.js), fetched and started when something is first asked of it, and
// ended when a program does not end.

const python = (() => {
  const { src, dataset } = document.currentScript;
  const bytes = Number(dataset.bytes), size = Math.round(bytes / 1e6);
  const SECONDS = 30; // that one step of a request may take, unless the reader lets it
  const FROM_DISK =
    "A browser can't start Python in a page that was opened from disk, only in one from a server. In the site's folder, " +
    "run “python3 -m http.server 8000”, and open http://127.0.0.1:8000.";
  let worker, late;
  let going, watched; // an address that is there until a run is to stop; whether that run asks for it
  let plots = false; // whether Matplotlib has been asked for
  const waiting = []; // { request, on, end }, the first of which has its turn
  const root = new URL("..", src).href; // of the site

  // A script of ours that few pages need at once.
  const scripts = {};
  const load = (name) =>
    (scripts[name] ??= new Promise((onload, onerror) => document.head.append(make("script", { src: new URL(`${name}.js`, src), onload, onerror }))));

  function start() {
    load("outputs");
    const mine = (worker = new Worker(new URL("python-worker.js", src), { type: "module" }));
    const failed = (reason) => mine === worker && stop(`Python could not go on: ${reason}`, true);
    mine.onerror = ({ message }) => failed(message || "its worker can't be fetched");
    mine.onmessage = ({ data }) => {
      if (mine !== worker) return; // it has been stopped
      if (data.failed) return failed(data.failed);
      if ("running" in data || data.pieces?.some((piece) => "slot" in piece)) limit();
      if (data.pieces?.some((piece) => "slot" in piece)) watched = true;
      if (data.done) clearTimeout(late);
      waiting[0]?.on(data);
      if (data.done) next();
    };
    if (plots) mine.postMessage({ plots });
  }

  function limit() {
    clearTimeout(late);
    late = setTimeout(() => stop(`Stopped after ${SECONDS} seconds, the longest that a page runs by itself`), SECONDS * 1000);
  }

  // Ends the run, and with it all that wait for their turn.
  function stop(why = "Stopped", broken = false) {
    clearTimeout(late);
    worker?.terminate();
    worker = undefined;
    for (const { on, end } of waiting.splice(0)) on({ ended: why }), end();
    if (!broken) start(); // so that the next run need not wait
  }

  // A run that shows itself ends at its next picture, and what it has computed stays; any other is ended with its worker.
  function end(gently) {
    URL.revokeObjectURL(going);
    if (gently) return;
    if (!watched) return stop();
    for (const { on, end } of waiting.splice(1)) on({ ended: "Stopped" }), end();
    clearTimeout(late);
    late = setTimeout(stop, 2000);
  }

  // Asks when its turn has come: `request(worker)` gives the message, and `on` hears what is said until it ends.
  function ask(request, on) {
    if (location.protocol === "file:") return on({ ended: FROM_DISK });
    return new Promise((end) => {
      waiting.push({ request, on, end });
      if (waiting.length === 1) turn();
    });
  }

  async function turn() {
    if (!waiting.length) return;
    if (!worker) start();
    await load("outputs");
    if (!waiting.length || !worker) return; // stopped meanwhile
    URL.revokeObjectURL(going);
    [going, watched] = [URL.createObjectURL(new Blob(["on"])), false];
    worker.postMessage({ ...waiting[0].request(worker), going, root });
  }

  function next() {
    waiting.shift().end();
    turn();
  }

  return {
    ask, stop, end, load, bytes, size, root,
    first: `The first run fetches Python and NumPy, about ${size} MB, once`,
    patient: () => clearTimeout(late),
    plotsSize: Math.round(dataset.plots / 1e6),
    get plots() {
      return plots;
    },
    // Fetches Matplotlib, for this run and for those to come; `on` hears how far it is.
    fetchPlots: (on) => ask(() => ({ plots: true }), (message) => ((plots ||= Boolean(message.done)), on(message))),
  };
})();

// The buttons under an editor, and what is said beside them.
class Bar {
  constructor(...buttons) {
    const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick, hidden: true });
    this.stop = button("Stop", () => python.end());
    this.more = button("Let it run", () => (python.patient(), (this.more.hidden = true)));
    this.more.title = "Without a limit, until you stop it";
    this.state = make("span", { className: "state" });
    this.state.role = "status";
    this.passed = make("span", { className: "passed" }); // not read out
    this.spoken = make("span", { className: "spoken" }); // only read out
    this.spoken.role = "status";
    this.element = make("div", { className: "run" }, ...buttons, this.stop, this.more, this.state, this.passed, this.spoken);
  }

  say(text) {
    this.progress?.remove();
    this.progress = undefined;
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  // The beginning of what came, for who can't see it.
  speak(text) {
    this.spoken.textContent = text.slice(0, 200);
  }

  // What every request says: how far the fetching is, and why it ended.
  hear({ loaded, of, what, ready, ended, done, running }) {
    if (loaded) {
      const there = loaded >= of;
      const text = there ? `Preparing ${what}` : `Fetching ${what}, about ${Math.round(of / 1e6)} MB, once`;
      const { progress } = this;
      if (this.state.textContent !== text) this.say(text);
      this.progress ??= progress ?? make("progress", { max: of, ariaLabel: "Fetched" });
      if (there) this.progress.removeAttribute("value"); // it goes to and fro
      else this.progress.value = loaded;
      if (!this.progress.isConnected) this.state.after(this.progress);
    }
    if (ready) this.say("Starting");
    if (running !== undefined) this.clock ??= this.count(performance.now());
    if (ended !== undefined) this.say(ended);
    if (ended !== undefined || done) {
      this.stop.hidden = this.more.hidden = true;
      clearInterval(this.clock);
      this.clock = undefined;
      this.passed.textContent = "";
    }
  }

  // How long it has run, once it takes long.
  count(begun) {
    return setInterval(() => {
      const seconds = Math.floor((performance.now() - begun) / 1000);
      this.passed.textContent = seconds < 2 ? "" : `${seconds} s`;
      if (seconds === 10) this.more.hidden = false;
    }, 1000);
  }

  ask(request, on) {
    this.stop.hidden = false;
    this.say("Waiting for Python");
    return python.ask(request, (message) => (this.hear(message), on(message)));
  }
}
