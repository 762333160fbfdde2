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


def lists_of_any_length(program):
    """A function gets all its inputs in a list, gives all its outputs in one, and its shapes are NumPy's."""

    class Turned(program.Function):
        def forward(self, xs):
            assert isinstance(xs, list)
            a, b, c = xs
            return [b + 1, c + 1, a + 1]

    f, inputs = Turned(), [made(program, [[value]]) for value in (1.0, 2.0, 3.0)]
    outputs = f(inputs)
    assert [y.data.tolist() for y in outputs] == [[[3]], [[4]], [[2]]]
    assert all(y.creator is f for y in outputs)
    Turned()(inputs[::-1])
    assert [list(f.inputs), list(f.outputs)] == [inputs, outputs]
    (y,) = program.Add()([made(program, [1.0, 2.0]), made(program, [3.0, 5.0])])
    assert y.data.tolist() == [4, 7]


def arguments_of_any_number(program):
    """A function has as many inputs as it is given, also the same one twice, and as many outputs, in NumPy's shapes."""

    class Turned(program.Function):
        def forward(self, a, b, c):
            return b + 1, c + 1, a + 1

    f, inputs = Turned(), [made(program, [[value]]) for value in (1.0, 2.0, 3.0)]
    outputs = f(*inputs)
    assert [y.data.tolist() for y in outputs] == [[[3]], [[4]], [[2]]]
    assert all(y.creator is f for y in outputs)
    assert list(f.inputs) == inputs
    assert len(Turned()(inputs[0], inputs[0], inputs[1])[0].creator.inputs) == 3
    assert squared(program)(made(program, [3.0])).data.tolist() == [9]


def three_inputs(program):
    """Each of three inputs gets its gradient."""

    class Product(program.Function):
        def forward(self, a, b, c):
            return a * b * c

        def backward(self, gy):
            a, b, c = [x.data for x in self.inputs] if hasattr(self, "inputs") else self.xs
            return gy * b * c, gy * a * c, gy * a * b

    inputs = [made(program, [[value], [1.0]]) for value in (2.0, 3.0, 5.0)]
    squared(program)(Product()(*inputs)).backward()
    assert [plain(x.grad).tolist() for x in inputs] == [[[900], [2]], [[600], [2]], [[360], [2]]]


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


def nothing_is_changed(program, formulas):
    """No function changes its inputs, and no rule the gradient that it is given."""
    for formula in formulas:
        x, y = (made(program, value) for value in POINTS[1])
        v = as_function(program, formula)(x, y)
        w = made(program, np.ones(v.data.shape))
        plus(program)(v, w).backward()  # hands the same gradient to both
        assert (x.data.tolist(), y.data.tolist()) == POINTS[1]
        assert (plain(w.grad) == 1).all()


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
    assert a.grad is None or plain(a.grad).tolist() == [9, 3]
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


def leaves_without_names(program):
    """A graph holds its leaves."""
    y = plus(program)(squared(program)(made(program, [2.0])), made(program, [3.0]))
    y.backward()
    assert y.data.tolist() == [7]


def a_leaf(program):
    """`backward` of a leaf comes to an end."""
    x = made(program, [2.0, 3.0])
    x.backward()
    assert x.data.tolist() == [2, 3]


def nothing_stays(program):
    """A graph that nothing refers to is freed at once, without the collector."""
    square, x = squared(program), made(program, [2.0, 3.0])
    with uncollected():
        before = alive(program)
        a = square(x)
        y = square(a)
        y.backward()
        del a, y
        assert alive(program) == before
        y = square(square(x))
        del y
        assert alive(program) == before


def retained(program):
    """`retain_grad` keeps a gradient, and keeps no variable alive."""
    square, x = squared(program), made(program, [2.0, 3.0])
    with uncollected():
        before = alive(program)
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
        assert alive(program) == before
    a = square(x)
    a.retain_grad()
    a.grad = np.array([5.0, 7.0])
    assert plain(a.grad).tolist() == [5, 7]
    a.cleargrad()
    x.retain_grad()
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

    class Both(program.Function):
        keeps_xs, keeps_y = True, True

        def forward(self, x):
            return x * x

        def backward(self, gy):
            (x,) = self.xs
            return 2 * self.y / x * gy

    x = made(program, [2.0, -1.0])
    Both()(x).backward()
    assert plain(x.grad).tolist() == [4, -2]
    x.cleargrad()
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
    waiting = program.no_grad()
    assert square(x).creator is not None
    with waiting:
        with program.no_grad(), program.no_grad():
            after.backward()
        inside = square(x)
    assert inside.creator is None
    assert square(x).creator is not None
    assert plain(x.grad).tolist() == [8, 12]


def constants_stay(program):
    """A constant array counts with what it held at the call."""
    x, weight = made(program, [2.0, 3.0]), np.array([5.0, 7.0])
    y = weight * x
    weight *= 0
    y.backward()
    assert plain(x.grad).tolist() == [5, 7]


def like_an_array(program):
    """A variable has the shape, the axes, the type and the length of its array."""
    for value in ([1.0], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]):
        v, array = made(program, value), np.array(value)
        assert (v.shape, v.ndim, v.dtype, len(v)) == (array.shape, array.ndim, array.dtype, len(array))


def no_arrays(program):
    """What has no length has none as a variable, and a number of Python is no array: TypeError."""
    v = made(program, 3.0)
    for use in (lambda: len(v), lambda: program.Variable(3), lambda: program.Variable(2.5)):
        assert raises(TypeError, use)


def stretching(program):
    """What would stretch a variable is a ValueError, on either side, also a constant with as many elements."""
    for x, other in ((2.0, np.ones(2)), ([2.0], np.ones(2)), ([2.0], np.ones((1, 1)))):
        for use in (lambda: made(program, x) * other, lambda: other * made(program, x)):
            assert raises(ValueError, use)


def no_numbers(program):
    """An operator with None or a text is a TypeError."""
    x = made(program, [2.0, 3.0])
    x + x
    for other in (None, "2"):
        for use in (lambda: x + other, lambda: x * other, lambda: other - x):
            assert raises(TypeError, use)


def to_the_power_of_0(program):
    """The derivative of x ** 0 is 0, at 0 as well."""
    x = made(program, [0.0, 2.0])
    (x**0).backward()
    assert plain(x.grad).tolist() == [0, 0]


def exponents(program):
    """An exponent that is a variable raises TypeError."""
    x = made(program, [2.0, 3.0])
    x**2
    for use in (lambda: x**x, lambda: 2**x):
        assert raises(TypeError, use)


def unknown_to_the_table(program):
    """What has no rule raises TypeError: another function, `reduce`, `outer`, `out=`, `where=`."""
    x = np.negative(made(program, [2.0, 3.0]))
    for use in (np.arctan, np.add.reduce, lambda x: np.multiply.outer(x, x), lambda x: np.exp(x, out=np.zeros(2)), lambda x: np.exp(x, where=x.data > 0)):
        assert raises(TypeError, lambda: use(x))


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
            noticed = raises(AssertionError, lambda: program.assert_gradient(lambda x: Scaled()(x), np.array(point)))
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
        y.backward(create_graph=True)
    gx = x.grad
    x.cleargrad()
    gx.backward()
    assert plain(x.grad).tolist() == [24, 36]
    x.cleargrad()
    a = x * x
    a.retain_grad()
    (a * a).backward(create_graph=True)
    x.cleargrad()
    a.grad.backward()
    assert plain(x.grad).tolist() == [8, 12]


def recorded_after_an_error(program):
    """A recorded pass that raises leaves recording as it was."""

    class Broken(program.Function):
        def forward(self, x):
            return x + 1

        def backward(self, gy):
            raise KeyError

    x = made(program, [2.0, 3.0])
    y = Broken()(x)
    with program.no_grad():
        with contextlib.suppress(KeyError):
            y.backward(create_graph=True)
        assert (x * x).creator is None
    assert (x * x).creator is not None


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


def asked_for_twice(program):
    """`gradients` answers who asks for a variable twice, or for y itself, and leaves alone what others retain."""
    x, y = made(program, [2.0, 3.0]), made(program, [5.0, 7.0])
    a = x * y
    a.retain_grad()
    assert [plain(g).tolist() for g in program.gradients(a * x, (x, x))] == [[20, 42], [20, 42]]
    assert a.grad is None
    a = x * y
    assert [plain(g).tolist() for g in program.gradients(a, (a, x))] == [[1, 1], [5, 7]]
    assert plain(program.gradients(x, (x,))[0]).tolist() == [1, 1]


def products_with_second_derivatives(program):
    """`hvp` takes arrays, gives zeros where the function is linear, and leaves every `grad` as it was."""
    x, y = made(program, [2.0, 3.0]), made(program, [5.0, 7.0])
    x.grad = np.array([7.0, 7.0])
    found = program.hvp(lambda x, y: x * x * x + y, (x, y), (np.array([1.0, -2.0]), np.array([1.0, 1.0])))
    assert [plain(product).tolist() for product in found] == [[12, -36], [0, 0]]
    assert x.grad.tolist() == [7, 7]
    assert y.grad is None


def seeds(program):
    """A pass begins with its seed; if that is a variable, there is a derivative with respect to it, too."""
    seed = np.array([10.0, -1.0])
    x = made(program, [2.0, 3.0])
    y = x * x
    y.backward(seed=seed)
    assert plain(x.grad).tolist() == [40, -6]
    assert plain(program.gradients(y, (x,), seed)[0]).tolist() == [40, -6]
    x.cleargrad()
    y.backward(seed=seed, create_graph=True)
    assert plain(x.grad).tolist() == [40, -6]
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


def a_sine_of_few_terms(program):
    """`taylor_sin` looks at the size of a term, and not at its share."""
    assert np.isclose(program.taylor_sin(made(program, 0.1), 0.2).data, 0.1)
    assert np.isclose(program.taylor_sin(made(program, 2.0), 1.5).data, 2 - 8 / 6)


def a_valley_for_arrays(program):
    """`rosenbrock` takes arrays."""
    assert program.rosenbrock(np.array([0.0, 1.0]), np.array([2.0, 1.0])).tolist() == [401, 0]


def descents(program):
    """`descend` clears the gradients before a pass, takes any number of variables, and goes on where it is nearly flat."""
    xs = tuple(made(program, value) for value in (1.0, -2.0, 4.0))
    for x in xs:
        x.grad = np.array(7.0)
    program.descend(lambda a, b, c: a * a + b * b + c * c, xs, 0.25, 2)
    assert [float(x.data) for x in xs] == [0.25, -0.5, 1]
    x = made(program, 1024.0)
    program.descend(lambda x: x / 1024, (x,), 512.0, 4)
    assert x.data == 1022


def newtons_points(program):
    """`newton` clears the gradient before a pass, finds a maximum as well, and leaves the array that it was given."""
    start = np.array(0.5)
    x = program.Variable(start)
    x.grad = np.array(7.0)
    assert np.allclose(program.newton(lambda x: 3 - (x - 1) ** 2, x, 1), [0.5, 1])
    assert np.allclose(program.newton(lambda x: x * x, x, 0), [1])
    assert start == 0.5


def derivatives_in_turn(program):
    """`derivatives` counts no gradient that was there before."""
    x = made(program, 2.0)
    x.grad = np.array(7.0)
    assert [float(y.data) for y in program.derivatives(lambda x: x * x * x, x, 2)] == [8, 12, 12]


def far_out(program):
    """The tanh of a large number is 1 or -1, and its derivative 0."""
    x = made(program, [-1000.0, 1000.0])
    y = np.tanh(x)
    y.backward()
    assert y.data.tolist() == [-1, 1]
    assert not plain(x.grad).any()


def parameters_once(program):
    """`parameters()` is a list with each variable once, however it is reached."""
    top, middle, one, two = (program.Layer() for _ in range(4))
    one.w = two.w = top.w = top.again = made(program, [1.0])
    two.b = made(program, [2.0])
    top.middle, middle.parts, one.inner = middle, [one], two
    found = top.parameters()
    assert isinstance(found, list)
    assert sorted(map(id, found)) == sorted(map(id, [one.w, two.b]))


def optimisers(program):
    """Each optimiser takes its arguments in their order, and gradients of any size."""
    slopes = [1000.0, -3.0]

    def moved(optimiser, *arguments):
        p = made(program, [1.0])
        optimiser = optimiser([p], *arguments)
        for slope in slopes:
            p.grad = np.array([slope])
            optimiser.step()
        return p.data[0]

    assert np.isclose(moved(program.SGD, 0.1), 1 - 0.1 * (1000 - 3))
    assert np.isclose(moved(program.Momentum, 0.1, 0.5), 1 - 0.1 * 1000 - (0.5 * 0.1 * 1000 - 0.1 * 3))
    m, v, expected = 0, 0, 1
    for t, slope in enumerate(slopes, 1):
        m, v = 0.8 * m + 0.2 * slope, 0.7 * v + 0.3 * slope**2
        expected -= 0.1 * m / (1 - 0.8**t) / ((v / (1 - 0.7**t)) ** 0.5 + 10)
    assert np.isclose(moved(program.Adam, 0.1, 0.8, 0.7, 10.0), expected)


def rows_of_scores(program):
    """`log_softmax` looks at each row by itself, however large or negative its scores are; the loss is one number."""
    rows = np.array([[800.0, 0], [0, 1], [-800, -801]])
    for row, came in zip(rows, program.log_softmax(program.Variable(rows)).data):
        below = row - row.max()
        assert np.allclose(came, below - np.log(np.sum(np.exp(below))))
    scores = program.Variable(rows)
    loss = program.cross_entropy(scores, np.array([0, 1, 0]))
    loss.backward()
    assert loss.data.shape == ()
    assert np.isfinite(plain(scores.grad)).all()


def attention_is_a_mean(program):
    """`attention` adds the mask to the scores, and gives means of the values."""
    random = np.random.default_rng(0)
    q, k, v = random.normal(size=(3, 2, 4, 5))
    mask = random.normal(size=(4, 4))
    found, weights = program.attention(*map(program.Variable, (q, k, v)), mask)
    expected = np.exp(q @ k.swapaxes(-1, -2) / 5**0.5 + mask)
    expected /= expected.sum(-1, keepdims=True)
    assert np.allclose(plain(weights), expected)
    assert np.allclose(plain(found), expected @ v)


def a_model_of_any_width(program):
    """A `GPT` has the width and the heads that it is given, looks at no later letter, and uses all its parameters."""
    model = program.GPT(np.random.default_rng(0), 5, 4, width=12, heads=2)
    ids = np.array([[1, 2, 3, 4], [4, 0, 2, 1], [3, 3, 1, 0]])
    scores = model(ids)
    assert scores.data.shape == (3, 4, 5)
    assert np.allclose(model(ids[:, :3]).data, scores.data[:, :3])
    found, weights = model.look_back(made(program, np.ones((3, 4, 12))))
    assert (plain(found).shape, plain(weights).shape) == ((3, 4, 12), (3, 2, 4, 4))
    assert model.up.W.data.shape == (12, 48)
    program.cross_entropy(scores[:, -1], np.array([1, 2, 0])).backward()
    assert all(p.grad is not None for p in model.parameters())
