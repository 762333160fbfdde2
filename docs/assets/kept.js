// What a reader wrote stays in the browser.

// Under a name, whatever JSON can hold. Other sites on the same host, and other versions of this one, have names of their own.
const keyOf = (name) => `${new URL(python.root).pathname} ${name}`;

const remembered = (name) => keptThing(keyOf(name));
const remember = (name, thing) => kept(keyOf(name), thing ? JSON.stringify(thing) : null); // nothing, to forget it

// When another tab has remembered something under that name.
const onRemembered = (name, told) => addEventListener("storage", ({ key }) => key === keyOf(name) && told());

// ------------------------------------------------------------------------- a few elements

const printed = (text, kind = "output") => make("div", { className: kind }, make("pre", { tabIndex: 0, textContent: text }));

// HTML of the engine; its style is the site's already.
function drawn(html) {
  const { content } = make("template", { innerHTML: html });
  for (const style of content.querySelectorAll("style")) style.remove();
  return content;
}

const note = (...words) => make("p", { className: "note" }, ...words);

// A sentence with `code` in it.
const worded = (text) => text.split("`").map((part, i) => (i % 2 ? make("code", { textContent: part }) : part));
