"""How does a browser call itself?"""

from typing import Final

_BROWSERS: Final = (  # the first that is named counts: most browsers also name those that they resemble
    ("MicroMessenger/", "WeChat"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("UCBrowser/", "UC"),
    ("QQBrowser/", "QQ"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name_device(user_agent: str) -> str:
    """``Chrome · Windows`` of a User-Agent header; what it does not say is left out, so it may be empty."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(filter(None, (browser, system)))
