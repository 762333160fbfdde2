// The exercises, in the page: a step's program from that of the step before, checked with the page's own blocks by
// the code that checks a file (exercise.py).

(() => {
  class Exercise {
    constructor(host) {
      this.host = host;
      this.key = `exercise ${location.pathname.split("/").pop()}`;
      this.begin = make("button", { type: "button", textContent: "Do it here", title: python.first, onclick: () => this.open() });
      this.size = make("small", { textContent: `checking fetches about ${python.size} MB, once` });
      this.start = make("div", { className: "run" }, this.begin, this.size);
      host.append(this.start);
      if (remembered(this.key)) this.begin.textContent = "Go on here";
    }

    async open() {
      this.begin.disabled = true;
      try {
        this.data = await (await fetch(new URL(this.host.dataset.exercise, location))).json();
      } catch {
        this.size.textContent = "From disk the exercise can't be read: a server is needed, or “make try”.";
        return;
      }
      const kept = remembered(this.key) ?? {};
      this.hinted = kept.hinted ?? 0;
      this.editor = new Editor(kept.text ?? this.data.start, `Your program for step ${this.data.step}, Python`, {
        change: () => this.keep(),
        run: () => this.check(),
      });
      const button = (textContent, onclick) => make("button", { type: "button", textContent, onclick });
      this.more = button("Hint", () => this.hint());
      this.bar = new Bar(
        button("Check", () => this.check()),
        this.more,
        button("Solution", () => this.editor.write(this.data.solution.trimEnd() + "\n")),
        button("Start again", () => this.editor.write(this.data.start)),
      );
      this.bar.element.append(this.editor.hint);
      this.hints = make("div", { className: "hints" });
      this.feedback = make("div");
      this.host.querySelector("details")?.remove(); // the first hint, which is given anew
      this.start.replaceWith(make("div", { className: "open" }, this.editor.element, this.bar.element, this.feedback, this.hints));
      for (let shown = this.hinted, i = (this.hinted = 0); i < shown; i++) this.hint();
      this.editor.area.focus();
    }

    keep() {
      const { text } = this.editor;
      remember(this.key, (text !== this.data.start || this.hinted) && { text, hinted: this.hinted });
    }

    // One at a time: the question, what the difference touches, its pieces, the whole.
    hint() {
      const { title, text, code } = this.data.hints[this.hinted++];
      const lines = printed(code, "output hint-code");
      this.hints.append(make("details", { open: true }, make("summary", {}, `Hint ${this.hinted}: `, ...marked(title)), ...(text ? [make("p", {}, ...marked(text))] : []), ...(code ? [lines] : [])));
      this.more.disabled = this.hinted === this.data.hints.length;
      this.keep();
    }

    check() {
      const program = this.editor.text;
      this.bar.ask(
        () => ({ exercise: this.data, program }),
        ({ running, feedback }) => {
          if (running !== undefined) this.bar.say("Checking");
          if (feedback) this.show(feedback);
        },
      );
    }

    show({ kind, text, line, difference }) {
      this.bar.say({ passes: "Right", stops: "It does not run yet", missing: "Something is missing", wrong: "What comes out is wrong" }[kind]);
      this.feedback.replaceChildren(printed(text, `output feedback ${kind}`), ...(difference ? drawn(difference).childNodes : []));
      if (line) this.editor.blame(line);
    }
  }

  // A hint's words, with `code` in them.
  const marked = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", { textContent: part }) : part));

  for (const host of document.querySelectorAll("[data-exercise]")) new Exercise(host);
})();
