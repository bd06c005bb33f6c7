"""What does the house begin with where an operator says nothing else: items of the mall, and campaigns to try?"""

from pathlib import Path

FOLDER = Path(__file__).parent


def read_items() -> str:
    """The items of the mall, as ``loyalty.rewards.item_file`` reads them."""
    return (FOLDER / "items.toml").read_text(encoding="utf-8")


def read_campaigns() -> list[str]:
    """Documents of campaigns that fit the sandbox's offerings and goods, by the names of their files."""
    return [path.read_text(encoding="utf-8") for path in sorted((FOLDER / "campaigns").glob("*.json"))]
