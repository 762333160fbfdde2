// The exercises, in the page: a step's program from that of the step before, checked with the page's own blocks by
// the code that checks a file (checking.py).

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
        this.size.textContent = "The exercise can't be read from disk: it needs a server, or “make try”.";
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
        button("Solution", () => this.replace(this.data.solution.trimEnd() + "\n")),
        button("Start again", () => this.replace(this.data.start)),
        (this.back = button("Bring back mine", () => this.editor.write(this.mine))),
      );
      this.back.hidden = true;
      this.bar.element.append(this.editor.hint);
      this.hints = make("div", { className: "hints" });
      this.feedback = make("div");
      this.host.querySelector("details:last-of-type")?.remove(); // the first hint, which is given anew
      const checks = [...this.data.blocks, ...this.data.besides].map(({ heading, code }) => `# ${heading}\n${code.trim()}`).join("\n\n\n");
      this.host.querySelector("details")?.append(printed(checks));
      this.start.replaceWith(make("div", { className: "open" }, this.editor.element, this.bar.element, this.feedback, this.hints));
      for (let shown = this.hinted, i = (this.hinted = 0); i < shown; i++) this.hint();
      this.editor.area.focus();
    }

    // Puts another program in place of the reader's, which can be had back.
    replace(text) {
      const known = [this.data.start, this.data.solution].map((program) => program.trim());
      if (!known.includes(this.editor.text.trim())) this.mine = this.editor.text;
      this.back.hidden = !this.mine;
      this.editor.write(text);
    }

    keep() {
      const { text } = this.editor;
      remember(this.key, (text !== this.data.start || this.hinted) && { text, hinted: this.hinted });
    }

    // One at a time: the question, what the difference touches, its pieces, the whole.
    hint() {
      const { title, text, code } = this.data.hints[this.hinted++];
      const lines = printed(code, "output hint-code");
      this.hints.append(make("details", { open: true }, make("summary", {}, `Hint ${this.hinted}: `, ...worded(title)), ...(text ? [make("p", {}, ...worded(text))] : []), ...(code ? [lines] : [])));
      this.more.disabled = this.hinted === this.data.hints.length;
      this.keep();
    }

    check() {
      const program = this.editor.text;
      this.feedback.replaceChildren();
      this.bar.ask(
        () => ({ exercise: this.data, program }),
        ({ running, feedback, ended }) => {
          if (running !== undefined) this.bar.say("Checking");
          if (feedback) this.show(feedback);
          if (ended) this.feedback.replaceChildren(printed(`${ended}. This program has not been checked.`, "output feedback stops"));
        },
      );
    }

    show({ kind, text, line, difference }) {
      this.bar.say({ passes: "Right", stops: "It does not run yet", missing: "Something is missing", wrong: "What comes out is wrong" }[kind]);
      this.feedback.replaceChildren(printed(text, `output feedback ${kind}`), ...this.where(text), ...(kind === "passes" ? this.done(difference) : []));
      if (line) this.editor.blame(line);
    }

    // A link to the block of this page that the answer is about.
    where(text) {
      const line = text.match(/^The page.* line (\d+):$/m)?.[1];
      const blocks = [...document.querySelectorAll("[data-line]")].filter((block) => +block.dataset.line <= line);
      const block = blocks.at(-1);
      const show = () => block.scrollIntoView({ block: "center" });
      const button = make("button", { type: "button", textContent: "Show this block of the page", onclick: show });
      return block ? [make("div", { className: "run" }, button)] : [];
    }

    // What there is to see once it is solved: the page's program, without marks as if one had been corrected, and the next page.
    done(difference) {
      solved.add(this.data.step);
      const next = document.querySelector(".md-footer__link--next");
      const on = next && make("p", {}, "Go on with ", make("a", { href: next.href, textContent: "the next page" }), ".");
      if (!difference) return [make("p", { textContent: "It is the page's program to the letter." }), ...(on ? [on] : [])];
      const beside = make("details", { className: "beside" }, make("summary", { textContent: "The page's program beside yours" }));
      beside.append(make("p", { textContent: "Any program that passes is right. The page's differs from yours here:" }), ...drawn(difference).childNodes);
      return [beside, ...(on ? [on] : [])];
    }
  }

  for (const host of document.querySelectorAll("[data-exercise]")) new Exercise(host);
})();
