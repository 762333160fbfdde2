// "Your own graph", and "You are backward" on the pages of the course: what is asked for, and what is shown.

const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
const list = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`);
const row = (head, ...cells) => make("tr", {}, make("th", { scope: "row" }, head), ...cells.map((cell) => make("td", {}, cell)));
function table(caption, heads, rows) {
  const head = make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text))));
  const body = make("tbody", {}, ...rows);
  return make("div", { className: "own-table" }, make("table", { className: "own-numbers" }, make("caption", {}, caption), head, body));
}

function playerOf(graph, recording) {
  const player = make("dzl-player");
  // Of what was typed the picture has numbers and names in it, no other signs.
  player.innerHTML = `<div class="picture" tabindex="0">${picture(graph)}</div>`;
  return Object.assign(player, { recording, start: recording.start });
}

function stageOf(graph, orders, recordings) {
  const players = recordings.map((recording) => playerOf(graph, recording));
  if (players.length === 1) return players[0];
  const [left, right] = recordings.map(({ ran }) => ran);
  const turn = left.findIndex((f, i) => f !== right[i]) + 1 || Math.min(left.length, right.length) + 1;
  const together = left.length === right.length && turn > left.length;
  const pair = make("dzl-pair", { start: recordings[0].start });
  pair.dataset.parting = turn;
  const waits = recordings.some(({ waiting, stopped }) => waiting.length && !stopped);
  const said = together ? "They run the same functions in the same order." : `They part in turn ${turn}.`;
  pair.append(
    make("p", { className: "parting" }, waits ? "Choose below which function runs next." : said),
    ...players.map((player, i) => make("div", {}, make("p", { className: "side" }, ORDERS[orders[i]].title), player)),
  );
  return pair;
}

const runsOf = (ran, { functions }) => `${count(ran.length, "run")} of ${count(functions.length, "function")}`;

// How each order has ended, beside the derivatives.
function endsOf(graph, orders, recordings) {
  const { gradients } = reverse(graph);
  const rows = recordings.map(({ grads, ran, waiting, stopped }, i) => {
    const name = waiting.length && !stopped ? `${ORDERS[orders[i]].title}, so far` : ORDERS[orders[i]].title;
    const often = graph.functions.flatMap((f) => {
      const times = ran.filter((other) => other === f).length;
      return times > 1 ? [`${f.name} ran ${count(times, "time")}`] : [];
    });
    const cells = graph.leaves.map((v) => (grads.has(v) ? short(grads.get(v)) : "none"));
    return row(name, ...cells, [runsOf(ran, graph), ...often].join("; "));
  });
  const truth = row("The derivative", ...graph.leaves.map((v) => short(gradients.get(v) ?? 0)), "");
  return table("How it ended", ["order", ...graph.leaves.map((v) => `${v.label}.grad`), "runs"], [...rows, truth]);
}

// Buttons for the functions that wait. choose gets the functions chosen so far.
function chooserOf(graph, { moments, waiting, ran, grads }, choices, choose) {
  const turn = moments.filter((moment) => moment[1] === ran.length && ran.length).map((moment) => moment[5]);
  const { gradients } = reverse(graph);
  const ends = graph.leaves.map((v) => `${v.label}.grad is ${short(grads.get(v) ?? 0)}, and the derivative is ${short(gradients.get(v) ?? 0)}`);
  const said = waiting.length ? turn : [...turn, `The list is empty. ${list(ends)}: ${runsOf(ran, graph)}.`];
  const button = (text, to, disabled = false) => make("button", { type: "button", disabled, onclick: () => choose(to) }, text);
  return make(
    "div",
    { className: "own-choose" },
    make("p", { role: "status" }, said.join(" ") || "You are backward: the gradient of the result is 1."),
    make("fieldset", {}, make("legend", {}, waiting.length ? "Which function runs next?" : "Another order?"),
      ...waiting.map((f) => button(f.name, [...choices, f.index])),
      button("One back", choices.slice(0, -1), !choices.length),
      button("Begin anew", [], !choices.length)),
  );
}

// About one function or variable: each as what is said before, in a list, and after it.

const product = (output, i, letter, gradients) =>
  `${output.label}.grad · ∂${output.label}/∂${letter} = ${short(gradients.get(output))} · ${short(output.creator.partials[i])} = ` +
  short(gradients.get(output) * output.creator.partials[i]);

function aboutVariable(v, graph, gradients) {
  const { label, value, creator } = v;
  const parts = graph.functions.flatMap(({ known, output }) => known.flatMap((u, i) => (u === v ? [product(output, i, label, gradients)] : [])));
  const made = `${label} = ${short(value)}, ${creator ? `made by ${creator.name}` : "a leaf"}.`;
  if (!parts.length) return [`${made} Nothing uses it: it is the result, and its gradient is 1.`, [], ""];
  const times = count(parts.length, "time");
  return [`${made} ${label}.grad is the sum over what uses it, ${times}:`, parts, parts.length > 1 ? `Together ${short(gradients.get(v))}.` : ""];
}

function aboutFunction({ kind, name, inputs, known, output, generation }, gradients) {
  const [, , rule, ...words] = FUNCTIONS[kind];
  const given = inputs.map((v, i) => `${"uv"[i]} = ${v.label ? `${v.label} = ` : ""}${short(v.value)}`);
  const sent = known.map((v, i) => {
    const at = known.length < inputs.length ? inputs.indexOf(v) : i;
    return `to ${v.label}: ${product(output, i, v.label, gradients)}, by the rule ∂y/∂${"uv"[at]} = ${words[at]}`;
  });
  return [`${name}, of generation ${generation}: y = ${rule} with ${list(given)}. It sends on`, sent, ""];
}

function inspectorOf(graph, chosen, choose) {
  const things = [...graph.variables, ...graph.functions];
  const thing = things.find((t) => (t.name ?? t.label) === chosen) ?? graph.variables.find((v) => v.uses.length > 1) ?? graph.result;
  const { gradients } = reverse(graph);
  const [before, parts, after] = thing.name ? aboutFunction(thing, gradients) : aboutVariable(thing, graph, gradients);
  const select = make("select", { name: "look", onchange: () => choose(select.value) },
    ...things.map((t) => make("option", { value: t.name ?? t.label, selected: t === thing }, t.name ?? t.label)));
  return make("div", { className: "own-look" }, make("label", {}, "Look at ", select),
    make("div", { role: "status" }, make("p", {}, before), make("ul", {}, ...parts.map((part) => make("li", {}, part))), make("p", {}, after)));
}

const derivative = (v, number) => `∂/∂${v.label} = ${short(number)}`;
const derivativesOf = (graph, { gradients }) => graph.leaves.map((v) => derivative(v, gradients.get(v) ?? 0));

function modesOf(graph) {
  const back = reverse(graph);
  const along = graph.leaves.map((v) => [v, forward(graph, v)]);
  const all = along.reduce((sum, [, run]) => sum + run.operations, 0);
  return table("Forward mode beside reverse mode", ["run", "gives", "products and sums"], [
    ...along.map(([v, run]) => row(`forward, along ${v.label}`, derivative(v, run.derivative), run.operations)),
    ...(along.length > 1 ? [row("forward, all of them", "both", all)] : []),
    row("reverse, once", list(derivativesOf(graph, back)), back.operations),
  ]);
}

// What is not a number, or too large for one: where it came from.
function doubtsOf({ functions }) {
  const f = functions.find(({ inputs, output }) => !Number.isFinite(output.value) && inputs.every((v) => Number.isFinite(v.value)));
  if (!f) return "";
  const what = `${FUNCTIONS[f.kind][2]} at ${list(f.inputs.map((v, i) => `${"uv"[i]} = ${short(v.value)}`))}`;
  const why = Number.isNaN(f.output.value) ? "is no real number (NaN)" : "is infinite";
  return ` ${f.name}: ${what} ${why}, and so is what depends on it. Its rule gives ${list(f.partials.map(short))} all the same.`;
}

// What is shown of a state {expression, x, y, left, right, own, look}, in parts; change(what) changes it.
function partsOf(graph, state, change) {
  const orders = [state.left, state.right].filter((order) => ORDERS[order]);
  const choices = state.own;
  const recordings = orders.map((order) => backward(graph, order, choices));
  const at = orders.indexOf("own");
  const stage = stageOf(graph, orders, recordings);
  if (at >= 0) stage.until = choices.length;
  const chooser = at < 0 ? [] : [chooserOf(graph, recordings[at], choices, (own) => change({ own }))];
  return { stage, parts: [stage, ...chooser], ends: endsOf(graph, orders, recordings) };
}

// A click on a function or variable of a picture.
function clicked(event, graph) {
  const shape = event.target.matches(".picture text") ? event.target.previousElementSibling : event.target;
  const svg = shape?.closest(".picture svg");
  if (!svg || !shape.matches("rect.f, .v")) return undefined;
  const [kind, things] = shape.matches(".v") ? [".v", graph.variables] : ["rect.f", graph.functions];
  return things[[...svg.querySelectorAll(kind)].indexOf(shape)];
}

function ownPage(form) {
  const [stage, more, message] = [".own-stage", ".own-more", ".own-message"].map((name) => document.querySelector(name));
  const fields = form.elements;
  const state = { own: [], look: "" };
  let graph;

  function read() {
    for (const name of ["expression", "left", "right"]) state[name] = fields[name].value;
    for (const name of ["x", "y"]) state[name] = fields[name].valueAsNumber;
  }
  function fromAddress(search) {
    const given = new URLSearchParams(search);
    for (const [name, value] of given) {
      if (fields[name] && (fields[name].type !== "number" || Number.isFinite(+value))) fields[name].value = value;
      if (fields[name]?.selectedIndex < 0) fields[name].selectedIndex = 0; // there is no such order
    }
    for (const name of ["x", "y"]) fields[`${name}-slide`].value = fields[name].value;
    state.own = (given.get("own") || "").split(".").filter(Boolean).map(Number);
    state.look = given.get("look") ?? "";
  }
  function toAddress() {
    const { own, look, ...rest } = state;
    const given = new URLSearchParams({ ...rest, ...(own.length && { own: own.join(".") }), ...(look && { look }) });
    history.replaceState(history.state, "", `?${given}`);
  }
  function change(what) {
    const looking = more.contains(document.activeElement);
    Object.assign(state, what);
    show(true);
    toAddress();
    if (looking) more.querySelector("select").focus();
    else if (what.own) stage.querySelector(".own-choose button:not(:disabled)").focus();
  }
  function show(patient) {
    read();
    try {
      graph = graphOf(state.expression, state.x, state.y);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (!patient) refuse(error);
      return;
    }
    fields.expression.ariaInvalid = false;
    const before = stage.querySelector("dzl-pair, dzl-player")?.at;
    const { stage: played, parts, ends } = partsOf(graph, state, change);
    if (patient && before >= 0) played.start = before;
    stage.replaceChildren(...parts);
    more.replaceChildren(ends, inspectorOf(graph, state.look, (look) => change({ look })), modesOf(graph));
    const numbers = [`Value ${short(graph.result.value)}`, ...derivativesOf(graph, reverse(graph))].join(", ");
    message.replaceChildren(`${numbers}.`, doubtsOf(graph));
  }
  function refuse(error) {
    const text = state.expression;
    fields.expression.ariaInvalid = true;
    stage.replaceChildren();
    more.replaceChildren();
    const begin = text.lastIndexOf("\n", error.at - 1) + 1;
    const line = text.slice(begin).split("\n")[0];
    const pointer = make("pre", {}, `${line}\n${" ".repeat(error.at - begin)}↑`);
    message.replaceChildren(`${error.message}:`, pointer);
    pointer.scrollLeft = (pointer.scrollWidth * (error.at - begin)) / (line.length || 1) - pointer.clientWidth / 2;
  }

  form.addEventListener("input", ({ target }) => {
    const [name, slides] = target.name.split("-");
    if (slides) fields[name].value = target.value;
    else if (fields[`${name}-slide`]) fields[`${name}-slide`].value = target.value;
    if (target.matches("textarea, select")) state.own = [];
    show(true);
  });
  form.addEventListener("change", () => (show(false), toAddress()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(false);
    toAddress();
  });
  fields.expression.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault(); // a new line is Shift and Enter
    form.requestSubmit();
  });
  for (const link of document.querySelectorAll(".own-examples a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      fromAddress(new URL(link.href).search);
      show(false);
      message.prepend(`${link.title} `);
      toAddress();
    });
  }
  stage.addEventListener("click", (event) => {
    const thing = clicked(event, graph);
    if (thing) change({ look: thing.name ?? thing.label });
  });
  fromAddress(location.search);
  show(false);
}

function ownGame(host) {
  const { program, x, y } = host.dataset;
  const graph = graphOf(program, +x, +y);
  const state = { left: "own", own: [] };
  const show = (focus) => {
    const { parts, ends } = partsOf(graph, state, change);
    host.replaceChildren(...parts, ends);
    if (focus) host.querySelector(".own-choose button:not(:disabled)").focus();
  };
  const change = (what) => (Object.assign(state, what), show(true));
  host.addEventListener("click", (event) => {
    const f = clicked(event, graph);
    const waiting = backward(graph, "own", state.own).waiting;
    if (waiting.includes(f)) change({ own: [...state.own, f.index] });
  });
  show(false);
}

const ownForm = document.querySelector("form.own");
if (ownForm) ownPage(ownForm);
for (const host of document.querySelectorAll(".own-game")) ownGame(host);
