// Predictions: an answer is given before the page gives its own. What each answer would mean stands in the page
// already, folded; this asks first, and keeps what was answered in the reader's browser.

function kept(key, value) {
  try {
    if (value) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

class Prediction {
  constructor(host, number) {
    const [list, details] = [host.querySelector(":scope > ul"), host.querySelector("details")];
    const key = `predict ${location.pathname.split("/").slice(-2).join("/")} ${host.dataset.key}`;
    this.meanings = [...details.querySelectorAll("dt")].map((dt) => [dt.textContent, dt.nextElementSibling]);
    this.answer = host.dataset.answer;
    this.said = Object.assign(document.createElement("div"), { role: "status" });
    const field = document.createElement("fieldset");
    const legend = document.createElement("legend");
    const question = host.querySelector(".predict-question");
    legend.className = question.className;
    legend.append(...question.childNodes);
    field.append(legend, ...this.inputs(list, `predict-${number}`));
    const form = document.createElement("form");
    form.append(field, Object.assign(document.createElement("button"), { textContent: "Check" }), this.said);
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
    if (!list) return [Object.assign(document.createElement("input"), { name, inputMode: "decimal", autocomplete: "off", ariaLabel: "Your answer" })];
    return [...list.children].map((item) => {
      const label = document.createElement("label");
      label.append(Object.assign(document.createElement("input"), { type: "radio", name, value: item.textContent }), ...item.childNodes);
      return label;
    });
  }

  check(given) {
    const same = (text) => text === given || (given !== "" && +text === +given.replace(",", ".").replace("−", "-"));
    const [, meaning] = this.meanings.find(([value]) => same(value)) ?? [];
    const right = same(this.answer);
    this.say(right ? "Right." : "Not so.", right ? "right" : "wrong", meaning && given, meaning);
  }

  say(text, className, given, meaning) {
    const word = Object.assign(document.createElement("strong"), { textContent: text, className });
    this.said.replaceChildren(word);
    if (!meaning) return;
    const [first, ...rest] = meaning.cloneNode(true).children; // paragraphs
    first.prepend(word, " ", Object.assign(document.createElement("code"), { textContent: given }), ": ");
    this.said.replaceChildren(first, ...rest);
  }
}

document.querySelectorAll(".predict").forEach((host, number) => new Prediction(host, number));
