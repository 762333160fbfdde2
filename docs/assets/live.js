// What a reader sets beside a block (`control` in dezero_lite/pictures/live.py): sliders, fields, a pad to draw on, and a
// button to go on. They stay where they are while outputs come and go.

class Panel {
  // set(label, value) when the reader has set something, on() to go on.
  constructor(set, on) {
    Object.assign(this, { set, on, known: new Map(), seen: new Set() }); // by their labels
    this.element = make("div", { className: "controls" });
  }

  // Whether a node of an output is a control, which then stands here. The one that the reader is at stays as it is.
  takes(node) {
    if (!node.dataset?.control) return false;
    const told = JSON.parse(node.dataset.control);
    const old = this.known.get(told.label);
    this.seen.add(told.label);
    if (old?.element.contains(document.activeElement) || JSON.stringify(old?.told) === JSON.stringify(told)) return true;
    const element = this[told.kind](told);
    old ? old.element.replaceWith(element) : this.element.append(element);
    this.known.set(told.label, { element, told });
    return true;
  }

  // A run begins, and has ended: there is something to go on from. If its outputs were taken, what it has not set goes.
  begins() {
    this.seen.clear();
  }

  ended(taken) {
    for (const [label, { element }] of this.known) if (taken && !this.seen.has(label)) element.remove(), this.known.delete(label);
    for (const button of this.element.querySelectorAll(":scope > button")) button.hidden = false;
  }

  change(told, value) {
    told.value = value;
    this.set(told.label, value);
  }

  more({ label }) {
    return make("button", { type: "button", textContent: label, hidden: true, onclick: () => this.on() });
  }

  number(told) {
    const { label, value, low, high, whole } = told;
    const byFactors = !whole && low > 0 && high >= 50 * low;
    const count = whole ? high - low : 100;
    const at = (i) => Number((byFactors ? low * (high / low) ** (i / count) : low + ((high - low) * i) / count).toPrecision(whole ? 15 : 3));
    const place = byFactors ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    const said = make("output", { textContent: value });
    const slider = make("input", { type: "range", max: count, ariaValueText: value });
    slider.value = Math.round(place * count);
    slider.oninput = () => (said.textContent = slider.ariaValueText = at(Number(slider.value)));
    slider.onchange = () => this.change(told, at(Number(slider.value)));
    return make("label", {}, `${label} `, slider, said);
  }

  // One line is followed letter by letter, several when they are done.
  text(told) {
    const { label, value } = told;
    const many = value.includes("\n");
    const field = make(many ? "textarea" : "input", { value, spellcheck: false, autocapitalize: "off", autocomplete: "off" });
    field[many ? "onchange" : "oninput"] = () => this.change(told, field.value);
    return make("label", {}, `${label} `, field);
  }

  pad(told) {
    return new Pad(told, (matrix) => this.change(told, matrix)).element;
  }
}

// A few pixels to draw on: strokes are full in the middle and half as dark beside it.
class Pad {
  constructor({ label, value, high }, changed) {
    Object.assign(this, { value, high, changed, row: 0, column: 0 });
    this.pixels = value.map((row) => row.map(() => make("i")));
    this.grid = make("div", { className: "pad", tabIndex: 0, role: "application" }, ...this.pixels.flat());
    this.grid.ariaLabel = `${label}. Arrow keys move, space draws or rubs out a pixel`;
    this.grid.style.setProperty("--columns", value[0].length);
    this.grid.onkeydown = (event) => this.keyed(event);
    this.grid.onpointerdown = (event) => (this.grid.setPointerCapture(event.pointerId), this.grid.focus(), this.moved(event));
    this.grid.onpointermove = (event) => event.buttons && this.moved(event);
    this.rubber = make("button", { type: "button", textContent: "Rub out", ariaPressed: "false" });
    this.rubber.onclick = () => (this.rubber.ariaPressed = String(!this.rubbing));
    const clear = make("button", { type: "button", textContent: "Clear" });
    clear.onclick = () => this.draw(() => this.value.forEach((row) => row.fill(0)));
    this.said = make("span", { role: "status" });
    this.element = make("div", { className: "drawing" }, make("span", { textContent: label }), this.grid, make("div", {}, clear, this.rubber, this.said));
    this.show();
  }

  get rubbing() {
    return this.rubber.ariaPressed === "true";
  }

  show() {
    this.value.forEach((row, i) => row.forEach((dark, j) => (this.pixels[i][j].style.opacity = dark / this.high)));
    this.grid.querySelector(".at")?.classList.remove("at");
    this.pixels[this.row][this.column].classList.add("at");
  }

  // Changes the pixels, and tells if any is another now.
  draw(change) {
    const before = JSON.stringify(this.value);
    change();
    this.show();
    if (JSON.stringify(this.value) !== before) this.changed(this.value);
  }

  moved(event) {
    const { left, top, width, height } = this.grid.getBoundingClientRect();
    const row = Math.floor(((event.clientY - top) / height) * this.value.length);
    const column = Math.floor(((event.clientX - left) / width) * this.value[0].length);
    if (this.value[row]?.[column] === undefined) return;
    Object.assign(this, { row, column });
    this.draw(() => {
      if (this.rubbing) return (this.value[row][column] = 0);
      for (const [i, j, part] of [[0, 0, 1], [1, 0, 0.5], [-1, 0, 0.5], [0, 1, 0.5], [0, -1, 0.5]]) {
        const line = this.value[row + i];
        if (line?.[column + j] !== undefined) line[column + j] = Math.max(line[column + j], part * this.high);
      }
    });
  }

  keyed(event) {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    if (event.key !== " " && !down && !right) return;
    event.preventDefault();
    this.row = Math.min(Math.max(this.row + down, 0), this.value.length - 1);
    this.column = Math.min(Math.max(this.column + right, 0), this.value[0].length - 1);
    const line = this.value[this.row];
    this.draw(() => event.key === " " && (line[this.column] = line[this.column] ? 0 : this.high));
    this.said.textContent = `Row ${this.row + 1}, column ${this.column + 1}: ${line[this.column] ? "drawn" : "empty"}`;
  }
}
