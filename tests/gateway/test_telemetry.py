"""Can a number, a text or a secret get into a log?"""

import asyncio
import gc
import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
import structlog

from gateway.telemetry import configure_logging


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    with redirect_stderr(io.StringIO()) as stream:
        configure_logging(level="INFO", log_format="json", process="test")
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def written(logs: io.StringIO) -> dict[str, object]:
    return json.loads(logs.getvalue())


def test_a_field_that_is_not_on_the_list_is_dropped(logs: io.StringIO) -> None:
    structlog.get_logger("hall").info("sign_in", number="13800138001", code="wrong_credentials", password="258001")
    entry = written(logs)
    assert entry["code"] == "wrong_credentials"
    assert {"number", "password"}.isdisjoint(entry)
    assert "13800138001" not in str(entry)


def test_an_exception_is_named_with_its_place_and_without_its_words(logs: io.StringIO) -> None:
    try:
        raise ValueError("13800138001 owes 86.50")
    except ValueError:
        logging.getLogger("somewhere").exception("a field failed")
    entry = written(logs)
    assert entry["error"] == "ValueError"
    assert "test_telemetry" in str(entry["path"])
    assert "13800138001" not in str(entry)


def test_every_entry_says_when_and_which_process(logs: io.StringIO) -> None:
    structlog.get_logger("hall").info("up")
    entry = written(logs)
    assert entry["process"] == "test"
    assert str(entry["timestamp"]).endswith("Z")


def test_what_a_library_fills_into_its_messages_stays_out_of_the_log(logs: io.StringIO) -> None:
    fault = ValueError("13800138001 owes 86.50")
    logging.getLogger("celery.app.trace").error("Task %(name)s raised: %(exc)r", {"name": "say_alert", "exc": fault})
    entry = written(logs)
    assert (entry["event"], entry["error"]) == ("Task %(name)s raised: %(exc)r", "ValueError")
    assert "13800138001" not in str(entry)


def test_what_broke_in_a_task_that_nobody_waited_for_is_named_without_its_words(logs: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError("13800138001 owes 86.50")

    async def forget() -> None:
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del task

    asyncio.run(forget())
    gc.collect()
    entry = written(logs)
    assert entry["event"] == "Task exception was never retrieved"
    assert "13800138001" not in str(entry)


def test_our_own_events_are_whole(logs: io.StringIO) -> None:
    structlog.get_logger("hall").info("a 100% event")
    assert written(logs)["event"] == "a 100% event"
