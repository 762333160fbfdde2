// "Your own program": an editor, and examples to start from. A variable on the last line is drawn, or played.

(() => {
  const KEPT = "own program", FORMER = "own program before", START = "from dezero_lite import *\nimport numpy as np\n\n";
  const button = (textContent, onclick, title = "") => make("button", { type: "button", textContent, onclick, title });
  let begun = false; // whether Python has been asked for

  class Program {
    constructor(host) {
      this.editor = new Editor(remembered(KEPT) ?? START, "Your program, Python", {
        change: () => remember(KEPT, this.editor.text !== START && this.editor.text),
        run: () => this.run(),
      });
      const look = (value, textContent) => make("option", { value, textContent });
      this.look = make("select", { onchange: () => begun && this.run() }, look("graph", "drawn"), look("play", "played"), look("", "printed"));
      this.former = button("Bring back mine", () => this.take(remembered(FORMER), true), "What you had written before");
      this.bar = new Bar(button("Run", () => this.run(), python.first), make("label", {}, "a variable on the last line is ", this.look));
      this.bar.element.append(this.editor.hint);
      const more = make("div", { className: "run" },
        button("Copy a link to it", () => this.copy(), "The program is in the link itself: no server gets to see it"),
        button("Download", () => download(this.editor.text, "program.py")),
        button("Start again", () => this.take(START)), this.former);
      this.bar.say(`${python.first}.`);
      this.came = make("div");
      host.replaceChildren(this.editor.element, this.bar.element, more, this.came);
      for (const example of document.querySelectorAll(".example")) {
        const code = example.querySelector("code").textContent;
        example.append(make("div", { className: "run" }, button("Start from this", () => this.take(code))));
      }
      this.former.hidden = !remembered(FORMER);
      addEventListener("hashchange", () => this.follow());
      onRemembered(KEPT, () => this.editor.focused || this.editor.write(remembered(KEPT) ?? START));
      this.follow();
    }

    // Another program in the place of the reader's, which can be brought back.
    take(code, back = false) {
      const { text } = this.editor;
      if (text === code) return;
      const mine = text !== START && ![...document.querySelectorAll(".example code:first-of-type")].some((example) => example.textContent === text);
      remember(FORMER, back || mine ? text : remembered(FORMER));
      this.former.hidden = !remembered(FORMER);
      this.editor.write(code);
      this.editor.element.scrollIntoView({ block: "nearest" });
      this.came.replaceChildren();
      if (begun) this.run();
      else this.bar.say(`${python.first}.`);
    }

    // A program that came with the link.
    async follow() {
      try {
        const code = await programIn(location.href);
        if (code === undefined || code === this.editor.text) return;
        this.take(code);
        this.bar.say(`This program came with the link. ${python.first}.`);
      } catch {
        this.bar.say("The link's program can't be read: a part of the link is missing.");
      }
    }

    async copy() {
      const link = await linkOf(this.editor.text);
      history.replaceState(history.state, "", link);
      try {
        await navigator.clipboard.writeText(link);
        this.bar.say("The link is copied: whoever opens it has your program.");
      } catch {
        this.bar.say("The address of this page is now the link to your program: copy it from there.");
      }
    }

    run() {
      if (this.waits) return;
      this.waits = begun = true;
      const { text } = this.editor;
      let since, shown;
      const told = ({ ready, running, pieces, result, ended }) => {
        if (ready) remember("python is here", true);
        if (running !== undefined) {
          since = performance.now();
          shown = new Outputs();
          this.waits = false;
          this.came.ariaBusy = "true";
          this.bar.say("Running");
        }
        if (pieces) {
          shown.add(pieces);
          this.show(shown);
        }
        if (result) {
          shown.end(result, [], () => this.plot());
          this.show(shown);
          this.told(result, shown, since);
        }
        if (ended !== undefined) {
          this.waits = false;
          if (since) this.show(shown);
        }
      };
      const blocks = [[1, text, text.split("\n").length]];
      this.bar.ask(() => ({ name: "program.py", blocks, from: 0, to: 0, fresh: true, look: this.look.value }), told);
    }

    show({ nodes }) {
      this.came.ariaBusy = "false";
      this.came.replaceChildren(...nodes);
    }

    told({ error }, { text }, since) {
      this.editor.forgive();
      this.bar.say(`Ran in ${((performance.now() - since) / 1000).toFixed(1)} s`);
      this.bar.speak(text);
      if (!error) return;
      this.bar.say(`${error.line === null ? "" : `Line ${error.line}: `}${error.said}`);
      if (error.line !== null) this.editor.blame(error.line);
    }

    async plot() {
      this.bar.stop.hidden = false;
      await python.fetchPlots((message) => this.bar.hear(message));
      if (python.plots) this.run();
    }
  }

  for (const host of document.querySelectorAll(".your-program")) new Program(host);
})();
