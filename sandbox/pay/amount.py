"""How does the payment provider write money? As text of yuan with two decimals; inside it counts whole fen."""

import re
from typing import Final

_YUAN: Final = re.compile(r"(0|[1-9][0-9]{0,6})\.([0-9]{2})")


def parse_fen(text: object) -> int | None:
    """``"50.00"`` → 5000, from 0.01 to 9,999,999.99; None for anything else."""
    found = _YUAN.fullmatch(text) if isinstance(text, str) else None
    fen = int(found[1]) * 100 + int(found[2]) if found else 0
    return fen or None


def render_fen(fen: int) -> str:
    """5000 → ``"50.00"``."""
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02}"
