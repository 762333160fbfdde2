// Search loads when it is asked for: its worker and its index weigh more than a page. And it works
// from disk too, where there are no workers: a frame takes the worker's place.
// This runs before Material's script, which would fetch both at once.

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
  constructor(address) {
    super();
    this.worker = wanted.then(() => start(address)).then((worker) => {
      worker.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent("message", { data }));
      return worker;
    });
  }
  postMessage(message) {
    this.worker.then((worker) => worker.postMessage(message));
  }
};
