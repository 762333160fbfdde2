// Graphs to play "You are backward" on: a few that teach, and then as many as one likes, each from its number.

const LEVELS = [
  { expression: "a = square(x); b = square(a)\nb + y", x: 1, y: 2 },
  { expression: "a = square(x); b = square(a); c = square(a)\nb + c", x: 2, y: 1 },
  { expression: "a = square(x); b = square(a)\nb + a", x: 2, y: 1 },
  { expression: "a = square(x); b = square(a)\na + b", x: 2, y: 1 },
  { expression: "a = square(x); b = square(a); c = square(b)\nd = a + c; b + d", x: 1, y: 1 },
  { expression: "a = x * y; b = square(a); c = a + b\nd = c * a; b + d", x: 2, y: 1 },
  { expression: "a = square(x) + square(x); b = square(a) + square(a)\nsquare(b) + square(b)", x: 0.5, y: 1 },
];

function levelOf(number) {
  if (number <= LEVELS.length) return LEVELS[number - 1];
  for (let seed = 1000 * number; ; seed++) {
    const level = randomLevel(seed);
    const graph = graphOf(level.expression, level.x, level.y);
    if (!isRight(graph, "newest-once") && !isRight(graph, "oldest-once") && graph.functions.length > 4) return level;
  }
}

// Six or more calls, the last of which takes what nothing else has used.
function randomLevel(seed) {
  const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return Math.floor(((seed >>> 8) / 2 ** 24) * below);
  };
  const names = ["x", "y"], unused = new Set();
  const lines = [];
  for (const name of "abcdef".slice(0, 4 + random(3))) {
    const inputs = [names.at(-1 - random(Math.min(3, names.length))), names.at(-1 - random(Math.min(4, names.length)))];
    const calls = [`square(${inputs[0]})`, `${inputs[0]} + ${inputs[1]}`, `${inputs[0]} * ${inputs[1]}`];
    const kind = random(3);
    for (const input of kind ? inputs : inputs.slice(0, 1)) unused.delete(input);
    lines.push(`${name} = ${calls[kind]}`);
    names.push(name);
    unused.add(name);
  }
  const last = names.at(-2);
  unused.add(last);
  return { expression: `${lines.join("; ")}\n${[...unused].join(" + ")}`, x: 1, y: 2 };
}

// Which of them have been won, in this browser.
const WON = "backward won";
const won = () => keptThing(WON) ?? [];
const keepWon = (number) => kept(WON, JSON.stringify([...new Set([...won(), number])].sort((a, b) => a - b)));
