"""Each number in the text of a page is in its code, outside comments, or in what the script prints."""

import functools
import io
import re
import tokenize
from pathlib import Path

import pytest
from sphinx_gallery.py_source_parser import split_code_and_text_blocks
from test_course import run

GALLERY = Path(__file__).parents[1] / "gallery"
PAGES = sorted(path.relative_to(GALLERY).with_suffix("").as_posix() for path in GALLERY.rglob("*.py"))

# Numbers that no line of a page computes, and why they may stand there.
EXCEPTIONS = {
    ("stage1/column", "1000"): "the speaker asks for guesses",
    ("stage1/step06", "1.25"): "what a listener may guess",
    ("stage6/step61", "3,000"): "steps of tests/benchmarks/gpt.py, which asserts what the page says of them",
}

PLAIN = r"\d+(?:[,_]\d{3})*(?:\.\d+)?(?:e-?\d+)?"
NUMBER = re.compile(rf"(?<![\w.^_])(?:(?:({PLAIN})\s*(?:\\cdot|·)\s*)?10\^\{{?(-?\d+)\}}?|({PLAIN}))")
# What says no number of the page: directives' options, code, addresses; steps, pages, years, bits, ordinals; exponents, indices.
ASIDE = re.compile(
    r"^\s*:\w+:(?!`).*|^\.\. (?!slide|predict|you-are)\S+|``[^`]*``|<[^<>]*>`_|<[^<>`]+>(?=`)|https?://\S+|:(?:page|paper|api|term|eq):`[^`]*`"
    r"|\b(?:[Ss]tep|[Pp]age)s?\s+\d+(?:(?:,|\s+and|\s+to|\s+or)\s+\d+)*|\b(?:19|20)\d\d\b|\b\d+[- ]bits?\b|\b\d+(?:st|nd|rd|th)\b"
    r"|(?<!10)\^(?:\{[^{}]*\}|\w)|_(?:\{[^{}]*\}|\w)",
    re.M,
)


@functools.cache
def blocks(page):
    return split_code_and_text_blocks(str(GALLERY / f"{page}.py"))[1]


def value(digits):
    return float(digits.replace(",", "").replace("_", ""))


def written(page):
    """The numbers of the text: line, words, value, and how far off a rounded one may be (an integer not at all)."""
    for kind, content, start in blocks(page):
        if kind != "text":
            continue
        said = ASIDE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), content)
        for found in NUMBER.finditer(said):
            digits, exponent = found[1] or found[3] or "1", int(found[2] or 0)
            decimals = len(digits.partition(".")[2])
            rounded = 0.5000001 * 10.0 ** (exponent - decimals) if decimals or found[1] else 1e-9 * 10.0**exponent
            yield start + said[: found.start()].count("\n"), found[0], value(digits) * 10.0**exponent, rounded


def in_code(page):
    code = "\n\n".join(content for kind, content, _ in blocks(page) if kind == "code")
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return numbers(" ".join(token.string for token in tokens if token.type != tokenize.COMMENT))


def numbers(text):
    return {value(digits) for digits in re.findall(r"(?<![a-zA-Z.\d])\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?|(?<![\w.])\.\d+", text)}


@pytest.mark.parametrize("page", PAGES)
def test_a_number_in_the_text_is_one_that_a_line_computes(page):
    def missing(known):
        return [
            (line, words)
            for line, words, number, rounded in written(page)
            if (page, words) not in EXCEPTIONS and not any(abs(k - number) <= rounded for k in known)
        ]

    known = in_code(page)
    if missing(known):  # or the script need not run
        known |= numbers("\n".join(run(page)))
    assert not missing(known), "".join(
        f"\ngallery/{page}.py:{line}: the text says {words}, and no line of the code computes or prints it: assert or print it, "
        "say less, or name it in EXCEPTIONS with the reason"
        for line, words in missing(known)
    )
