"""Which level opens which field?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from graphql_schema.assurance import FRESH
from graphql_schema.client import Role


@dataclass(frozen=True, slots=True)
class Rule:
    """What opens a field.

    ``level`` is what a subscriber has to have proved (domain page §5: 1 the line itself over a trusted link, 2 code,
    service password or passkey, 3 code and one of the other two, fresh), 0 opens to visitors; ``fresh_within`` how
    old the
    proof may be; ``rests`` shuts it for a while after a password reset. With ``roles`` it is for staff of these roles
    and for nobody else. ``alone`` allows the field once in a request, aliases counted.
    """

    level: int = 0
    fresh_within: timedelta | None = None
    rests: bool = False
    roles: frozenset[Role] = frozenset()
    alone: bool = False


INHERITED: Final = None
"""Opens with the field that led to it."""

ANYONE = Rule(0)
LINE = Rule(1)
"""What ``me`` itself needs."""
PROVED = Rule(2)
OPEN_DEED = Rule(0, alone=True)
"""Anybody may put money onto any number (domain page §5)."""
TOLD = Rule(1, alone=True)
DEED = Rule(2, alone=True)
FRESH_DEED = Rule(2, fresh_within=FRESH, alone=True)
STRICT_DEED = Rule(3, fresh_within=FRESH, alone=True)
DATA_DEED = Rule(3, fresh_within=FRESH, rests=True, alone=True)
RECORDS = Rule(3, fresh_within=FRESH, rests=True, alone=True)
"""Call records (domain page §4): code and password, fresh, not for 24 h after a reset, one question in a request."""
CARE, OPERATIONS, AUDITOR, ADMIN = Role.CARE, Role.OPERATIONS, Role.AUDITOR, Role.ENTERPRISE_ADMIN


def staff_rule(*roles: Role, alone: bool = False) -> Rule:
    """For staff of these roles."""
    return Rule(2, roles=frozenset(roles), alone=alone)


ACCESS: Mapping[str, Rule | None] = {
    # One line a field, or ``Type.*`` for all fields of a type that have no line of their own.
    "Query.me": LINE,
    "Query.contact": Rule(0, alone=True),
    "Query.catalogue": ANYONE,
    "Query.serviceNotices": ANYONE,
    "Query.rechargeOptions": ANYONE,
    "Query.recharge": Rule(0, alone=True),
    "Query.payOffer": Rule(0, alone=True),
    "Query.staff": staff_rule(CARE, OPERATIONS, AUDITOR, ADMIN),
    "Subscription.usageChanged": LINE,
    "Subscription.inboxMessageAdded": LINE,
    "Subscription.callRecordsRead": RECORDS,
    "Mutation.changePassword": DEED,
    "Mutation.endSession": DEED,
    "Mutation.endOtherSessions": DEED,
    "Mutation.removePasskey": FRESH_DEED,
    "Mutation.keepPushToken": Rule(2),
    "Mutation.linkLine": STRICT_DEED,
    "Mutation.unlinkLine": DEED,
    "Mutation.grantHelp": FRESH_DEED,
    "Mutation.askToHelp": DEED,
    "Mutation.answerHelp": TOLD,
    "Mutation.endHelp": TOLD,
    "Mutation.setConsent": TOLD,
    "Mutation.requestPersonalData": DATA_DEED,
    "Mutation.callOffPersonalData": DEED,
    "Mutation.disputeCharge": DEED,
    "Mutation.requestInvoice": DEED,
    "Mutation.shareBill": DEED,
    "Mutation.endBillShare": DEED,
    "Mutation.pauseCharges": TOLD,
    "Mutation.resumeCharges": DEED,
    "Mutation.lockCallRecords": DEED,
    "Mutation.openCallRecords": STRICT_DEED,
    "Mutation.exportCallRecords": DATA_DEED,
    "Mutation.deleteRecordExport": DEED,
    "Mutation.prepareChange": TOLD,
    "Mutation.confirmChange": TOLD,
    "Mutation.withdrawChange": TOLD,
    "Mutation.cancelOrder": DEED,
    "Mutation.startRecharge": OPEN_DEED,
    "Mutation.redeemVoucher": OPEN_DEED,
    "Mutation.cancelRecharge": OPEN_DEED,
    "Mutation.refundRecharge": staff_rule(OPERATIONS, alone=True),
    "Mutation.transferBalance": STRICT_DEED,
    "Mutation.setAutoRecharge": FRESH_DEED,
    "Mutation.endAutoRecharge": DEED,
    "Mutation.restDeeds": staff_rule(OPERATIONS, alone=True),
    "Mutation.endRest": staff_rule(OPERATIONS, alone=True),
    "Mutation.keepPromise": staff_rule(CARE, OPERATIONS, alone=True),
    "Mutation.openContact": staff_rule(CARE, OPERATIONS, alone=True),
    "Mutation.endLineSessions": staff_rule(CARE, alone=True),
    "Mutation.proposeBulkDeed": staff_rule(OPERATIONS, ADMIN, alone=True),
    "Mutation.decideBulkDeed": staff_rule(OPERATIONS, ADMIN, alone=True),
    "Me.line": LINE,
    "Me.account": LINE,
    "Me.balance": LINE,
    "Me.buckets": LINE,
    "Me.pace": LINE,
    "Me.currentCharges": LINE,
    "Me.bills": LINE,
    "Me.bill": PROVED,
    "Me.billDifference": PROVED,
    "Me.disputes": PROVED,
    "Me.invoiceRequests": PROVED,
    "Me.billShares": PROVED,
    "Me.promises": PROVED,
    "Me.chargeBrake": LINE,
    "Me.usageOfMonth": LINE,
    "Me.usageHistory": LINE,
    "Me.outOfBucket": LINE,
    "Me.chargeForecast": LINE,
    "Me.callRecords": RECORDS,
    "Me.callRecordSwitch": PROVED,
    "Me.recordExports": PROVED,
    "Me.packages": LINE,
    "Me.changePreview": LINE,
    "Me.preparedChanges": LINE,
    "Me.preparedChange": LINE,
    "Me.orders": LINE,
    "Me.order": LINE,
    "Me.subscribed": LINE,
    "Me.serviceSwitches": LINE,
    "Me.life": LINE,
    "Me.puk": FRESH_DEED,
    "Me.recommendations": PROVED,
    "Me.freeNumbers": LINE,
    "Me.recharges": PROVED,
    "Me.myRecharge": PROVED,
    "Me.autoRecharge": PROVED,
    "Me.transferTerms": PROVED,
    "Me.transfers": PROVED,
    "Me.attention": LINE,
    "Me.inbox": LINE,
    "Me.assurance": LINE,
    "Me.contacts": LINE,
    "Me.sessions": PROVED,
    "Me.passkeys": PROVED,
    "Me.ownLines": PROVED,
    "Me.helpers": LINE,
    "Me.consents": PROVED,
    "Me.auditTrail": PROVED,
    "Me.personalDataRequests": PROVED,
    "StaffDesk.member": staff_rule(CARE, OPERATIONS, AUDITOR, ADMIN),
    "StaffDesk.line": staff_rule(CARE),
    "StaffDesk.auditTrail": staff_rule(AUDITOR),
    "StaffDesk.auditVerdict": staff_rule(AUDITOR),
    "StaffDesk.bulkDeeds": staff_rule(OPERATIONS, ADMIN, AUDITOR),
    "StaffDesk.restingDeeds": staff_rule(OPERATIONS, AUDITOR),
    "StaffDesk.reconciliation": staff_rule(OPERATIONS, AUDITOR),
    "StaffDesk.members": staff_rule(ADMIN),
    "Line.*": INHERITED,
    "Line.number": PROVED,
    "CurrentCharges.*": INHERITED,
    "CurrentCharges.subjects": PROVED,
    "Dated.*": INHERITED,
    "Account.*": INHERITED,
    "AmountRefused.*": INHERITED,
    "AppParameter.*": INHERITED,
    "Assurance.*": INHERITED,
    "Attention.*": INHERITED,
    "AuditRecord.*": INHERITED,
    "AuditVerdict.*": INHERITED,
    "AutoRecharge.*": INHERITED,
    "AutoRechargeEnded.*": INHERITED,
    "BadInput.*": INHERITED,
    "Balance.*": INHERITED,
    "BalanceTransfer.*": INHERITED,
    "Bill.*": INHERITED,
    "BillConnection.*": INHERITED,
    "BillDifference.*": INHERITED,
    "BillEdge.*": INHERITED,
    "BillNotFound.*": INHERITED,
    "BillShare.*": INHERITED,
    "BillShareEnded.*": INHERITED,
    "Bucket.*": INHERITED,
    "BulkDeed.*": INHERITED,
    "CallRecord.*": INHERITED,
    "CallRecordConnection.*": INHERITED,
    "CallRecordEdge.*": INHERITED,
    "CallRecordSearch.*": INHERITED,
    "CallRecordSwitch.*": INHERITED,
    "CallRecordTotal.*": INHERITED,
    "Catalogue.*": INHERITED,
    "Cause.*": INHERITED,
    "ChangeCharge.*": INHERITED,
    "ChangeLoss.*": INHERITED,
    "ChangeObstacle.*": INHERITED,
    "ChangePreview.*": INHERITED,
    "ChangeRefused.*": INHERITED,
    "ChangeWithdrawn.*": INHERITED,
    "ChargeBrake.*": INHERITED,
    "ChargeForecast.*": INHERITED,
    "CodeExpired.*": INHERITED,
    "ConfirmationExpired.*": INHERITED,
    "Consent.*": INHERITED,
    "Contact.*": INHERITED,
    "ContactCheck.*": INHERITED,
    "ContactOpened.*": INHERITED,
    "DayOfUse.*": INHERITED,
    "DeedOff.*": INHERITED,
    "DeedsGoOn.*": INHERITED,
    "Dispute.*": INHERITED,
    "ExportUnderWay.*": INHERITED,
    "FreeNumber.*": INHERITED,
    "HelpAsked.*": INHERITED,
    "HelpEnded.*": INHERITED,
    "Helper.*": INHERITED,
    "InboxMessage.*": INHERITED,
    "InvoiceRequest.*": INHERITED,
    "ItemizedBill.*": INHERITED,
    "KeyReused.*": INHERITED,
    "LineLife.*": INHERITED,
    "LineSuspended.*": INHERITED,
    "LineUnlinked.*": INHERITED,
    "LocalizedText.*": INHERITED,
    "Locked.*": INHERITED,
    "MemberLine.*": INHERITED,
    "Mismatch.*": INHERITED,
    "Money.*": INHERITED,
    "MonthNotKept.*": INHERITED,
    "MonthOfUse.*": INHERITED,
    "MonthTotal.*": INHERITED,
    "NeedsOtherEyes.*": INHERITED,
    "NotCancellable.*": INHERITED,
    "NotFound.*": INHERITED,
    "NotRechargeable.*": INHERITED,
    "NotYours.*": INHERITED,
    "OfferedAllowance.*": INHERITED,
    "Offering.*": INHERITED,
    "OfferingCategory.*": INHERITED,
    "OfferingLink.*": INHERITED,
    "Order.*": INHERITED,
    "OrderItem.*": INHERITED,
    "OrderMilestone.*": INHERITED,
    "OutOfBucket.*": INHERITED,
    "OwnLine.*": INHERITED,
    "Pace.*": INHERITED,
    "Package.*": INHERITED,
    "PageInfo.*": INHERITED,
    "PaidByOther.*": INHERITED,
    "Passkey.*": INHERITED,
    "PasskeyRemoved.*": INHERITED,
    "PasswordChanged.*": INHERITED,
    "PayOffer.*": INHERITED,
    "Payment.*": INHERITED,
    "PersonalDataReport.*": INHERITED,
    "PersonalDataRequest.*": INHERITED,
    "PoolMember.*": INHERITED,
    "PreparedChange.*": INHERITED,
    "PreviewChanged.*": INHERITED,
    "Promise.*": INHERITED,
    "PromiseCheck.*": INHERITED,
    "PromiseKept.*": INHERITED,
    "ProviderRefused.*": INHERITED,
    "Puk.*": INHERITED,
    "PushTokenKept.*": INHERITED,
    "RatedLine.*": INHERITED,
    "Recharge.*": INHERITED,
    "RechargeOptions.*": INHERITED,
    "RechargeProvider.*": INHERITED,
    "RechargeStarted.*": INHERITED,
    "Reconciliation.*": INHERITED,
    "RecordExport.*": INHERITED,
    "RecordExportDeleted.*": INHERITED,
    "Recommendation.*": INHERITED,
    "RecommendedMonth.*": INHERITED,
    "RecordsLocked.*": INHERITED,
    "RefundBegun.*": INHERITED,
    "Release.*": INHERITED,
    "Rests.*": INHERITED,
    "ServedLine.*": INHERITED,
    "ServiceNotice.*": INHERITED,
    "ServiceSwitch.*": INHERITED,
    "SessionsEnded.*": INHERITED,
    "SignInRequired.*": INHERITED,
    "SignedInSession.*": INHERITED,
    "SimChanged.*": INHERITED,
    "StaffAuditRecord.*": INHERITED,
    "StaffMember.*": INHERITED,
    "StepUpRequired.*": INHERITED,
    "StillUnderWay.*": INHERITED,
    "SubBalance.*": INHERITED,
    "Subject.*": INHERITED,
    "SubjectDifference.*": INHERITED,
    "SubscribedItem.*": INHERITED,
    "TooMany.*": INHERITED,
    "TransferRefused.*": INHERITED,
    "TransferTerms.*": INHERITED,
    "UsageHistory.*": INHERITED,
    "VoucherRefused.*": INHERITED,
    "WeakPassword.*": INHERITED,
    "WrongSecret.*": INHERITED,
}


def rule_of(coordinate: str, access: Mapping[str, Rule | None] = ACCESS) -> Rule | None:
    """The rule of a field (``Me.bill``), or INHERITED. Raises LookupError where the table has no line."""
    for name in (coordinate, coordinate.partition(".")[0] + ".*"):
        if name in access:
            return access[name]
    raise LookupError(f"{coordinate} has no access rule: add a line to graphql_schema/access.py")
