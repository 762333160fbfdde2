// Search loads when it is asked for: its worker and its index weigh more than a page. And it works
// from disk too, where there are no workers: a frame takes the worker's place.
// This runs before Material's script, which would fetch both at once. And what is typed reaches the worker as
// words that the index has.

// ---------------------------------------------------------------------------------------- what is meant

let words = []; // of all pages

const wordsOf = (text) => text.toLowerCase().split(/<[^>]*>|&\w+;|[^\p{L}\p{N}_]+/u).filter(Boolean);

// x.grad is grad, and better beside x; signs that the index would take for commands are spaces; and in place of a
// word that no page has ("genration") stands the most alike that some page has.
function meant(query) {
  const plain = query.replace(/(^|\s)(\p{L}[\w]*(?:\.\w+)+)/gu, (_, space, name) => {
    const [last, ...owners] = name.split(".").reverse();
    return `${space}+${last} ${owners.join(" ")}`;
  });
  return plain.replace(/(?<=\S)[\^~*:]+/g, " ").replace(/[\p{L}\p{N}_]{4,}/gu, (word) => {
    const written = word.toLowerCase();
    if (!words.length || words.some((known) => known.startsWith(written))) return word;
    const [best, distance] = nearest(written);
    return distance <= (written.length < 6 ? 1 : 2) ? best : word;
  });
}

function nearest(word) {
  let best = [word, Infinity];
  for (const known of words) {
    if (Math.abs(known.length - word.length) > 2) continue;
    const distance = edits(word, known);
    if (distance < best[1]) best = [known, distance];
  }
  return best;
}

// How many letters are to be changed, put in, left out or swapped with the next to make one word the other.
function edits(a, b) {
  let before = [], last = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}

const SETUP = 0, QUERY = 2; // kinds of messages to Material's worker

function translated({ type, data }) {
  if (type === SETUP) words = [...new Set(data.docs.flatMap(({ title, text }) => wordsOf(`${title} ${text}`)))];
  return { type, data: type === QUERY ? meant(data) : data };
}

// ------------------------------------------------------------------------------------------ when and where

const wanted = new Promise((ask) => {
  const found = /[?&][qh]=/.test(location.search); // from a link to a search, or from its results
  if (found) ask();
  document.querySelector(".md-search")?.addEventListener("focusin", ask, { once: true });
});

window.XMLHttpRequest = class extends XMLHttpRequest {
  send() {
    wanted.then(() => super.send());
  }
};

const RealWorker = Worker;
const start = location.protocol === "file:" ? inFrame : (address) => new RealWorker(address);

function inFrame(address) {
  const frame = Object.assign(document.createElement("iframe"), { hidden: true });
  const { contentWindow: self } = document.body.appendChild(frame);
  const worker = { postMessage: (data) => self.dispatchEvent(new MessageEvent("message", { data })) };
  self.postMessage = (data) => worker.onmessage({ data });
  const script = self.document.createElement("script");
  script.src = address;
  self.document.body.append(script);
  return new Promise((ready) => (script.onload = () => ready(worker)));
}

window.Worker = class extends EventTarget {
  constructor(address, options) {
    super();
    if (options) return new RealWorker(address, options); // not Material's
    this.worker = wanted.then(() => start(address)).then((worker) => {
      worker.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent("message", { data }));
      return worker;
    });
  }
  postMessage(message) {
    this.worker.then((worker) => worker.postMessage(translated(message)));
  }
};
