"""Since when is a link between lines, or a leave to help, no more than evidence?"""

from sqlalchemy import ColumnElement, case, func

from gateway.identity.people.tables import helper_permission, line_link
from graphql_schema.types.own_line import HelpState

LINK_ENDED_US: ColumnElement[int] = line_link.c.ended_at_us
"""Microseconds; null while the link stands."""

_T = helper_permission.c
_OVER = (HelpState.ENDED.value, HelpState.REFUSED.value)

HELP_ENDED_US: ColumnElement[int] = case(
    (_T.state.in_(_OVER), func.coalesce(_T.ended_at_us, _T.answered_at_us, _T.until_us))
)
"""Microseconds; null while the leave is asked for or holds."""
