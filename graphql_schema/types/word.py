"""What makes a graph type a frozen value?"""

from dataclasses import FrozenInstanceError
from typing import Any, TypeVar, dataclass_transform

import strawberry

T = TypeVar("T", bound=type)


def _write_once(self: object, name: str, value: Any) -> None:  # noqa: ANN401  any field of any word
    if name in self.__dict__:
        raise FrozenInstanceError(f"{type(self).__name__}.{name} is a fact: build a new value instead")
    object.__setattr__(self, name, value)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def word(cls: T) -> T:
    """Makes a class a GraphQL object type whose values can't change after they were built (keyword arguments only)."""
    made = strawberry.type(cls)
    made.__setattr__ = _write_once  # type: ignore[assignment,method-assign]
    return made


@dataclass_transform(kw_only_default=True, frozen_default=True)
def word_interface(cls: T) -> T:
    """Makes a class a GraphQL interface that words can extend."""
    return strawberry.interface(cls)
