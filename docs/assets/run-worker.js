// Python in a worker: fetched when a reader asks for it, and ended when a program does not end.
// Told { name, blocks, from, to, fresh }, it runs those blocks of a page in order, and tells of each what came.

const place = new URL("../python/", import.meta.url);
let page;

// Fetches are counted, so that the page can show how far they are; and what is packed is unpacked.
let loaded = 0;
const plainFetch = fetch;

async function counted(address) {
  const name = new URL(address, place).pathname.split("/").pop();
  const packed = name.endsWith(".wasm");
  const answer = await plainFetch(new URL(packed ? `${name}.packed` : name, place));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  let body = answer.body.pipeThrough(
    new TransformStream({
      transform(chunk, out) {
        postMessage({ loaded: (loaded += chunk.length) });
        out.enqueue(chunk);
      },
    }),
  );
  if (packed) body = body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, packed ? { headers: { "content-type": "application/wasm" } } : {});
}

async function start() {
  self.fetch = counted;
  const { loadPyodide } = await import(new URL("pyodide.mjs", place));
  const python = await loadPyodide({ indexURL: place.href, packages: ["numpy"] });
  const engine = await (await counted("engine.zip")).arrayBuffer();
  python.unpackArchive(engine, "zip", { extractDir: "/lib/python3.12/site-packages" });
  self.fetch = plainFetch;
  page = python.pyimport("in_page").start((printed) => postMessage({ printed }));
  postMessage({ ready: true });
}

function run({ name, blocks, from, to, fresh }) {
  page.set(name, JSON.stringify(blocks), fresh);
  for (let block = from; block <= to; block++) {
    postMessage({ running: block });
    const result = JSON.parse(page.run(block));
    postMessage({ ran: block, result });
    if (result.error) break;
  }
  postMessage({ done: true });
}

const failed = (error) => postMessage({ failed: String(error) });

start().catch(failed);
addEventListener("message", ({ data }) => {
  try {
    run(data);
  } catch (error) {
    failed(error);
  }
});
