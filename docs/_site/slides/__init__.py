"""What a room is shown, one module a step.

    dealer       tree -> slides
    rules        what no slide of ours does, and what a meeting may speak about
    listing      programs on slides: pieces, and marks on what is new
    decks        slides -> decks of one step or several, by reveal.js
"""
