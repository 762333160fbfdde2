"""Every construct of docutils' reference: on a page, in a notebook and on a slide, or refused with file and line."""

import re
import textwrap

import pytest
from bs4 import BeautifulSoup
from mkdocs.exceptions import BuildError

# What of LaTeX and amsmath a formula may have: its name, a formula, what MathML has for it.
FORMULAS = [
    ("matrix", r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", "mrow > mo + mtable mtr + mtr mtd + mtd"),
    ("square matrix", r"\begin{bmatrix} a & \cdots \\ \vdots & \ddots \end{bmatrix}", "mo + mtable"),
    ("cases", r"\begin{cases} a & x > 0 \\ b & \text{else} \end{cases}", "mtable mtext"),
    ("array", r"\left(\begin{array}{c|c} a & b \\ \hline c & d \end{array}\right)", "mtd.ruled-right.ruled-above"),
    ("split", r"\begin{split} a &= b \\ &= c \end{split}", "mtd.right + mtd.left"),
    ("aligned", r"\begin{aligned} a &= b \\ &= c \end{aligned}", "mtd.right + mtd.left"),
    ("align", r"\begin{align*} a &= b \\ &= c \end{align*}", "mtd.right + mtd.left"),
    ("gather", r"\begin{gather} a \\ b \end{gather}", "mtr + mtr"),
    ("large brackets", r"\big( x \big) \Big[ y \Big]", "mo[minsize]"),
    ("equivalence", r"p \iff q", "mo:-soup-contains('⟺')"),
    ("over a sign", r"a \stackrel{!}{=} b", "mover"),
    ("bold", r"\bm{x} \mathbf{y} \boldsymbol{z}", "mi:-soup-contains('𝒙')"),
    ("lines below a sum", r"\sum_{\substack{i < n \\ j < m}} a", "munder mtr + mtr"),
    ("transposed", r"W^\top x \odot \langle u, v \rangle", "msup mi:-soup-contains('⊤')"),
    ("norm", r"\lVert x \rVert \left\lVert y \right\rVert", "mo:-soup-contains('‖')"),
    ("expectation", r"\mathbb{E}[X] = \operatorname{mean}(X)", "mi:-soup-contains('𝔼')"),
    ("bar between", r"\left( a \middle| b \right)", "mo:-soup-contains('|')"),
    ("prime", r"f''(x)", "mo:-soup-contains('″')"),
    ("struck out", r"\cancel{x} \boxed{y}", "menclose"),
]
# What is written; what a page and a slide have then (a CSS selector); what a notebook has.
CONSTRUCTS = {
    "emphasis": ("An *emphasised* word", "em", "*emphasised*"),
    "strong emphasis": ("A **strong** word", "strong", "**strong**"),
    "inline literal": ("A ``f(x) * 2``", "code", "`f(x) * 2`"),
    "hyperlink": ("See `it <https://a.example/b>`_", 'a[href="https://a.example/b"]', "[it](https://a.example/b)"),
    "named link": ("See it_\n\n.. _it: https://a.example/b", 'a[href="https://a.example/b"]', "(https://a.example/b)"),
    "anonymous link": ("See it__\n\n__ https://a.example/b", 'a[href="https://a.example/b"]', "(https://a.example/b)"),
    "standalone link": ("See https://a.example/b", 'a[href="https://a.example/b"]', "(https://a.example/b)"),
    "mail address": ("Ask me@a.example", 'a[href="mailto:me@a.example"]', "mailto:me@a.example"),
    "inline target": ("An _`inline target`, and back to the `inline target`_", "#inline-target", "#inline-target"),
    "label": (".. _there:\n\nA paragraph, see there_", 'a[href="#there"]', "#there"),
    "indirect target": ("See one_\n\n.. _one: two_\n.. _two: https://a.example", 'a[href="https://a.example"]', "https://a.example"),
    "footnote": ("A note [1]_\n\n.. [1] The note.", '[role="doc-footnote"]', "The note."),
    "auto-numbered footnote": ("A note [#]_\n\n.. [#] The note.", '[role="doc-footnote"]', "The note."),
    "labelled footnote": ("A note [#n]_, again [#n]_\n\n.. [#n] The note.", '[role="doc-footnote"]', "The note."),
    "symbol footnote": ("A note [*]_\n\n.. [*] The note.", '[role="doc-footnote"]', "The note."),
    "citation": ("See [CIT2002]_\n\n.. [CIT2002] A paper.", '[role="doc-biblioentry"]', "A paper."),
    "substitution": ("The |name|\n\n.. |name| replace:: *replaced* text", "em", "*replaced* text"),
    "unicode": ("A |dash|\n\n.. |dash| unicode:: U+2014", "p:-soup-contains('—')", "—"),
    "escape": (r"Not \*emphasised\*, $5 and $10, a <y> & more", "p:-soup-contains('*emphasised*, $5 and $10, a <y> &')", r"\*emphasised\*, \$5"),
    "bullet list": ("- one\n- two\n\n  - inside\n\n- three", "ul ul li", "- one"),
    "enumerated list": ("3. three\n4. four", 'ol[start="3"]', "3. three"),
    "auto-enumerated list": ("#. one\n#. two", "ol li", "2. two"),
    "letters": ("a. one\nb. two", 'ol[type="a"]', "1. one"),
    "roman numbers": ("(i) one\n(ii) two", 'ol[type="i"]', "2. two"),
    "definition list": ("term : classifier\n  What it is.", "dl dt .classifier", "<dt>term"),
    "field list": (":name: value\n:other: one", "dl.field-list dd", "value"),
    "option list": ("-a        all of it\n--file=F  a file", "dl.option-list dt kbd", "--file"),
    "literal block": ("As here::\n\n    x < 1\n    y", ".highlight pre", "```\nx < 1\ny\n```"),
    "quoted literal block": ("As here::\n\n> x\n> y", ".highlight pre", "```\n> x\n> y\n```"),
    "line block": ("| one\n|   two", ".line-block .line-block .line", "two"),
    "block quote": ("Said::\n\n  x\n\n..\n\n    A quote.\n\n    -- Someone", "blockquote .attribution", "A quote."),
    "doctest block": (">>> 1 + 1\n2", ".highlight pre", ">>> 1 + 1"),
    "grid table": ("+---+---+\n| a | b |\n+===+===+\n| c     |\n+---+---+", "table th + th", "<table"),
    "simple table": ("=  =\na  b\n=  =\nc  d\n=  =", "table thead + tbody td", "<table"),
    "table": (".. table:: A caption\n   :widths: 30 70\n\n   =  =\n   a  b\n   =  =", "table caption", "A caption"),
    "csv-table": (".. csv-table:: C\n   :header: a, b\n\n   1, 2", "table th", "<table"),
    "list-table": (".. list-table::\n   :header-rows: 1\n\n   * - a\n     - b\n   * - 1\n     - 2", "table th", "<table"),
    "comment": ("Seen.\n\n.. hidden", "p:-soup-contains('Seen.')", "Seen."),
    "image": (".. image:: dot.png\n   :alt: a dot\n   :width: 20", 'img[alt="a dot"][width="20"]', 'alt="a dot" src="https://x.example/gallery/stage1/dot.png"'),
    "image in percent": (".. image:: dot.png\n   :alt: a dot\n   :width: 50%", "img.width-50", "dot.png"),
    "figure": (".. figure:: dot.png\n   :alt: a dot\n\n   The *caption*.\n\n   The legend.", "figure figcaption em", "caption"),
    "code": (".. code:: python\n\n   def f(): pass", ".highlight .k", "```python\ndef f(): pass"),
    "code-block": (".. code-block:: python\n   :number-lines:\n\n   x = 1", ".highlight .ln", "x = 1"),
    "parsed-literal": (".. parsed-literal::\n\n   a *b* c", ".highlight em", "<em>b</em>"),
    "math": (".. math:: a^2 + b^2", 'math[display="block"] msup', "$$a^2 + b^2$$"),
    "math in lines": (".. math::\n\n   a &= b \\\\\n   &= c", "math mtable", "\\begin{align*}"),
    "math with a label": ("See :eq:`e`\n\n.. math::\n   :label: e\n\n   a = b", "#equation-e .number", "(#equation-e)"),
    "number of a formula": (".. math::\n   :label: e\n\n   a = b", "#equation-e .number", r"a = b \tag{1}$$"),
    "math in its own environment": (".. math::\n   :nowrap:\n\n   \\begin{align}\n   a &= b \\\\\n   &= c\n   \\end{align}", "math mtable", "\\begin{align}"),
    "role math": (":math:`x_1`, and", ".formula math msub", "$x_1$"),
    **{
        f"math and {joined}": (f":math:`n`{joined}", f".formula:-soup-contains('n{shown}')", f"$n${shown}")
        for joined, shown in {"-th, and": "-th,", "\\ th and": "th", "\\ s": "s", "\\ :sup:`th`": "", ", (": ","}.items()
    },
    "words and math": ("F\\ :math:`(n)`, (:math:`m`)", ".formula:-soup-contains('F(n),')", "F$(n)$,"),
    **{name: (f".. math:: {latex}", f"math {selector}", latex.split("{")[0]) for name, latex, selector in FORMULAS},
    "role code": ("The :code:`f(x)` here", "p:-soup-contains('here') > code:-soup-contains('f(x)'):not(:has(*))", "f(x)"),
    "code in a language": (".. role:: py(code)\n   :language: python\n\n:py:`f(x)`, here", "p > code:not(:-soup-contains('here'))", "f(x)"),
    "role sub, sup": ("H\\ :sub:`2`\\ O\\ :sup:`+`", "sub, sup", "<sub>2</sub>"),
    "role strong, emphasis": (":strong:`a` :emphasis:`b`", "strong", "**a**"),
    "role abbreviation": (":abbr:`AD (automatic differentiation)`", 'abbr[title="automatic differentiation"]', "AD"),
    "role kbd": (":kbd:`Enter`", "kbd", "<kbd>Enter</kbd>"),
    "role title-reference": (":title:`Book`", "cite", "Book"),
    "custom role": (".. role:: red\n\n:red:`Enter`", ".red", "Enter"),
    "default role": (".. default-role:: math\n\n`x`", "math", "$x$"),
    "role raw": (".. role:: h(raw)\n   :format: html\n\n:h:`<s>old</s>`", "s", "<s>old</s>"),
    "raw": (".. raw:: html\n\n   <video controls></video>", "video", "<video controls>"),
    "note": (".. note:: Mind this.", ".admonition.note .admonition-title", "Mind this."),
    **{
        kind: (f".. {kind}:: Mind this.", f".admonition.{kind}", "Mind this.")
        for kind in ("attention", "caution", "danger", "error", "hint", "important", "tip", "warning")
    },
    "admonition": (".. admonition:: By the way\n\n   Mind this.", ".admonition-title:-soup-contains('By the way')", "Mind this."),
    "seealso": (".. seealso:: That.", ".admonition.seealso", "That."),
    "rubric": (".. rubric:: A rubric", ".rubric", "A rubric"),
    "epigraph": (".. epigraph::\n\n   Wise.\n\n   -- Who", "blockquote.epigraph .attribution", "Wise."),
    "highlights": (".. highlights::\n\n   Good.", "blockquote.highlights", "Good."),
    "pull-quote": (".. pull-quote::\n\n   Good.", "blockquote.pull-quote", "Good."),
    "compound": (".. compound::\n\n   One\n\n   Two", ".compound p", "Two"),
    "container": (".. container:: mine\n\n   Text", ".mine p", "Text"),
    "class": (".. class:: mine\n\nText", "p.mine", "Text"),
    "role page": (":page:`glossary`, :page:`it <glossary>`", 'a[href="../../glossary.html"]', "[it](https://x.example/glossary.html)"),
    "role term": (":term:`leaf`", 'a.term[href="../../glossary.html#leaf"]', "glossary.html#leaf"),
    "role paper": (":paper:`wengert-1964`", 'a[href$="bibliography.html#wengert-1964"]', "[Wengert (1964)]"),
    "role api": (":api:`Variable.backward`", "code:-soup-contains('Variable.backward')", "`Variable.backward`"),
}
# Those that belong to a page, and to no slide.
PAGE_ONLY = {
    "target-notes": ("See it_\n\n.. _it: https://a.example\n.. target-notes::", '[role="doc-footnote"]', "https://a.example"),
    "sidebar": (".. sidebar:: A title\n   :subtitle: more\n\n   Text.", ".sidebar .sidebar-title", "Text."),
    "topic": (".. topic:: A title\n\n   Text.", ".topic .topic-title", "Text."),
    "transition": ("Before.\n\n----\n\nAfter.", "hr", "---"),
    "section": ("Part\n----\n\nText, see Part_\n\nMore\n~~~~\n\nEnd", "h3#more", "### More"),
    "overlined section": ("----\nPart\n----\n\nText", "h2#part", "## Part"),
    "contents": (".. contents::\n\nPart\n----\n\nText", '.contents a[href="#part"]', "Part"),
    "sectnum": (".. sectnum::\n\nPart\n----\n\nText", "h2 .sectnum", "Part"),
}
REFUSED = {
    "unknown directive": (".. nonsense:: x", 'Unknown directive type "nonsense"'),
    "unknown role": (":nonsense:`x`", 'Unknown interpreted text role "nonsense"'),
    "unknown target": ("See nowhere_", "nowhere"),
    "unknown footnote": ("A note [7]_", "7"),
    "unknown page": (":page:`nowhere`", "there is no page 'nowhere'"),
    "unknown name": (":api:`nonsense`", "the engine has no 'nonsense'"),
    "unknown term": (":term:`nonsense`", "the glossary has no 'nonsense'"),
    "unknown paper": (":paper:`nonsense`", "the bibliography has no 'nonsense'"),
    "broken link": ("A `link <step99.ipynb>`_", "leads to no page"),
    "unknown formula": (":math:`\\nonsense`", "nonsense"),
    "bad indentation": ("- one\n two", "unexpected unindent|Unexpected indentation|ends without a blank line"),
    "bad table": ("===  ===\na  b\n", "table"),
    "short underline": ("A heading\n---", "Possible title underline, too short"),
    "image without words": (".. image:: dot.png", "needs an :alt:"),
    "image that is not there": (".. image:: nowhere.png\n   :alt: x", "there is no"),
    "size in other units": (".. image:: dot.png\n   :alt: x\n   :width: 3em", "in pixels, such as 200"),
    "size in px": (".. image:: dot.png\n   :alt: x\n   :width: 200px", "in pixels, such as 200"),
    "scale": (".. image:: dot.png\n   :alt: x\n   :scale: 50", "in percent, such as 50%"),
    **{
        f"formula {latex}": (f"So :math:`{latex}`.", r"the formula .* can't be shown")
        for latex in (r"\frac{u \cdot v", r"\left( x", "x}", "a^b^c", r"\begin{pmatrix} a", r"\color{red} x", r"\frac{a}")
    },
    "single backticks": ("The `dot(u, v)` here", "code has two backticks"),
    "dollars": ("So $x^2$ is", ":math:`x"),
    "two dollars": ("So\n\n$$x^2 + y$$\n\nis", ":math:`x"),
    "Markdown link": ("See [step 14](../stage2/step14.ipynb) first", "a link is"),
    "Markdown image": ("![a dot](dot.png)", "image::"),
    "Markdown heading": ("## Theory", "a heading has a line"),
    "Markdown table": ("| a | b |\n|---|---|\n| 1 | 2 |", "list-table"),
    "Markdown fence": ("```python\nx = 1\n```", "code-block"),
    "Markdown list": ("Two of them:\n- one\n- two", "an empty line before it"),
    "Markdown numbers": ("Two of them:\n1. one\n2. two", "an empty line before it"),
    "Markdown bold": ("It is __bold__ here", "strong"),
    "Markdown footnote": ("A note[^1].", "a footnote is"),
    "Markdown quotation": ("> Once upon a time", "this is Markdown"),
    "Markdown note": ("!!! note", "this is Markdown"),
    "Markdown rule": ("A text.\n\n---\n\nEnd", "has four signs"),
    "Markdown code": ("As here:\n\n    x = 1\n    y = 2", "code stands in a cell"),
    "HTML comment": ("Some <!-- not --> text", "HTML shows as it is"),
    "HTML character": ("A&nbsp;b", "HTML shows as it is"),
    "LaTeX brackets": (r"The \(x^2\) here", "a formula is :math"),
    "asterisk left over": ("The *a **b** c* here", "an asterisk is left over"),
    "percent in a formula": (":math:`50%`", "a % begins a comment"),
    "other end": (r":math:`\begin{align} a \end{split}`", "has its"),
    "heading without room": ("Some text\nPart\n----\n\nEnd", "no empty line above it"),
    "initial": ("A. Griewank showed it.", "the number of a list"),
    "no space in a directive": ("..note:: This", "two colons and a space"),
    "text that touches the colons": (".. note::This", "two colons and a space"),
    "no colons": (".. note This", "two colons and a space"),
    "predict in a list": ("- .. predict:: Which?\n     :answer: 1 = x\n\n     - ``1``: one", "by itself"),
    "predict in a slide": (".. slide:: Title\n\n   .. predict:: Which?\n      :answer: 1 = x\n\n      - ``1``: one", "by itself"),
    "notes without a slide": (".. notes:: \n   To say.", "stands in a slide"),
    "two colons before a cell": ("Let us see::", "one colon before a cell"),
    "HTML": ("H<sub>2</sub>O", "HTML shows as it is"),
    "LaTeX in the text": ("The rate \\alpha is", "a backslash is lost"),
    "formula in bold": ("**The case :math:`x`**", "markup can't stand inside"),
    "no space before a role": ("The:math:`x` is", "missing space before role|backtick"),
    "no space after a literal": ("Two ``x``es", "missing .* space after literal"),
    "one colon": (".. note: This.", "two colons"),
    "underscore missing": ("See `it <https://a.example>` there", "underscore"),
    "role unclosed": ("So :math:`x is", "end-string.*x is|missing.*backtick"),
    "page of Sphinx": ("See :ref:`x`", "Here it is :page:"),
    "role of Sphinx": ("See :func:`x`", "Here it is :api:"),
    "role of nobody": ("See :zzz:`x`", "There are: .*page"),
    "role misspelt": ("See :maths:`x`", "Did you mean math"),
    "directive of Sphinx": (".. literalinclude:: x.py", "There are: .*slide"),
    "directive misspelt": (".. predikt:: x", "Did you mean predict"),
    "option": (".. slide:: One\n   :meting:", "It has: .*:meeting:"),
    "option of code": (".. code-block:: python\n   :linenos:\n\n   x", ":number-lines:"),
    "slide without title": (".. slide::\n\n   Text.", "on the same line"),
    "fourth underline": ("Part\n----\n\nMore\n~~~~\n\nDeeper\n^^^^^^\n\nEnd", "'Deeper' is underlined with \\^"),
    "underline of the wrong level": ("Part\n~~~~\n\nMore\n----\n\nEnd", "'Part' is underlined with ~"),
    "second title": ("Part\n====\n\nEnd", "'Part' is underlined with ="),
    "slide that shows what is not there": (".. slide:: Title\n   :show: picture", "shows a picture, but the page has none"),
    "predict without answer": (".. predict:: Which?\n\n   - ``1``: one", "needs an :answer:"),
    **{name: (f".. {name}:: x", "has no place") for name in ("include", "header", "footer", "date", "meta", "title")},
    "raw file": (".. raw:: html\n   :file: x.html", "disabled"),
    "csv file": (".. csv-table::\n   :file: x.csv", "deactivated"),
}


def selected(text, selector):
    return BeautifulSoup(text, "lxml").select(selector)


def text_of(record):
    return "\n\n".join(cell["source"] for cell in record["notebook"]["cells"] if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("name", [*CONSTRUCTS, *PAGE_ONLY])
def test_a_construct_is_on_the_page_and_in_the_notebook(written, name):
    text, selector, markdown = (CONSTRUCTS | PAGE_ONLY)[name]
    record = written(text)
    assert selected(record["content"], selector), record["content"]
    assert markdown in text_of(record), text_of(record)
    assert not selected(record["content"], "[style]") and "hidden" not in record["content"]


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_is_on_a_slide(written, name):
    text, selector, _ = CONSTRUCTS[name]
    record = written(f".. slide:: A slide\n\n{textwrap.indent(text, '   ')}")
    assert selected(record["deck"]["own"], selector), record["deck"]["own"]
    without = written("Nothing.")["content"]
    assert len(selected(record["content"], selector)) == len(selected(without, selector)), "the page shows it, too"


@pytest.mark.parametrize("name", PAGE_ONLY)
def test_what_belongs_to_a_page_is_refused_on_a_slide(written, name):
    with pytest.raises(BuildError, match=r"gallery/stage1/page\.py:\d+: "):
        written(f".. slide:: A slide\n\n{textwrap.indent(PAGE_ONLY[name][0], '   ')}")


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_stops_with_file_and_line(written, name):
    text, message = REFUSED[name]
    with pytest.raises(BuildError) as raised:
        written(f"A line.\n\n{text}")
    assert re.search(rf"gallery/stage1/page\.py:(\d+): .*({message})", str(raised.value), re.S), raised.value
    line = int(re.search(r"page\.py:(\d+):", str(raised.value))[1])
    assert 10 <= line <= 10 + text.count("\n") + 1


@pytest.mark.parametrize("prefix, message", {"#": 'begins with "# "', "#\t": "has a tab in it"}.items())
def test_a_line_of_a_comment_without_its_space_is_named_alone(written, prefix, message):
    with pytest.raises(BuildError, match=rf"^gallery/stage1/page\.py:9: [^\n]*{message}[^\n]*$"):
        written("Let us see.", prefix=prefix)


FIRST = {
    "backslash": ('"""\nA title\n=======\n\nAn :math:`\\beta` here.\n"""\n', r":5: there is a backslash"),
    "no underline": ('"""\nA title\n\nA summary.\n"""\n', r":1: a script begins with its text"),
    "empty": ("", r":1: a script begins with its text"),
    "overline": ('"""\n=======\nA title\n=======\n\nA summary.\n"""\n', r":1: a script begins with its text"),
    "no paragraph": ('"""\nA title\n=======\n\n- one\n"""\n', r":1: .*no paragraph"),
    "mark": ('\ufeff"""\nA title\n=======\n\nOne.\n"""\n', r":1: there is a ZERO WIDTH NO-BREAK SPACE"),
    "words of a marker": ('"""\nA title\n=======\n\nOne.\n"""\n\n# %% Next\n# Text.\n', r":8: a text begins on the line below"),
    "torn string": ('"""\nA title\n=======\n\nOne.\n"""\n\nx = """\n# %%\n"""\n', r":8: unterminated .*inside of this"),
}


@pytest.mark.parametrize("text, message", FIRST.values(), ids=FIRST)
def test_what_keeps_a_script_from_being_a_page_is_named_with_its_line(written, tmp_path, text, message):
    from _site import gallery, source

    written("Nothing.")  # which makes the folder
    script = gallery.Script(tmp_path / "gallery" / "stage1" / "page.py")
    script.path.write_text(text, "utf-8")
    with pytest.raises(BuildError, match=rf"gallery/stage1/page\.py{message}"):
        source.parse(script, gallery.Site({}, "", ""))


@pytest.mark.parametrize("title", ["ReLU and r", "reverse mode", "'Quoted' words"])
def test_a_title_keeps_its_letters(tmp_path, title):
    from _site import gallery

    path = tmp_path / "page.py"
    path.write_text(f'# A comment.\nr"""\n{title}\n====\n\nA summary.\n"""\n', "utf-8")
    assert gallery.Script(path).title == title


SLIDES = """\
.. slide:: Two paths
   :show: formula statement

   One *sentence*.

   .. notes::
      What to say.

Named before the formula.

.. math:: a^2

Part
----

Theorem (one)
~~~~~~~~~~~~~
It holds.

.. slide:: Below
   :below:
   :show: code
"""


def test_a_slide_takes_what_it_shows_and_the_text_goes_to_its_notes(written):
    deck = BeautifulSoup(written(SLIDES)["deck"]["own"], "lxml")
    columns = deck.select("body > section")
    assert [[h.get_text() for h in column.select(".slide > h1, .slide > h2")] for column in columns] == [["A title"], ["Two paths", "Below"]]
    first, second = columns[1].find_all("section", recursive=False)
    assert first.select_one("p em").get_text() == "sentence" and first.select("math msup")
    assert first.select_one("p.named").get_text() == "Theorem (one)" and "It holds." in first.get_text()
    assert [text in first.select_one("aside.notes").get_text() for text in ("What to say.", "Named before")] == [True, True]
    assert second.select_one(".highlight").get_text().strip() == "x = 1"


def test_a_prediction_has_its_answer_from_the_run(written):
    text = ".. predict:: Which is *right*?\n   :answer: 2 = x + 1\n   :after:\n\n   - ``x``: not yet.\n   - ``2``: one more."
    record = written(text, values=[["2", "1", "2"]])
    block = BeautifulSoup(record["content"], "lxml").select_one(".predict")
    assert block.select_one(".predict-question em").get_text() == "right"
    assert [item.get_text() for item in block.select("ul li")] == ["1", "2"]
    assert block.select_one("details p").get_text() == "2" and "one more." in block.select_one("dl").get_text()
    assert "**Which is *right*?**" in text_of(record)


@pytest.mark.parametrize(
    "values, words",
    [(["3", "1", "3"], "is said to be 2, but x \\+ 1 is 3"), (["2", "1", "3"], "no choice says why 2 is right"), (["2", "2", "2"], "are equal")],
)
def test_a_prediction_that_can_not_be_right_stops_the_build(written, values, words):
    with pytest.raises(BuildError, match=words):
        written(".. predict:: Which?\n   :answer: 2 = x + 1\n\n   - ``x``: not yet.\n   - ``2``: one more.", values=[values])
