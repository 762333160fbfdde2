"""
All of them yours
=================

This is the program that ends as a GPT, seen from afar. Each line is a stroke, in the colour of the page on which it was
written. The build counts them from the programs of all pages.

Which page gave which lines?
"""

# %%
# This was the first of all graphs, on `page 06 <../stage1/step06.ipynb>`_.
import numpy as np

from dezero_lite import Variable, graph, square

x = Variable(np.array(3.0), name='x')
graph(square(x))

# %%
# .. slide:: From a square to a GPT
#    :show: picture
#    :minutes: 3
#    :meeting:
#
#    Each stroke is a line of the program, and each colour is a page.
#
#    .. notes::
#       Find the oldest lines, those of page 06. Then ask which page changed most, and which pages left no line: their
#       lines were replaced by better ones.
#
# Each page's program continues that of the page before, so each line of the last one has a page on which it came in and
# has not been touched since. Here is the whole program, from the first line to the last. (A reader of the notebook
# needs the folders of all stages.)

from collections import Counter
from pathlib import Path

from dezero_lite.pictures import lines, origins

names = [
    '../stage1/step06.py', '../stage1/step07.py', '../stage1/step08.py', '../stage1/step09.py', '../stage1/step10.py',
    '../stage2/step11.py', '../stage2/step12.py', '../stage2/step13.py', '../stage2/step14.py', '../stage2/step15.py',
    '../stage2/step16.py', '../stage2/step17.py', '../stage2/step18.py', '../stage2/step19.py', '../stage2/step20.py',
    '../stage2/step21.py', '../stage2/step22.py', '../stage2/step23.py', '../stage2/step24.py', '../stage3/step27.py',
    '../stage3/step28.py', '../stage3/step29.py', '../stage3/step32.py', '../stage3/step33.py', '../stage3/step35.py',
    '../stage3/step36.py', '../stage4/step37.py', '../stage4/step38.py', '../stage4/step40.py', '../stage4/step41.py',
    '../stage5/step42.py', '../stage5/step43.py', '../stage5/step44.py', '../stage5/step46.py', '../stage5/step48.py',
    '../stage5/step50.py', '../stage5/step51.py', '../stage6/step57.py', '../stage6/step59.py', '../stage6/step60.py',
    '../stage6/step61.py']
scripts = {path.stem.removeprefix('step'): path.read_text('utf-8')
           for name in names if (path := Path(__file__).parent / name).is_file()}
written = origins(scripts)
lines(scripts, title=f'{len(written)} lines, all of them yours')

# %%
# .. slide:: Counted by the build
#    :show: output
#    :minutes: 2
#
#    These are the lines that are not blank, by the page that brought them.
#
#    .. notes::
#       The last row is the GPT itself. All else is engine, layers and optimisers, from the pages before.
#
# Here it is in numbers. A page that is not in the list brought no lines, or only lines that a later page has replaced
# by better ones.

counts = Counter(page for _, page in written)
for page in sorted(counts):
    print(f'page {page} {counts[page]:4}')
print(f'in all  {len(written):4}')

assert sum(counts.values()) == len(written) and set(counts) <= set(scripts)
assert '48' not in scripts or counts['48'] == 12  # as a slide of page 48 says
assert '61' not in scripts or counts['61'] == 26  # as the first lines of page 61 say
assert not any('def backward' in line for line, page in written if page == '61')  # and no new rule among them

# %%
# .. slide:: The oldest lines are still those of page 06
#    :show: output
#    :minutes: 1
#
#    They have been in every program since.
#
#    .. notes::
#       Read them out: an import, two classes, and a box that keeps its data.
#
# The oldest lines are still those of page 06:

print(*(line for line, page in written if page == '06'), sep='\n')

assert counts['06'] > 0
