"""Which tables say something about a person, and what becomes of their rows in an export and an erasure?

Every table of the house is either in KINDS or, with a reason, in NOBODYS: a test walks them all. The order is that of
an erasure: what lets somebody in goes first, and what hangs on another row goes before it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, false, func, literal, or_, select

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
from gateway.identity.personal_data.person import Person
from gateway.identity.personal_data.records import Kept, RecordKind, Which
from gateway.identity.personal_data.tables import personal_data_export, personal_data_request
from gateway.identity.record_lock import record_lock
from gateway.identity.tables import credential, device, device_proof, from_us, hall_session, push_token
from notifications.alert_tables import alert, inbox_message, usage_counter, usage_event
from notifications.sms_queue import Lane
from notifications.tables import inbound_sms, outbound_sms, outbound_sms_part
from ordering.change_tables import change_order, order_cancellation, prepared_change
from ordering.changes.retention import cancellations_over, orders_over, questions_over
from ordering.promises import promises_over
from ordering.tables import line_promise
from statements.tables import bill_share, record_export, record_export_part


def _by_line(table: Table, *columns: str, at: str | None = None) -> Which:
    """Rows of the line; where an erasure leaves some, only those (``at``) since its holder has had it."""

    def of(person: Person) -> ColumnElement[bool]:
        mine = or_(*(table.c[name] == person.line_id for name in columns or ("line_id",)))
        return mine if at is None else and_(mine, table.c[at] > person.held_since_us)

    return of


def _by_number(table: Table, column: str, *, at: str) -> Which:
    """Rows that know a number alone: only while it is the person's, and none from before it was."""

    def of(person: Person) -> ColumnElement[bool]:
        if person.number is None:
            return false()
        return and_(table.c[column] == person.number, table.c[at] >= person.since_us)

    return of


def _all(_person: Person) -> ColumnElement[bool]:
    return literal(1) == 1


def _after(moment_us: ColumnElement[Any], period: timedelta) -> ColumnElement[int]:
    """When the youngest of the rows that are left has been kept for the period."""
    return func.max(moment_us) + period // timedelta(microseconds=1)


def _longer_ago(moment_us: ColumnElement[Any], period: timedelta) -> Which:
    return lambda person: moment_us < person.now_us - period // timedelta(microseconds=1)


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
    mine = _by_number(outbound_sms, "recipient", at="created_at_us")(person)
    return and_(mine, or_(outbound_sms.c.ended_at_us.is_not(None), outbound_sms.c.lane != int(Lane.CODE)))


def _texts_of(person: Person) -> Any:  # noqa: ANN401  a SELECT of one column
    return select(outbound_sms.c.id).where(_texts(person))


def _over_words(person: Person) -> ColumnElement[bool]:
    return is_over(from_us(person.now_us), keep=periods.CONSENTS)


KINDS: Final[tuple[RecordKind, ...]] = (
    RecordKind("passkeys", passkey, _by_line(passkey), ("name", "made_at_us", "used_at_us"), _all),
    RecordKind(
        "push_tokens",
        push_token,
        _by_line(push_token),
        ("device_id", "kind", "kept_at_us"),
        _all,
    ),
    RecordKind(
        "client_grants",
        oauth_grant,
        lambda person: oauth_grant.c.session_id.in_(_sessions_of(person)),
        ("session_id", "client_id", "scopes", "began_at_us", "expires_at_us"),
        _all,
    ),
    RecordKind(
        "client_codes",
        authorization_code,
        _by_line(authorization_code),
        ("client_id", "level", "expires_at_us", "used_at_us"),
        _all,
    ),
    RecordKind(
        "client_requests",
        authorization_request,
        _by_line(authorization_request),
        ("client_id", "kind", "began_at_us", "expires_at_us"),
        _all,
    ),
    RecordKind(
        "sessions",
        hall_session,
        _by_line(hall_session, "line_id", "home_line_id"),
        ("session_id", "channel", "device_name", "client", "began_at_us", "seen_at_us", "expires_at_us"),
        _all,
    ),
    RecordKind(
        "devices",
        device,
        _own_devices,
        ("name", "first_seen_at_us", "last_seen_at_us"),
        _nobody_else_s_device,
        Kept("another_line"),
    ),
    RecordKind("device_proofs", device_proof, _by_line(device_proof), ("device_id", "number", "proved_at_us"), _all),
    RecordKind(
        "service_password",
        credential,
        _by_line(credential),
        ("number", "password_set_at_us", "reset_at_us"),
        _all,
    ),
    RecordKind(
        "linked_lines",
        line_link,
        _by_line(line_link, "owner_line_id", "other_line_id", at="since_us"),
        ("owner_line_id", "other_line_id", "since_us", "ended_at_us"),
        _longer_ago(LINK_ENDED_US, periods.PEOPLE),
        Kept("law_5_months", _after(LINK_ENDED_US, periods.PEOPLE)),
    ),
    RecordKind(
        "helpers",
        helper_permission,
        _by_line(helper_permission, "owner_line_id", "helper_line_id", at="asked_at_us"),
        (
            *("owner_number", "helper_number", "scopes", "days", "state", "asked_at_us", "until_us"),
            *("answered_at_us", "ended_at_us", "ended_by"),
        ),
        _longer_ago(HELP_ENDED_US, periods.PEOPLE),
        Kept("law_5_months", _after(HELP_ENDED_US, periods.PEOPLE)),
    ),
    RecordKind(
        "contacts",
        contact,
        _by_line(contact, at="at_us"),
        ("kind", "purpose", "person", "badge", "at_us", "valid_until_us"),
        _longer_ago(contact.c.at_us, periods.CONTACTS),
        Kept("evidence", _after(contact.c.at_us, periods.CONTACTS)),
    ),
    RecordKind(
        "record_lock",
        record_lock,
        _by_line(record_lock, at="since_us"),
        ("locked", "since_us"),
        lambda _: record_lock.c.locked.is_not(True),
        Kept("protects"),
    ),
    RecordKind(
        "record_exports",
        record_export,
        _by_line(record_export),
        ("month", "format", "filtered", "state", "rows", "asked_at_us", "ready_at_us", "expires_at_us"),
        _all,
    ),
    RecordKind(
        "record_export_files",
        record_export_part,
        _by_line(record_export_part),
        ("export_id", "part"),
        _all,
    ),
    RecordKind(
        "bill_links",
        bill_share,
        _by_line(bill_share),
        ("made_at_us", "expires_at_us", "ended_at_us", "opened"),
        _all,
    ),
    RecordKind(
        "promises",
        line_promise,
        _by_line(line_promise, at="made_at_us"),
        ("offering_id", "name_zh", "name_en", "monthly_li", "gift_li", "starts_on", "ends_on", "made_at_us", "note"),
        lambda person: promises_over(from_us(person.now_us), keep=periods.PROMISES),
        Kept("evidence"),
    ),
    RecordKind(
        "order_cancellations",
        order_cancellation,
        _by_line(order_cancellation, at="asked_at_us"),
        ("order_id", "channel", "asked_at_us", "state", "ended_at_us"),
        lambda person: cancellations_over(from_us(person.now_us), keep=periods.CHANGES),
        Kept("law_5_months", _after(order_cancellation.c.ended_at_us, periods.CHANGES)),
    ),
    RecordKind(
        "change_orders",
        change_order,
        _by_line(change_order, at="began_at_us"),
        ("id", "state", "known_state", "placed_at_us", "failure", "ended_at_us"),
        lambda person: orders_over(from_us(person.now_us), keep=periods.CHANGES),
        Kept("law_5_months", _after(change_order.c.ended_at_us, periods.CHANGES)),
    ),
    RecordKind(
        "prepared_changes",
        prepared_change,
        _by_line(prepared_change, at="prepared_at_us"),
        (
            *("id", "action", "name_zh", "name_en", "price_li", "currency", "repeats", "shown", "channel"),
            *("prepared_at_us", "expires_at_us", "state", "answered_at_us", "answer_channel"),
        ),
        lambda person: questions_over(from_us(person.now_us), keep=periods.CHANGES),
        Kept("law_5_months", _after(prepared_change.c.answered_at_us, periods.CHANGES)),
    ),
    RecordKind("inbox", inbox_message, _by_line(inbox_message), ("name", "facts", "raised_at_us"), _all),
    RecordKind(
        "alerts",
        alert,
        _by_line(alert, at="created_at_us"),
        ("name", "step", "facts", "state", "created_at_us", "ended_at_us"),
        lambda person: and_(alert.c.state != "due", _longer_ago(alert.c.created_at_us, periods.USAGE)(person)),
        Kept("running_cycle", _after(alert.c.created_at_us, periods.USAGE)),
    ),
    RecordKind(
        "usage_events",
        usage_event,
        _by_line(usage_event, at="at_us"),
        ("event_id", "usage_type", "consumption", "at_us"),
        lambda person: and_(usage_event.c.state != "new", _longer_ago(usage_event.c.at_us, periods.USAGE)(person)),
        Kept("running_cycle", _after(usage_event.c.at_us, periods.USAGE)),
    ),
    RecordKind(
        "usage_counters",
        usage_counter,
        _by_line(usage_counter),
        ("bucket_id", "usage_type", "total", "used", "cycle_start_at_us", "cycle_end_at_us", "read_at_us"),
        _longer_ago(usage_counter.c.cycle_end_at_us, timedelta()),
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
        Kept("on_its_way", _after(outbound_sms.c.not_after_at_us, periods.TEXTS)),
    ),
    RecordKind(
        "texts_received",
        inbound_sms,
        _by_number(inbound_sms, "sender", at="received_at_us"),
        ("destination", "state", "received_at_us", "answered_at_us"),
        lambda _: inbound_sms.c.state == "answered",
        Kept("on_its_way", _after(inbound_sms.c.received_at_us, periods.TEXTS)),
    ),
    RecordKind(
        "conversations",
        conversation,
        lambda person: false() if person.number is None else conversation.c.key == f"sms:{person.number}",
        ("state", "expires_at_us"),
        _all,
    ),
    RecordKind(
        "consents",
        consent_word,
        _by_line(consent_word, at="at_us"),
        ("purpose", "party_name", "scopes", "given", "channel", "wording", "at_us"),
        _over_words,
        Kept("law_5_months", _after(consent_word.c.at_us, periods.CONSENTS)),
    ),
    RecordKind(
        "deeds",
        idempotent_deed,
        _by_line(idempotent_deed, "subject", at="begun_at_us"),
        ("deed", "channel", "level", "begun_at_us"),
        None,
        Kept("once_only", _after(idempotent_deed.c.begun_at_us, KEPT_DEEDS)),
    ),
    RecordKind(
        "exports",
        personal_data_export,
        _by_line(personal_data_export),
        ("request_id", "part", "expires_at_us"),
        _all,
    ),
    RecordKind(
        "requests",
        personal_data_request,
        _by_line(personal_data_request, at="asked_at_us"),
        ("id", "kind", "state", "asked_at_us", "due_at_us", "done_at_us"),
        lambda person: (
            personal_data_request.c.done_at_us < person.now_us - periods.REQUESTS // timedelta(microseconds=1)
        ),
        Kept("evidence", _after(personal_data_request.c.asked_at_us, periods.REQUESTS)),
    ),
    RecordKind(
        "audit_trail",
        audit_record,
        _by_line(audit_record, "subject", at="at_us"),
        ("deed", "actor", "channel", "level", "outcome", "note", "at_us"),
        None,
        Kept("audit", _after(audit_record.c.at_us, periods.AUDIT)),
    ),
)

NOBODYS: Final[Mapping[str, str]] = {
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
    "deed_rest": "which deeds the operator's people let rest, and why",
    "bulk_deed": "what the operator's people decided, without a line's number",
    "bulk_row": "numbers that the operator's people acted on: evidence of their deed",
}
"""Tables that an export leaves out and an erasure leaves alone, each with its reason."""
