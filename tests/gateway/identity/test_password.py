"""Which service passwords may one choose, and how are they kept?"""

import asyncio
import time

import pytest
from argon2 import PasswordHasher

from gateway.identity.password import Overloaded, PasswordHashes, WeakPassword, find_weakness, normalize_secret

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("12345", "not_six_digits"),
        ("1234567", "not_six_digits"),
        ("12a456", "not_six_digits"),
        ("", "not_six_digits"),
        ("258٠01", "not_six_digits"),
        ("000000", "all_equal"),
        ("777777", "all_equal"),
        ("123456", "run"),
        ("345678", "run"),
        ("987654", "run"),
        ("138001", "part_of_identity"),
        ("013800", "part_of_identity"),
        ("900307", "part_of_identity"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, reason: str) -> None:
    identity = "440106199003071234"
    assert find_weakness(password, number="13800138001", identity_number=identity) == WeakPassword(reason)  # type: ignore[arg-type]


@pytest.mark.parametrize("password", ["258001", "135790", "890123", "112233", "121212"])
def test_other_passwords_may_be_chosen(password: str) -> None:
    assert find_weakness(password, number="13800138001", identity_number="440106199003071234") is None


def test_full_width_digits_and_spaces_are_the_same_secret() -> None:
    assert normalize_secret(" ２５８ 001") == "258001"


@pytest.mark.anyio
async def test_a_hash_fits_its_number_its_password_and_its_key_alone() -> None:
    hashes, others = PasswordHashes(secret=b"a" * 32, hasher=CHEAP), PasswordHashes(secret=b"b" * 32, hasher=CHEAP)
    kept = await hashes.hash("258001", number="13800138001")
    assert "258001" not in kept
    assert kept.startswith("$argon2id$")
    assert await hashes.verify(kept, "258001", number="13800138001")
    assert not await hashes.verify(kept, "258002", number="13800138001")
    assert not await hashes.verify(kept, "258001", number="13800138002")
    assert not await others.verify(kept, "258001", number="13800138001")
    assert not await hashes.verify(None, "258001", number="13800138001")
    assert not await hashes.verify("not a hash", "258001", number="13800138001")


@pytest.mark.anyio
async def test_the_loop_goes_on_while_passwords_are_checked() -> None:
    hashes = PasswordHashes(secret=b"a" * 32)
    checks = [asyncio.create_task(hashes.verify(None, "258001", number="13800138001")) for _ in range(8)]
    beats = 0
    while not all(check.done() for check in checks):
        await asyncio.sleep(0.005)
        beats += 1
    assert beats >= 8


@pytest.mark.anyio
async def test_more_checks_than_it_takes_on_are_refused_at_once() -> None:
    hashes = PasswordHashes(secret=b"a" * 32, longest_queue=4)
    verdicts = await asyncio.gather(
        *(hashes.verify(None, "258001", number="13800138001") for _ in range(9)), return_exceptions=True
    )
    assert [isinstance(verdict, Overloaded) for verdict in verdicts] == [False] * 4 + [True] * 5
    assert await hashes.verify(None, "258001", number="13800138001") is False


@pytest.mark.anyio
async def test_without_a_hash_a_check_takes_as_long() -> None:
    hashes = PasswordHashes(secret=b"a" * 32)
    kept = await hashes.hash("258001", number="13800138001")

    async def clock(password_hash: str | None) -> float:
        begun = time.process_time()  # of all threads of this process: other work of the machine does not count
        await hashes.verify(password_hash, "999111", number="13800138001")
        return time.process_time() - begun

    with_hash = min([await clock(kept) for _ in range(9)])
    without = min([await clock(None) for _ in range(9)])
    assert 0.4 < without / with_hash < 2.5
