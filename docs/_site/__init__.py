"""The way of a gallery script to a page of the site, one module a step.

    hooks       MkDocs calls these; they call the rest
    gallery     which scripts there are, in which order; what was run before and is still valid
    notebooks   script -> notebook, by sphinx-gallery's parser
    execute     notebook -> notebook with outputs, in a warm process of its own
    figures     how Matplotlib draws in there
    pages       notebook -> the content of its page, by mkdocs-jupyter
    templates/  what mkdocs-jupyter writes for each kind of cell and output
    diffs       this step's program against the last one's
    maths       LaTeX -> MathML, and the font for it
    references  names in code <-> their entries in the reference
    glossary    links to terms, and what they mean
    downloads   notebooks and zips to take away
    cards       the gallery's index
    slides      notebook -> its slides
    decks       slides -> decks of one step or several
    benchmarks  what `make bench` measured -> tables and plots
    covers      the picture that stands for a page elsewhere
    document    what every page gets last: policy, tags, less weight
    theme       Material's own files, without what is not used
    checks      links and anchors of the built site
"""
