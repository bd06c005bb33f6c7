"""What did WeChat Pay collect and give back on a day, by its trade bill (交易账单, bill_type ALL)?

UTF-8; a comma and a backtick stand between two values, a value may hold commas; a row of totals ends it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from bss_adapters.payment.amount import parse_yuan
from bss_adapters.payment.answer import BadAnswer
from bss_adapters.tmf.wire import BUSINESS_ZONE
from graphql_schema.payment_ports import StatementRow

_TOTALS = "总交易单数"


def parse_statement(body: bytes, *, merchant: str) -> Sequence[StatementRow]:
    """Its payments and refunds. Raises BadAnswer where a row or the count at its end is not as it should be."""
    try:
        lines = [line.strip() for line in body.decode("utf-8-sig").split("\n")]
        ends = next(place for place, line in enumerate(lines) if line.startswith(_TOTALS))
        names = lines[0].split(",")
        found = [_parse_row(dict(zip(names, _cut(line), strict=True)), merchant) for line in lines[1:ends]]
        if len(found) != int(_cut(lines[ends + 1])[0]):
            raise BadAnswer("rows are missing")
    except BadAnswer:
        raise
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise BadAnswer("no trade bill") from error
    return [row for row in found if row is not None]


def _cut(line: str) -> list[str]:
    return [value.strip() for value in line.removeprefix("`").split(",`")]


def _parse_row(named: dict[str, str], merchant: str) -> StatementRow | None:
    """None for a payment that was taken back before it counted (REVOKED)."""
    if named["商户号"] != merchant:
        raise BadAnswer("another merchant's row")
    at = datetime.strptime(named["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BUSINESS_ZONE).astimezone(UTC)
    reference, provider_id, currency = named["商户订单号"], named["微信订单号"], named["货币种类"]
    match named["交易状态"]:
        case "SUCCESS":
            return StatementRow(reference, provider_id, parse_yuan(named["订单金额"], currency), at)
        case "REFUND":
            given = parse_yuan(named["申请退款金额"], currency)
            return StatementRow(reference, named["微信退款单号"], given, at, named["商户退款单号"])
        case "REVOKED":
            return None
    raise BadAnswer("an unknown kind of row")
