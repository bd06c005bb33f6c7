"""Where can executable content lead?"""

from collections.abc import Mapping
from dataclasses import dataclass, field


class Jump(Exception):  # noqa: N818  leaving a place is no error
    """Control leaves the content that is being executed.

    ├── Thrown        an event, to be caught in the dialog
    ├── ToItem        another item of the same form
    ├── ToForm        another form of the same document
    ├── Fetch         another document
    ├── Transfer      the call goes to somebody else
    └── Exit          the call is over

    They are not frozen: Python itself writes to an exception while it travels.
    """


@dataclass(eq=False)
class Thrown(Jump):
    """An event, by its full name (``error.semantic``), with what it says about itself."""

    event: str
    message: str = ""


@dataclass(eq=False)
class ToItem(Jump):
    """``<goto nextitem>``."""

    name: str


@dataclass(eq=False)
class ToForm(Jump):
    """``<goto next="#form">``."""

    form_id: str


@dataclass(eq=False)
class Fetch(Jump):
    """``<submit>``, or ``<goto>`` to another document. ``address`` is relative to the document it stands in."""

    address: str
    method: str = "get"
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Transfer(Jump):
    """``<transfer>``: whereto, of which type, and what is told along (application-to-application information)."""

    destination: str
    kind: str
    context: str


@dataclass(eq=False)
class Exit(Jump):
    """``<exit>``, ``<disconnect>``, or nothing is left to do."""
