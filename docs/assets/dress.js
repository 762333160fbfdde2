// An editor (editor.js) as CodeMirror shows it, which has been fetched before.

// CodeMirror's styles are allowed in a tree of its own: the page's policy knows none but the site's.
function dress(editor) {
  const { EditorState, EditorView, StateEffect, StateField, Decoration, keymap, lineNumbers, history, historyKeymap, defaultKeymap } = CodeMirror;
  const { indentMore, indentLess, indentOnInput, indentUnit, bracketMatching, closeBrackets, closeBracketsKeymap, syntaxHighlighting, python: language } = CodeMirror;
  const { area } = editor;
  const focused = document.activeElement === area;
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  editor.wrong = StateEffect.define(); // the place of a line, or null
  const mark = Decoration.line({ class: "wrong" });
  const wrongLine = StateField.define({
    create: () => Decoration.none,
    update: (marks, { effects, docChanged }) => {
      const said = effects.find((effect) => effect.is(editor.wrong));
      if (said) return said.value === null ? Decoration.none : Decoration.set(mark.range(said.value));
      return docChanged ? Decoration.none : marks;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  const tab = (view) => {
    const { from, empty } = view.state.selection.main;
    if (!empty) return indentMore(view);
    const column = from - view.state.doc.lineAt(from).from;
    view.dispatch(view.state.replaceSelection(" ".repeat(4 - (column % 4))));
    return true;
  };
  const run = () => (editor.run(), true);
  const leave = (view) => (view.setTabFocusMode(true), true);
  const keys = [
    { key: "Mod-Enter", run }, { key: "Ctrl-Enter", run }, { key: "Shift-Enter", run },
    { key: "Tab", run: tab, shift: indentLess }, { key: "Escape", run: leave },
  ];
  const changed = ({ docChanged, view }) => {
    if (!docChanged) return;
    view.setTabFocusMode(false);
    view.contentDOM.removeAttribute("aria-invalid");
    editor.change?.();
  };
  editor.view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: area.value,
      selection: { anchor: area.selectionStart, head: area.selectionEnd },
      extensions: [
        lineNumbers(), history(), language(), indentOnInput(), indentUnit.of("    "), bracketMatching(), closeBrackets(),
        syntaxHighlighting(colours()), look(), wrongLine, EditorView.updateListener.of(changed),
        EditorView.contentAttributes.of({ "aria-label": `${editor.label}. Escape, then Tab, leaves the editor` }),
        keymap.of([...keys, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
      ],
    }),
  });
  host.addEventListener("keydown", (event) => event.stopPropagation()); // Material has keys of its own
  area.replaceWith(host);
  editor.area = editor.view.contentDOM;
  if (focused) editor.view.focus();
  if (editor.blamed) editor.blame(editor.blamed);
}

// The page's colours of code.
function colours() {
  const { HighlightStyle, tags: t } = CodeMirror;
  const of = (name, ...tag) => ({ tag, color: `var(--md-code-hl-${name}-color)` });
  return HighlightStyle.define([
    of("keyword", t.keyword, t.operatorKeyword, t.controlKeyword, t.definitionKeyword, t.moduleKeyword),
    of("constant", t.bool, t.null, t.self), of("string", t.string, t.special(t.string)), of("number", t.number), of("comment", t.comment),
    of("function", t.function(t.definition(t.variableName)), t.definition(t.className)), of("special", t.meta),
  ]);
}

function look() {
  return CodeMirror.EditorView.theme({
    "&": { color: "var(--md-code-fg-color)", backgroundColor: "var(--md-code-bg-color)", fontSize: "var(--editor-size)", boxShadow: "inset 3px 0 var(--md-typeset-a-color)" },
    "&.cm-focused": { outline: "2px solid var(--md-accent-fg-color)" },
    ".cm-scroller": { fontFamily: "var(--md-code-font, monospace), monospace", lineHeight: 1.4, maxHeight: "var(--editor-height)" },
    ".cm-content": { padding: ".77em 0", minHeight: "var(--editor-least)", caretColor: "currentColor" },
    ".cm-gutters": { color: "var(--md-default-fg-color--light)", backgroundColor: "transparent", border: 0, paddingLeft: "3px" },
    ".cm-line": { padding: "0 1em 0 .6em" },
    ".wrong": { backgroundColor: "var(--dzl-removed)" },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid currentColor" },
    "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--dzl-removed)" },
  });
}
