"""How does a browser without JavaScript go through the hall: by the links and forms of its pages alone?"""

import re
from dataclasses import dataclass
from html import unescape

import httpx

_FORM = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@dataclass(frozen=True)
class Walker:
    """One browser, which keeps its cookies."""

    browser: httpx.AsyncClient

    async def open(self, address: str) -> httpx.Response:
        """Goes to an address, and on to where it leads."""
        return await self.browser.get(address, follow_redirects=True)

    async def follow(self, page: httpx.Response, part: str) -> httpx.Response:
        """Follows the page's first link whose address has this part. Raises LookupError where there is none."""
        links = [unescape(link) for link in re.findall(r'href="([^"]+)"', page.text)]
        found = next((link for link in links if part in link), None)
        if found is None:
            raise LookupError(f"no link to {part} at {page.url}")
        return await self.open(found)

    async def send(self, page: httpx.Response, **pressed: str) -> httpx.Response:
        """Sends the page's last form as it stands, with what was typed and the button that was pressed."""
        forms = [
            (action, body) for action, body in _FORM.findall(page.text) if action not in ("/sign-out", "/settings")
        ]
        if not forms:
            raise LookupError(f"no form at {page.url}: {page.status_code}")
        action, body = forms[-1]
        typed = {name: unescape(value) for name, value in _HIDDEN.findall(body)} | pressed
        return await self.browser.post(unescape(action), data=typed, follow_redirects=True)
