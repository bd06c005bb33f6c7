"""How do addresses, references, money and quantities look on the wire?"""

from contextvars import ContextVar
from typing import Any, Final

import orjson

from sandbox.bss.month import render_instant

ROOT: Final = "/tmf-api"
CUSTOMER: Final = f"{ROOT}/customerManagement/v4"
PARTY: Final = f"{ROOT}/party/v4"
ACCOUNT: Final = f"{ROOT}/accountManagement/v4"
CATALOGUE: Final = f"{ROOT}/productCatalogManagement/v4"
INVENTORY: Final = f"{ROOT}/productInventory/v4"
USAGE: Final = f"{ROOT}/usageManagement/v4"
BALANCE: Final = f"{ROOT}/prepayBalanceManagement/v4"
CONSUMPTION: Final = f"{ROOT}/usageConsumption/v4"
BILL: Final = f"{ROOT}/customerBillManagement/v4"
TICKET: Final = f"{ROOT}/troubleTicket/v4"
LOYALTY: Final = f"{ROOT}/loyalty/v4"
PAYMENT: Final = f"{ROOT}/payment/v4"
QUALIFICATION: Final = f"{ROOT}/productOfferingQualification/v4"
ORDER: Final = f"{ROOT}/productOrderingManagement/v4"

Json = dict[str, Any]

HOST: ContextVar[str] = ContextVar("host", default="http://127.0.0.1:8100")
"""The host under which the sandbox is asked (or, for an event, is known)."""
UNITS: Final = {"data": "byte", "voice": "second", "sms": "message"}


def render_body(body: object) -> bytes:
    """JSON, in which every address gets the host: things are rendered without it."""
    return orjson.dumps(body).replace(b'"/tmf-api/', f'"{HOST.get()}/tmf-api/'.encode())


def reference(address: str, id_: str, referred_type: str, **more: str) -> Json:
    """A TMF reference: where the thing is and what it is."""
    return {"id": id_, "href": f"{address}/{id_}", **more, "@referredType": referred_type}


def money(amount_li: int) -> Json:
    """TMF Money, to three decimals."""
    return {"unit": "CNY", "value": amount_li / 1000}


def quantity(amount: float, units: str) -> Json:
    """TMF Quantity."""
    return {"amount": amount, "units": units}


def period(start_ms: int, end_ms: int) -> Json:
    """TMF TimePeriod, start inclusive, end exclusive."""
    return {"startDateTime": render_instant(start_ms), "endDateTime": render_instant(end_ms)}


def characteristic(name: str, value: object) -> Json:
    """A name, its value and the value's type."""
    kinds = {bool: "boolean", int: "integer", str: "string", list: "array"}
    return {"name": name, "valueType": kinds[type(value)], "value": value}
