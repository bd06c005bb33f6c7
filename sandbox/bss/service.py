"""Which services of a line can be switched on and off?"""

from dataclasses import dataclass

from sandbox.bss.portfolio import LineKind


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is on or off (``usual``: as long as nobody switched it). One with an ``offering_id`` is on as long
    as that is held, and costs what it costs."""

    id: str
    zh: str
    en: str
    lines: tuple[LineKind, ...]
    usual: bool = False
    offering_id: str | None = None


SERVICES = (
    Service("roaming", "国际漫游", "International roaming", ("mobile",)),
    Service("international-calls", "国际长途", "International calls", ("mobile", "fixed")),
    Service("call-waiting", "呼叫等待", "Call waiting", ("mobile", "fixed"), usual=True),
    Service("call-forwarding", "呼叫转移", "Call forwarding", ("mobile", "fixed"), usual=True),
    Service("caller-id", "来电显示", "Caller ID", ("mobile", "fixed"), offering_id="svc-caller-id"),
)
SERVICE = {service.id: service for service in SERVICES}
