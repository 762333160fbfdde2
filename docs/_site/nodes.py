"""What a page's tree has besides the nodes of docutils."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from mkdocs.exceptions import BuildError


class cell(nodes.General, nodes.Element):
    """A cell of code. Attributes: number (from 0), line (of the script), source, program (whether it is part of it), draws
    (whether it does nothing else)."""


class statement(nodes.Structural, nodes.Element):
    """A theorem or the like: a title and what it says."""


class proof(nodes.Structural, nodes.Element):
    """A title and the proof, which folds."""


class changes(nodes.General, nodes.Element):
    """The difference to the program of the step before. Attributes: old, new (programs), names (of the two files)."""


class slide(nodes.General, nodes.Element):
    """A slide's title (an attribute) and text; only decks show it. Attributes: show, pieces, below, continues,
    meeting, recap, minutes."""


class notes(nodes.General, nodes.Element):
    """What the speaker of a slide says."""


class mark(nodes.General, nodes.Element):
    """What the next cell shows of the page's own program, which a right one need not have. Attributes: kind ("flaw",
    "internal"), of (words: only the statements of the cell that have them in them; "" for all)."""


class only_draws(nodes.General, nodes.Element):
    """Of the next cell the page shows what it draws, and its code if asked."""


class ask(nodes.General, nodes.Element):
    """The task of the page's exercise: a paragraph, and a list of what will be called. Shown with the exercise."""


class predict(nodes.General, nodes.Element):
    """A question that the reader answers before the page does: its title, and a choice for each answer offered.

    Attributes: answer (an expression), said (what the author says that it is), after (whether it is evaluated after the next cell), type; and when the
    script has run, value: what answer is, as text.
    """


class choice(nodes.General, nodes.Element):
    """What an answer would mean. Attributes: expression; and when the script has run, value and right."""


class api(nodes.Inline, nodes.TextElement):
    """A name of the engine that leads to its entry in the reference. Attribute: identifier, its full name."""


class exercise(nodes.General, nodes.Element):
    """How to start the exercise of the page. Attribute: exercise (see `exercises.course`)."""


class game(nodes.General, nodes.Element):
    """A graph on which the reader is backward. Attributes: program (as on "Your own graph"), x, y, and generations:
    whether they are shown."""


HEADED = (nodes.section, statement, proof)
DECK = (slide, notes, ask)  # what the page does not show in its place


def seen(tree: nodes.Node, kind: type | tuple[type, ...]) -> list[nodes.Element]:
    """The nodes of a kind that the page shows, in its order: those on slides are not among them."""
    return [node for node in tree.findall(lambda n: isinstance(n, kind)) if not inside(node, DECK)]


def inside(node: nodes.Node, kind: type | tuple[type, ...]) -> bool:
    """Whether the node is part of one of that kind."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kind):
            return True
    return False


def place(node: nodes.Node, words: str = "") -> str:
    """File and line of a node, or of some words in it."""
    document, inner = node.document, node
    while node.line is None and node.parent is not None:
        node = node.parent
    line = node.line or 1
    # A line is known of a paragraph only: look where in it the node stands.
    words = (words or getattr(inner, "rawsource", "") or inner.astext()).strip().split("\n")[0]
    lines = Path(document["path"]).read_text("utf-8").split("\n")
    near = [i for i in range(max(line - 10, 0), min(line + 30, len(lines))) if words and words in lines[i]]
    return f"{document['source']}:{near[0] + 1 if near else line}"


def error(node: nodes.Node, message: str) -> BuildError:
    """What is wrong at a node, with its file and line, to raise."""
    return BuildError(f"{place(node)}: {message}")
