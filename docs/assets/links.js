// A program that is taken along. In a link it is compressed, in the fragment, which no server gets to see.
async function linkOf(text) {
  const bytes = await through(new CompressionStream("deflate-raw"), new TextEncoder().encode(text));
  const code = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `${python.root}your-own-program.html#code=${code}`;
}

async function programIn(link) {
  const code = new URL(link).hash.match(/^#code=([\w-]+)$/)?.[1];
  if (!code) return undefined;
  const bytes = Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(await through(new DecompressionStream("deflate-raw"), bytes));
}

const through = async (stream, bytes) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

function download(text, name) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/x-python" }));
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}
