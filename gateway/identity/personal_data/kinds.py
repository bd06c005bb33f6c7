"""Which tables say something about a person, and what becomes of their rows in an export and an erasure?

Every table of the house is either in KINDS or, with a reason, in NOBODYS: a test walks them all. The order is that of
an erasure: what lets somebody in goes first, and what hangs on another row goes before it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from gateway.conversations import conversation
from gateway.idempotency import KEPT as KEPT_DEEDS
from gateway.idempotency import idempotent_deed
from gateway.identity.audit.entry import audit_record
from gateway.identity.consent.retention import is_over
from gateway.identity.consent.tables import consent_word
from gateway.identity.contact.tables import contact
from gateway.identity.oauth.tables import authorization_code, authorization_request, oauth_grant
from gateway.identity.passkey.tables import passkey
from gateway.identity.people.tables import helper_permission, line_link
from gateway.identity.personal_data import periods
from gateway.identity.personal_data.ended import HELP_ENDED_US, LINK_ENDED_US
from gateway.identity.personal_data.money_kinds import MONEY_KINDS
from gateway.identity.personal_data.person import Person
from gateway.identity.personal_data.records import Kept, RecordKind
from gateway.identity.personal_data.reward_kinds import REWARD_KINDS, REWARDS_OF_NOBODY
from gateway.identity.personal_data.tables import personal_data_export, personal_data_request
from gateway.identity.personal_data.which import after, all_rows, by_line, by_number, longer_ago
from gateway.identity.record_lock import record_lock
from gateway.identity.tables import credential, device, device_proof, from_us, hall_session, push_token
from notifications.alert_tables import alert, inbox_message, usage_counter, usage_event
from notifications.sms_queue import BLANKED
from notifications.tables import inbound_sms, outbound_sms, outbound_sms_part
from ordering.change_tables import change_order, order_cancellation, prepared_change
from ordering.changes.evidence import Evidence
from ordering.changes.retention import cancellations_over, orders_over, questions_over
from ordering.promises import promises_over
from ordering.tables import line_promise
from statements.tables import bill_share, record_export, record_export_part


def _sessions_of(person: Person) -> Any:  # noqa: ANN401  a SELECT of one column
    mine = or_(hall_session.c.line_id == person.line_id, hall_session.c.home_line_id == person.line_id)
    return select(hall_session.c.session_id).where(mine)


def _own_devices(person: Person) -> ColumnElement[bool]:
    proved = select(device_proof.c.device_id).where(device_proof.c.line_id == person.line_id)
    return device.c.id.in_(proved)


def _nobody_else_s_device(person: Person) -> ColumnElement[bool]:
    return device.c.id.not_in(select(device_proof.c.device_id).where(device_proof.c.line_id != person.line_id))


def _texts(person: Person) -> ColumnElement[bool]:
    """Without codes that can still be used: their texts are blank as soon as they are out."""
    mine = by_number(outbound_sms, "recipient", at="created_at_us")(person)
    return and_(mine, or_(outbound_sms.c.ended_at_us.is_not(None), outbound_sms.c.lane.not_in(BLANKED)))


def _texts_of(person: Person) -> Any:  # noqa: ANN401  a SELECT of one column
    return select(outbound_sms.c.id).where(_texts(person))


def _over_words(person: Person) -> ColumnElement[bool]:
    return is_over(from_us(person.now_us), keep=periods.CONSENTS)


KINDS: Final[tuple[RecordKind, ...]] = (
    RecordKind("passkeys", passkey, by_line(passkey), ("name", "made_at_us", "used_at_us"), all_rows),
    RecordKind(
        "push_tokens",
        push_token,
        by_line(push_token),
        ("device_id", "kind", "kept_at_us"),
        all_rows,
    ),
    RecordKind(
        "client_grants",
        oauth_grant,
        lambda person: oauth_grant.c.session_id.in_(_sessions_of(person)),
        ("session_id", "client_id", "scopes", "began_at_us", "expires_at_us"),
        all_rows,
    ),
    RecordKind(
        "client_codes",
        authorization_code,
        by_line(authorization_code),
        ("client_id", "level", "expires_at_us", "used_at_us"),
        all_rows,
    ),
    RecordKind(
        "client_requests",
        authorization_request,
        by_line(authorization_request),
        ("client_id", "kind", "began_at_us", "expires_at_us"),
        all_rows,
    ),
    RecordKind(
        "sessions",
        hall_session,
        by_line(hall_session, "line_id", "home_line_id"),
        ("session_id", "channel", "device_name", "client", "began_at_us", "seen_at_us", "expires_at_us"),
        all_rows,
    ),
    RecordKind(
        "devices",
        device,
        _own_devices,
        ("name", "first_seen_at_us", "last_seen_at_us"),
        _nobody_else_s_device,
        Kept("another_line"),
    ),
    RecordKind("device_proofs", device_proof, by_line(device_proof), ("device_id", "number", "proved_at_us"), all_rows),
    RecordKind(
        "service_password",
        credential,
        by_line(credential),
        ("number", "password_set_at_us", "reset_at_us"),
        all_rows,
    ),
    RecordKind(
        "linked_lines",
        line_link,
        by_line(line_link, "owner_line_id", "other_line_id", at="since_us"),
        ("owner_line_id", "other_line_id", "since_us", "ended_at_us"),
        longer_ago(LINK_ENDED_US, periods.PEOPLE),
        Kept("law_5_months", after(LINK_ENDED_US, periods.PEOPLE)),
    ),
    RecordKind(
        "helpers",
        helper_permission,
        by_line(helper_permission, "owner_line_id", "helper_line_id", at="asked_at_us"),
        (
            *("owner_number", "helper_number", "scopes", "days", "state", "asked_at_us", "until_us"),
            *("answered_at_us", "ended_at_us", "ended_by"),
        ),
        longer_ago(HELP_ENDED_US, periods.PEOPLE),
        Kept("law_5_months", after(HELP_ENDED_US, periods.PEOPLE)),
    ),
    RecordKind(
        "contacts",
        contact,
        by_line(contact, at="at_us"),
        ("kind", "purpose", "person", "badge", "at_us", "valid_until_us"),
        longer_ago(contact.c.at_us, periods.CONTACTS),
        Kept("evidence", after(contact.c.at_us, periods.CONTACTS)),
    ),
    RecordKind(
        "record_lock",
        record_lock,
        by_line(record_lock, at="since_us"),
        ("locked", "since_us"),
        lambda _: record_lock.c.locked.is_not(True),
        Kept("protects"),
    ),
    RecordKind(
        "record_exports",
        record_export,
        by_line(record_export),
        ("month", "format", "filtered", "state", "rows", "asked_at_us", "ready_at_us", "expires_at_us"),
        all_rows,
    ),
    RecordKind(
        "record_export_files",
        record_export_part,
        by_line(record_export_part),
        ("export_id", "part"),
        all_rows,
    ),
    RecordKind(
        "bill_links",
        bill_share,
        by_line(bill_share),
        ("made_at_us", "expires_at_us", "ended_at_us", "opened"),
        all_rows,
    ),
    RecordKind(
        "promises",
        line_promise,
        by_line(line_promise, at="made_at_us"),
        ("offering_id", "name_zh", "name_en", "monthly_li", "gift_li", "starts_on", "ends_on", "made_at_us", "note"),
        lambda person: promises_over(from_us(person.now_us), keep=periods.PROMISES),
        Kept("evidence"),
    ),
    RecordKind(
        "order_cancellations",
        order_cancellation,
        by_line(order_cancellation, at="asked_at_us"),
        ("order_id", "channel", "asked_at_us", "state", "ended_at_us"),
        lambda person: cancellations_over(from_us(person.now_us), keep=periods.CHANGES),
        Kept("law_5_months", after(order_cancellation.c.ended_at_us, periods.CHANGES)),
    ),
    RecordKind(
        "change_orders",
        change_order,
        by_line(change_order, at="began_at_us"),
        ("id", "state", "known_state", "placed_at_us", "failure", "ended_at_us"),
        lambda person: orders_over(from_us(person.now_us), keep=periods.CHANGES),
        Kept("law_5_months", after(change_order.c.ended_at_us, periods.CHANGES)),
    ),
    RecordKind(
        "prepared_changes",
        prepared_change,
        by_line(prepared_change, at="prepared_at_us"),
        (
            *("id", "action", "name_zh", "name_en", "price_li", "currency", "repeats", "shown", "channel"),
            *("prepared_at_us", "expires_at_us", "state", "answered_at_us", "answer_channel"),
        ),
        lambda person: questions_over(from_us(person.now_us), keep=periods.CHANGES),
        Kept("law_5_months", after(prepared_change.c.answered_at_us, periods.CHANGES)),
        judge=lambda secret: Evidence(secret).is_ours,
    ),
    *MONEY_KINDS,
    *REWARD_KINDS,
    RecordKind("inbox", inbox_message, by_line(inbox_message), ("name", "facts", "raised_at_us"), all_rows),
    RecordKind(
        "alerts",
        alert,
        by_line(alert, at="created_at_us"),
        ("name", "step", "facts", "state", "created_at_us", "ended_at_us"),
        lambda person: and_(alert.c.state != "due", longer_ago(alert.c.created_at_us, periods.USAGE)(person)),
        Kept("running_cycle", after(alert.c.created_at_us, periods.USAGE)),
    ),
    RecordKind(
        "usage_events",
        usage_event,
        by_line(usage_event, at="at_us"),
        ("event_id", "usage_type", "consumption", "at_us"),
        lambda person: and_(usage_event.c.state != "new", longer_ago(usage_event.c.at_us, periods.USAGE)(person)),
        Kept("running_cycle", after(usage_event.c.at_us, periods.USAGE)),
    ),
    RecordKind(
        "usage_counters",
        usage_counter,
        by_line(usage_counter),
        ("bucket_id", "usage_type", "total", "used", "cycle_start_at_us", "cycle_end_at_us", "read_at_us"),
        longer_ago(usage_counter.c.cycle_end_at_us, timedelta()),
        Kept("running_cycle", func.max(usage_counter.c.cycle_end_at_us)),
    ),
    RecordKind(
        "text_parts",
        outbound_sms_part,
        lambda person: outbound_sms_part.c.outbound_sms_id.in_(_texts_of(person)),
        ("outbound_sms_id", "part", "receipt"),
        lambda person: outbound_sms_part.c.outbound_sms_id.in_(
            _texts_of(person).where(outbound_sms.c.ended_at_us.is_not(None))
        ),
        Kept("on_its_way"),
    ),
    RecordKind(
        "texts_sent",
        outbound_sms,
        _texts,
        ("id", "text", "state", "created_at_us", "ended_at_us"),
        lambda _: outbound_sms.c.ended_at_us.is_not(None),
        Kept("on_its_way", after(outbound_sms.c.not_after_at_us, periods.TEXTS)),
    ),
    RecordKind(
        "texts_received",
        inbound_sms,
        by_number(inbound_sms, "sender", at="received_at_us"),
        ("destination", "state", "received_at_us", "answered_at_us"),
        lambda _: inbound_sms.c.state == "answered",
        Kept("on_its_way", after(inbound_sms.c.received_at_us, periods.TEXTS)),
    ),
    RecordKind(
        "conversations",
        conversation,
        lambda person: false() if person.number is None else conversation.c.key == f"sms:{person.number}",
        ("state", "expires_at_us"),
        all_rows,
    ),
    RecordKind(
        "consents",
        consent_word,
        by_line(consent_word, at="at_us"),
        ("purpose", "party_name", "scopes", "given", "channel", "wording", "at_us"),
        _over_words,
        Kept("law_5_months", after(consent_word.c.at_us, periods.CONSENTS)),
    ),
    RecordKind(
        "deeds",
        idempotent_deed,
        by_line(idempotent_deed, "subject", at="begun_at_us"),
        ("deed", "channel", "level", "begun_at_us"),
        None,
        Kept("once_only", after(idempotent_deed.c.begun_at_us, KEPT_DEEDS)),
    ),
    RecordKind(
        "exports",
        personal_data_export,
        by_line(personal_data_export),
        ("request_id", "part", "expires_at_us"),
        all_rows,
    ),
    RecordKind(
        "requests",
        personal_data_request,
        by_line(personal_data_request, at="asked_at_us"),
        ("id", "kind", "state", "asked_at_us", "due_at_us", "done_at_us"),
        lambda person: (
            personal_data_request.c.done_at_us < person.now_us - periods.REQUESTS // timedelta(microseconds=1)
        ),
        Kept("evidence", after(personal_data_request.c.asked_at_us, periods.REQUESTS)),
    ),
    RecordKind(
        "audit_trail",
        audit_record,
        by_line(audit_record, "subject", at="at_us"),
        ("deed", "actor", "channel", "level", "outcome", "note", "at_us"),
        None,
        Kept("audit", after(audit_record.c.at_us, periods.AUDIT)),
    ),
)

NOBODYS: Final[Mapping[str, str]] = {
    **REWARDS_OF_NOBODY,
    "one_time_code": "a digest for five minutes, forgotten a day later; erased sooner, its tries would count anew",
    "attempt_budget": "counts of tries, forgotten after two days; erased sooner, a guesser could begin again",
    "inbound_sms_part": "pieces of a text that is not whole yet, without a sender, forgotten after a day",
    "audit_seal": "digests over many people's records",
    "audit_seal_entry": "numbers of records",
    "audit_horizon": "from which seal on the trail is kept",
    "job_claim": "when a job of the house ran last",
    "message_horizon": "whose a number is, as the BSS says: it hides a former owner's messages from the next",
    "passkey_challenge": "random questions of some minutes",
    "oauth_client": "the operator's partners",
    "oauth_signing_key": "keys of the house",
    "staff_member": "the operator's own people, known by their employment",
    "staff_session": "the operator's own people",
    "recharge_refund": "steps of giving a recharge back, by its id; how much was given back stands in the recharge",
    "payment_notice": "which callbacks of providers were seen, by the recharge's id",
    "money_movement": "the ledger: amounts between accounts of the house, by the recharge's id",
    "transfer_day": "a count, forgotten after three days; erased sooner, the day's most would begin again",
    "auto_month": "a count, forgotten after two months; erased sooner, the cap would begin again",
    "reconciliation": "sums of a day",
    "reconciliation_mismatch": "references of payments, for whoever has to explain a day",
    "deed_rest": "which deeds the operator's people let rest, and why",
    "bulk_deed": "what the operator's people decided, without a line's number",
    "bulk_row": "numbers that the operator's people acted on: evidence of their deed",
}
"""Tables that an export leaves out and an erasure leaves alone, each with its reason."""
