"""How is one property of a provider's JSON read, or refused?"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from bss_adapters.payment.amount import BadAmount, parse_fen, parse_yuan
from graphql_schema.payment_ports import PaymentFault
from graphql_schema.types.money import Money

S = TypeVar("S", bound=StrEnum)
V = TypeVar("V")
_MOST_TEXT = 64 * 1024


class BadAnswer(ValueError):  # noqa: N818  the finding itself
    """It is not as the provider's contract says; the text names the property, never its value."""


@contextmanager
def believed(*, changes: bool) -> Iterator[None]:
    """Says as PaymentFault ``garbled`` what is found wrong inside. ``changes``: what was asked may have moved money."""
    try:
        yield
    except BadAnswer as error:
        raise PaymentFault("garbled", outcome_unknown=changes) from error


class Answer:
    """One JSON object of a provider. Everything that is not as it should be raises BadAnswer."""

    __slots__ = ("_fields",)

    def __init__(self, value: Any) -> None:  # noqa: ANN401  any JSON value
        if not isinstance(value, dict):
            raise BadAnswer("an object was expected")
        self._fields: dict[str, Any] = value

    @classmethod
    def parse(cls, body: bytes) -> "Answer":
        """Reads a body. Two properties of one name, NaN and what is not UTF-8 are refused: readers differ on them."""
        try:
            return cls(json.loads(body.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_constant))
        except (ValueError, RecursionError) as error:
            raise BadAnswer("no JSON object") from error

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self.maybe_text(name)
        if not value:
            raise BadAnswer(f"{name} is missing")
        return value

    def maybe_text(self, name: str) -> str | None:
        """A string, if it is there."""
        value = self._fields.get(name)
        if value is not None and (not isinstance(value, str) or len(value) > _MOST_TEXT):
            raise BadAnswer(f"{name} is no text")
        return value

    def maybe_child(self, name: str) -> "Answer | None":
        """The object below a property, if it is there."""
        return None if self._fields.get(name) is None else self.child(name)

    def flag(self, name: str) -> bool:
        """True or false; absent is false."""
        value = self._fields.get(name, False)
        if not isinstance(value, bool):
            raise BadAnswer(f"{name} is no flag")
        return value

    def child(self, name: str) -> "Answer":
        """The object below a property."""
        return Answer(self._fields.get(name))

    def texts(self, name: str) -> dict[str, str]:
        """An object whose values are strings; absent is empty."""
        value = self._fields.get(name) or {}
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise BadAnswer(f"{name} is no object of texts")
        return dict(value)

    def code(self, name: str, codes: type[S]) -> S:
        """One of a closed list."""
        try:
            return codes(self.text(name))
        except ValueError as error:
            raise BadAnswer(f"{name} is an unknown code") from error

    def one_of(self, name: str, codes: Mapping[str, V]) -> V:
        """What a code of the provider's stands for."""
        value = self.text(name)
        if value not in codes:
            raise BadAnswer(f"{name} is an unknown code")
        return codes[value]

    def yuan(self, name: str, currency: str | None) -> Money:
        """An amount like ``50.00``, in the currency that stands beside it."""
        try:
            return parse_yuan(self._fields.get(name), currency)
        except BadAmount as error:
            raise BadAnswer(f"{name} is no amount") from error

    def fen(self, name: str, currency: str | None) -> Money:
        """An amount like ``5000``, in the currency that stands beside it."""
        try:
            return parse_fen(self._fields.get(name), currency)
        except BadAmount as error:
            raise BadAnswer(f"{name} is no amount") from error

    def maybe_instant(self, name: str) -> datetime | None:
        """An instant with its offset, in UTC, if it is there."""
        value = self.maybe_text(name)
        return None if value is None else parse_instant(value)


def parse_instant(value: str) -> datetime:
    """``2026-11-22T10:00:00+08:00`` in UTC. Raises BadAnswer."""
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise BadAnswer("an instant needs its offset")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadAnswer("no instant") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a property stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
