"""What did Alipay collect and give back on a day, by its trade bill (业务明细)?

A ZIP archive of two CSV files in GBK, the details and their sums; comments begin with #, values end in tabs.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from bss_adapters.payment.amount import CURRENCY, parse_yuan
from bss_adapters.payment.answer import BadAnswer
from bss_adapters.payment.exchange import MOST_STATEMENT_BYTES
from bss_adapters.tmf.wire import BUSINESS_ZONE
from graphql_schema.payment_ports import StatementRow

_FIRST = "支付宝交易号"
_END = "业务明细列表结束"
_COUNTS = re.compile(r"#(交易|退款)合计[:：](\d+)笔")
_KINDS = {"交易": False, "退款": True}


def parse_statement(archive: bytes) -> Sequence[StatementRow]:
    """Its payments and refunds. Raises BadAnswer where a row, or a count at the end, is not as it should be."""
    try:
        lines = next(lines for lines in _unpack(archive) if any(line.startswith(_FIRST) for line in lines))
        comments = [line for line in lines if line.startswith("#")]
        rows = csv.reader([line for line in lines if line and not line.startswith("#")], strict=True)
        head = [name.partition("（")[0].strip() for name in next(rows)]
        found = [_parse_row(dict(zip(head, [value.strip() for value in row], strict=True))) for row in rows]
        _compare_counts(found, comments)
    except BadAnswer:
        raise
    except (ValueError, KeyError, StopIteration, RuntimeError, NotImplementedError, BadZipFile, csv.Error) as error:
        raise BadAnswer("no trade bill") from error
    return found


def _unpack(archive: bytes) -> Iterator[list[str]]:
    """The lines of each file; an archive that swells beyond what a statement may be is none."""
    left = MOST_STATEMENT_BYTES
    with ZipFile(BytesIO(archive)) as files:
        for entry in files.infolist():
            with files.open(entry) as opened:
                body = opened.read(left + 1)
            left -= len(body)
            if left < 0:
                raise BadAnswer("too large")
            yield [line.strip() for line in body.decode("gb18030").split("\n")]


def _parse_row(named: dict[str, str]) -> StatementRow:
    is_refund = _KINDS[named["业务类型"]]
    at = datetime.strptime(named["完成时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BUSINESS_ZONE).astimezone(UTC)
    amount = parse_yuan(named["订单金额"].removeprefix("-") if is_refund else named["订单金额"], CURRENCY)
    refund_reference = named["退款批次号/请求号"] if is_refund else None
    if refund_reference == "":
        raise BadAnswer("a refund without its reference")
    return StatementRow(named["商户订单号"], named[_FIRST], amount, at, refund_reference)


def _compare_counts(found: Sequence[StatementRow], comments: Sequence[str]) -> None:
    """The bill says where it ends and how many rows of each kind it has: one that was cut off does not."""
    if not any(_END in line for line in comments):
        raise BadAnswer("it has no end")
    for kind, count in _COUNTS.findall("\n".join(comments)):
        if sum((row.refund_reference is not None) == _KINDS[kind] for row in found) != int(count):
            raise BadAnswer("rows are missing")
