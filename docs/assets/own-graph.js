// A program -> its graph, with values, and the derivatives of it in both modes.

// As it is written: [value of the inputs; derivatives by the inputs, from the inputs and the output; the
// same in words, for inputs u and v and the output y].
const FUNCTIONS = {
  "+": [(u, v) => u + v, () => [1, 1], "u + v", "1", "1"],
  "-": [(u, v) => u - v, () => [1, -1], "u − v", "1", "−1"],
  "*": [(u, v) => u * v, (u, v) => [v, u], "u · v", "v", "u"],
  "/": [(u, v) => u / v, (u, v, y) => [1 / v, -y / v], "u / v", "1/v", "−y/v"],
  "^": [(u, v) => u ** v, (u, v, y) => [v ? v * u ** (v - 1) : 0, u ? y * Math.log(u) : 0], "u^v", "v · u^(v − 1)", "y · log u"],
  "±": [(u) => -u, () => [-1], "−u", "−1"],
  exp: [Math.exp, (u, y) => [y], "exp u", "y"],
  log: [Math.log, (u) => [1 / u], "log u", "1/u"],
  sqrt: [Math.sqrt, (u, y) => [1 / (2 * y)], "√u", "1/(2y)"],
  sin: [Math.sin, (u) => [Math.cos(u)], "sin u", "cos u"],
  cos: [Math.cos, (u) => [-Math.sin(u)], "cos u", "−sin u"],
  tanh: [Math.tanh, (u, y) => [1 - y * y], "tanh u", "1 − y²"],
  tan: [Math.tan, (u, y) => [1 + y * y], "tan u", "1 + y²"],
  square: [(u) => u * u, (u) => [2 * u], "u²", "2u"],
  abs: [Math.abs, (u) => [Math.sign(u)], "|u|", "the sign of u"],
  relu: [(u) => (u > 0 ? u : 0), (u) => [u > 0 ? 1 : 0], "max(0, u)", "1 if u > 0, else 0"],
  sigmoid: [(u) => 1 / (1 + Math.exp(-u)), (u, y) => [y * (1 - y)], "1/(1 + exp(−u))", "y · (1 − y)"],
};
const LABELS = { "+": "Add", "-": "Subtract", "*": "Multiply", "/": "Divide", "^": "Power", "±": "Negative", relu: "ReLU" };
const NAMED = Object.keys(FUNCTIONS).filter((kind) => /^\w/.test(kind));

// Variables {value, label, generation, creator, uses} and functions {kind, label, inputs, known, output,
// generation, partials}. known: the inputs that are no mere numbers; partials: by each of them; uses: the
// functions that have it among their known inputs, once for each time.
function graphOf(text, x, y) {
  const leaf = (label, value) => ({ label, value, generation: 0, uses: [] });
  const leaves = new Map([["x", leaf("x", x)], ["y", leaf("y", y)]]);
  const inGraph = (v) => "generation" in v;
  const taken = new Set(leaves.keys());
  const calls = [];

  const { value: result, at } = parse(text, {
    leaves,
    known: (kind) => NAMED.includes(kind),
    name: (v, label) => (taken.add(label), (v.label ??= label)),
    apply(kind, inputs, place) {
      const numbers = inputs.map((v) => v.value);
      const value = FUNCTIONS[kind][0](...numbers);
      const known = inputs.filter(inGraph);
      if (!known.length) {
        if (Number.isFinite(value)) return { value };
        throw new ExpressionError(`${formula({ kind, inputs })} is ${Number.isNaN(value) ? "no number" : "infinite"}`, place);
      }
      const generation = Math.max(...known.map((v) => v.generation));
      const label = [LABELS[kind] ?? kind[0].toUpperCase() + kind.slice(1), ...inputs.filter((v) => !inGraph(v)).map((v) => short(v.value))];
      const partials = FUNCTIONS[kind][1](...numbers, value).filter((_, i) => inGraph(inputs[i]));
      calls.push({ kind, label: label.join(" "), inputs, known, generation, partials });
      return (calls.at(-1).output = { value, generation: generation + 1, creator: calls.at(-1), uses: [] });
    },
  });
  if (!inGraph(result)) throw new ExpressionError("the result has neither x nor y in it", at);

  // Only what the result was made from is part of its graph; functions stand in the order of their calls.
  const behind = new Set([result]);
  for (const f of calls.toReversed()) if (behind.has(f.output)) f.known.forEach((v) => behind.add(v));
  const functions = calls.filter((f) => behind.has(f.output));
  const variables = [...new Set([...functions.flatMap((f) => [...f.known, f.output]), result])];
  for (const f of functions) for (const v of f.known) v.uses.push(f);
  const free = (...labels) => labels.find((label) => !taken.has(label) && taken.add(label));
  result.label ??= free("z", "z'");
  functions.forEach(({ output }, i) => (output.label ??= free(`v${i + 1}`, `v${i + 1}'`)));
  variables.forEach((v, i) => (v.index = i));
  functions.forEach((f, i) => Object.assign(f, { index: i, name: `${f.label} → ${f.output.label}` }));
  return { variables, functions, result, leaves: variables.filter((v) => !v.creator).sort((a, b) => (a.label < b.label ? -1 : 1)) };
}

// Forward mode: the derivative of every variable along one leaf, and its operations: a product for each known
// input, a sum where there are two.
function forward({ variables, functions, result }, along) {
  const tangents = new Map(variables.map((v) => [v, v === along ? 1 : 0]));
  let operations = 0;
  for (const { known, partials, output } of functions) {
    const terms = known.map((v, i) => tangents.get(v) * partials[i]);
    tangents.set(output, terms.reduce((a, b) => a + b));
    operations += 2 * terms.length - 1;
  }
  return { tangents, derivative: tangents.get(result), operations };
}

// Reverse mode, from the last call to the first: a product for each known input, a sum for each further use.
function reverse({ variables, functions, result }) {
  const gradients = new Map([[result, 1]]);
  let operations = 0;
  for (const { known, partials, output } of functions.toReversed()) {
    known.forEach((v, i) => {
      const gx = gradients.get(output) * partials[i];
      operations += 1 + gradients.has(v);
      gradients.set(v, gradients.has(v) ? gradients.get(v) + gx : gx);
    });
  }
  return { gradients, operations };
}

// A number for the eye. What was typed, or is as short, stays as it is; anything else is rounded, and then is said to be.
const exact = (number) => Number.isNaN(number) || !Number.isFinite(number) || Number(number.toPrecision(9)) === Number(number.toPrecision(12));
const short = (number) => String(Number(number.toPrecision(exact(number) ? 12 : 4))).replaceAll("-", "−").replace("e+", "e");
const is = (...numbers) => (numbers.every(exact) ? "=" : "≈");

// A number inside a formula, where a sign needs its brackets: (−2)², 3 + (−2).
const inside = (number) => (/[−e]/.test(short(number)) ? `(${short(number)})` : short(number));

// The formula of a function with numbers in it.
function formula({ kind, inputs }) {
  const words = FUNCTIONS[kind][2];
  const first = "+-*/".includes(kind) ? short : inside;
  const [u, v] = inputs.map((input, i) => (i ? inside : first)(input.value));
  return words.replace(/\b[uv]\b/g, (letter) => (words.includes(`|${letter}|`) || words.includes(`0, ${letter}`) ? short(inputs[0].value) : letter === "u" ? u : v)).replace(/([a-z]) \(/g, "$1(");
}
