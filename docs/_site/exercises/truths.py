"""What is true of any right program, whatever its design: checked after the blocks of the page.

Each function is a truth, and its first sentence says which; `program` is the learner's program as a module. A step has
those that its page's own program passes (see `course`): what the page is right about, a learner has to be right about
as well. So a new page has them without a word. Where a truth goes through `formulas`, a step has the formulas that its
page's program can compute.

Plain Python and NumPy: it runs in a browser as well.
"""

from .comparing import *  # noqa: F403  # in a check that file runs before, as a block, and each truth finds all its names


def the_values_are_right(program, formulas):
    """The values are right, on arrays."""
    for formula in formulas:
        for x, y in POINTS:
            came = as_function(program, formula)(made(program, x), made(program, y)).data
            with np.errstate(all="ignore"):
                expected = of_numpy(formula)(np.array(x), np.array(y))
            assert np.allclose(came, expected, equal_nan=True)


def chains(program):
    """Chains of several lengths and orders hand the gradient on, at several points."""
    for names in (["Square"], ["Exp"], ["Exp", "Square"], ["Square", "Exp"], ["Square", "Exp", "Exp", "Square"]):
        for point in (0.6, -0.8):

            def f(x):
                for name in names:
                    x = vars(program)[name]()(x)
                return x

            x = made(program, point)
            y = f(x)
            y.grad = np.array(1.0)
            y.backward()
            (slope,) = by_differences(program, f, [point])
            assert np.isclose(plain(x.grad), slope, rtol=1e-4)


def rules(program, formulas):
    """Each function is right inside another one, where the gradient that arrives at it is not 1."""
    for formula in formulas:
        f = as_function(program, formula)
        for x, y in POINTS:
            with np.errstate(all="ignore"):
                backward_agrees(program, lambda x, y: squared(program)(f(x, y)), [x, y])


def at_zero(program):
    """Where a value is 0, nothing is divided by it."""
    square = squared(program)
    x = made(program, [0.0, -2.0])
    square(square(x)).backward()
    assert plain(x.grad).tolist() == [0, -32]


def a_sum_of_three(program):
    """x + x + x is right, on an array of two numbers."""
    add, x = plus(program), made(program, [3.0, -1.0])
    add(add(x, x), x).backward()
    assert plain(x.grad).tolist() == [3, 3]


def two_passes(program):
    """Two passes add up; after `cleargrad` one begins anew."""
    add, square = plus(program), squared(program)
    u, w = made(program, [3.0, -1.0]), made(program, [2.0, 5.0])
    y = add(u, w)
    y.backward()
    y.backward()
    assert plain(u.grad).tolist() == [2, 2]
    assert plain(w.grad).tolist() == [2, 2]
    u.cleargrad()
    square(u).backward()
    assert plain(u.grad).tolist() == [6, -2]
    add(square(w), u).backward()
    assert plain(w.grad).tolist() == [6, 12]
    assert plain(u.grad).tolist() == [7, -1]


def data_stay(program):
    """No pass changes the data of a variable."""
    add, square, x = plus(program), squared(program), made(program, [3.0, -1.0])
    a = square(x)
    y = add(add(a, x), a)
    y.backward()
    assert x.data.tolist() == [3, -1]
    assert a.data.tolist() == [9, 1]
    assert y.data.tolist() == [21, 1]


def random_trees(program):
    """Random graphs are right in which each variable is used once."""
    random_graphs_agree(program, "none")


def random_leaves(program):
    """Random graphs are right that use their leaves several times."""
    random_graphs_agree(program, "leaves")


def a_value_used_twice(program):
    """y = a + a² is right, with a = x²: gradients from both uses reach a before it sends its own on."""
    add, square, x = plus(program), squared(program), made(program, [2.0, -1.0])
    a = square(x)
    add(a, square(a)).backward()
    assert plain(x.grad).tolist() == [36, -6]
    x = made(program, [2.0, -1.0])
    a = square(x)
    add(square(a), a).backward()
    assert plain(x.grad).tolist() == [36, -6]


def the_diamond(program):
    """The diamond of step 14 is right, on an array of two numbers."""
    add, square, x = plus(program), squared(program), made(program, [2.0, -1.0])
    a = square(x)
    add(square(a), square(a)).backward()
    assert plain(x.grad).tolist() == [64, -8]


def random_graphs(program):
    """Random graphs of any kind are right."""
    random_graphs_agree(program, "all")


def each_function_once(program):
    """Each function runs once, on a ladder of diamonds and where an old variable meets a new one."""
    add, ran = plus(program), []
    kind = next(vars(program)[name] for name in ("Square", "Exp", "Sin", "Neg") if name in vars(program))

    class Counted(kind):
        def backward(self, *gys):
            ran.append(self)
            return super().backward(*gys)

    x = y = made(program, [0.1, 0.2])
    for _ in range(6):
        y = add(Counted()(y), Counted()(y))
    y.backward()
    assert len(ran) == 12
    for turned in (False, True):
        a = Counted()(x)
        b = add(x, a)
        y = add(b, a) if turned else add(a, b)
        y.backward()
    assert len(ran) == 12 + 2


def a_leaf(program):
    """`backward` of a leaf comes to an end."""
    x = made(program, [2.0, 3.0])
    x.backward()
    assert x.data.tolist() == [2, 3]


def nothing_stays(program):
    """A graph that nothing refers to is freed at once, without the collector."""
    square, x = squared(program), made(program, [2.0, 3.0])
    with uncollected():
        a = square(x)
        y = square(a)
        y.backward()
        del a, y
        assert alive(program) == 0


def retained(program):
    """`retain_grad` keeps a gradient, and keeps no variable alive."""
    square, x = squared(program), made(program, [2.0, 3.0])
    with uncollected():
        a = square(x)
        a.retain_grad()
        y = square(a)
        y.backward()
        assert plain(a.grad).tolist() == [8, 18]
        y.backward()
        assert plain(a.grad).tolist() == [16, 36]
        a.cleargrad()
        assert a.grad is None
        y.backward()
        assert plain(a.grad).tolist() == [8, 18]
        del a, y
        assert alive(program) == 0
    a = square(x)
    a.retain_grad()
    y = square(a)
    del a
    y.backward()


def what_a_rule_reads(program):
    """A rule finds what `forward` was given in `self.xs`, and what it returned in `self.y`."""

    class Cube(program.Function):
        def forward(self, x):
            return x**3

        def backward(self, gy):
            (x,) = self.xs
            return 3 * x * x * gy

    class Growth(program.Function):
        keeps_xs, keeps_y = False, True

        def forward(self, x):
            return np.exp(x)

        def backward(self, gy):
            return gy * self.y

    x = made(program, [2.0, -1.0])
    Cube()(Cube()(x)).backward()
    assert np.allclose(plain(x.grad), [9 * 2**8, 9])
    x.cleargrad()
    Growth()(Cube()(x)).backward()
    assert np.allclose(plain(x.grad), [12 * np.exp(8), 3 / np.e])


def what_no_rule_reads(program):
    """An array that no rule reads is not held."""
    add, x = plus(program), made(program, [2.0, 3.0])
    a = add(x, x)
    watched = weakref.ref(a.data)
    y = add(a, x)
    del a
    assert watched() is None
    y.backward()
    assert plain(x.grad).tolist() == [3, 3]


def no_graph(program):
    """A block of `no_grad` records nothing; afterwards recording is as it was, after an exception as well."""
    square, x = squared(program), made(program, [2.0, 3.0])
    try:
        with program.no_grad():
            inside = square(x)
            raise KeyError
    except KeyError:
        assert inside.creator is None
    square(x).backward()
    assert plain(x.grad).tolist() == [4, 6]
    square(inside).backward()
    assert plain(inside.grad).tolist() == [8, 18]
    first, second = program.no_grad(), program.no_grad()
    first.__enter__(), second.__enter__()
    first.__exit__(None, None, None)
    inside = square(x)
    second.__exit__(None, None, None)
    after = square(x)
    assert inside.creator is None
    assert after.creator is not None


def constants_stay(program):
    """A constant array counts with what it held at the call."""
    x, weight = made(program, [2.0, 3.0]), np.array([5.0, 7.0])
    y = weight * x
    weight *= 0
    y.backward()
    assert plain(x.grad).tolist() == [5, 7]


def no_numbers(program):
    """An operator with None or a text is a TypeError."""
    x = made(program, [2.0, 3.0])
    x + x
    for other in (None, "2"):
        for use in (lambda: x + other, lambda: x * other, lambda: other - x):
            refused = False
            try:
                use()
            except TypeError:
                refused = True
            assert refused


def to_the_power_of_0(program):
    """The derivative of x ** 0 is 0, at 0 as well."""
    x = made(program, [0.0, 2.0])
    (x**0).backward()
    assert plain(x.grad).tolist() == [0, 0]


def exponents(program):
    """An exponent that is a variable raises TypeError."""
    x, refused = made(program, [2.0, 3.0]), False
    x**2
    try:
        x**x
    except TypeError:
        refused = True
    assert refused


def unknown_to_the_table(program):
    """What has no rule raises TypeError: another function, `reduce`, `outer`, `out=`."""
    x = np.negative(made(program, [2.0, 3.0]))
    for use in (np.arctan, np.add.reduce, lambda x: np.multiply.outer(x, x), lambda x: np.exp(x, out=np.zeros(2))):
        refused = False
        try:
            use(x)
        except TypeError:
            refused = True
        assert refused


def a_central_difference(program):
    """`numerical_diff` is a central difference, with the step that it is given, and leaves its variable alone."""
    x = made(program, [0.5, -1.0])
    came = program.numerical_diff(program.exp, x, eps=0.5)
    assert np.allclose(plain(came), np.exp([1.0, -0.5]) - np.exp([0.0, -1.5]))
    assert x.data.tolist() == [0.5, -1.0]


def the_check_notices(program):
    """`assert_gradient` accepts a right rule, and notices one that is off by a thousandth."""

    class Scaled(program.Function):
        def forward(self, x):
            return x**2

        def backward(self, gy):
            return factor * self.input.data * gy

    for factor in (2, 2.002):
        for point in (0.6, -0.3, [0.6, -0.6]):  # of the last the two errors add up to 0
            try:
                program.assert_gradient(lambda x: Scaled()(x), np.array(point))
                noticed = False
            except AssertionError:
                noticed = True
            assert noticed == (factor != 2)


def second_derivatives(program, formulas):
    """The gradient of a gradient is right, in a composition."""
    for formula in formulas:
        f = as_function(program, formula)

        def slope(x):
            y = f(x, made(program, [1.3, 0.4]))
            squared(program)(y).backward(create_graph=True)
            return x.grad

        x = made(program, [0.7, 1.6])
        gx = slope(x)
        x.cleargrad()
        gx.backward()
        with np.errstate(all="ignore"):
            (slopes,) = by_differences(program, slope, [[0.7, 1.6]])
        assert np.allclose(plain(x.grad), slopes, rtol=1e-4, atol=1e-5)


def recorded_if_asked(program):
    """`create_graph=True` leaves variables, in a block of `no_grad` too; without it arrays are left."""
    x = made(program, [2.0, 3.0])
    y = x * x * x
    y.backward()
    assert isinstance(x.grad, (np.ndarray, np.generic))
    x.cleargrad()
    with program.no_grad():
        y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    gx.backward()
    assert plain(x.grad).tolist() == [12, 18]


def asked_for(program):
    """`gradients` gives what belongs to each, zeros where nothing does, and leaves every `grad` as it was."""
    x, y, z = (made(program, value) for value in ([2.0, 3.0], [5.0, 7.0], [1.0, 1.0]))
    a = x * y
    found = program.gradients(a * x, (x, y, z, a))
    assert [plain(gradient).tolist() for gradient in found] == [[20, 42], [4, 9], [0, 0], [2, 3]]
    assert x.grad is None and y.grad is None
    (gx,) = program.gradients(a * x, (x,), create_graph=True)
    assert plain(program.gradients(gx, (y,))[0]).tolist() == [4, 6]
    product = a * x
    with program.no_grad():
        (ga,) = program.gradients(product, (a,), create_graph=True)
    assert plain(program.gradients(ga, (x,))[0]).tolist() == [1, 1]


def seeds(program):
    """A pass begins with its seed; if that is a variable, there is a derivative with respect to it, too."""
    seed = np.array([10.0, -1.0])
    x = made(program, [2.0, 3.0])
    y = x * x
    y.backward(seed=seed)
    assert plain(x.grad).tolist() == [40, -6]
    assert plain(program.gradients(y, (x,), seed)[0]).tolist() == [40, -6]
    u = program.Variable(seed)
    (gx,) = program.gradients(y, (x,), u, create_graph=True)
    assert plain(program.gradients(gx, (u,))[0]).tolist() == [4, 6]
    with program.no_grad():
        (gx,) = program.gradients(y, (x,), u, create_graph=True)
    assert plain(gx).tolist() == [40, -6]


def linear_maps(program, formulas):
    """The rule of a linear function is its adjoint: ⟨f(x), u⟩ = ⟨x, what comes back from u⟩."""
    for formula in formulas:
        x = made(program, POINTS[0][0])
        y = as_function(program, formula)(x, x)
        u = np.arange(1.0, 1 + y.data.size).reshape(y.data.shape)
        y.backward(seed=u)
        assert np.isclose(np.sum(y.data * u), np.sum(x.data * plain(x.grad)))
