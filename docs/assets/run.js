// Each block of a page can be changed and run. Blocks run in order: one that needs earlier ones lets them run first,
// and those after a change run anew.

(() => {
  const name = document.currentScript.dataset.name; // of the page's script
  const KEPT = `run ${name}`;
  let ran = []; // the sources that Python has run, in order
  let whose; // the worker that did

  class Block {
    constructor(element, number) {
      Object.assign(this, { element, number, line: Number(element.dataset.line) });
      this.code = element.querySelector(".highlight");
      this.first = this.source = this.code.querySelector("code").textContent.replace(/\n$/, "");
      this.built = [...element.children].filter((child) => child !== this.code);
      this.button = make("button", { type: "button", textContent: "Run", title: python.first });
      this.button.setAttribute("aria-label", `Run block ${number + 1}`);
      this.button.onclick = () => this.run();
      this.size = make("small", { textContent: `about ${python.size} MB, once`, className: "size" });
      this.bar = new Bar(this.size, this.button);
      this.code.append(this.bar.element); // inside: nothing on the page moves
    }

    get edited() {
      return this.source !== this.first;
    }

    // In place of the code, an editor with it.
    open() {
      if (this.editor) return;
      this.editor = new Editor(this.source, `Block ${this.number + 1}, Python`, {
        change: () => this.change(),
        run: () => this.run(),
      });
      this.reset = make("button", { type: "button", textContent: "Reset", onclick: () => this.restore() });
      this.bar.stop.after(this.reset);
      this.bar.element.append(this.editor.hint);
      this.code.before(this.editor.element);
      this.code.after(this.bar.element);
      this.element.classList.add("open");
      this.change();
    }

    change() {
      this.source = this.editor.text;
      this.reset.hidden = !this.edited;
      remember(KEPT, edits());
    }

    // The page's code and outputs again. What was written is an undo away.
    restore() {
      this.editor.write(this.first);
      this.show(this.built);
      this.changed = false;
      this.bar.say("As on the page");
    }

    show(nodes) {
      while (this.bar.element.nextSibling) this.bar.element.nextSibling.remove();
      this.bar.element.after(...nodes);
    }

    take(result) {
      const plots = this.built.filter((node) => node.querySelector("svg.plot"));
      this.show(outputs(result, plots));
      this.changed = true;
    }

    run() {
      this.open();
      let begun, live = "";
      const told = ({ running, printed: more, ran: number, result }) => {
        if (running !== undefined) {
          begun ??= performance.now();
          this.bar.say(running < this.number ? `Running block ${running + 1} first` : "Running");
          live = running === this.number ? "" : null;
        }
        if (more && live !== null) this.show([printed((live += more))]);
        if (!result) return;
        if (!result.error) ran[number] = blocks[number].source;
        this.took(blocks[number], result, ((performance.now() - begun) / 1000).toFixed(1));
      };
      return this.bar.ask((worker) => this.request(worker), told);
    }

    request(worker) {
      const sources = blocks.slice(0, this.number + 1).map(({ source }) => source);
      const fresh = worker !== whose || ran.length > this.number || ran.some((source, i) => source !== sources[i]);
      if (fresh) ran = [];
      whose = worker;
      const all = blocks.map(({ line, source, first }) => [line, source, first.split("\n").length]);
      return { name, blocks: all, from: ran.length, to: this.number, fresh };
    }

    // A block has run on the way to this one, or is this one.
    took(block, result, seconds) {
      const other = blocks.slice(0, block.number + 1).some(({ edited }) => edited); // than on the page
      if (block === this || block.changed || other || result.error) block.take(result);
      if (!result.error) return block === this && this.bar.say(`Ran in ${seconds} s`);
      const { text, block: where, line } = result.error;
      const said = text.trim().split("\n").pop();
      block.open();
      block.bar.say(said);
      if (line !== null) {
        const wrong = blocks[where];
        wrong.open();
        wrong.editor.blame(line);
        wrong.bar.say(`Line ${line} of this block: ${said}`);
      }
      if (block !== this) this.bar.say(`Block ${block.number + 1}, which has to run first, failed`);
    }
  }

  const edits = () => blocks.filter(({ edited }) => edited).map(({ number, first, source }) => [number, first, source]);
  const blocks = [...document.querySelectorAll(".cell[data-cell]")].map((element, i) => new Block(element, i));

  for (const [number, first, source] of remembered(KEPT) ?? []) {
    const block = blocks[number];
    if (block?.first !== first) continue; // the page has changed since
    block.source = source;
    block.open();
    block.bar.say("Changed by you, and not run yet");
  }
})();
