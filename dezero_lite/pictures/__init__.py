"""Pictures of numbers: each draws itself as SVG in a notebook, and in the page, and says in words what it shows.

    from dezero_lite.pictures import arrows, control, curve, heat, images, lines, regions, steps

    curve(losses)                                              # one line
    curve({'train': a, 'test': b}, log='y', x='step', y='loss')    # several; (xs, ys) in place of ys is fine
    curve({'line': (xs, ys)}, points={'data': (x, t)})         # and points

    heat(J, rows=['y₀', 'y₁'], columns=['x₀', 'x₁'])           # blue above zero, orange below; nan: not there yet
    images(digits[:10], captions=t[:10], marked=[3])           # arrays (n, height, width)
    regions(lambda p: predict(p), x, t)                        # predict: points (n, 2) -> classes (n,) or scores (n, k)
    arrows({'gradient': (x, y, dx, dy)}, paths={'descent': points}, level=f)   # f(x, y), for arrays
    lines({"06": script, "07": next_script})                   # the last program, each line in the colour of its step

    lr = control('learning rate', 0.1, 0.01, 1)                # a slider in the page; 0.1 everywhere else
    seed = control('seed', 0, 0, 9)                            # ints in whole steps
    name = control('a name', 'anna')                           # a field for text
    digit = control('draw a digit', digits[0], high=16)        # a matrix: a pad to draw on
    for step in steps(300, show=lambda: curve(losses), every=50):
        ...                                                    # one step of training: the picture follows it

All pictures take `title=` and `words=`, the description in place of the computed one. Each is an expression that stands
last in a cell, or what `show` of `steps` gives, of which the build keeps the last.

Setting a control runs its cell again, on what the cells before it have left. So a cell with a control for the learning
rate begins with a new model; one with a control for an input uses the model of an earlier cell. With
`steps(100, …, more=True)` the page offers to go on: for a cell that trains what an earlier cell has made.
"""

from .beside import beside
from .curves import curve
from .decisions import regions
from .drawn import STYLE, Picture
from .grids import heat, images
from .lines import lines, origins
from .live import control, steps
from .vectors import arrows

__all__ = ["STYLE", "Picture", "arrows", "beside", "control", "curve", "heat", "images", "lines", "origins", "regions", "steps"]
