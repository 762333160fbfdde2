// "Your own graph": an expression of x and y, its graph, and its backward pass for the player.

// ------------------------------------------------------------------- functions
// as it is written: [value of the inputs, derivatives by the inputs from the inputs and the output]

const FUNCTIONS = {
  "+": [(a, b) => a + b, () => [1, 1]],
  "-": [(a, b) => a - b, () => [1, -1]],
  "*": [(a, b) => a * b, (a, b) => [b, a]],
  "/": [(a, b) => a / b, (a, b, y) => [1 / b, -y / b]],
  "^": [(a, b) => a ** b, (a, b, y) => [b ? b * a ** (b - 1) : 0, a ? y * Math.log(a) : 0]],
  "±": [(a) => -a, () => [-1]],
  exp: [Math.exp, (a, y) => [y]],
  log: [Math.log, (a) => [1 / a]],
  sqrt: [Math.sqrt, (a, y) => [1 / (2 * y)]],
  sin: [Math.sin, (a) => [Math.cos(a)]],
  cos: [Math.cos, (a) => [-Math.sin(a)]],
  tanh: [Math.tanh, (a, y) => [1 - y * y]],
  square: [(a) => a * a, (a) => [2 * a]],
};
const LABELS = { "+": "Add", "-": "Subtract", "*": "Multiply", "/": "Divide", "^": "Power", "±": "Negative" };
const SIGNS = { "**": "^", "×": "*", "·": "*", "÷": "/", "−": "-" }; // as others write them
const MOST = 200; // functions in a picture

// -------------------------------------------------------------------- the parser
// By recursive descent: a sum of products of factors; ^ binds tightest and to the right.

class ExpressionError extends Error {
  constructor(message, at) {
    super(`${message}, at character ${at + 1}`);
    this.at = at;
  }
}

function parse(text, apply, leaves) {
  const tokens = [];
  for (const found of text.matchAll(/\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z_]\w*)|(\*\*|[-+*/^()×·÷−])|(\S))/giuy)) {
    const [whole, number, name, sign, other] = found;
    const at = found.index + whole.length - whole.trimStart().length;
    if (other) throw new ExpressionError(`“${other}” has no meaning here`, at);
    if (tokens.length > 8 * MOST) throw new ExpressionError("the expression is too long", at);
    tokens.push({ number, name, sign: SIGNS[sign] ?? sign, at, text: whole.trim() });
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
  let calls = 0;
  const call = (kind, ...inputs) => (++calls > MOST ? fail(`expected at most ${MOST} functions`) : apply(kind, ...inputs));

  function sum() {
    let value = product();
    for (let sign; (sign = take("+", "-")); ) value = call(sign, value, product());
    return value;
  }
  function product() {
    let value = signed();
    for (let sign; (sign = take("*", "/")); ) value = call(sign, value, signed());
    return value;
  }
  function signed() {
    if (take("+")) return signed();
    return take("-") ? call("±", signed()) : power();
  }
  function power() {
    const base = atom();
    return take("^") ? call("^", base, signed()) : base;
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
    const leaf = leaves.get(token.name);
    if (leaf && Number.isNaN(leaf.value)) throw new ExpressionError(`${token.name} has no number`, token.at);
    if (leaf) return leaf;
    if (!Object.hasOwn(FUNCTIONS, token.name)) {
      const known = Object.keys(FUNCTIONS).filter((name) => !LABELS[name]).join(", ");
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
// {kind, label, inputs, known, output, generation}; known: the inputs that are no mere numbers.
function graphOf(text, x, y) {
  const leaf = (label, value) => ({ label, value, generation: 0 });
  const leaves = new Map([["x", leaf("x", x)], ["y", leaf("y", y)]]);
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
    const name = LABELS[kind] ?? kind[0].toUpperCase() + kind.slice(1);
    const output = { value, label: `v${functions.length + 1}`, generation: generation + 1, creator: functions.length };
    functions.push({ kind, label: [name, ...numbers].join(" "), inputs, known, output, generation });
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
  const join = ({ creator }) => {
    if (creator === undefined || waiting.includes(creator)) return;
    waiting.unshift(creator);
    waiting.sort((a, b) => functions[a].generation - functions[b].generation);
    tell(`${names[creator]} joins the work list.`);
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
    const { kind, inputs, known, output } = functions[running];
    const derivatives = FUNCTIONS[kind][1](...inputs.map((v) => v.value), output.value);
    const real = inputs.flatMap((v, i) => (known.includes(v) ? [[v, output.grad * derivatives[i]]] : []));
    tell(`Its backward gives ${real.map(([, gx]) => short(gx)).join(" and ")}.`);
    for (const [v, gx] of real) {
      add(v, gx);
      join(v);
    }
  }
  return { names, edges: functions.map((f) => f.known.length + 1), moments };
}

const short = (number) => String(Number(number.toPrecision(4)));

// -------------------------------------------------------------------- the picture
// As dezero_lite/drawing.py draws it: generations as columns, one bend in each column that the edges of
// a variable pass, columns sorted by the mean place of their neighbours.

function picture({ variables, functions }) {
  const [COLUMN, ROW, RADIUS, BOX, TOP] = [84, 78, 19, 32, 34];
  const columns = [];
  const put = (node, column, width) => {
    while (columns.length <= column) columns.push([]);
    columns[column].push(node);
    return Object.assign(node, { column, width, bends: [], near: [[], []] });
  };
  for (const v of variables) v.node = put({}, 2 * v.generation, 2 * RADIUS);
  for (const f of functions) f.node = put({}, 2 * f.generation + 1, Math.max(44, 8.2 * f.label.length + 18));
  const route = (from, to) => {
    const nodes = [from];
    for (let c = from.column + 1; c < to.column; c++) nodes.push((from.bends[c] ??= put({ bend: true }, c, 0)));
    nodes.push(to);
    nodes.slice(1).forEach((node, i) => {
      if (node.near[0].includes(nodes[i])) return;
      node.near[0].push(nodes[i]);
      nodes[i].near[1].push(node);
    });
    return nodes;
  };
  const routes = functions.flatMap(({ node, known, output }) => [
    ...known.map((v, port) => [route(v.node, node), port - (known.length - 1) / 2]),
    [route(node, output.node), 0],
  ]);

  const mean = (nodes, key) => nodes.reduce((sum, node) => sum + node[key], 0) / nodes.length;
  const number = (column) => column.forEach((node, i) => (node.place = i));
  columns.forEach(number);
  for (let sweep = 0; sweep < 8; sweep++) {
    for (const column of sweep % 2 ? columns.toReversed() : columns) {
      for (const node of column) node.wish = node.near[sweep % 2].length ? mean(node.near[sweep % 2], "place") : node.place;
      number(column.sort((a, b) => a.wish - b.wish));
    }
  }
  // Every node at the mean height of its inputs, a row from the next; those from far away count last.
  let x = 16;
  for (const column of columns) {
    const width = Math.max(...column.map((node) => node.width));
    column.forEach((node, i) => {
      const near = node.near[0].filter((n) => !n.bend);
      const from = near.length ? near : node.near[0];
      node.wish = from.length ? mean(from, "y") : i * ROW;
      node.x = x + width / 2;
      node.y = i ? Math.max(node.wish, column[i - 1].y + ROW) : node.wish;
    });
    const drift = mean(column, "y") - mean(column, "wish");
    for (const node of column) node.y = Math.round(node.y - drift);
    x += width + COLUMN - BOX - 14;
  }
  const heights = columns.flat().map((node) => node.y);
  const top = Math.min(...heights) - TOP - RADIUS - 6;
  for (const node of columns.flat()) node.y -= top;

  const [width, height] = [x - COLUMN + BOX + 30, Math.max(...heights) - top + 60];
  const borders = columns.flatMap((column, c) => (c % 2 ? [] : [c && (columns[c - 1][0].x + column[0].x) / 2]));
  const parts = borders.map((left, generation) => {
    const right = borders[generation + 1] ?? width;
    const band = generation % 2 ? "" : `<rect class="b" x="${left}" width="${right - left}" height="${height}"/>`;
    return `${band}<text class="n" x="${(left + right) / 2}" y="14">gen. ${generation}</text>`;
  });
  for (const [nodes, port] of routes) {
    const points = nodes.map((node) => [node.x, node.y]);
    const last = points.at(-1);
    points[0][0] += nodes[0].width / 2;
    last[0] -= nodes.at(-1).width / 2 + 7;
    last[1] += port * 12;
    const curve = points.slice(1).map(([bx, by], i) => {
      const [ax, ay] = points[i];
      return ay === by ? `H${bx}` : `C${(ax + bx) / 2} ${ay} ${(ax + bx) / 2} ${by} ${bx} ${by}`;
    });
    parts.push(`<path class="e" d="M${points[0]}${curve.join("")}"/><path class="a" d="M${last[0] + 7} ${last[1]}l-8-4v8z"/>`);
  }
  for (const { node: { x, y }, label, value } of variables) {
    parts.push(`<circle class="v" cx="${x}" cy="${y}" r="${RADIUS}"/><text class="i" x="${x}" y="${y}">${label}</text>`);
    parts.push(`<text class="s h" x="${x}" y="${y + 29}">${short(value)}</text>`);
  }
  for (const { node: { x, y, width }, label } of functions) {
    parts.push(`<rect class="f" x="${x - width / 2}" y="${y - BOX / 2}" width="${width}" height="${BOX}" rx="6"/>`);
    parts.push(`<text x="${x}" y="${y}">${label}</text>`);
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
  const { expression, x, y } = form.elements;
  const text = expression.value;
  expression.ariaInvalid = false;
  stage.replaceChildren();
  try {
    const graph = graphOf(text, x.valueAsNumber, y.valueAsNumber);
    const player = document.createElement("dzl-player");
    // The picture has numbers in it, and names of ours: nothing that was typed.
    player.innerHTML = `<div class="picture" tabindex="0">${picture(graph)}</div>`;
    player.recording = backward(graph);
    stage.append(player);
    const gradients = graph.variables.filter((v) => !v.generation).sort((a, b) => (a.label < b.label ? -1 : 1));
    message.replaceChildren(`value ${short(graph.result.value)}`, ...gradients.map((v) => `, ∂/∂${v.label} = ${short(v.grad)}`));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    expression.ariaInvalid = true;
    const pointer = document.createElement("pre");
    pointer.textContent = `${text}\n${" ".repeat(error.at)}↑`;
    message.replaceChildren(`${error.message}:`, pointer);
    pointer.scrollLeft = (pointer.scrollWidth * error.at) / text.length - pointer.clientWidth / 2;
  }
}

if (form) {
  // What is shown stands in the address, so that it can be passed on.
  for (const [name, value] of new URLSearchParams(location.search)) if (form.elements[name]) form.elements[name].value = value;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    history.replaceState(history.state, "", `?${new URLSearchParams(new FormData(form))}`);
    show();
  });
  show();
}
