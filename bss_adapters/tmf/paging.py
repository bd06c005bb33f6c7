"""How is a list read whole, page by page?"""

from bss_adapters.tmf.call import Answer, read_call
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.fault import FaultKind, bss_fault

_MOST_PAGES = 20


async def fetch_pages(  # noqa: PLR0913  where, what, and two bounds
    client: TmfClient,
    system: str,
    path: str,
    query: dict[str, str],
    *,
    limit: int,
    pages_most: int = _MOST_PAGES,
) -> list[Answer]:
    """Every page of a list, by ``offset`` and ``limit`` until ``X-Total-Count`` is reached.

    Where a system does not tell that, until a page is not full.

    Raises BssFault; ``<system>_garbled`` for a list that is none, ends too early or never.
    """
    pages: list[Answer] = []
    seen = 0
    while len(pages) < pages_most:
        asked = {**query, "limit": str(limit)} | ({"offset": str(seen)} if seen else {})
        page = await client.fetch(read_call(system, path, asked))
        if not isinstance(page.json, list):
            raise bss_fault(system, FaultKind.GARBLED, "a list was expected")
        pages.append(page)
        seen += len(page.json)
        if len(page.json) < limit if page.total_count is None else seen >= page.total_count:
            return pages
        if not page.json:
            raise bss_fault(system, FaultKind.GARBLED, "the list ends before its total")
    raise bss_fault(system, FaultKind.GARBLED, f"the list has more than {pages_most} pages")
