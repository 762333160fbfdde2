"""The directives of the course, and those of docutils that a page can't have."""

from __future__ import annotations

from typing import Any

from docutils import nodes as rst
from docutils.parsers.rst import Directive, directives
from docutils.parsers.rst.directives.admonitions import BaseAdmonition
from docutils.parsers.rst.directives.body import MathBlock
from docutils.parsers.rst.languages import en
from docutils.transforms.parts import Contents, SectNum
from docutils.transforms.references import TargetNotes

from . import nodes

SHOWN = ("picture", "player", "output", "code", "program", "changes", "formula", "statement", "proof", "predict")
# They would change what a page's head or frame says, or put in what the build does not watch.
REFUSED = ("date", "footer", "header", "include", "meta", "title", "raw-file")

OF_PAGES = (Contents, SectNum, TargetNotes)  # what looks at a whole document


class Cell(Directive):
    """Holds the place of a cell of code; `source` writes it."""

    required_arguments = 1

    def run(self) -> list[rst.Node]:
        line, source = self.state.document.cells[int(self.arguments[0])]
        return [nodes.cell(number=int(self.arguments[0]), line=line, source=source, program=False, draws=False)]


def _shown(argument: str) -> list[str]:
    names = (argument or "").split()
    for name in names:
        directives.choice(name, SHOWN)
    return names


class Slide(Directive):
    """A slide: see `slides.dealer`."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {
        "show": _shown, "below": directives.flag, "continues": directives.flag, "meeting": directives.flag,
        "recap": directives.flag, "minutes": directives.nonnegative_int, "pieces": lambda argument: (argument or "").split(),
    }  # fmt: skip

    def run(self) -> list[rst.Node]:
        text, messages = self.state.inline_text(self.arguments[0], self.lineno)
        slide = nodes.slide(
            "", rst.title(self.arguments[0], "", *text), show=self.options.get("show", []),
            below="below" in self.options, continues="continues" in self.options, meeting="meeting" in self.options, recap="recap" in self.options,
            minutes=self.options.get("minutes"), pieces=self.options.get("pieces", []),
        )  # fmt: skip
        self.state.nested_parse(self.content, self.content_offset, slide)
        for pending in slide.findall(rst.pending):
            if pending.transform in OF_PAGES:
                raise self.error(f"A slide can't have what the directive for {pending.transform.__name__} makes.")
        return [_placed(self, slide), *messages]


class Block(Directive):
    """What the speaker of a slide says; or the task of the page's exercise: a paragraph, and in a list what will be called."""

    has_content = True

    def run(self) -> list[rst.Node]:
        found = _placed(self, getattr(nodes, self.name)())
        self.state.nested_parse(self.content, self.content_offset, found)
        return [found]


class Mark(Directive):
    """Says of the next cell that it shows a flaw of the page's program, or how it is built inside: see `checking.MARKS`."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[rst.Node]:
        return [_placed(self, nodes.mark(kind=self.name, of=" ".join(self.arguments)))]


class OnlyDraws(Directive):
    """Says of the next cell that it only draws: its code is shown to readers who ask for it."""

    def run(self) -> list[rst.Node]:
        return [_placed(self, nodes.only_draws())]


class Predict(Directive):
    """A question with answers to choose from, or one to type: `pages` looks that the answer is what the author says."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {
        "answer": directives.unchanged_required,
        "after": directives.flag,
        "type": lambda argument: directives.choice(argument, ("choice", "number")),
    }

    def run(self) -> list[rst.Node]:
        said, _, answer = self.options.get("answer", "").partition(" = ")
        if not answer:
            raise self.error("predict needs an :answer: such as 60 = sum(counts): what comes, and an expression of Python for it.")
        text, messages = self.state.inline_text(self.arguments[0], self.lineno)
        found = nodes.predict(
            "", rst.title(self.arguments[0], "", *text), answer=answer, said=said,
            after="after" in self.options, type=self.options.get("type", "choice"),
        )  # fmt: skip
        body = rst.container()
        self.state.nested_parse(self.content, self.content_offset, body)
        for node in body:
            found += self._choices(node) if isinstance(node, rst.bullet_list) else [node]
        return [_placed(self, found), *messages]

    def _choices(self, items: rst.bullet_list) -> list[rst.Node]:
        """- ``expression``: what it would mean."""
        found = []
        for item in items:
            expression, *text = item[0].children or [None]
            meaning = text[0].astext() if text else ""
            if not isinstance(expression, rst.literal) or not meaning.startswith(":"):
                raise self.error("A choice of predict begins with ``expression``: and says what it would mean.")
            text[0] = rst.Text(meaning[1:].lstrip())
            paragraph = rst.paragraph("", "", *text)
            paragraph.line = item[0].line
            found.append(nodes.choice("", paragraph, *item[1:], expression=expression.astext()))
        return found


class YouAreBackward(Directive):
    """A graph on which the reader chooses which function runs next; a program as "Your own graph" takes it."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"x": float, "y": float, "generations": directives.flag}

    def run(self) -> list[rst.Node]:
        program = " ".join(self.arguments[0].split())
        at = {name: self.options.get(name, 1.0) for name in "xy"}
        return [_placed(self, nodes.game(program=program, **at, generations="generations" in self.options))]


class Math(MathBlock):
    """docutils' own, with the two options that Sphinx adds: a label, and no environment around it."""

    option_spec = {**MathBlock.option_spec, "label": directives.unchanged, "nowrap": directives.flag}

    def run(self) -> list[rst.Node]:
        label = self.options.pop("label", None)
        self.options.pop("nowrap", None)
        formulas: list[rst.Node] = super().run()
        if label:
            name = rst.fully_normalize_name(f"equation-{label}")
            formulas[-1]["names"].append(name)
            formulas[-1]["label"] = label
            self.state.document.note_explicit_target(formulas[-1], formulas[-1])
        return formulas


class SeeAlso(BaseAdmonition):
    """As in Sphinx, with a title of its own."""

    node_class = rst.admonition

    def run(self) -> list[rst.Node]:
        self.arguments = ["See also"]
        self.options.setdefault("class", ["seealso"])
        return super().run()


class Refused(Directive):
    """A directive that says that a page can't have it."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[rst.Node]:
        raise self.error(f'The directive "{self.name}" has no place on a page of the gallery.')


def _placed(directive: Directive, node: Any) -> Any:
    node.source, node.line = directive.state_machine.get_source_and_line(directive.lineno)
    return node


OURS = {"slide": Slide, "notes": Block, "predict": Predict, "math": Math, "seealso": SeeAlso,
        "you-are-backward": YouAreBackward, "flaw": Mark, "internal": Mark, "only-draws": OnlyDraws, "ask": Block}  # fmt: skip
KNOWN = [*OURS, "code-block", "note", "list-table", "image", "figure", "raw", "admonition"]


def options(name: str) -> list[str]:
    """The options that a directive has."""
    directive, _ = directives.directive(name, en, None)
    return [f":{option}:" for option in directive.option_spec or {}]


def register() -> None:
    """Tell docutils about all of these."""
    for name, directive in {**OURS, "cell": Cell, **dict.fromkeys(REFUSED, Refused)}.items():
        directives.register_directive(name, directive)
