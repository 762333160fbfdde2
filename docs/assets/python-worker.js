// Python in a worker. Pyodide and NumPy lie in ../python/, and so does the engine with what runs a page's blocks
// (in_page.py). It is told { name, blocks, from, to, fresh, look } to run blocks of a page in order, or { exercise, program }
// to check a program, and tells what came.

const place = new URL("../python/", import.meta.url);

// What is fetched is counted, so that the page can show how far it is; and what is packed is unpacked.
let loaded = 0;
const plainFetch = fetch;

async function counted(address) {
  const name = new URL(address, place).pathname.split("/").pop();
  const packed = name.endsWith(".wasm");
  const answer = await plainFetch(new URL(packed ? `${name}.packed` : name, place));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  const counter = new TransformStream({
    transform(chunk, out) {
      postMessage({ loaded: (loaded += chunk.length) });
      out.enqueue(chunk);
    },
  });
  const body = answer.body.pipeThrough(counter);
  if (!packed) return new Response(body);
  return new Response(body.pipeThrough(new DecompressionStream("gzip")), { headers: { "content-type": "application/wasm" } });
}

async function start() {
  self.fetch = counted;
  const engine = counted("engine.zip").then((answer) => answer.arrayBuffer());
  const { loadPyodide } = await import(new URL("pyodide.mjs", place));
  const python = await loadPyodide({ indexURL: place.href, packages: ["numpy"] });
  python.unpackArchive(await engine, "zip", { extractDir: "/lib/python3.12/site-packages" });
  self.fetch = plainFetch;
  const page = python.pyimport("_site.in_page").start((printed) => postMessage({ printed }));
  postMessage({ ready: true });
  return page;
}

function run(page, { name, blocks, from, to, fresh, look }) {
  page.set(name, JSON.stringify(blocks), fresh, look ?? "");
  for (let block = from; block <= to; block++) {
    postMessage({ running: block });
    const result = JSON.parse(page.run(block));
    postMessage({ ran: block, result });
    if (result.error) break;
  }
}

function check(page, { exercise, program }) {
  postMessage({ running: 0 });
  postMessage({ feedback: JSON.parse(page.check(program, JSON.stringify(exercise))) });
}

const failed = (error) => postMessage({ failed: String(error) });
const started = start();
started.catch(failed);

addEventListener("message", async ({ data }) => {
  const page = await started;
  try {
    (data.exercise ? check : run)(page, data);
    postMessage({ done: true });
  } catch (error) {
    failed(error); // Python itself has ended
  }
});
