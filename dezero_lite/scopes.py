"""Scopes in which graphs are recorded, or not."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])

_open: ContextVar[tuple[recording, ...]] = ContextVar("open", default=())
_recording: ContextVar[bool] = ContextVar("recording", default=True)  # what the innermost open block says
is_recording = _recording.get


class recording(ContextDecorator):
    """Record a graph in a block, or don't: ``with recording(False): ...``, or as a decorator.

    The innermost block that is open decides. A block takes only itself away when it ends. So blocks
    may end in any order, as they do in generators that take turns, and where another context has
    never heard of a block, its end changes nothing.
    """

    def __init__(self, on: bool) -> None:
        self.on = on

    def __enter__(self) -> None:
        _set((*_open.get(), self))

    def __exit__(self, *error: object) -> None:
        left = list(_open.get())[::-1]
        if self in left:
            left.remove(self)
            _set(tuple(left[::-1]))

    def _recreate_cm(self) -> recording:  # contextlib's hook: each call of a decorated function opens its own block
        return recording(self.on)

    def __call__(self, function: _F) -> _F:
        if any(is_kind(function) for is_kind in _LATER):
            raise TypeError(
                f"{getattr(function, '__name__', function)} is a generator or an async function: the call that would be decorated "
                "is over before its body runs. Write `with no_grad():` inside of it"
            )
        return super().__call__(function)


def _set(blocks: tuple[recording, ...]) -> None:
    _open.set(blocks)
    _recording.set(not blocks or blocks[-1].on)


_LATER = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)


def no_grad() -> recording:
    """Run a block without recording a graph: ``with no_grad(): ...``, or as a decorator of a function.

    Holds for the current thread and the current async task, as every context variable of Python. So a
    generator that yields from inside of the block takes its caller along: end the block before the
    yield. Derivatives that are asked for in the block are computed all the same: `grad` and the like,
    and ``backward(create_graph=True)``, record what they need.
    """
    return recording(False)


class _Differentiating:
    """The places that `grad` calls differentiate by just now, in all threads, for passes that must not lose them."""

    def __init__(self) -> None:
        self._places: set[Any] = set()

    def __call__(self) -> frozenset[Any]:
        return frozenset(self._places) if is_recording() else frozenset()

    @contextmanager
    def also(self, places: set[Any]) -> Iterator[None]:
        """places: of variables that were made for this call."""
        self._places |= places
        try:
            yield
        finally:
            self._places -= places


differentiating = _Differentiating()
