// Each block of a page can be changed and run. Blocks run in order: one that needs earlier ones lets them run first,
// and what stands below a change is marked as old until it runs anew.

(() => {
  const { name, files } = document.currentScript.dataset; // of the page's script, and beside it
  const KEPT = `run ${name}`;
  const values = {}; // what the reader has set, by labels
  let ran = []; // the sources that Python has run, in order
  let whose; // the worker that did

  const button = (textContent, onclick, title = "") => make("button", { type: "button", textContent, onclick, title });
  const sourcesTo = (number) => blocks.slice(0, number + 1).map(({ source }) => source);

  class Block {
    constructor(element, number) {
      Object.assign(this, { element, number, line: Number(element.dataset.line) });
      this.code = element.querySelector(".highlight");
      this.first = this.source = this.code.querySelector("code").textContent.replace(/\n$/, "");
      this.built = [...element.children].filter((child) => child !== this.code);
      this.plots = this.built.filter((node) => node.querySelector("svg.plot"));
      const edit = button("Edit", () => this.open().focus());
      edit.ariaLabel = `Edit block ${number + 1}`;
      this.button = button("Run", () => this.run(), "Shift+Enter, in the editor");
      this.button.ariaLabel = `Run block ${number + 1}`;
      this.size = make("small", { textContent: `${python.size} MB, once`, className: "size", hidden: remembered("python is here") });
      this.size.title = python.first;
      this.bar = new Bar(this.size, edit, this.button);
      this.bar.stop.ariaLabel = `Stop block ${number + 1}`;
      this.code.append(this.bar.element); // inside: nothing on the page moves
      this.code.addEventListener("click", (event) => this.clicked(event));
      this.old = note("This is from before your change.");
      this.old.classList.add("old-note");
      this.panel = new Panel((label, value) => this.set(label, value), () => this.run(number, true));
      this.built = this.without(this.built);
    }

    get edited() {
      return this.source !== this.first;
    }

    // A click on the code edits it there. Who selects, or follows a link, does not want to.
    clicked(event) {
      if (event.target.closest("a, button, .run") || !getSelection().isCollapsed) return;
      const { offsetNode: node, offset } = document.caretPositionFromPoint?.(event.clientX, event.clientY) ?? {};
      let at = 0;
      if (node && this.code.contains(node)) {
        const before = document.createRange();
        before.setStart(this.code.querySelector("code"), 0);
        before.setEnd(node, offset);
        at = before.toString().length;
      }
      this.open().focus(at);
    }

    // In place of the code, an editor with it.
    open() {
      if (this.editor) return this.editor;
      this.editor = new Editor(this.source, `Block ${this.number + 1}, Python`, {
        change: () => this.change(),
        run: () => this.run(),
      });
      this.reset = button("Reset", () => this.restore(), "The page's code and outputs again");
      this.reset.ariaLabel = `Reset block ${this.number + 1}`;
      this.below = button("Run all below", () => this.run(blocks.length - 1), "This block, and all that follow");
      this.take = button("Open as a program", () => this.takeAlong(), "This block, with those before it, on the page “Your own program”: to save, or to send");
      this.bar.more.after(this.reset, this.below, this.take);
      this.below.hidden = this.number === blocks.length - 1;
      this.bar.element.append(this.editor.hint);
      const focus = document.activeElement; // which is lost when its button moves
      this.code.before(this.editor.element);
      this.code.after(this.bar.element);
      if (this.panel.known.size) this.bar.element.after(this.panel.element);
      this.element.classList.add("open");
      if (focus === this.button) focus.focus({ preventScroll: true });
      this.change();
      return this.editor;
    }

    change() {
      this.source = this.editor.text;
      this.reset.hidden = !this.edited;
      this.keep();
      age();
    }

    // With what other tabs have kept, and what was written for a page that was another then.
    keep() {
      const others = (remembered(KEPT) ?? []).filter(({ first }) => first !== this.first);
      const { first, source, number } = this;
      const all = this.edited ? [...others, { first, source, number }] : others;
      remember(KEPT, all.length && all);
    }

    // The page's code and outputs again. What was written is an undo away.
    restore() {
      this.editor.write(this.first);
      this.editor.forgive();
      this.show(this.built);
      this.changed = false;
      this.from = undefined;
      this.bar.say("As on the page");
      age();
    }

    async takeAlong() {
      await python.load("links");
      location.href = await linkOf(`${sourcesTo(this.number).map((source) => source.trim()).join("\n\n")}\n`);
    }

    // Puts nodes in the place of the outputs.
    show(nodes) {
      const end = this.panel.element.isConnected ? this.panel.element : this.editor ? this.bar.element : this.code;
      while (end.nextSibling) end.nextSibling.remove();
      end.after(...this.without(nodes));
    }

    // Nodes without the controls among them, which stand in the panel; the button to go on has a run to go on from.
    without(nodes) {
      const left = nodes.filter((node) => !this.panel.takes(node.matches(".live") ? (node.firstElementChild ?? node) : node));
      for (const node of nodes) if (!left.includes(node)) node.remove();
      if (this.panel.known.size && !this.panel.element.isConnected) (this.editor ? this.bar.element : this.code).after(this.panel.element);
      return left;
    }

    // Runs the block with that value; while it waits, later values wait with it.
    set(label, value) {
      values[label] = value;
      if (this.waits) return;
      python.end(true);
      this.run(this.number, true);
    }

    // What is shown belongs to these sources; before the first run, to the page's.
    get current() {
      const from = this.from ?? blocks.slice(0, this.number + 1).map(({ first }) => first);
      return from.every((source, i) => source === blocks[i].source);
    }

    // Runs from the first block that is another now to `last`; or on from what is there, the block alone.
    run(last = this.number, on = false) {
      this.open();
      if (this.waits) return; // it has been asked already
      this.waits = true;
      let begun, now, shown;
      const showing = () => now.number >= this.number || now.changed;
      const told = ({ ready, running, pieces, ran: number, result, ended }) => {
        if (ready) {
          remember("python is here", true);
          for (const { size } of blocks) size.hidden = true;
        }
        if (running !== undefined) {
          this.waits = false;
          begun ??= performance.now();
          [now, shown] = [blocks[running], new Outputs()];
          now.panel.begins();
          if (now.number >= this.number) now.busy(true);
          this.bar.say(now.number === this.number ? "Running" : `Running block ${running + 1}${now.number < this.number ? " first" : ""}`);
        }
        if (pieces) {
          shown.add(pieces);
          if (now.number >= this.number) now.show(shown.nodes);
        }
        if (result) {
          const plain = blocks.slice(0, now.number + 1).every((block) => !block.edited); // as on the page
          shown.end(result, now.plots, () => this.plot(last));
          const taken = showing() || !plain || result.error;
          if (taken) now.took(shown.nodes);
          if (!result.error) ran[number] = now.source, now.panel.ended(taken);
          this.told(now, result, shown, last, ((performance.now() - begun) / 1000).toFixed(1));
        }
        if (ended !== undefined) {
          this.waits = false;
          if (now?.waiting) now.took(shown.nodes);
          age();
        }
      };
      return this.bar.ask((worker) => this.request(worker, last, on), told);
    }

    request(worker, last, on) {
      const sources = sourcesTo(this.number);
      if (on) ran = ran.slice(0, this.number);
      const fresh = worker !== whose || ran.length > this.number || ran.some((source, i) => source !== sources[i]);
      if (fresh) ran = [];
      whose = worker;
      const all = blocks.map(({ line, source, first }) => [line, source, first.split("\n").length]);
      return { name, files: files.split(" ").filter(Boolean), blocks: all, from: ran.length, to: last, fresh, values };
    }

    // While it runs, what stands there is from before.
    busy(on) {
      this.waiting = on;
      this.element.ariaBusy = String(on);
      if (on) this.old.remove();
    }

    took(nodes) {
      this.busy(false);
      this.from = sourcesTo(this.number);
      this.changed = true;
      this.editor?.forgive();
      this.show(nodes);
      age();
    }

    // How a block ended, that is this one, on the way to it, or below it.
    told(block, { error }, { text }, last, seconds) {
      if (!error) {
        if (block.number !== last) return;
        this.bar.say(last === this.number ? `Ran in ${seconds} s` : `Ran to the end of the page in ${seconds} s`);
        this.bar.speak(text);
        return;
      }
      const { said, block: where, line } = error;
      block.open();
      block.bar.say(said);
      if (line !== null) {
        const wrong = blocks[where];
        wrong.open().blame(line);
        wrong.bar.say(`Line ${line} of this block: ${said}`);
      }
      if (block.number < this.number) this.bar.say(`Block ${block.number + 1}, which has to run first, failed`);
      if (block.number > this.number) this.bar.say(`Block ${block.number + 1} failed`);
    }

    async plot(last) {
      this.bar.stop.hidden = false;
      await python.fetchPlots((message) => this.bar.hear(message));
      if (!python.plots) return;
      whose = undefined; // what has run took something else for Matplotlib
      this.run(last);
    }
  }

  // Marks what is from before a change.
  function age() {
    for (const block of blocks) {
      const outputs = [...block.element.children].filter((child) => !child.matches(".highlight, .editor, .run, .controls, .whole, .old-note"));
      const old = !block.current && outputs.length > 0;
      block.element.classList.toggle("old", old);
      if (old && !block.waiting) outputs[0].before(block.old);
      else block.old.remove();
    }
  }

  const blocks = [];
  for (const element of document.querySelectorAll(".cell[data-cell]")) blocks.push(new Block(element, blocks.length));

  // What was kept: for a block, or, if the page has changed since, to be brought back.
  function recall() {
    for (const { first, source, number } of remembered(KEPT) ?? []) {
      const block = blocks.find((other) => other.first === first);
      if (block) {
        if (block.source === source || block.editor?.focused) continue;
        if (block.editor) block.editor.write(source);
        block.source = source;
        block.open();
        block.bar.say("Changed by you, and not run yet");
      } else {
        const near = blocks[Math.min(number, blocks.length - 1)];
        const forget = () => remember(KEPT, remembered(KEPT).filter((kept) => kept.first !== first));
        const said = note("The page has changed since you wrote something here. ");
        said.append(button("Show what I wrote", () => (near.open().write(source), said.remove(), forget())));
        near.element.before(said);
        said.classList.add("run");
      }
    }
    age();
  }
  recall();
  onRemembered(KEPT, () => {
    const kept = remembered(KEPT) ?? [];
    for (const block of blocks) {
      if (block.editor && !block.editor.focused && block.edited && !kept.some(({ first }) => first === block.first)) block.editor.write(block.first);
    }
    recall();
  });
})();
