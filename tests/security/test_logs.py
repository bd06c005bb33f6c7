"""Can what somebody sends write a line of its own into a log?"""

import io
import json
import logging
import sys

import pytest
import structlog

from gateway.telemetry import configure_logging


@pytest.mark.parametrize("forged", ['x\n{"event": "signed_in"}', "x\r\nERROR", "x\u2028y", "\x1b[31mred", "x\0y"])
def test_a_forged_line_stays_inside_its_own_entry(monkeypatch: pytest.MonkeyPatch, forged: str) -> None:
    before, written = list(logging.getLogger().handlers), io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    try:
        configure_logging(level="INFO", log_format="json", process="test")
        structlog.get_logger("test").info("sms_refused", code=forged)
        logging.getLogger("library").warning("refused %s", forged)
    finally:
        logging.getLogger().handlers = before
        structlog.reset_defaults()
    lines = written.getvalue().encode().splitlines()
    assert len(lines) == 2
    assert [json.loads(line)["event"] for line in lines] == ["sms_refused", "refused %s"]
    assert json.loads(lines[0])["code"] == forged
