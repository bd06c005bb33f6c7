"""Do all points add up, as the nightly audit found?"""

from typing import Any

from starlette.responses import Response

from channels.desk.desk import Desk, Refused
from channels.desk.visit import Visit


async def audited(desk: Desk, visit: Visit) -> Response:
    """The last verdict, with every account that differs as far as they are listed."""
    verdict: Any = await desk.look(visit, "points_verdict", "pointsVerdict")
    if isinstance(verdict, Refused):
        return desk.refuse(visit, verdict)
    return desk.views.render("points.html", visit, verdict=verdict)
