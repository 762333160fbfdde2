// "Your own program": an editor, and examples to start from. A variable on the last line is drawn, or played.

(() => {
  const KEPT = "own program", START = "from dezero_lite import *\nimport numpy as np\n\n";

  class Program {
    constructor(host) {
      this.editor = new Editor(remembered(KEPT) ?? START, "Your program, Python", {
        change: () => remember(KEPT, this.editor.text !== START && this.editor.text),
        run: () => this.run(),
      });
      const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });
      const look = (value, textContent) => make("option", { value, textContent });
      this.look = make("select", { onchange: () => this.run() }, look("graph", "drawn"), look("play", "played"), look("", "printed"));
      const run = button("Run", () => this.run());
      run.title = python.first;
      this.bar = new Bar(run, button("Start again", () => this.editor.write(START)), make("label", {}, "a variable on the last line is ", this.look));
      this.bar.element.append(this.editor.hint);
      this.bar.say(`${python.first}.`);
      this.came = make("div");
      host.replaceChildren(this.editor.element, this.bar.element, this.came);
      for (const example of document.querySelectorAll(".example")) {
        const code = example.querySelector("code").textContent;
        const begin = button("Start from this", () => this.take(code));
        example.append(make("div", { className: "run" }, begin));
      }
    }

    take(code) {
      this.editor.write(code);
      this.editor.area.scrollIntoView({ block: "center" });
      this.run();
    }

    run() {
      const text = this.editor.text;
      let begun, live = "";
      const told = ({ running, printed: more, result }) => {
        if (running !== undefined) {
          begun = performance.now();
          this.bar.say("Running");
        }
        if (more) this.came.replaceChildren(printed((live += more)));
        if (result) this.show(result, begun);
      };
      const blocks = [[1, text, text.split("\n").length]];
      this.bar.ask(() => ({ name: "program.py", blocks, from: 0, to: 0, fresh: true, look: this.look.value }), told);
    }

    show(result, begun) {
      this.came.replaceChildren(...outputs(result));
      this.bar.say(`Ran in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
      if (!result.error) return;
      const { line, text } = result.error;
      this.bar.say(`${line === null ? "" : `Line ${line}: `}${text.trim().split("\n").pop()}`);
      if (line !== null) this.editor.blame(line);
    }
  }

  for (const host of document.querySelectorAll(".your-program")) new Program(host);
})();
