"""Which pages has the desk, and to which of its addresses can a form be sent?"""

from pathlib import Path
from typing import cast

from starlette.routing import Route

from channels.desk.routes import desk_routes
from graphql_schema.client import Graph
from graphql_schema.staff_door import StaffDoor

_NOBODY = object()
"""Only the addresses are read here: nothing is asked of a graph or a door."""
_ROUTES = [
    route
    for route in desk_routes(
        cast(Graph, _NOBODY),
        cast(StaffDoor, _NOBODY),
        web_folder=Path(__file__).parents[3] / "web",
        secure_cookies=False,
        public_url="http://localhost:8000",
    )
    if isinstance(route, Route)
]
_OPEN_PAGES = ("/desk/sign-in", "/desk/enrol", "/desk/{unknown:path}")
_OPEN_FORMS = ("/desk/sign-in", "/desk/enrol", "/desk/sign-out", "/desk/settings")
OWN_PAGES = tuple(each.path for each in _ROUTES if "GET" in (each.methods or ()) and each.path not in _OPEN_PAGES)
FORMS = tuple(each.path for each in _ROUTES if "POST" in (each.methods or ()))
"""Each of them, those that a visitor sends included."""
OWN_FORMS = tuple(path for path in FORMS if path not in _OPEN_FORMS)
"""A new one is a colleague's own unless it is listed as open."""
