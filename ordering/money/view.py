"""What does a row say to a customer?"""

import base64
import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.payment_ports import Opening
from graphql_schema.types.recharge import AppParameter, PayOffer, PayWay, Recharge, RechargeSource, RechargeState
from ordering.money.needs import Till
from ordering.money.rows import HELD
from ordering.money.units import from_fen, from_us, to_us

SHOWN_AS: Final[Mapping[str, RechargeState]] = {
    "opening": RechargeState.CHECKING,
    "waiting": RechargeState.WAITING,
    "closing": RechargeState.CHECKING,
    "paid": RechargeState.PAID,
    "crediting": RechargeState.PAID,
    "redeeming": RechargeState.CHECKING,
    "credited": RechargeState.CREDITED,
    "refused": RechargeState.REFUSED,
    "closed": RechargeState.CLOSED,
    "held": RechargeState.CHECKING,
    "refunding": RechargeState.REFUNDING,
    "refunded": RechargeState.REFUNDED,
}
RESTING: Final = frozenset({"waiting", "credited", "refused", "closed", "refunded"})
DIFFERS: Final = "amount_differs"
"""The provider, or the operator, names another amount than ours: nothing moves until it names the right one."""


def tell(till: Till, row: Row[Any], *, line_id: str | None = None, receipt: bool = False) -> Recharge:
    """A recharge as ``line_id`` sees it, or as whoever holds its receipt does: only who began it gets the receipt."""
    theirs = receipt or (line_id is not None and row.by_line_id == line_id)
    return Recharge(
        id=row.id,
        receipt=make_receipt(till, row.id) if theirs else None,
        masked_number=row.masked_number,
        amount=from_fen(row.amount_fen, row.currency),
        source=RechargeSource(row.source),
        way=None if row.way is None else PayWay(row.way),
        state=SHOWN_AS[row.state],
        automatic=row.agreement is not None,
        began_at=from_us(row.began_at_us),
        paid_at=None if row.paid_at_us is None else from_us(row.paid_at_us),
        credited_at=None if row.credited_at_us is None else from_us(row.credited_at_us),
        expires_at=None if row.expires_at_us is None else from_us(row.expires_at_us),
        given_back=from_fen(row.given_fen, row.currency) if row.given_fen else None,
        arrears_settled=None if row.arrears_fen is None else from_fen(row.arrears_fen, row.currency),
        late=row.state == HELD or _is_late(till, row),
    )


def make_receipt(till: Till, recharge_id: str) -> str:
    """256 bits that nobody can guess without the house's secret; the same recharge's are always the same, so that no
    copy has to be kept."""
    key = hmac.digest(till.secret, b"recharge-receipt", "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, recharge_id.encode(), "sha256")).decode().rstrip("=")


def digest_receipt(receipt: str) -> str:
    """What stands in the row of it."""
    return sha256(receipt.encode()).hexdigest()


def write_offer(till: Till, opening: Opening) -> str:
    """Sealed: whoever has it can pay, and see what for."""
    return till.seal.close(json.dumps({"page": opening.page, "qr": opening.qr, "app": dict(opening.app)}))


def read_offer(till: Till, row: Row[Any]) -> PayOffer | None:
    """How to pay it, while anybody may."""
    if row.state != "waiting" or not row.offer or row.expires_at_us <= to_us(till.now()):
        return None
    kept = json.loads(till.seal.open(row.offer))
    app = [AppParameter(name=name, value=value) for name, value in kept["app"].items()]
    return PayOffer(page=kept["page"], qr=kept["qr"], app=app)


def _is_late(till: Till, row: Row[Any]) -> bool:
    return row.state not in RESTING and till.now() - from_us(row.changed_at_us) > till.rules.late_after
