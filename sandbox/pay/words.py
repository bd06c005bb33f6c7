"""What does the payer's page say, in Chinese and in English?"""

from typing import Final, Literal

Language = Literal["zh", "en"]

WORDS: Final[dict[Language, dict[str, str]]] = {
    "zh": {
        "provider": "沙箱支付",
        "pay_title": "确认付款",
        "sign_title": "开通自动扣款",
        "gone_title": "没有这笔付款",
        "play": "这里是沙箱,不会动用真钱。",
        "tongues": "语言",
        "other": "en",
        "other_name": "English",
        "merchant": "收款方",
        "subject": "用途",
        "until": "请在此之前付款",
        "paid_at": "付款时间",
        "most": "每月最多",
        "pay": "付款",
        "refuse": "不付",
        "sign": "同意开通",
        "reject": "不同意",
        "open": "",
        "paying": "银行正在处理,本页会自动更新。",
        "paid": "付款成功。",
        "refused": "付款没有成功,没有扣款。",
        "closed": "这笔付款已关闭,不能再付。",
        "signing": "",
        "signed": "自动扣款已开通。",
        "ended": "自动扣款没有开通,或已经结束。",
        "gone": "没有这笔付款。请回到商家页面重新开始。",
        "back": "返回商家",
    },
    "en": {
        "provider": "Sandbox Pay",
        "pay_title": "Confirm your payment",
        "sign_title": "Allow automatic payments",
        "gone_title": "No such payment",
        "play": "This is a sandbox: no real money moves.",
        "tongues": "Language",
        "other": "zh",
        "other_name": "中文",
        "merchant": "Paid to",
        "subject": "For",
        "until": "Pay before",
        "paid_at": "Paid at",
        "most": "At most a month",
        "pay": "Pay",
        "refuse": "Do not pay",
        "sign": "Allow",
        "reject": "Do not allow",
        "open": "",
        "paying": "Your bank is working on it. This page updates by itself.",
        "paid": "Paid.",
        "refused": "The payment did not succeed; nothing was taken.",
        "closed": "This payment is closed and can no longer be made.",
        "signing": "",
        "signed": "Automatic payments are allowed.",
        "ended": "Automatic payments are not allowed, or ended.",
        "gone": "There is no such payment. Please begin again on the merchant's page.",
        "back": "Back to the merchant",
    },
}


def language_of(asked: str | None, accepted: str) -> Language:
    """The one asked for, else the first that the browser accepts, else Chinese."""
    for tongue in (asked or "", *(part.partition(";")[0].strip() for part in accepted.split(","))):
        if tongue[:2].lower() == "en":
            return "en"
        if tongue[:2].lower() == "zh":
            return "zh"
    return "zh"
