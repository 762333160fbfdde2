// Python for the page: a worker (python-worker.js), fetched and started when something is first asked of it, and
// ended when a program does not end.

const python = (() => {
  const { src, dataset } = document.currentScript;
  const size = Number(dataset.megabytes);
  const SECONDS = 30; // that one step of a request may take
  const FROM_DISK =
    "Browsers start no Python in a page that was opened from disk; from a server they do. In the site's folder, " +
    "“python3 -m http.server 8000” is one: then open http://127.0.0.1:8000.";
  let worker, ready, late;
  let hear = () => {}; // what is to be done with a message
  let queue = Promise.resolve();

  function start() {
    const mine = (worker = new Worker(new URL("python-worker.js", src), { type: "module" }));
    ready = new Promise((done, failed) => {
      mine.onerror = ({ message }) => failed(message || "its worker can't be fetched");
      mine.onmessage = ({ data }) => {
        if (mine !== worker) return; // it has been stopped
        if (data.ready) done();
        if (data.failed) failed(data.failed);
        if ("running" in data) limit();
        if (data.done) clearTimeout(late);
        hear(data);
      };
    });
    ready.catch((reason) => mine === worker && stop(`Python could not go on: ${reason}`, true));
  }

  function limit() {
    clearTimeout(late);
    late = setTimeout(() => stop(`Stopped after ${SECONDS} seconds`), SECONDS * 1000);
  }

  function stop(why = "Stopped", broken = false) {
    clearTimeout(late);
    worker?.terminate();
    worker = undefined;
    const tell = hear;
    hear = () => {};
    if (!broken) start(); // so that the next run need not wait
    tell({ ended: why });
  }

  // Asks when its turn has come. `request(fresh)` gives the message, and `on` hears what is said until it ends;
  // fresh tells whether the worker has been started anew.
  function ask(request, on) {
    const turn = () =>
      new Promise((end) => {
        hear = (message) => {
          on(message);
          if ("ended" in message || message.done) {
            hear = () => {};
            end();
          }
        };
        if (location.protocol === "file:") return hear({ ended: FROM_DISK });
        if (!worker) start();
        const mine = worker;
        mine.postMessage(request(mine));
      });
    return (queue = queue.then(turn));
  }

  return { ask, stop, size, first: `The first run fetches Python and NumPy, about ${size} MB, once` };
})();

// The buttons under an editor, and what is said beside them.
class Bar {
  constructor(...buttons) {
    this.stop = make("button", { type: "button", textContent: "Stop", hidden: true, onclick: () => python.stop() });
    this.state = make("span", { className: "state" });
    this.state.role = "status";
    this.element = make("div", { className: "run" }, ...buttons, this.stop, this.state);
  }

  say(text) {
    this.progress?.remove();
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  // What every request says: how far the fetching is, and why it ended.
  hear(message) {
    if (message.loaded) {
      this.say(`Fetching Python and NumPy, about ${python.size} MB, once`);
      this.progress ??= make("progress", { max: python.size * 1e6, ariaLabel: "Fetched" });
      this.progress.value = message.loaded;
      this.state.after(this.progress);
    }
    if (message.ready) this.say("Starting");
    if ("ended" in message) this.say(message.ended);
    if ("ended" in message || message.done) this.stop.hidden = true;
  }

  ask(request, on) {
    this.stop.hidden = false;
    this.say("Waiting for Python");
    return python.ask(request, (message) => (this.hear(message), on(message)));
  }
}
