"""Which variables does an expression see?"""

from collections.abc import Mapping
from typing import Any

from sandbox.handset.voicexml.expression import UNDEFINED, SemanticError, evaluate


class Scopes:
    """Session, document, dialog and anonymous variables, the innermost first (VoiceXML 2.0 §5.1.2)."""

    def __init__(self, session: Mapping[str, Any]) -> None:
        self._session = session
        self._document: dict[str, Any] = {}
        self._dialog: dict[str, Any] = {}
        self._anonymous: list[dict[str, Any]] = []

    def enter_dialog(self) -> None:
        """Forgets the variables of the form before."""
        self._dialog = {}

    def enter_anonymous(self) -> None:
        """A block, a filled or a catch has variables of its own."""
        self._anonymous.append({})

    def leave_anonymous(self) -> None:
        """The content is done."""
        self._anonymous.pop()

    def look_up(self, name: str) -> Any:  # noqa: ANN401  a value of a script
        """The value of a variable; KeyError if it was never declared."""
        named = {"session": self._session, "document": self._document, "dialog": self._dialog}
        if name in named:
            return named[name]
        return next(scope for scope in self._inner_first(name) if name in scope)[name]

    def declare(self, name: str, value: Any, *, in_document: bool = False) -> None:  # noqa: ANN401
        """``<var>``: in the scope that is being executed."""
        target = self._document if in_document else self._anonymous[-1] if self._anonymous else self._dialog
        target[name] = value

    def declare_item(self, name: str, value: Any) -> None:  # noqa: ANN401
        """The variable of a form item belongs to the dialog."""
        self._dialog[name] = value

    def assign(self, name: str, value: Any) -> None:  # noqa: ANN401
        """``<assign>``: SemanticError for a variable that was never declared."""
        try:
            next(scope for scope in self._inner_first(name) if name in scope)[name] = value
        except KeyError:
            raise SemanticError(f"{name} is not defined") from None

    def evaluate(self, text: str | None) -> Any:  # noqa: ANN401
        """The value of an expression here; undefined where there is none."""
        return UNDEFINED if text is None else evaluate(text, self.look_up)

    def _inner_first(self, name: str) -> list[dict[str, Any]]:
        scopes = [*reversed(self._anonymous), self._dialog, self._document]
        if not any(name in scope for scope in scopes):
            raise KeyError(name)
        return scopes
