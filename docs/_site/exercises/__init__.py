"""What the reader writes himself: each step's program, from the one before.

    course       what the exercise of a page is: data, a notebook
    mistakes     what goes wrong often, and what one says then
    truths       what is true of every right program
    comparing    what these have in common
    checking     checks a learner's program with the page's blocks; the reader's browser has it too
    apart        ... in a process of its own
    practice     `make try`, in a terminal
"""
