// Text -> the calls it stands for. A program is statements, "name = expression", and an expression at the
// end; by recursive descent: a sum of products of factors; ^ binds tightest and to the right.

const MOST = 200; // functions in a picture
const SIGNS = { "**": "^", "×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "\n": ";" }; // as others write them
const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const CONSTANTS = { π: Math.PI, pi: Math.PI, e: Math.E };
const ALSO = { ln: "log", "√": "sqrt" };
const ELSEWHERE = {
  "//": "write / for a quotient",
  "%": "there is no remainder here",
  "==": "write = to name a value",
};
const TOKEN =
  /[^\S\n]*(?:(\d[\d_]*\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|(π|[a-z_]\w*)|(\*\*|\/\/|==|[-+*/^()=;,\n×·⋅÷−–√])|(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(\S))/giuy;

class ExpressionError extends Error {
  constructor(message, at) {
    super(`${message}, at character ${at + 1}`);
    this.at = at;
  }
}

function tokensOf(text) {
  const tokens = [];
  for (const found of text.replace(/#.*/g, (comment) => " ".repeat(comment.length)).matchAll(TOKEN)) {
    const [whole, number, name, sign, power, other] = found;
    const word = number ?? name ?? sign ?? power ?? other;
    const at = found.index + whole.length - word.length;
    if (!name && ELSEWHERE[word]) throw new ExpressionError(ELSEWHERE[word], at);
    if (other) throw new ExpressionError(`“${other}” has no meaning here`, at);
    if (tokens.length > 8 * MOST) throw new ExpressionError("the program is too long", at);
    tokens.push({ number, name, sign: SIGNS[sign] ?? sign, power, at, text: word });
  }
  tokens.push({ sign: ";", at: text.trimEnd().length, text: "the end" });
  return tokens;
}

// { value, at }: the result, and where its statement begins. apply(kind, inputs) makes a function's output; name(output, text) gives it a name. leaves: what has one to
// begin with; known(kind): whether there is such a function.
function parse(text, { apply, name, leaves, known }) {
  const tokens = tokensOf(text);
  const values = new Map(leaves);
  let place = 0;
  let calls = 0;
  const next = () => tokens[place];
  const take = (...signs) => (signs.includes(next().sign) ? tokens[place++].sign : undefined);
  const need = (sign, why) => take(sign) ?? fail(`expected “${sign}” ${why}`);
  const fail = (message, token = next()) => {
    throw new ExpressionError(`${message}, found ${token.text === "the end" ? token.text : `“${token.text}”`}`, token.at);
  };
  const call = (kind, ...inputs) => {
    if (++calls > MOST) throw new ExpressionError(`the program has more than ${MOST} functions`, next().at);
    return apply(kind, inputs, Math.max(0, next().at - 1));
  };

  function sum() {
    let value = product();
    for (let sign; (sign = take("+", "-")); ) value = call(sign, value, product());
    return value;
  }
  // The sign of a product may be left out, but not after a quotient: 1/2x could be two things.
  function product() {
    let value = signed();
    for (let sign, before; ; before = sign) {
      sign = take("*", "/");
      if (!sign && !begins(next())) return value;
      if (!sign && before === "/") throw new ExpressionError("does what follows belong below the line, or beside it? Use brackets", next().at);
      value = call(sign ?? "*", value, sign ? signed() : power());
    }
  }
  const begins = ({ name, sign }) => name !== undefined || sign === "(" || sign === "√";
  function signed() {
    if (take("+")) return signed();
    return take("-") ? call("±", signed()) : power();
  }
  function power() {
    const base = atom();
    const { power: raised } = next();
    if (raised) {
      place++;
      const digits = [...raised].map((sign) => POWERS.indexOf(sign)).filter((digit) => digit >= 0);
      return call("^", base, { value: (raised[0] === "⁻" ? -1 : 1) * Number(digits.join("")) });
    }
    if (!take("^")) return base;
    const exponent = signed();
    return base === E ? call("exp", exponent) : call("^", base, exponent);
  }
  const E = { value: Math.E };
  function atom() {
    const token = next();
    if (take("(")) {
      const value = sum();
      need(")", "to close the parenthesis");
      return value;
    }
    if (take("√")) return call("sqrt", atom());
    if (token.number) return number(token);
    if (!token.name) fail("expected a number, a name or a function");
    place++;
    if (values.has(token.name)) {
      const value = values.get(token.name);
      if (Number.isNaN(value.value) && leaves.has(token.name)) throw new ExpressionError(`${token.name} has no number`, token.at);
      return value;
    }
    if (Object.hasOwn(CONSTANTS, token.name)) return token.name === "e" ? E : { value: CONSTANTS[token.name] };
    const kind = ALSO[token.name] ?? token.name;
    if (!known(kind)) throw new ExpressionError(unknown(token.name), token.at);
    if (next().power) throw new ExpressionError(`write ${token.name}(…)${next().power}: the power comes last`, next().at);
    need("(", `after ${token.name}`);
    const value = sum();
    need(")", `to close ${token.name}(`);
    return call(kind, value);
  }
  function number(token) {
    place++;
    const value = Number(token.number.replaceAll("_", ""));
    if (!Number.isFinite(value)) throw new ExpressionError(`${token.number} is too large`, token.at);
    const after = next();
    if (after.number) throw new ExpressionError("a sign is missing between two numbers", after.at);
    if (after.sign === ",") throw new ExpressionError("write . in decimal numbers, and ; between statements", after.at);
    return { value };
  }
  function unknown(name) {
    const lower = name.toLowerCase();
    if (values.has(lower) || known(lower)) return `“${name}” is not known: did you mean ${lower}?`;
    if (["max", "min"].includes(lower)) return `there is no ${lower} here: relu(u) is the larger of 0 and u, so relu(x − y) + y is the larger of x and y`;
    const parts = [...name].map((letter) => (/\d/.test(letter) ? "" : letter));
    if (name.length < 4 && parts.every((part) => values.has(part))) return `“${name}” is not known: write ${parts.join("*")} for a product`;
    return `“${name}” is not known; there are ${[...values.keys()].join(", ")}, π, e, and ${NAMED.join(", ")}`;
  }
  function statement() {
    const token = next();
    if (!token.name || tokens[place + 1].sign !== "=") return sum();
    if (leaves.has(token.name)) throw new ExpressionError(`${token.name} is given: take another name`, token.at);
    if (values.has(token.name)) throw new ExpressionError(`${token.name} has a value already: take another name`, token.at);
    if (known(ALSO[token.name] ?? token.name)) throw new ExpressionError(`${token.name} is a function: take another name`, token.at);
    place += 2;
    const value = sum();
    values.set(token.name, value);
    name(value, token.text);
    return value;
  }

  let value, at;
  while (place < tokens.length) {
    while (place < tokens.length && take(";"));
    if (place === tokens.length) break;
    at = next().at;
    value = statement();
    if (!take(";")) fail({ "=": "only a name may stand before =", ",": "statements end with ; here, and functions have one input" }[next().sign] ?? "expected an operator");
  }
  return value ? { value, at } : fail("expected a number, a name or a function", tokens.at(-1));
}
