"""Where does a deed pass from one durable effect to the next, and who watches it there?

A boundary is whatever lies between a commit, a call that changes something at the BSS or a provider, and a text sent.
The process may die at any of them. Each is named by a string literal, ``<deed>.<boundary>``: tests read the literals
from the code and kill a process at every one.
"""

from collections.abc import Callable

Cross = Callable[[str], None]
"""Called with the name of the boundary that is being passed."""


def pass_by(boundary: str) -> None:
    """Nobody watches: the deed goes on."""
