// An editor for programs: CodeMirror, fetched when somebody edits; until it has come, a plain text area.

class Editor {
  constructor(text, label, { change, run }) {
    Object.assign(this, { label, change, run });
    this.area = make("textarea", { value: text, spellcheck: false, wrap: "off", autocapitalize: "off", autocomplete: "off" });
    this.area.rows = Math.max(3, text.split("\n").length);
    this.area.ariaLabel = label;
    this.area.oninput = () => this.change?.();
    this.area.onkeydown = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey) && (event.preventDefault(), this.run());
    this.hint = make("span", { className: "hint", textContent: "Shift+Enter or Ctrl+Enter runs. Esc, then Tab, leaves." });
    this.element = make("div", { className: "editor", editor: this }, this.area);
    Editor.fetched().then(() => dress(this), () => {}); // without it, the text area stays
  }

  static fetched() {
    return (this.coming ??= Promise.all(["codemirror", "dress"].map(python.load)));
  }

  get text() {
    return this.view ? this.view.state.doc.toString() : this.area.value;
  }

  get focused() {
    return this.element.contains(document.activeElement);
  }

  // Puts text in place of some of it (all of it, say), as if typed: it can be undone.
  write(text, from = 0, to = this.text.length) {
    if (this.view) {
      this.view.dispatch({ changes: { from, to, insert: text }, userEvent: "input" });
      return;
    }
    this.area.setRangeText(text, from, to, "end");
    this.change?.();
  }

  focus(at) {
    this.area.focus({ preventScroll: true });
    if (at === undefined) return;
    if (this.view) this.view.dispatch({ selection: { anchor: Math.min(at, this.view.state.doc.length) } });
    else this.area.setSelectionRange(at, at);
  }

  blame(line) {
    this.blamed = line;
    if (!this.view) return;
    const { doc } = this.view.state;
    const { from } = doc.line(Math.min(line, doc.lines));
    this.view.dispatch({ effects: this.wrong.of(from), selection: { anchor: from } });
    this.view.contentDOM.ariaInvalid = "true";
  }

  forgive() {
    this.blamed = undefined;
    this.view?.dispatch({ effects: this.wrong.of(null) });
    this.view?.contentDOM.removeAttribute("aria-invalid");
  }
}
