"""What is a disagreement?"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mismatch:
    """What the rules give, and what the BSS says."""

    where: str
    due: Any
    said: Any
