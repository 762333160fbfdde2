// Text -> the calls it stands for. A program is statements, "name = expression", and an expression at the
// end; by recursive descent: a sum of products of factors; ^ binds tightest and to the right.

const MOST = 200; // functions in a picture
const SIGNS = { "**": "^", "×": "*", "·": "*", "÷": "/", "−": "-", "\n": ";" }; // as others write them
const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const ELSEWHERE = {
  "√": "write sqrt(…) for a root",
  "π": "write 3.14159265358979 for π",
  "//": "write / for a quotient",
  "%": "there is no remainder here",
  "==": "write = to name a value",
  ",": "write ; between statements, and . in decimal numbers",
};
const TOKEN =
  /[^\S\n]*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z_]\w*)|(\*\*|\/\/|==|[-+*/^()=;\n×·÷−])|(\S))/giuy;

class ExpressionError extends Error {
  constructor(message, at) {
    super(`${message}, at character ${at + 1}`);
    this.at = at;
  }
}

function tokensOf(text) {
  const tokens = [];
  for (const found of text.matchAll(TOKEN)) {
    const [whole, number, name, sign, other] = found;
    const word = number ?? name ?? sign ?? other;
    const at = found.index + whole.length - word.length;
    const power = POWERS.indexOf(other);
    if (other && power >= 0) throw new ExpressionError(`write ^${power} for “${other}”`, at);
    if (!name && ELSEWHERE[word]) throw new ExpressionError(ELSEWHERE[word], at);
    if (other) throw new ExpressionError(`“${other}” has no meaning here`, at);
    if (tokens.length > 8 * MOST) throw new ExpressionError("the program is too long", at);
    tokens.push({ number, name, sign: SIGNS[sign] ?? sign, at, text: word });
  }
  tokens.push({ sign: ";", at: text.trimEnd().length, text: "the end" });
  return tokens;
}

// apply(kind, inputs) makes a function's output; name(output, text) gives it a name. leaves: what has one to
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
    if (++calls > MOST) throw new ExpressionError(`these are more than ${MOST} functions`, next().at);
    return apply(kind, inputs);
  };

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
      return joined(value, token);
    }
    if (token.number) return ++place, joined({ value: +token.number }, token);
    if (!token.name) fail("expected a number, a name or a function");
    place++;
    if (values.has(token.name)) {
      const value = values.get(token.name);
      if (Number.isNaN(value.value) && leaves.has(token.name)) throw new ExpressionError(`${token.name} has no number`, token.at);
      return joined(value, token);
    }
    if (!known(token.name)) throw new ExpressionError(unknown(token.name), token.at);
    need("(", `after ${token.name}`);
    const value = sum();
    need(")", `to close ${token.name}(`);
    return call(token.name, value);
  }
  // After what ends a factor, another one can't begin: "2x", "x(y)".
  function joined(value, before) {
    const after = next();
    if (after.name || after.number || after.sign === "(") {
      const first = before.sign ? "(…)" : before.text;
      const second = after.sign ? "(…)" : after.text;
      throw new ExpressionError(`write ${first}*${second}: a product needs its sign`, after.at);
    }
    return value;
  }
  function unknown(name) {
    const lower = name.toLowerCase();
    if (values.has(lower) || known(lower)) return `“${name}” is not known: did you mean ${lower}?`;
    if (lower === "pi") return ELSEWHERE["π"];
    if (name === "e") return "write exp(1) for e, or exp(x) for e^x";
    if (lower === "ln") return "write log(…) for the natural logarithm";
    return `“${name}” is not known; there are ${[...values.keys()].join(", ")} and exp, log, sqrt, sin, cos, tanh, square`;
  }
  function statement() {
    const token = next();
    if (!token.name || tokens[place + 1].sign !== "=") return sum();
    if (leaves.has(token.name)) throw new ExpressionError(`${token.name} is given: take another name`, token.at);
    if (values.has(token.name)) throw new ExpressionError(`${token.name} has a value already: take another name`, token.at);
    if (known(token.name)) throw new ExpressionError(`${token.name} is a function: take another name`, token.at);
    place += 2;
    const value = sum();
    values.set(token.name, value);
    name(value, token.text);
    return value;
  }

  let value;
  while (place < tokens.length) {
    while (place < tokens.length && take(";"));
    if (place === tokens.length) break;
    value = statement();
    if (!take(";")) fail(next().sign === "=" ? "a name stands alone before =" : "expected an operator");
  }
  return value ?? fail("expected a number, a name or a function", tokens.at(-1));
}
