"""How do the sandbox's demo people get their service passwords, and points to spend?"""

import asyncio
from typing import Any

import httpx

from gateway.identity.seed import seed_credentials
from gateway.processes import CannotStart
from gateway.reward_seed import seed_rewards
from gateway.settings import Settings
from gateway.wiring import open_hall


async def fetch_personas(sandbox_url: str) -> list[dict[str, Any]]:
    """The demo people as the sandbox tells them. Raises CannotStart where no sandbox answers."""
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(f"{sandbox_url}/sandbox/personas")
            answer.raise_for_status()
            personas: list[dict[str, Any]] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise CannotStart(
            f"No sandbox answers at {sandbox_url}. Start it with `onehall run` or `onehall sandbox`."
        ) from error
    return personas


async def seed(settings: Settings, personas: list[dict[str, Any]]) -> None:
    """Keeps a service password for each person (one that they have changed since stays), and begins a mall with
    campaigns and points."""
    people = [(person["number"], person["servicePassword"], person["lineId"]) for person in personas]
    async with open_hall(settings) as hall:
        await seed_credentials(hall.doorkeeper, people)
        await seed_rewards(hall, personas)


def seed_from_sandbox(settings: Settings) -> int:
    """Seeds whoever the running sandbox tells of and says how many that were."""

    async def fetch_and_seed() -> int:
        personas = await fetch_personas(settings.sandbox_url)
        await seed(settings, personas)
        return len(personas)

    return asyncio.run(fetch_and_seed())
