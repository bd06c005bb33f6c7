"""Which bounds hold for calls to the BSS?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound on calls to the BSS.

    ``slow_seconds``: a call that its deadline ends sooner than that says nothing about the system's health.
    """

    budget_seconds: float = 3.0
    slow_seconds: float = 0.5
    in_flight: int = 256
    failures_to_open: int = 5
    open_seconds: float = 5.0
    attempts: int = 3
    backoff_seconds: float = 0.1
    body_bytes: int = 4 * 1024 * 1024
    fresh_seconds: float = 30.0
    catalogue_fresh_seconds: float = 600.0
    keep_seconds: int = 24 * 3600
    store_seconds: float = 0.25
