"""An attribute that is made when first asked for.

`functools.cached_property` takes a lock on every first access (until Python 3.12), which requests pay dozens of times;
what lives in one request needs none.
"""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801 — used as a decorator, like property
    """Makes a method without arguments an attribute, computed once per instance."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        # A non-data descriptor: once the value stands in the instance's dictionary, we are not asked again.
        value = instance.__dict__[self._name] = self._make(instance)
        return value
