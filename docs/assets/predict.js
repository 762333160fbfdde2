// Predictions: an answer is given before the page gives its own. What each answer would mean stands in the page
// already, folded; this asks first, and keeps what was answered in the reader's browser.

// With null as its value, what was kept is forgotten.
function kept(key, value) {
  try {
    if (value) localStorage.setItem(key, value);
    if (value === null) localStorage.removeItem(key);
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

// The same of JSON.
function keptThing(key) {
  try {
    return JSON.parse(kept(key));
  } catch {
    return null;
  }
}

// A number as people write it: 10,000 and 10 000 are ten thousand, 2,5 is two and a half, and − is a minus sign.
function read(text) {
  const plain = text.trim().replace("−", "-").replace(/[\s'’_](?=\d{3})/g, "");
  return plain === "" ? NaN : +(/^-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(plain) ? plain.replaceAll(",", "") : plain.replace(",", "."));
}

// What to say of a wrong number that nobody has foreseen.
function near(number, answer) {
  const direction = number < answer ? "more" : "less";
  const off = Math.abs(number - answer) / Math.max(Math.abs(answer), 1);
  return off <= 0.1 ? `Close: it is a little ${direction}.` : `No: it is ${off > 0.75 ? "much " : ""}${direction}.`;
}

class Prediction {
  constructor(host, number) {
    const [list, details] = [host.querySelector(":scope > ul"), host.querySelector("details")];
    const key = this.key = `predict ${location.pathname.split("/").slice(-2).join("/")} ${host.dataset.key}`;
    this.meanings = [...details.querySelectorAll("dt")].map((dt) => [dt.textContent, dt.nextElementSibling]);
    this.answer = host.dataset.answer;
    this.typed = !list;
    this.said = make("div", { role: "status" });
    const question = host.querySelector(".predict-question");
    const legend = make("legend", { className: question.className }, ...question.childNodes);
    const field = make("fieldset", {}, legend, ...this.inputs(list, `predict-${number}`));
    this.again = make("button", { type: "button", className: "again", textContent: "Ask me again", hidden: true, onclick: () => this.anew(form) });
    const form = make("form", {}, field, make("button", { textContent: "Check" }), " ", this.again, this.said);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = new FormData(form).get(`predict-${number}`)?.trim();
      if (!given) return this.say("Choose or write an answer first.", "");
      kept(key, given);
      this.check(given);
    });
    question.remove();
    list?.remove();
    details.before(form);
    const before = kept(key);
    if (before === null) return;
    const chosen = [...form.querySelectorAll("input")].find((input) => input.type !== "radio" || input.value === before);
    if (!chosen) return; // the page has changed since
    if (chosen.type === "radio") chosen.checked = true;
    else chosen.value = before;
    this.check(before);
  }

  inputs(list, name) {
    if (!list) return [make("input", { name, inputMode: "decimal", autocomplete: "off", ariaLabel: "Your answer" })];
    return [...list.children].map((item) => make("label", {}, make("input", { type: "radio", name, value: item.textContent }), ...item.childNodes));
  }

  check(given) {
    const [number, answer] = [read(given), read(this.answer)];
    const same = (text) => text === given || number === read(text);
    const [, meaning] = this.meanings.find(([value]) => same(value)) ?? [];
    if (same(this.answer)) this.say("Right.", "right", given, meaning);
    else if (this.typed && Number.isNaN(number)) this.say("Write a number, in digits.", "");
    else this.say(this.typed && !meaning ? near(number, answer) : "No.", "wrong", given, meaning);
    this.again.hidden = false;
  }

  // Asked anew, as if nothing had been answered.
  anew(form) {
    kept(this.key, null);
    form.reset();
    this.said.replaceChildren();
    this.again.hidden = true;
    form.querySelector("input").focus();
  }

  say(text, className, given, meaning) {
    const word = make("strong", { textContent: text, className });
    this.said.replaceChildren(word);
    if (!meaning) return;
    const [first, ...rest] = meaning.cloneNode(true).children; // paragraphs
    first.prepend(word, " ", make("code", { textContent: given }), ": ");
    this.said.replaceChildren(first, ...rest);
  }
}

document.querySelectorAll(".predict").forEach((host, number) => new Prediction(host, number));
