"""The road of a gallery script to a page of the site, one module a step.

    hooks        MkDocs calls these; they call the rest
    gallery      which scripts there are, in which order, and what their pages depend on
    records      what is known of each page, from an earlier build or made now
    cache        what earlier builds made
    saves        what a save changes, under `make serve`

    source       script -> tree: sphinx-gallery splits, docutils parses
    slips        what authors write by mistake, and docutils would publish
    nodes        what a tree has besides docutils' nodes
    directives   how a script writes them
    roles        cross references
    structure    what headings and places mean: statements, proofs, the program, terms

    execute      the tree's cells run, in a process for each script
    blocks       what a block gives, in there and in the page
    figures      how Matplotlib draws
    watched      assertions that say what came, loops that are stopped

    pages        tree and outputs -> all that the site says about a page, with these:
    cells        cells and outputs -> HTML, by mkdocs-jupyter
    templates/   how each kind of output looks
    pictures     pictures as a page can have them
    html         tree -> HTML
    formulas     LaTeX -> MathML, and the font for it
    diffs        this step's program against the last one's
    references   names in code <-> their entries in the reference
    notebooks    tree -> notebook
    search       tree -> what search finds

    slides/      tree -> slides, and their decks
    exercises/   what the reader writes himself, and what is said to it

    cards        the gallery's index
    downloads    zips to take away
    glossary     what terms mean
    covers       the picture that stands for a page elsewhere
    benchmarks   what `make bench` measured -> tables and plots
    runtime      Python for the page: where it comes from, what of it the site carries
    in_page      what runs blocks in a page, in the reader's browser
    theme        Material: what stays out of the site, and licences
    theme/       what our pages have in their heads, besides
    policy       what a page may load
    checks       links and anchors of the built site
"""
