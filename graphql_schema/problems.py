"""Which refusals can a question meet? Codes and parameters; the channels word them.

Problem
├── SignInRequired     the caller is a visitor
├── StepUpRequired     the caller must prove more first (needed, have: levels 0-3)
├── FieldNotDeclared   a system caller asked beyond its declared fields (field)
├── PaidByOther        the money is that of whoever pays for the line (payer: FAMILY, ORGANIZATION)
├── LineNotFound       the caller's line is not at its BSS any more
├── BillNotFound       there is no such bill on the caller's account
├── BadCursor          a cursor that this connection did not give out
├── BadArgument        an argument outside its bounds (name, and its bounds where it has any)
└── DeadlineExceeded   the answer was due before the fact arrived
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class Problem(Exception):  # noqa: N818  a refusal is an expected answer
    """A refused field: null plus this code in a query. Parameters are facts (numbers, names), never prose."""

    code: ClassVar[str]

    def __init__(self, **parameters: Any) -> None:  # noqa: ANN401  whatever the code's wording needs
        super().__init__(self.code)
        self.parameters: Mapping[str, Any] = parameters


class SignInRequired(Problem):
    """Nobody is signed in."""

    code = "sign_in_required"


class StepUpRequired(Problem):
    """The field opens at a higher level (domain page §5) than the caller has proved."""

    code = "step_up_required"

    def __init__(self, *, needed: int, have: int) -> None:
        super().__init__(needed=needed, have=have)


class FieldNotDeclared(Problem):
    """A system caller (an alert) may read only what it declared."""

    code = "field_not_declared"

    def __init__(self, *, field: str) -> None:
        super().__init__(field=field)


class PaidByOther(Problem):
    """Somebody else pays for this line, and what they owe, have and spend is theirs to see."""

    code = "paid_by_other"

    def __init__(self, *, payer: str) -> None:
        super().__init__(payer=payer)


class LineNotFound(Problem):
    """The line that this session was begun for does not exist any more."""

    code = "line_not_found"


class BillNotFound(Problem):
    """No such bill, or another account's: the answer does not tell which."""

    code = "bill_not_found"


class BadCursor(Problem):
    """The cursor is not one of this connection's, or its item is gone."""

    code = "bad_cursor"


class BadArgument(Problem):
    """An argument outside its bounds."""

    code = "bad_argument"

    def __init__(self, *, name: str, least: int | None = None, most: int | None = None) -> None:
        bounds = {key: bound for key, bound in (("least", least), ("most", most)) if bound is not None}
        super().__init__(name=name, **bounds)


class DeadlineExceeded(Problem):
    """The fact did not arrive before the answer was due."""

    code = "deadline_exceeded"
