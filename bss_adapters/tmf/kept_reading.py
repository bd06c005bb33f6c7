"""Under which keys is kept what a change of a line, or of an account's money, outdates?"""

from bss_adapters.tmf.package import packages_key
from bss_adapters.tmf.reading import reading_key


def orders_key(line_id: str) -> str:
    """The orders of a line."""
    return reading_key("order", line_id)


def services_key(line_id: str) -> str:
    """What a line's product says beside how it stands."""
    return reading_key("line", "services", line_id)


def keys_of_line(line_id: str) -> tuple[str, ...]:
    """How it stands, what it holds, can switch and ordered, and its allowances."""
    return (
        reading_key("line", "id", line_id),
        packages_key(line_id),
        services_key(line_id),
        orders_key(line_id),
        reading_key("usage", line_id),
    )


def keys_of_money(account_id: str) -> tuple[str, ...]:
    """What the account has, owes and is being charged."""
    return (
        reading_key("balance", account_id),
        reading_key("account", account_id),
        reading_key("bill", "list", account_id),
        reading_key("bill", "current", account_id),
    )
