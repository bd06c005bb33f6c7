"""Is a statement that was cut, bent or puffed up told from a whole one?"""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from bss_adapters.payment import alipay_statement, wechat_pay_statement
from bss_adapters.payment.answer import BadAnswer
from bss_adapters.payment.published import demand_published
from graphql_schema.payment_ports import PaymentFault
from graphql_schema.types.money import Money

WECHAT = (
    "\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"
    "`2026-11-22 11:00:00,`wx1,`1900000001,`0,`,`4200,`r1,`o,`NATIVE,`SUCCESS,`OTHERS,`CNY,`50.00,`0.00,`0,`0,"
    "`0.00,`0.00,`,`,`充值,五十,`,`0.30000,`0.60%,`50.00,`0.00,`\r\n"
    "`2026-11-22 12:00:00,`wx1,`1900000001,`0,`,`4200,`r1,`o,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030,`g1,"
    "`20.00,`0.00,`ORIGINAL,`SUCCESS,`充值,`,`-0.12000,`0.60%,`0.00,`20.00,`\r\n"
    "`2026-11-22 12:30:00,`wx1,`1900000001,`0,`,`4201,`r2,`o,`MICROPAY,`REVOKED,`OTHERS,`CNY,`0.00,`0.00,`0,`0,"
    "`0.00,`0.00,`,`,`充值,`,`0.00000,`0.60%,`0.00,`0.00,`\r\n"
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n"
    "`3,`50.00,`20.00,`0.00,`0.18000,`50.00,`20.00\r\n"
)
ALIPAY = (
    "#支付宝业务明细查询\r\n#账号：[20880156]\r\n#---业务明细列表---\r\n"
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,订单金额（元）,商家实收（元）,退款批次号/请求号,备注\r\n"
    "2026001\t,r1\t,交易\t,充值\t,2026-11-22 10:59:00\t,2026-11-22 11:00:00\t,\t,50.00\t,50.00\t,\t,\t\r\n"
    "2026001\t,r1\t,退款\t,充值\t,2026-11-22 11:59:00\t,2026-11-22 12:00:00\t,\t,-20.00\t,-20.00\t,g1\t,\t\r\n"
    "#---业务明细列表结束---\r\n#交易合计：1笔，商家实收共50.00元\r\n#退款合计：1笔，商家实收退款共-20.00元\r\n"
)
FIFTY, TWENTY = (Money(amount=Decimal(amount), currency="CNY") for amount in (50, 20))
ROWS = [
    ("r1", FIFTY, datetime(2026, 11, 22, 3, tzinfo=UTC), None),
    ("r1", TWENTY, datetime(2026, 11, 22, 4, tzinfo=UTC), "g1"),
]


def read_wechat(text: str) -> list[tuple[object, ...]]:
    rows = wechat_pay_statement.parse_statement(text.encode(), merchant="1900000001")
    return [(row.reference, row.amount, row.at, row.refund_reference) for row in rows]


def pack(*texts: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.csv", text.encode("gb18030"))
    return packed.getvalue()


def read_alipay(archive: bytes) -> list[tuple[object, ...]]:
    rows = alipay_statement.parse_statement(archive)
    return [(row.reference, row.amount, row.at, row.refund_reference) for row in rows]


def test_a_whole_trade_bill_of_wechat_pay_is_read() -> None:
    assert read_wechat(WECHAT) == ROWS


@pytest.mark.parametrize("lines", range(1, 6))
def test_a_cut_trade_bill_of_wechat_pay_is_none(lines: int) -> None:
    kept = WECHAT.split("\r\n")[:lines]
    for text in ("\r\n".join(kept), "\r\n".join([*kept, *WECHAT.split("\r\n")[-3:]])):
        if text.count("\n`") == WECHAT.count("\n`"):
            continue
        with pytest.raises(BadAnswer):
            read_wechat(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("`50.00,`0.00,`\r", "`5O.00,`0.00,`\r"),
        ("SUCCESS,`OTHERS", "GIVEN,`OTHERS"),
        ("1900000001", "1900000002"),
        ("11:00", "25:00"),
        ("商户订单号", "订单号"),
        ("`3,", "`x,"),
        ("`r1,", ""),
    ],
)
def test_a_bent_trade_bill_of_wechat_pay_is_none(old: str, new: str) -> None:
    assert old in WECHAT
    with pytest.raises(BadAnswer):
        read_wechat(WECHAT.replace(old, new, 1))


def test_a_whole_trade_bill_of_alipay_is_read_beside_its_sums() -> None:
    sums = "#支付宝业务汇总查询\r\n门店编号,交易订单总笔数\r\n\t,1\t\r\n"
    assert read_alipay(pack(ALIPAY)) == read_alipay(pack(sums, ALIPAY)) == read_alipay(pack(ALIPAY, sums)) == ROWS


@pytest.mark.parametrize("lines", range(8))
def test_a_cut_trade_bill_of_alipay_is_none(lines: int) -> None:
    with pytest.raises(BadAnswer):
        read_alipay(pack("\r\n".join(ALIPAY.split("\r\n")[: min(lines, 6)])))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("交易合计：1", "交易合计：2"),
        ("退款合计：1", "退款合计：0"),
        ("\t,g1\t", "\t,\t"),
        ("-20.00\t,-", "--20.00\t,-"),
        ("交易\t", "赠送\t"),
        ("业务类型", "类型"),
        ("12:00:00", "noon"),
        (",50.00\t,50", ",-50.00\t,50"),
    ],
)
def test_a_bent_trade_bill_of_alipay_is_none(old: str, new: str) -> None:
    assert old in ALIPAY
    with pytest.raises(BadAnswer):
        read_alipay(pack(ALIPAY.replace(old, new, 1)))


@pytest.mark.parametrize("archive", [b"", b"PK\x03\x04", b"<html>", pack(), pack("nothing of it")])
def test_what_is_no_archive_of_a_bill_is_none(archive: bytes) -> None:
    with pytest.raises(BadAnswer):
        read_alipay(archive)


def test_an_archive_that_swells_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alipay_statement, "MOST_STATEMENT_BYTES", 1000)
    with pytest.raises(BadAnswer, match="too large"):
        read_alipay(pack(ALIPAY + "\r\n" + "#" * 100_000))


def test_a_statement_is_missed_only_after_it_was_due() -> None:
    day = date(2026, 11, 22)
    with pytest.raises(PaymentFault, match="unavailable"):
        demand_published(day, now=datetime(2026, 11, 23, 1, 59, tzinfo=UTC))  # 9:59 in Beijing
    demand_published(day, now=datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
