"""What does a device call itself, in words that its owner recognises?"""

import pytest

from gateway.identity.device_name import name_device

WINDOWS, APPLE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (f"{WINDOWS} {KIT} Chrome/149.0.0.0 Safari/537.36", "Chrome · Windows"),
        (f"{WINDOWS} {KIT} Chrome/149.0.0.0 Safari/537.36 Edg/149.0", "Edge · Windows"),
        (f"{APPLE} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "Safari · macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox · Linux"),
        (
            f"Mozilla/5.0 (Linux; Android 16; Pixel 9) {KIT} Chrome/149.0.0.0 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/149.0 Mobile Safari/604",
            "Chrome · iPhone",
        ),
        (f"Mozilla/5.0 (Linux; Android 14) {KIT} Chrome/130 Mobile MicroMessenger/8.0.50", "WeChat · Android"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/132 ArkWeb Mobile", "Chrome · HarmonyOS"),
        ("Mozilla/5.0 (Nothing that we know)", ""),
        ("掌厅 · Pixel 9", "掌厅 · Pixel 9"),
        ("  a\n\tname\0 of \x1b[31mits own  ", "a name of [31mits own"),
        ("", ""),
    ],
)
def test_known_families_are_named_and_nothing_else_of_what_a_browser_says(said: str, name: str) -> None:
    assert name_device(said) == name


@pytest.mark.parametrize("said", ["x" * 10_000, "Mozilla/ " + "x" * 10_000 + " Chrome/", "\ud800" * 99, "名" * 99])
def test_a_name_is_bounded(said: str) -> None:
    assert len(name_device(said)) <= 64
    name_device(said).encode()
