// Orders in which backward may run: what each lets wait, and which function it takes next.

// next(waiting) is a place in the list, in which functions stand as they have joined. joins(f, waiting, ran):
// whether a function joins the list when a gradient has arrived at its output.
const largest = (waiting) => waiting.reduce((best, f, i) => (f.generation > waiting[best].generation ? i : best), 0);
const never = (f, waiting, ran) => !waiting.includes(f) && !ran.includes(f);
const ORDERS = {
  newest: { title: "Newest first (step 14)", next: (waiting) => waiting.length - 1, joins: () => true },
  "newest-once": { title: "Newest first, each once", next: (waiting) => waiting.length - 1, joins: never },
  "oldest-once": { title: "Oldest first, each once", next: () => 0, joins: never },
  generation: { title: "Largest generation (step 16)", next: largest, joins: never },
  own: { title: "Your own", joins: (f, waiting) => !waiting.includes(f) },
};
const LONGEST = 400; // turns: newest first takes as many as there are paths

// Run the pass, and note its moments, as player.js shows them: [line, turn, running, waiting, changed, text,
// variables whose values have come]. choices: for "own", the functions chosen so far; it waits where they end.
function backward(graph, order = "generation", choices = []) {
  const { functions, variables, result } = graph;
  const { next, joins } = ORDERS[order];
  const moments = [];
  const waiting = [];
  const ran = [];
  const right = new Set(); // of those, what has sent on the whole gradient, and once
  const faults = []; // of each turn, what it was run without, if anything
  const grads = new Map();
  const tell = (text, changed = {}, come) => {
    const list = [...waiting];
    const shown = []; // the next one last
    while (next && list.length) shown.unshift(...list.splice(next(list), 1));
    moments.push([null, ran.length, ran.at(-1)?.index ?? null, (next ? shown : list).map((f) => f.index), changed, text, come]);
  };
  const join = (f) => {
    if (!f || !joins(f, waiting, ran)) return;
    waiting.push(f);
    tell(`${f.name} joins the work list.`);
  };
  const add = (v, gx) => {
    const old = grads.get(v);
    grads.set(v, old === undefined ? gx : old + gx);
    const sign = is(old ?? 0, gx, grads.get(v));
    const how = old === undefined ? "" : `= ${short(old)} + ${inside(gx)} `;
    tell(`${v.label}.grad ${how}${sign} ${short(grads.get(v))}.`, { [v.index]: short(grads.get(v)) });
  };

  tell(`Given: ${graph.leaves.map((v) => `${v.label} ${is(v.value)} ${short(v.value)}`).join(", ")}.`, {}, graph.leaves.map((v) => v.index));
  for (const f of functions) {
    const sign = is(...f.inputs.map((v) => v.value), f.output.value);
    tell(`Forward: ${f.output.label} = ${formula(f)} ${sign} ${short(f.output.value)}.`, {}, [f.output.index]);
  }
  add(result, 1);
  join(result.creator);
  const start = moments.length - 1;
  while (waiting.length && ran.length < LONGEST) {
    if (!next && ran.length === choices.length) break;
    const at = next ? next(waiting) : waiting.indexOf(functions[choices[ran.length]]);
    if (at < 0) break; // an address that someone has changed
    const [f] = waiting.splice(at, 1);
    const missing = f.output.uses.find((use) => !ran.includes(use));
    const wrong = f.output.uses.find((use) => !right.has(use));
    const fault = missing ? `incomplete: ${missing.name} has not sent its part yet` : `wrong: so was what ${wrong?.name} sent`;
    const state = missing || wrong ? fault : ran.includes(f) ? "complete, but a part of it was sent on before" : "complete";
    if (missing || wrong || ran.includes(f)) right.delete(f);
    else right.add(f);
    ran.push(f);
    faults.push(missing);
    tell(`Turn ${ran.length}: ${f.name} runs. ${f.output.label}.grad is ${short(grads.get(f.output))}, ${state}.`);
    const sent = f.known.map((v, i) => grads.get(f.output) * f.partials[i]);
    tell(`Its backward gives ${sent.map(short).join(" and ")}.`);
    f.known.forEach((v, i) => {
      add(v, sent[i]);
      join(v.creator);
    });
  }
  const stopped = waiting.length && next;
  if (stopped) tell(`Stopped after ${LONGEST} turns: it would run once for each path.`);
  const edges = functions.map((f) => f.known.length + 1);
  return { names: functions.map((f) => f.name), edges, moments, start, waiting, ran, faults, grads, stopped };
}
