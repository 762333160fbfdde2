// Python in a worker. Pyodide and NumPy lie in ../python/, and so does the engine with what runs a page's blocks
// (in_page.py). It is told { name, blocks, files, from, to, fresh, look, values } to run blocks of a page in order,
// { exercise, program } to check a program, or { plots } to fetch Matplotlib, and tells what came.

const place = new URL("../python/", import.meta.url);
const plainFetch = fetch;
const nameOf = (address) => new URL(address, place).pathname.split("/").pop();

async function fetched(name) {
  const answer = await plainFetch(new URL(name, place));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
}

// What is fetched is counted, so that the page can show how far it is.
class Fetching {
  constructor(what, sizes) {
    Object.assign(this, { what, loaded: 0, of: Object.values(sizes).reduce((sum, size) => sum + size) });
    this.come = new Map(Object.entries(sizes).map(([name, size]) => [name, this.get(name, size)]));
    for (const answer of this.come.values()) answer.catch(() => {}); // said where it is awaited
  }

  count(stream) {
    const each = (chunk, out) => (this.tell(chunk.length), out.enqueue(chunk));
    return stream.pipeThrough(new TransformStream({ transform: each }));
  }

  tell(length) {
    this.loaded += length;
    postMessage({ loaded: this.loaded, of: this.of, what: this.what });
  }

  async get(name, size) {
    if (name.endsWith(".packed")) {
      const plain = await fetched(name.replace(".packed", ""));
      // The browser keeps what it has compiled of it, which halves each start after the first; but not every server
      // compresses it, and then it is three times as large.
      if (plain.headers.get("content-encoding") || ["localhost", "127.0.0.1"].includes(location.hostname)) return this.tell(size), plain;
      plain.body.cancel();
    }
    const body = this.count((await fetched(name)).body);
    if (!name.endsWith(".packed")) return new Response(await new Response(body).arrayBuffer()); // all of it, at once
    return new Response(body.pipeThrough(new DecompressionStream("gzip")), { headers: { "content-type": "application/wasm" } });
  }

  // In place of fetch: what was asked for ahead is taken from there, once.
  async take(address) {
    const name = nameOf(address);
    const known = [`${name}.packed`, name].find((found) => this.come.has(found));
    const answer = this.come.get(known) ?? plainFetch(address);
    this.come.delete(known);
    return answer;
  }
}

async function start() {
  const { sizes, plots } = await (await plainFetch(new URL("sizes.json", place))).json();
  const fetching = new Fetching("Python and NumPy", sizes);
  self.fetch = (address) => fetching.take(address);
  const engine = fetching.take("engine.zip").then((answer) => answer.arrayBuffer());
  await fetching.take("pyodide.asm.js"); // which is imported then, from the browser's memory
  const { loadPyodide } = await import(new URL("pyodide.mjs", place));
  const python = await loadPyodide({ indexURL: place.href, packages: ["numpy"] });
  python.unpackArchive(await engine, "zip", { extractDir: "/lib/python3.12/site-packages" });
  const ours = python.pyimport("_site.in_page");
  const page = ours.start((pieces) => postMessage({ pieces: JSON.parse(pieces) }), isGoing);
  postMessage({ ready: true });
  return { python, ours, page, plots };
}

// A run that shows itself may be stopped between two pictures: its address is taken back then.
let going;
function isGoing() {
  const asked = new XMLHttpRequest();
  try {
    asked.open("GET", going, false);
    asked.send();
  } catch {
    return false;
  }
  return true;
}

// The files beside a page's script, to where the script finds them.
const there = new Set();
async function bring(python, files, root) {
  for (const file of files.filter((name) => !there.has(name))) {
    const answer = await plainFetch(new URL(file, root));
    if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
    const path = `/page/${file}`;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, new Uint8Array(await answer.arrayBuffer()));
    there.add(file);
  }
}

async function run({ python, page }, { name, blocks, files, root, from, to, fresh, look, values }) {
  await bring(python, files ?? [], root);
  page.set(name, JSON.stringify(blocks), fresh, look ?? "", JSON.stringify(values ?? {}));
  for (let block = from; block <= to; block++) {
    postMessage({ running: block });
    const result = JSON.parse(page.run(block));
    postMessage({ ran: block, result });
    if (result.error) break;
  }
}

function check({ page }, { exercise, program }) {
  postMessage({ running: 0 });
  postMessage({ feedback: JSON.parse(page.check(program, JSON.stringify(exercise))) });
}

let drawing;
async function fetchPlots({ python, ours, plots }) {
  if (drawing) return;
  drawing = new Fetching("Matplotlib", plots);
  self.fetch = (address) => drawing.take(address);
  await python.loadPackage("matplotlib", { messageCallback() {} });
  ours.plots_are_here();
}

const failed = (error) => postMessage({ failed: String(error) });
const started = start();
started.catch(failed);
let turn = Promise.resolve();

addEventListener("message", ({ data }) => {
  going = data.going;
  turn = turn.then(async () => {
    const all = await started.catch(() => null);
    if (!all) return; // it has been said
    try {
      await (data.plots ? fetchPlots : data.exercise ? check : run)(all, data);
      if (data.going) postMessage({ done: true }); // or nobody waits for it
    } catch (error) {
      failed(error); // Python itself has ended
    }
  });
});
