// Every block can be changed and run in the page, by Python in a worker (run-worker.js), which is fetched when
// someone asks for it. Blocks run in order: one that needs earlier ones lets them run first.

(() => {
const { src } = document.currentScript;
const { script: name, size } = document.currentScript.dataset;
const SECONDS = 30; // that a block may take
const FIRST = `About ${size} MB are fetched, once`;
const FROM_DISK =
  "Browsers start no Python in a page that was opened from disk. From a server they do: in the site's folder, " +
  "python3 -m http.server 8000 makes one, at http://127.0.0.1:8000.";

const make = (kind, options = {}, ...children) => {
  const element = Object.assign(document.createElement(kind), options);
  element.append(...children);
  return element;
};

// --------------------------------------------------------------------- the worker

let worker, ready; // ready: a promise
let ran = []; // the sources that it has run, in order
let told = () => {}; // what is to be done with its messages

function start() {
  const here = (worker = new Worker(new URL("run-worker.js", src), { type: "module" }));
  ran = [];
  ready = new Promise((done, failed) => {
    here.onerror = () => failed("its worker did not start");
    here.onmessage = ({ data }) => {
      if (here !== worker) return; // it has been stopped
      if (data.ready) done();
      if (data.failed) failed(data.failed);
      told(data);
    };
  });
  ready.catch(() => here === worker && (worker = undefined));
}

function stop() {
  worker?.terminate();
  worker = undefined;
  told({ stopped: true });
}

// --------------------------------------------------------------------- a block and its editor

class Block {
  constructor(element, number) {
    Object.assign(this, { element, number, line: Number(element.dataset.line) });
    this.shown = element.querySelector(".highlight");
    this.first = this.source = this.shown.querySelector("code").textContent.replace(/\n$/, "");
    this.outputs = [...element.children].filter((child) => child !== this.shown); // as they were built
    this.run = make("button", { type: "button", textContent: "Run", title: FIRST });
    this.bar = make("div", { className: "run" }, this.run);
    this.run.onclick = () => ask(this.number);
    this.shown.after(this.bar);
  }

  get edited() {
    return this.source !== this.first;
  }

  // In place of the code, a text area with it.
  open() {
    if (this.editor) return;
    const id = `block-${this.number}-hint`;
    this.editor = make("textarea", { value: this.source, spellcheck: false, wrap: "off", autocapitalize: "off" });
    this.editor.setAttribute("aria-label", `Block ${this.number + 1}, in Python`);
    this.editor.setAttribute("aria-describedby", id);
    this.editor.oninput = () => this.change();
    this.editor.onkeydown = (event) => keyed(event, this);
    this.stop = make("button", { type: "button", textContent: "Stop", hidden: true, onclick: stop });
    this.reset = make("button", { type: "button", textContent: "Reset", onclick: () => this.restore() });
    this.state = make("span", { className: "state" });
    this.state.role = "status";
    this.bar.append(this.stop, this.reset, this.state, make("span", { id, className: "hint", textContent: "Ctrl+Enter runs. Tab indents; Esc, then Tab, leaves." }));
    this.shown.append(this.editor);
    this.element.classList.add("open");
    this.change();
  }

  change() {
    this.source = this.editor.value;
    this.editor.rows = this.source.split("\n").length;
    this.editor.classList.remove("wrong");
    this.reset.hidden = !this.edited;
    keep();
  }

  say(text, progress) {
    if (this.state.textContent !== text) this.state.textContent = text;
    this.progress?.remove();
    if (progress) this.bar.append((this.progress = make("progress", { max: 1, value: progress, ariaLabel: text })));
  }

  // The page's code and outputs again. What was written is an undo away.
  restore() {
    write(this.editor, this.first, 0, this.editor.value.length);
    this.show(this.outputs);
    this.replaced = false;
    this.say("As on the page");
  }

  show(nodes) {
    while (this.bar.nextSibling) this.bar.nextSibling.remove();
    this.bar.after(...nodes);
    this.replaced = true;
  }

  take({ text, shown, plot, error }) {
    const nodes = [];
    if (text) nodes.push(printed(text));
    for (const { html, svg, text } of shown) {
      if (text) nodes.push(printed(text));
      else nodes.push(html ? drawn(html) : make("div", { className: "picture", tabIndex: 0 }, drawn(svg)));
    }
    if (plot) {
      const built = this.outputs.filter((node) => node.querySelector?.("svg.plot"));
      nodes.push(...built, make("p", { className: "note", textContent: built.length
        ? "Matplotlib is not loaded here: the plot is the one that was built."
        : "Matplotlib is not loaded here, and draws nothing." }));
    }
    if (error) {
      const message = printed(error.text);
      message.classList.add("failed");
      nodes.push(message);
    }
    this.show(nodes);
  }

  // Marks a line.
  blame(line, text) {
    this.open();
    this.editor.style.setProperty("--line", line - 1);
    this.editor.classList.add("wrong");
    this.say(`Line ${line} of this block: ${text.trim().split("\n").pop()}`);
  }
}

const printed = (text) => make("div", { className: "output" }, make("pre", { tabIndex: 0, textContent: text }));

// HTML of the engine; its style is the site's already.
function drawn(html) {
  const { content } = make("template", { innerHTML: html });
  for (const style of content.querySelectorAll("style")) style.remove();
  return content;
}

// ------------------------------------------------------------------- keys of an editor

// As if typed, so that the browser can undo it.
function write(area, text, from = area.selectionStart, to = area.selectionEnd) {
  area.focus();
  area.setSelectionRange(from, to);
  document.execCommand(text ? "insertText" : "delete", false, text);
}

let leaving = false; // after Esc

function keyed(event, block) {
  const area = block.editor;
  const { value, selectionStart: at, selectionEnd: end } = area;
  const begin = value.lastIndexOf("\n", at - 1) + 1;
  if (event.key === "Tab" && !leaving && !event.altKey && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (at === end && !event.shiftKey) return write(area, " ".repeat(4 - ((at - begin) % 4)));
    const lines = value.slice(begin, end);
    const moved = lines.replace(event.shiftKey ? /^ {1,4}/gm : /^(?=.)/gm, event.shiftKey ? "" : "    ");
    if (moved === lines) return;
    write(area, moved, begin, end);
    const caret = Math.max(begin, at + moved.length - lines.length);
    area.setSelectionRange(...(at === end ? [caret, caret] : [begin, begin + moved.length]));
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    ask(block.number);
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    const line = value.slice(begin, at);
    write(area, "\n" + line.match(/^ */)[0] + (/:\s*(#.*)?$/.test(line) ? "    " : ""));
  }
  leaving = event.key === "Escape" || (leaving && event.key === "Shift");
}

// ------------------------------------------------------------------- what was edited is kept

const KEPT = `run:${name}`;

function keep() {
  const edits = blocks.filter((block) => block.edited).map(({ number, first, source }) => [number, first, source]);
  try {
    edits.length ? localStorage.setItem(KEPT, JSON.stringify(edits)) : localStorage.removeItem(KEPT);
  } catch {} // a browser that keeps nothing
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}

// ------------------------------------------------------------------- running

let queue = Promise.resolve();

function ask(number) {
  blocks[number].open();
  queue = queue.then(() => run(number));
  return queue;
}

async function run(number) {
  const block = blocks[number];
  if (location.protocol === "file:") return block.say(FROM_DISK);
  const sources = blocks.slice(0, number + 1).map(({ source }) => source);
  const fresh = !worker || ran.length > number || ran.some((source, i) => source !== sources[i]);
  const edited = blocks.findIndex((block) => block.edited); // from there on, outputs are others
  let late, begun;
  block.stop.hidden = false;
  block.run.disabled = true;
  await new Promise((end) => {
    const enough = () => {
      worker?.terminate();
      worker = undefined;
      told({ stopped: `Stopped after ${SECONDS} seconds` });
    };
    told = (message) => {
      if (message.loaded) {
        const part = message.loaded / (size * 1e6);
        block.say(`Fetching Python and NumPy, ${size} MB, once`, Math.min(part, 1));
      } else if ("running" in message) {
        begun ??= performance.now();
        clearTimeout(late);
        late = setTimeout(enough, SECONDS * 1000);
        block.say(message.running < number ? `Running block ${message.running + 1} of ${number + 1}` : "Running");
        live = "";
      } else if (message.printed && running === number) {
        live += message.printed;
        block.show([printed(live)]);
      } else if (message.result) {
        took(message.ran, message.result);
      } else if (message.stopped || message.failed) {
        block.say(message.failed ? `Python ended: ${message.failed}` : message.stopped === true ? "Stopped" : message.stopped);
        end();
      } else if (message.done) {
        end();
      }
      if ("running" in message) running = message.running;
    };
    let live = "", running;
    const took = (i, result) => {
      const one = blocks[i];
      if (i === number || one.replaced || (edited >= 0 && edited <= i) || result.error) {
        if (result.error) one.open();
        one.take(result);
      }
      if (!result.error) {
        ran[i] = one.source;
        if (i === number) one.say(`Ran in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        return;
      }
      const { block: where, line, text } = result.error;
      if (i !== number) block.say(`Block ${i + 1}, which has to run before this one, failed`);
      one.say(text.trim().split("\n").pop());
      if (line !== null && blocks[where]) blocks[where].blame(line, text);
    };
    if (!worker) start();
    block.say("Starting Python");
    ready.then(
      () => {
        if (fresh) ran = [];
        const all = blocks.map(({ line, source, first }) => [line, source, first.split("\n").length]);
        worker?.postMessage({ name, blocks: all, from: ran.length, to: number, fresh });
      },
      (reason) => told({ failed: reason }),
    );
  });
  told = () => {};
  clearTimeout(late);
  block.stop.hidden = true;
  block.run.disabled = false;
  if (!worker) start(); // so that the next run need not wait
}

const blocks = [...document.querySelectorAll(".cell[data-cell]")].map((element, i) => new Block(element, i));
for (const [number, first, source] of kept()) {
  const block = blocks[number];
  if (block?.first !== first) continue; // the page has changed since
  block.source = source;
  block.open();
  block.say("Changed by you, not run yet");
}
})();
