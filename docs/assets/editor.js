// A text area for programs: it knows Tab, Enter's indentation and how to mark a line. Undo is the browser's own.

class Editor {
  constructor(text, label, { change, run }) {
    Object.assign(this, { change, run });
    const id = `hint-${Editor.count = (Editor.count ?? 0) + 1}`;
    this.area = make("textarea", { value: text, spellcheck: false, wrap: "off", autocapitalize: "off", autocomplete: "off" });
    this.area.setAttribute("aria-label", label);
    this.area.setAttribute("aria-describedby", id);
    this.area.addEventListener("input", () => this.changed());
    this.area.addEventListener("keydown", (event) => this.keyed(event));
    this.hint = make("span", { id, className: "hint", textContent: "Ctrl+Enter runs. Tab indents; Esc, then Tab, leaves." });
    this.element = make("div", { className: "editor" }, this.area);
    this.fit();
  }

  get text() {
    return this.area.value;
  }

  fit() {
    this.area.rows = Math.max(3, this.text.split("\n").length);
  }

  changed() {
    this.fit();
    this.area.classList.remove("wrong");
    this.change?.();
  }

  // Puts text in place of some of it (all of it, say), as if typed, so that the browser can undo it.
  write(text, from = 0, to = this.text.length) {
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(from, to);
    if (text || from !== to) document.execCommand(text ? "insertText" : "delete", false, text);
  }

  blame(line) {
    this.area.style.setProperty("--line", line - 1);
    this.area.classList.add("wrong");
  }

  keyed(event) {
    const { value, selectionStart: at, selectionEnd: end } = this.area;
    const begin = value.lastIndexOf("\n", at - 1) + 1; // of the line
    const modified = event.altKey || event.ctrlKey || event.metaKey || event.isComposing;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.run();
    } else if (event.key === "Enter" && !modified && !event.shiftKey) {
      event.preventDefault();
      const line = value.slice(begin, at);
      const deeper = /:\s*(#.*)?$/.test(line) ? "    " : "";
      this.write(`\n${line.match(/^ */)[0]}${deeper}`, at, end);
    } else if (event.key === "Tab" && !modified && !this.leaving) {
      event.preventDefault();
      if (at === end && !event.shiftKey) this.write(" ".repeat(4 - ((at - begin) % 4)), at, end);
      else this.indent(begin, at, end, event.shiftKey);
    }
    this.leaving = event.key === "Escape" || (this.leaving && event.key === "Shift");
  }

  // Moves the lines of a selection to the right, or back.
  indent(begin, at, end, back) {
    const lines = this.text.slice(begin, end);
    const moved = back ? lines.replace(/^ {1,4}/gm, "") : lines.replace(/^(?=.)/gm, "    ");
    if (moved === lines) return;
    this.write(moved, begin, end);
    const caret = Math.max(begin, at + moved.length - lines.length);
    this.area.setSelectionRange(at === end ? caret : begin, begin + moved.length);
  }
}

// What a reader wrote stays in the browser: under a name, whatever JSON can hold. Nothing, to forget it.
function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function remember(name, thing) {
  try {
    thing ? localStorage.setItem(name, JSON.stringify(thing)) : localStorage.removeItem(name);
  } catch { /* a browser that keeps nothing */ }
}

// ------------------------------------------------------------------------- what came, as elements

const printed = (text, kind = "output") => make("div", { className: kind }, make("pre", { tabIndex: 0, textContent: text }));

// HTML of the engine; its style is the site's already.
function drawn(html) {
  const { content } = make("template", { innerHTML: html });
  for (const style of content.querySelectorAll("style")) style.remove();
  return content;
}

// What a block gave; plots are those that were built, if any.
function outputs({ text, shown, plot, error }, plots = []) {
  const nodes = text ? [printed(text)] : [];
  for (const { html, svg, text: value } of shown) {
    if (html) nodes.push(...drawn(html).childNodes);
    else nodes.push(svg ? make("div", { className: "picture", tabIndex: 0 }, drawn(svg)) : printed(value));
  }
  if (plot) {
    const which = plots.length ? "the plot is the one that was built" : "there is no plot";
    nodes.push(...plots, make("p", { className: "note", textContent: `Matplotlib is not loaded here: ${which}.` }));
  }
  if (error) nodes.push(printed(error.text, "output failed"));
  return nodes;
}
