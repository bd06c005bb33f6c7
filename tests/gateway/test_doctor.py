"""Does the doctor see what would fail without a word?"""

import pytest

from gateway.doctor import has_reachable_callback
from gateway.settings import load_settings


@pytest.mark.parametrize(
    ("bss_url", "callback", "reachable"),
    [
        ("", "", True),
        ("http://localhost:9000/tmf-api", "", True),
        ("https://bss.example/tmf-api", "", False),
        ("https://bss.example/tmf-api", "https://hall.example", True),
    ],
)
def test_a_bss_on_another_machine_needs_an_address_for_its_events(
    bss_url: str, callback: str, *, reachable: bool
) -> None:
    settings = load_settings(bss_url=bss_url, hub_callback_url=callback)
    assert has_reachable_callback(settings) is reachable
