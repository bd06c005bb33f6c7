"""How is a condition written as a criterion (TMF671 v4 PromotionCriteria)?"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql_schema.client import Channel
from loyalty.campaigns.document_members import Members, parse_instant, render_instant
from loyalty.rules.condition import (
    DAY_MINUTES,
    Between,
    Birthday,
    Condition,
    DailyHours,
    FirstTime,
    Listed,
    Measured,
    OneOf,
    Period,
    Span,
    Weekdays,
    render_minute,
)

LISTED: Final = {what.value: what for what in Listed}
MEASURED: Final = {
    "tenureMonths": Measured.TENURE,
    "stars": Measured.STARS,
    "arrearsFreeMonths": Measured.ARREARS_FREE,
}
CHANNELS: Final = frozenset(channel.value for channel in Channel)
_NUMBER: Final = r"(0|[1-9][0-9]{0,3})"


def parse_condition(criterion: Members) -> Condition | None:
    """None: it was refused. ``criteriaValue`` is a text; several values are parted by commas."""
    parameter = criterion.word("criteriaParameter", READERS, needed=True)
    operator = criterion.word("criteriaOperator", ("=", "<>", "<", "<=", ">", ">="), needed=True)
    node = criterion.take("criteriaValue", needed=True)
    take_annotations(criterion)
    criterion.close()
    if parameter is None or operator is None or node is None:
        return None
    operators, read = READERS[parameter]
    if operator not in operators:
        criterion.refuse(None, "operator_not_allowed", parameter=parameter, operators=" ".join(operators))
        return None
    condition = read(parameter, operator, node.value) if isinstance(node.value, str) else None
    if condition is None:
        criterion.refuse(node, "bad_criteria_value", parameter=parameter)
    return condition


def render_condition(condition: Condition) -> dict[str, Any]:
    """The criterion that is read as this condition."""
    parameter, operator, value = _write(condition)
    return {"criteriaParameter": parameter, "criteriaOperator": operator, "criteriaValue": value}


def take_annotations(members: Members) -> None:
    """What TMF lets every object carry, and says nothing to us."""
    for name in ("@type", "@baseType", "@schemaLocation"):
        members.text(name)


def _read_listed(parameter: str, operator: str, value: str) -> Condition | None:
    values = value.split(",")
    if not all(re.fullmatch(r"[^,\s]{1,64}", each) for each in values):
        return None
    return OneOf(LISTED[parameter], frozenset(values), are_excluded=operator == "<>")


def _read_channel(parameter: str, operator: str, value: str) -> Condition | None:
    return _read_listed(parameter, operator, value) if CHANNELS.issuperset(value.split(",")) else None


def _read_measured(parameter: str, operator: str, value: str) -> Condition | None:
    found = re.fullmatch(rf"{_NUMBER}(?:-{_NUMBER})?" if operator == "=" else _NUMBER, value)
    if found is None:
        return None
    what, number = MEASURED[parameter], int(found[1])
    match operator:
        case "=":
            return Between(what, number, int(found[2] or number))
        case ">=" | ">":
            return Between(what, least=number + (operator == ">"))
        case _:
            return Between(what, most=number - (operator == "<"))


def _read_first(_parameter: str, _operator: str, value: str) -> Condition | None:
    return FirstTime(is_first=value == "true") if value in ("true", "false") else None


def _read_birthday(_parameter: str, _operator: str, value: str) -> Condition | None:
    return Birthday(Span(value)) if value in tuple(Span) else None


def _read_hours(_parameter: str, _operator: str, value: str) -> Condition | None:
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])", value)
    if found is None:
        return None
    begins, ends = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    return DailyHours(begins, ends) if begins != ends and ends <= DAY_MINUTES else None


def _read_weekdays(_parameter: str, _operator: str, value: str) -> Condition | None:
    return Weekdays(frozenset(map(int, value.split(",")))) if re.fullmatch(r"[1-7](,[1-7])*", value) else None


def _read_period(_parameter: str, operator: str, value: str) -> Condition | None:
    moments = [parse_instant(each) for each in value.split("/")]
    if None in moments or len(moments) != (2 if operator == "=" else 1):
        return None
    match operator:
        case "=":
            return Period(*moments)
        case ">=":
            return Period(begins_at=moments[0])
        case _:
            return Period(ends_at=moments[0])


Reader = Callable[[str, str, str], Condition | None]
READERS: Final[Mapping[str, tuple[tuple[str, ...], Reader]]] = {
    **dict.fromkeys(LISTED, (("=", "<>"), _read_listed)),
    Listed.CHANNEL.value: (("=", "<>"), _read_channel),
    **dict.fromkeys(MEASURED, (("=", ">", "<", ">=", "<="), _read_measured)),
    "firstTime": (("=",), _read_first),
    "birthday": (("=",), _read_birthday),
    "hours": (("=",), _read_hours),
    "weekdays": (("=",), _read_weekdays),
    "at": (("=", ">=", "<"), _read_period),
}
"""Each parameter with its operators: ``hours`` 08:00-22:00 and ``weekdays`` 6,7 are of Asia/Shanghai, ``at`` an instant
or, for ``=``, two parted by a slash."""


def _write(condition: Condition) -> tuple[str, str, str]:  # noqa: PLR0911  one a kind
    match condition:
        case OneOf():
            return condition.what.value, "<>" if condition.are_excluded else "=", ",".join(sorted(condition.values))
        case Between():
            return _write_measured(condition)
        case FirstTime():
            return "firstTime", "=", "true" if condition.is_first else "false"
        case Birthday():
            return "birthday", "=", condition.span.value
        case DailyHours():
            return "hours", "=", f"{render_minute(condition.begins)}-{render_minute(condition.ends)}"
        case Weekdays():
            return "weekdays", "=", ",".join(str(day) for day in sorted(condition.days))
        case Period():
            return _write_period(condition)


def _write_measured(condition: Between) -> tuple[str, str, str]:
    parameter = next(name for name, what in MEASURED.items() if what is condition.what)
    least, most = condition.least, condition.most
    if least is None:
        return parameter, "<=", str(most)
    if most is None:
        return parameter, ">=", str(least)
    return parameter, "=", str(least) if least == most else f"{least}-{most}"


def _write_period(condition: Period) -> tuple[str, str, str]:
    ends = [render_instant(moment) for moment in (condition.begins_at, condition.ends_at) if moment is not None]
    if len(ends) == 2:
        return "at", "=", "/".join(ends)
    return "at", ">=" if condition.begins_at else "<", ends[0]
