"""What does a device call itself, in words that its owner recognises?"""

import re
import unicodedata

LONGEST = 64
LONGEST_READ = 512

_BROWSERS = (
    # The first that fits: many a browser names those it descends from as well.
    ("MicroMessenger/", "WeChat"),
    ("MQQBrowser/", "QQ Browser"),
    ("UCBrowser/", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("EdgiOS/", "Edge"),
    ("EdgA/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Windows NT", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def name_device(said: str) -> str:
    """``Chrome · Windows`` from a User-Agent, by families that we know; an app's own short words as they are.

    At most 64 printable characters; empty where nothing is recognised.
    """
    text = said[:LONGEST_READ]
    if "Mozilla/" in text:
        known = (_first(text, _BROWSERS), _first(text, _SYSTEMS))
        return " · ".join(name for name in known if name)
    plain = "".join(letter if letter.isprintable() else " " for letter in unicodedata.normalize("NFKC", text))
    return re.sub(r"\s+", " ", plain).strip()[:LONGEST]


def _first(text: str, families: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in families if mark in text), "")
