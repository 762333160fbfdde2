// "Your own graph": an expression of x and y, its graph, and its backward pass for the player.

// ------------------------------------------------------------------- functions
// name: [value of the inputs, gradients of the inputs from that of the output, the inputs, the output]

const FUNCTIONS = {
  Add: [(a, b) => a + b, (g) => [g, g]],
  Subtract: [(a, b) => a - b, (g) => [g, -g]],
  Multiply: [(a, b) => a * b, (g, a, b) => [g * b, g * a]],
  Divide: [(a, b) => a / b, (g, a, b) => [g / b, (-g / b) * (a / b)]],
  Power: [(a, b) => a ** b, (g, a, b, y) => [b ? g * b * a ** (b - 1) : 0, a === 0 ? 0 : g * y * Math.log(a)]],
  Negative: [(a) => -a, (g) => [-g]],
  exp: [Math.exp, (g, a, y) => [g * y]],
  log: [Math.log, (g, a) => [g / a]],
  sqrt: [Math.sqrt, (g, a, y) => [g / (2 * y)]],
  sin: [Math.sin, (g, a) => [g * Math.cos(a)]],
  cos: [Math.cos, (g, a) => [-g * Math.sin(a)]],
  tanh: [Math.tanh, (g, a, y) => [g * (1 - y * y)]],
  square: [(a) => a * a, (g, a) => [2 * a * g]],
};
const OPERATORS = { "+": "Add", "-": "Subtract", "*": "Multiply", "/": "Divide", "^": "Power", "**": "Power" };

// -------------------------------------------------------------------- the parser
// By recursive descent: a sum of products of factors; ^ binds tightest and to the right.

class ExpressionError extends Error {
  constructor(message, at) {
    super(`${message}, at character ${at + 1}`);
    this.at = at;
  }
}

function parse(text, call, leaves) {
  const tokens = [];
  for (const found of text.matchAll(/\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z_]\w*)|(\*\*|[-+*/^()])|(\S))/giy)) {
    const [whole, number, name, sign, other] = found;
    const at = found.index + whole.length - whole.trimStart().length;
    if (other) throw new ExpressionError(`“${other}” has no meaning here`, at);
    tokens.push({ number, name, sign, at, text: whole.trim() });
  }
  tokens.push({ at: text.trimEnd().length, text: "the end" });
  let place = 0;
  const next = () => tokens[place];
  const take = (...signs) => (signs.includes(next().sign) ? tokens[place++].sign : undefined);
  const need = (sign, why) => take(sign) ?? fail(`expected “${sign}” ${why}`);
  const fail = (message) => {
    const { text, at } = next();
    throw new ExpressionError(`${message}, found ${text === "the end" ? text : `“${text}”`}`, at);
  };

  function sum() {
    let value = product();
    for (let sign; (sign = take("+", "-")); ) value = call(OPERATORS[sign], value, product());
    return value;
  }
  function product() {
    let value = signed();
    for (let sign; (sign = take("*", "/")); ) value = call(OPERATORS[sign], value, signed());
    return value;
  }
  function signed() {
    if (take("+")) return signed();
    return take("-") ? call("Negative", signed()) : power();
  }
  function power() {
    const base = atom();
    return take("^", "**") ? call("Power", base, signed()) : base;
  }
  function atom() {
    const token = next();
    if (take("(")) {
      const value = sum();
      need(")", "to close the parenthesis");
      return value;
    }
    if (token.number) return ++place, { value: +token.number };
    if (!token.name) fail("expected a number, x, y or a function");
    place++;
    if (token.name in leaves) return leaves[token.name];
    if (!(token.name in FUNCTIONS) || /^[A-Z]/.test(token.name)) {
      const known = Object.keys(FUNCTIONS).filter((name) => /^[a-z]/.test(name)).join(", ");
      throw new ExpressionError(`“${token.name}” is not known; there are x, y, ${known}`, token.at);
    }
    need("(", `after ${token.name}`);
    const value = sum();
    need(")", `to close ${token.name}(`);
    return call(token.name, value);
  }

  const value = sum();
  if (place < tokens.length - 1) fail("expected an operator");
  return value;
}

// ------------------------------------------------------- the graph and its backward pass

// The graph of an expression: variables {value, label, generation, grad} and functions
// {kind, label, inputs, output, generation}. A number is a variable without a place in the graph.
function graphOf(text, x, y) {
  const leaf = (label, value) => ({ label, value, generation: 0 });
  const leaves = { x: leaf("x", x), y: leaf("y", y) };
  const variables = [];
  const functions = [];
  const inGraph = (v) => "generation" in v;
  const include = (v) => variables.includes(v) || variables.push(v);

  function call(kind, ...inputs) {
    const value = FUNCTIONS[kind][0](...inputs.map((v) => v.value));
    const known = inputs.filter(inGraph);
    if (!known.length) return { value };
    const generation = Math.max(...known.map((v) => v.generation));
    const numbers = inputs.filter((v) => !inGraph(v)).map((v) => short(v.value));
    const name = kind[0].toUpperCase() + kind.slice(1);
    const output = { value, label: `v${functions.length + 1}`, generation: generation + 1 };
    functions.push({ kind, label: [name, ...numbers].join(" "), inputs, output, generation });
    known.forEach(include);
    include(output);
    return output;
  }

  const result = parse(text, call, leaves);
  if (!inGraph(result)) throw new ExpressionError("the expression has neither x nor y", 0);
  include(result);
  if (functions.length) result.label = "z";
  return { variables, functions, result };
}

// Run the pass: largest generation first. Gives the moments that player.js shows.
function backward({ variables, functions, result }) {
  const names = functions.map((f) => `${f.label} → ${f.output.label}`);
  const moments = [];
  const waiting = []; // sorted, the next one last
  let turn = 0;
  let running = null;
  const tell = (text, changed = {}) => moments.push([null, turn, running, [...waiting], changed, text]);
  const join = (v) => {
    const f = functions.findIndex((f) => f.output === v);
    if (f < 0 || waiting.includes(f)) return;
    const later = waiting.findIndex((g) => functions[g].generation >= functions[f].generation);
    waiting.splice(later < 0 ? waiting.length : later, 0, f);
    tell(`${names[f]} joins the work list.`);
  };
  const add = (v, gx) => {
    const i = variables.indexOf(v);
    const old = v.grad;
    v.grad = old === undefined ? gx : old + gx;
    const how = old === undefined ? "" : `${short(old)} + ${short(gx)} = `;
    tell(`${v.label}.grad = ${how}${short(v.grad)}.`, { [i]: short(v.grad) });
  };

  add(result, 1);
  join(result);
  while (waiting.length) {
    running = waiting.pop();
    turn++;
    tell(`Turn ${turn}: ${names[running]} is taken from the work list.`);
    const { kind, inputs, output } = functions[running];
    const gxs = FUNCTIONS[kind][1](output.grad, ...inputs.map((v) => v.value), output.value);
    const real = inputs.flatMap((v, i) => ("generation" in v ? [[v, gxs[i]]] : []));
    tell(`Its backward gives ${real.map(([, gx]) => short(gx)).join(" and ")}.`);
    for (const [v, gx] of real) {
      add(v, gx);
      join(v);
    }
  }
  const place = (v) => variables.indexOf(v);
  const ends = functions.map((f) => [f.inputs.map(place).filter((i) => i >= 0), [place(f.output)]]);
  return { names, functions: ends, moments };
}

const short = (number) => String(Number(number.toPrecision(4)));

// -------------------------------------------------------------------- the picture
// As dezero_lite/drawing.py draws it: generations as columns, a bend in each column that an edge
// passes, columns sorted by the mean place of their neighbours.

function picture({ variables, functions }) {
  const [COLUMN, ROW, RADIUS, BOX, TOP] = [92, 78, 19, 32, 34];
  const columns = [];
  const put = (node, column) => {
    while (columns.length <= column) columns.push([]);
    columns[column].push(Object.assign(node, { column, near: [[], []] }));
    return node;
  };
  const circles = variables.map((v) => put({ v }, 2 * v.generation));
  const boxes = functions.map((f) => put({ f, width: Math.max(44, 8.2 * f.label.length + 18) }, 2 * f.generation + 1));
  const route = (from, to) => {
    const nodes = [from];
    for (let c = from.column + 1; c < to.column; c++) nodes.push(put({}, c));
    nodes.push(to);
    nodes.slice(1).forEach((node, i) => {
      node.near[0].push(nodes[i]);
      nodes[i].near[1].push(node);
    });
    return nodes;
  };
  const routes = functions.flatMap((f, j) => [
    ...f.inputs.filter((v) => "generation" in v).map((v) => route(circles[variables.indexOf(v)], boxes[j])),
    route(boxes[j], circles[variables.indexOf(f.output)]),
  ]);

  // Every node is drawn to the mean height of its neighbours, there and back, a row from the next.
  const mean = (values) => values.reduce((a, b) => a + b) / values.length;
  for (const column of columns) column.forEach((node, i) => (node.y = i * ROW));
  for (let sweep = 0; sweep < 16; sweep++) {
    for (const column of sweep % 2 ? columns.toReversed() : columns) {
      for (const node of column) {
        const near = sweep < 8 ? node.near[sweep % 2] : node.near.flat();
        node.wish = mean((near.length ? near : [node]).map((n) => n.y));
      }
      column.sort((a, b) => a.wish - b.wish);
      column.forEach((node, i) => (node.y = i ? Math.max(node.wish, column[i - 1].y + ROW) : node.wish));
      const drift = mean(column.map((node) => node.y - node.wish));
      for (const node of column) node.y -= drift;
    }
  }
  const top = Math.min(...columns.flat().map((node) => node.y));
  let x = 16;
  columns.forEach((column) => {
    const width = Math.max(2 * RADIUS, ...column.map((node) => node.width ?? 0));
    for (const node of column) [node.x, node.y] = [x + width / 2, node.y - top + TOP + RADIUS + 6];
    x += width + COLUMN - 2 * RADIUS - 14;
  });

  const [width, height] = [x - COLUMN + 2 * RADIUS + 30, Math.max(...columns.flat().map((n) => n.y)) + 60];
  const half = (node) => (node.width ?? 2 * RADIUS) / 2;
  const parts = columns.flatMap((column, c) => {
    if (c % 2) return [];
    const between = (a, b) => (columns[a][0].x + columns[b][0].x) / 2;
    const left = c ? between(c - 1, c) : 0;
    const right = columns[c + 2] ? between(c + 1, c + 2) : width;
    const band = c % 4 ? "" : `<rect class="b" x="${left}" width="${right - left}" height="${height}"/>`;
    return [`${band}<text class="n" x="${column[0].x}" y="14">gen. ${c / 2}</text>`];
  });
  for (const nodes of routes) {
    const [from, to] = [nodes[0], nodes.at(-1)];
    const points = nodes.map((node) => [node.x, node.y]);
    points[0][0] += half(from);
    points.at(-1)[0] -= half(to) + 7;
    const ports = to.near[0].length;
    points.at(-1)[1] += ((to.port = (to.port ?? -1) + 1) - (ports - 1) / 2) * 12;
    const curve = points.slice(1).map(([bx, by], i) => {
      const middle = (points[i][0] + bx) / 2;
      return `C${middle} ${points[i][1]} ${middle} ${by} ${bx} ${by}`;
    });
    const [tx, ty] = points.at(-1);
    parts.push(`<path class="e" d="M${points[0]}${curve.join("")}"/><path class="a" d="M${tx + 7} ${ty}l-8-4v8z"/>`);
  }
  for (const { x, y, v } of circles) {
    parts.push(`<circle class="v" cx="${x}" cy="${y}" r="${RADIUS}"/><text class="i" x="${x}" y="${y}">${v.label}</text>`);
    parts.push(`<text class="s h" x="${x}" y="${y + 29}">${short(v.value)}</text>`);
  }
  for (const { x, y, f, width } of boxes) {
    parts.push(`<rect class="f" x="${x - width / 2}" y="${y - BOX / 2}" width="${width}" height="${BOX}" rx="6"/>`);
    parts.push(`<text x="${x}" y="${y}">${f.label}</text>`);
  }
  const words = functions.map((f) => `${f.label}, generation ${f.generation}`).join("; ");
  return `<svg class="dzl-graph" role="img" aria-label="Graph: ${words}." viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}">${parts.join("")}</svg>`;
}

// ------------------------------------------------------------------------- the page

globalThis.ownGraph = { graphOf, backward }; // for the tests

const form = document.querySelector("form.own");
const stage = document.querySelector(".own-stage");
const message = document.querySelector(".own-message");

function show() {
  const text = form.elements.expression.value;
  const [x, y] = ["x", "y"].map((name) => form.elements[name].valueAsNumber);
  form.elements.expression.ariaInvalid = false;
  try {
    if (Number.isNaN(x) || Number.isNaN(y)) throw new ExpressionError("x and y must be numbers", 0);
    const graph = graphOf(text, x, y);
    const player = document.createElement("dzl-player");
    // The picture has numbers in it, and names of ours: nothing that was typed.
    player.innerHTML = `<div class="picture" tabindex="0">${picture(graph)}</div>`;
    player.recording = backward(graph);
    stage.replaceChildren(player);
    const gradients = graph.variables.filter((v) => !v.generation);
    message.replaceChildren(`value ${short(graph.result.value)}`, ...gradients.map((v) => `, ∂/∂${v.label} = ${short(v.grad)}`));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    form.elements.expression.ariaInvalid = true;
    const pointer = document.createElement("pre");
    pointer.textContent = `${text}\n${" ".repeat(error.at)}↑`;
    message.replaceChildren(`${error.message}:`, pointer);
  }
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  show();
}
