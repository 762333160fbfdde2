// Search loads when it is asked for: its worker and its index weigh more than a page.
// This runs before Material's script, which would fetch both at once.

const wanted = new Promise((start) => {
  const found = /[?&][qh]=/.test(location.search); // from a link to a search, or from its results
  if (found) start();
  document.querySelector(".md-search")?.addEventListener("focusin", start, { once: true });
});

window.XMLHttpRequest = class extends XMLHttpRequest {
  send() {
    wanted.then(() => super.send());
  }
};

const RealWorker = Worker;
window.Worker = class extends EventTarget {
  constructor(address) {
    super();
    this.worker = wanted.then(() => {
      const worker = new RealWorker(address);
      worker.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent("message", { data }));
      return worker;
    });
  }
  postMessage(message) {
    this.worker.then((worker) => worker.postMessage(message));
  }
};
