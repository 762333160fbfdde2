// What blocks show, as elements: pieces, as in_page.py tells of them. Fetched when Python starts.

// Matplotlib's SVG as the build shows it (pictures.py): the policy of the page allows no styles inside it.
let plotted = 0;
function plot(svg) {
  const plain = svg.slice(svg.indexOf("<svg")).replace(/<style.*?<\/style>/gs, "").replaceAll(' style="', ' data-style="');
  const picture = make("template", { innerHTML: plain }).content.querySelector("svg");
  picture.querySelector("metadata")?.remove();
  const id = `plot${++plotted}-`;
  for (const element of [picture, ...picture.querySelectorAll("*")]) {
    const style = element.dataset.style ?? "";
    element.removeAttribute("data-style");
    for (const declaration of style.split(";")) {
      const [, property, value] = declaration.match(/^\s*([\w-]+)\s*:\s*(.*?)\s*$/) ?? [];
      if (property === "font") element.setAttribute("font-size", value.match(/[\d.]+px/)?.[0] ?? "10px"); // the family is the page's
      else if (property && property !== "font-family") element.setAttribute(property, value);
    }
    for (const { name, value } of [...element.attributes]) {
      if (value === "#000000" || value === "black") element.setAttribute(name, "currentColor");
      else if (name === "id") element.id = id + value;
      else if (name.endsWith("href") && value.startsWith("#")) element.setAttribute(name, `#${id}${value.slice(1)}`);
      else if (value.startsWith("url(#")) element.setAttribute(name, value.replace("#", `#${id}`));
    }
  }
  picture.classList.add("plot");
  picture.role = "img";
  picture.ariaLabel = picture.querySelector("description")?.textContent || "Plot";
  return picture;
}

function claim({ claim: said, part, came, expected }) {
  const code = (text) => make("code", { textContent: text });
  const now =
    part === undefined ? ["Now that can't be computed: ", code(came), "."]
    : part === said ? ["Now it does not hold."]
    : ["Now ", code(part), " is ", code(came), /^(about|at|less|more|anything|another|one|none|something) /.test(expected) ? `, not ${expected}.` : "."];
  return make("li", {}, "The code claims ", code(said), ". ", ...now);
}

// The outputs of one run of a block, while they come.
class Outputs {
  constructor() {
    this.nodes = [];
    this.places = new Map();
    this.text = "";
  }

  add(pieces) {
    for (const piece of pieces) {
      if ("text" in piece) this.print(piece.text);
      else if ("claim" in piece) this.claim(piece);
      else if ("note" in piece) this.put(note(...worded(piece.note)));
      else this.draw(piece);
    }
  }

  put(...nodes) {
    this.nodes.push(...nodes);
    this.last = undefined;
  }

  print(text) {
    this.text += text;
    if (!this.last) {
      const element = printed("");
      this.put(element);
      this.last = element.firstChild;
    }
    this.last.append(text);
  }

  claim(piece) {
    if (!this.claims) this.put((this.claims = make("ul", { className: "claims" })));
    this.claims.append(claim(piece));
  }

  draw({ html, svg, slot }) {
    const nodes = svg ? [make("div", { className: "picture", tabIndex: 0 }, svg.includes("<!DOCTYPE svg") ? plot(svg) : drawn(svg))] : [...drawn(html).childNodes];
    const place = slot !== undefined && slot !== null && this.places.get(slot);
    if (place) return place.replaceChildren(...nodes);
    if (slot === undefined || slot === null) return this.put(...nodes);
    this.places.set(slot, make("div", { className: "live" }, ...nodes));
    this.put(this.places.get(slot));
  }

  // It is over: what else is to be said. plots are those that were built, fetch gets Matplotlib.
  end({ error, plot }, plots, fetch) {
    if (plot) {
      const which = plots.length ? "the plot is the one that was built" : "there is no plot yet";
      const button = make("button", { type: "button", onclick: fetch, textContent: `Fetch Matplotlib, about ${python.plotsSize} MB, once` });
      this.put(...plots, make("div", { className: "run" }, button, make("span", { className: "state", textContent: `Matplotlib is not loaded: ${which}.` })));
    }
    if (error) this.put(printed(error.text, "output failed"));
  }
}
