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
  const said = together ? "They run the same functions in the same order." : `They part at turn ${turn}.`;
  pair.append(
    make("p", { className: "parting" }, said),
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

// How a reader's pass has gone: whether every derivative is right, and each function ran once; and where it went wrong.
function verdictOf(graph, { ran, faults, grads }) {
  const { gradients } = reverse(graph);
  const wrong = graph.leaves.filter((v) => !same(grads.get(v) ?? 0, gradients.get(v) ?? 0));
  const fault = faults.findIndex(Boolean);
  const turns = faults.map((missing, i) => (missing ? "early" : ran.indexOf(ran[i]) < i ? "again" : "whole"));
  if (!wrong.length && ran.length === graph.functions.length) {
    const fail = [["newest-once", "newest"], ["oldest-once", "oldest"]].filter(([order]) => !isRight(graph, order)).map(([, name]) => name);
    const more = fail.length ? ` Always taking the ${fail.join(", or always the ")} goes wrong on this graph.` : "";
    const what = graph.leaves.length === 1 ? "the derivative is" : "all derivatives are";
    return { won: true, turns, said: `You have won: ${what} right, and each of the ${count(ran.length, "function")} ran once.${more}` };
  }
  const ends = wrong.map((v) => {
    const [came, right] = [grads.get(v) ?? 0, gradients.get(v) ?? 0];
    return `${v.label}.grad is ${short(came)}, and the derivative is ${short(right)}: ${short(Math.abs(came - right))} too ${came > right ? "much" : "little"}`;
  });
  const end = wrong.length ? `Not this time. ${ends.join("; ")}.` : `Right, but with ${count(ran.length, "run")} of ${count(graph.functions.length, "function")}.`;
  const why = fault < 0 ? "" : ` Turn ${fault + 1} is where it went wrong for good: ${ran[fault].name} ran before ${faults[fault].name} had sent its part.`;
  return { won: false, turns, fault, said: end + why };
}

const same = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)) || (Number.isNaN(a) && Number.isNaN(b));
function isRight(graph, order) {
  const { grads, stopped } = backward(graph, order);
  return !stopped && graph.leaves.every((v) => same(grads.get(v) ?? 0, reverse(graph).gradients.get(v) ?? 0));
}

// Buttons for the functions that wait, and at the end how it went. choose gets the functions chosen so far; `more` are
// buttons to go on with then.
function chooserOf(graph, recording, choices, choose, more) {
  const { moments, waiting, ran } = recording;
  const turn = moments.filter((moment) => moment[1] === ran.length && ran.length).map((moment) => moment[5]);
  const button = (text, to, disabled = false) => make("button", { type: "button", disabled, onclick: () => choose(to) }, text);
  const back = [button("Back one", choices.slice(0, -1), !choices.length), button("Start over", [], !choices.length)];
  if (waiting.length) {
    return make("div", { className: "own-choose" },
      make("p", { role: "status" }, turn.join(" ") || "You are backward: the gradient of the result is 1."),
      make("fieldset", {}, make("legend", {}, "Which function runs next?"), ...waiting.map((f) => button(f.name, [...choices, f.index])), ...back));
  }
  const verdict = verdictOf(graph, recording);
  if (verdict.fault > 0) back.unshift(button(`Back to turn ${verdict.fault + 1}`, choices.slice(0, verdict.fault)));
  return make("div", { className: `own-choose ${verdict.won ? "won" : "lost"}` },
    make("p", { role: "status" }, make("span", { className: "squares", ariaHidden: "true" }, ...verdict.turns.map((kind) => make("i", { className: kind }))), " ", verdict.said),
    make("fieldset", {}, make("legend", { className: "spoken" }, "And now?"), ...(more?.(verdict) ?? []), ...back));
}

// About one function or variable: each as what is said before, in a list, and after it.

function product(output, i, letter, gradients) {
  const [a, b] = [gradients.get(output), output.creator.partials[i]];
  return `${output.label}.grad · ∂${output.label}/∂${letter} ${is(a, b)} ${short(a)} · ${inside(b)} ${is(a, b, a * b)} ${short(a * b)}`;
}

function aboutVariable(v, graph, gradients) {
  const { label, value, creator } = v;
  const parts = graph.functions.flatMap(({ known, output }) => known.flatMap((u, i) => (u === v ? [product(output, i, label, gradients)] : [])));
  const made = `${label} ${is(value)} ${short(value)}, ${creator ? `made by ${creator.name}` : "a leaf"}.`;
  if (!parts.length) return [`${made} Nothing uses it: it is the result, and its gradient is 1.`, [], ""];
  const times = count(parts.length, "time");
  return [`${made} ${label}.grad is the sum over what uses it, ${times}:`, parts, parts.length > 1 ? `Together ${short(gradients.get(v))}.` : ""];
}

function aboutFunction({ kind, name, inputs, known, output, generation }, gradients) {
  const [, , rule, ...words] = FUNCTIONS[kind];
  const given = inputs.map((v, i) => `${"uv"[i]} = ${v.label ? `${v.label} ${is(v.value)} ` : ""}${short(v.value)}`);
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

const derivative = (v, number) => `∂/∂${v.label} ${is(number)} ${short(number)}`;
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

// What is shown of a state {expression, x, y, left, right, own, look}, in parts; change(what) changes it. While a reader
// plays, nothing shows the answer.
function partsOf(graph, state, change, more) {
  const choices = state.own;
  const playing = state.left === "own" && backward(graph, "own", choices).waiting.length > 0;
  const orders = [state.left, playing ? "" : state.right].filter((order) => ORDERS[order]);
  const recordings = orders.map((order) => backward(graph, order, choices));
  const stage = stageOf(graph, orders, recordings);
  if (state.left === "own") stage.until = choices.length;
  const chooser = state.left === "own" ? [chooserOf(graph, recordings[0], choices, (own) => change({ own }), more)] : [];
  return { stage, parts: [stage, ...chooser], ends: playing ? "" : endsOf(graph, orders, recordings), playing };
}

// The next choice has the focus, and as much of the picture stays in sight as there is room for.
function goOn(host) {
  const choose = host.querySelector(".own-choose");
  choose.querySelector("button:not(:disabled)").focus({ preventScroll: true });
  choose.scrollIntoView({ block: "nearest" });
}

// Pictures that can be read: beside each other only where there is room for both, and begun at the result.
function fit(host) {
  for (const pair of host.querySelectorAll("dzl-pair")) {
    const least = Math.max(...[...pair.querySelectorAll(".picture svg")].map((svg) => 0.75 * svg.width.baseVal.value));
    pair.classList.toggle("stacked", 2 * least + 80 > host.clientWidth);
  }
  for (const picture of host.querySelectorAll(".picture")) {
    const svg = picture.querySelector("svg");
    svg.style.setProperty("--least", `${0.76 * svg.width.baseVal.value}px`);
    picture.scrollLeft = picture.scrollWidth;
  }
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
  const told = make("span", { role: "status" }); // what came of a button
  const levels = make("nav", { className: "own-levels", ariaLabel: "Graphs to play" });
  let graph;
  let level = 0; // that is played, if any

  function read() {
    for (const name of ["expression", "left", "right"]) state[name] = fields[name].value;
    for (const name of ["x", "y"]) state[name] = fields[name].valueAsNumber;
  }
  function fromAddress(search) {
    const given = new URLSearchParams(search);
    level = Math.floor(Number(given.get("level"))) || 0;
    if (level > 0) for (const [name, value] of Object.entries({ ...levelOf(level), left: "own", right: "none" })) fields[name].value = value;
    for (const [name, value] of given) {
      if (fields[name] && (fields[name].type !== "number" || Number.isFinite(+value))) fields[name].value = value;
      if (fields[name]?.selectedIndex < 0) fields[name].selectedIndex = 0; // there is no such order
    }
    for (const name of ["x", "y"]) fields[`${name}-slide`].value = fields[name].value;
    state.own = (given.get("own") || "").split(".").filter(Boolean).map(Number);
    state.look = given.get("look") ?? "";
  }
  // Another graph is a new entry in the browser's history; other numbers are not.
  function toAddress(anew = false) {
    const { own, look, ...rest } = state;
    const given = new URLSearchParams({ ...(level ? { level } : rest), ...(own.length && { own: own.join(".") }), ...(look && { look }) });
    history[anew ? "pushState" : "replaceState"](history.state, "", `?${given}`);
  }
  function change(what) {
    const looking = more.contains(document.activeElement);
    Object.assign(state, what);
    show(true);
    toAddress();
    if (looking) more.querySelector("select")?.focus();
    else if (what.own) goOn(stage);
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
    const { stage: played, parts, ends, playing } = partsOf(graph, state, change, onwards);
    if (patient && before >= 0) played.start = before;
    stage.replaceChildren(...parts);
    fit(stage);
    more.replaceChildren(...(playing ? [] : [ends, inspectorOf(graph, state.look, (look) => change({ look })), modesOf(graph)]));
    const numbers = [`Value ${is(graph.result.value) === "=" ? "" : "≈ "}${short(graph.result.value)}`, ...(playing ? [] : derivativesOf(graph, reverse(graph)))].join(", ");
    message.replaceChildren(`${numbers}.`, doubtsOf(graph));
    listLevels();
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
  function follow(search, words = "") {
    fromAddress(search);
    show(false);
    message.prepend(words);
  }
  function play(number) {
    follow(`?level=${number}`);
    toAddress(true);
    stage.scrollIntoView();
    goOn(stage);
  }
  function listLevels() {
    const link = (number, text) => {
      const a = make("a", { href: `?level=${number}`, onclick: (event) => (event.preventDefault(), play(number)) }, text);
      if (number === level) a.ariaCurrent = "true";
      if (won().includes(number)) a.append(make("span", { ariaLabel: ", won" }, " ✓"));
      return a;
    };
    const last = Math.max(LEVELS.length, level, ...won());
    levels.replaceChildren("You are backward: ", ...Array.from({ length: last }, (_, i) => link(i + 1, `${i + 1}`)), link(last + 1, "a new one"));
  }
  // What a reader can do with a result.
  function onwards({ won: right, turns }) {
    const squares = turns.map((kind) => ({ whole: "🟩", early: "🟥", again: "🟨" })[kind]).join("");
    if (right && level) keepWon(level);
    const button = (text, onclick) => make("button", { type: "button", onclick }, text);
    const all = [];
    if (right && level) all.push(button(`Play graph ${level + 1}`, () => play(level + 1)));
    const clean = new URL(location.pathname + (level ? `?level=${level}` : `?${new URLSearchParams({ ...state, own: "", look: "" })}`), location).href;
    const which = level ? `graph ${level}` : "a graph of mine";
    const boast = right ? `I was backward on ${which}, and every gradient arrived: ${squares}` : `I was backward on ${which}: ${squares} Can you do it?`;
    all.push(button("Send the challenge", () => copy(`${boast}\n${clean}`, "Copied, with a link to this graph: paste it into a message.")));
    return all;
  }
  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = done;
    } catch {
      told.replaceChildren("Copy this: ", make("code", {}, text));
    }
    if (!told.isConnected || told.closest(".own")) form.append(told);
  }

  form.addEventListener("input", ({ target }) => {
    const [name, slides] = target.name.split("-");
    if (slides) fields[name].value = target.value;
    else if (fields[`${name}-slide`]) fields[`${name}-slide`].value = target.value;
    if (target.matches("textarea, select")) state.own = [];
    level = 0; // another graph than that
    told.textContent = "";
    show(true);
  });
  form.addEventListener("change", () => (show(false), toAddress()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(false);
    toAddress(true);
  });
  fields.expression.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault(); // a new line is Shift and Enter
    form.requestSubmit();
  });
  const link = make("button", { type: "button", onclick: () => copy(location.href, "The link is copied: it leads to what is shown here.") }, "Copy link");
  form.append(link, told);
  message.before(levels);
  for (const example of document.querySelectorAll(".own-examples a")) {
    example.addEventListener("click", (event) => {
      event.preventDefault();
      follow(new URL(example.href).search, `${example.title} `);
      toAddress(true);
    });
  }
  stage.addEventListener("click", (event) => {
    const thing = clicked(event, graph);
    if (!thing) return;
    const { waiting } = backward(graph, "own", state.own);
    if (state.left === "own" && waiting.includes(thing)) change({ own: [...state.own, thing.index] });
    else if (more.firstChild) change({ look: thing.name ?? thing.label });
  });
  addEventListener("popstate", () => follow(location.search));
  addEventListener("resize", () => fit(stage));
  follow(location.search);
}

function ownGame(host) {
  const { program, x, y } = host.dataset;
  const graph = graphOf(program, +x, +y);
  graph.plain = !("generations" in host.dataset); // pages before step 15's definition
  const state = { left: "own", own: [] };
  const show = (focus) => {
    const { parts, ends } = partsOf(graph, state, change);
    host.replaceChildren(...parts, ends);
    fit(host);
    if (focus) goOn(host);
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
