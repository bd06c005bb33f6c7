"""Has every code its words, in both languages, and every word its use?"""

import re
from enum import Enum
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from channels.browser.rule_words import SAID
from channels.browser.wording import FAULTS, SYSTEMS, MissingWord, load_catalogue, load_wordings
from channels.rendering import LANGUAGES, Language
from channels.web_hall import (
    assistance,
    auto_recharge,
    brake,
    delivery,
    grants,
    lines,
    orders,
    packages,
    privacy,
    record_exports,
    record_switch,
    security,
    share,
    transfer,
)
from channels.web_hall.trail import _to_snake
from channels.web_hall.views import load_views
from channels.web_hall.visit import Cookies
from gateway.identity.personal_data.kinds import KINDS
from graphql_schema.assurance import Factor
from graphql_schema.client import Channel
from graphql_schema.door import Purpose
from graphql_schema.schema import build_schema
from graphql_schema.scopes import OPENID_SCOPES, SCOPES
from graphql_schema.types.account import MoneyKind
from graphql_schema.types.attention import AttentionCode
from graphql_schema.types.audit import Actor
from graphql_schema.types.bill import BillCategory, BillState, SubjectCode
from graphql_schema.types.bill_difference import CauseKind
from graphql_schema.types.bucket import BucketOrigin, BucketScope, PaceState, UsageType
from graphql_schema.types.call_record import CallDirection, CallRecordKind, CallRecordOrder
from graphql_schema.types.change import (
    ChangeAction,
    ChangeChargeKind,
    ChangeStart,
    LossKind,
    ObstacleCode,
    PreparedState,
)
from graphql_schema.types.charge_brake import PausableCharge
from graphql_schema.types.consent import ConsentPurpose
from graphql_schema.types.contact import ContactKind, ContactPurpose
from graphql_schema.types.day_of_use import ForecastGround
from graphql_schema.types.inbox import InboxTopic
from graphql_schema.types.line import FamilyRole, LineKind, LineState, Payer
from graphql_schema.types.line_service import Standing
from graphql_schema.types.order import HoldingSystem, MilestoneState, NextStep, OrderState
from graphql_schema.types.own_line import LineRelation
from graphql_schema.types.package import PackageKind, PackageState
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataState
from graphql_schema.types.points import PointsKind
from graphql_schema.types.promise import PromiseSource, PromiseVerdict
from graphql_schema.types.promotion import GrantState, InvitationState, PartState, PromotionTrigger
from graphql_schema.types.recharge import (
    AutoRechargeRule,
    AutoRechargeState,
    PayWay,
    RechargeSource,
    RechargeState,
    TransferState,
)
from graphql_schema.types.record_export import ExportFormat, ExportState
from graphql_schema.types.reward import RedemptionObstacleCode, RedemptionState, RewardKind
from graphql_schema.types.ticket import DisputeReason, InvoiceTitleKind, TicketState

ROOT = Path(__file__).parents[3]
LOCALES = ROOT / "web" / "locales"
TURNED = (
    "wrong_credentials",
    "locked",
    "code_expired",
    "too_many_codes",
    "session_ended",
    "invalid_number",
    "unavailable",
    "line_suspended",
    "passkey_refused",
    "sim_changed",
    "weak_password",
)
TYPED = (
    "number_missing",
    "password_missing",
    "code_missing",
    "identity_number_missing",
    "passwords_differ",
    "contact_code_missing",
    "login_refused",
    "no_line_there",
    "check_unavailable",
    "reason_missing",
    "charges_missing",
    "pay_missing",
    "card_missing",
    "rule_missing",
    "day_missing",
    "consent_missing",
    "too_many_recharges",
    "delivery_person",
    "delivery_phone",
    "delivery_address",
    "points_missing",
    "not_your_line",
    "gift_missing",
)
"""What a page itself finds wrong with a form."""
REFUSED_BY_DEEDS = (
    "wrong_secret",
    "code_expired",
    "too_many",
    "export_under_way",
    "bad_input",
    "not_found",
    "weak_password",
    "sim_changed",
    "change_refused",
    "confirmation_expired",
    "preview_changed",
    "not_cancellable",
    "amount_refused",
    "not_rechargeable",
    "voucher_refused",
    "provider_refused",
    "transfer_refused",
    "redemption_refused",
    "invitation_refused",
)
REASONS = {
    "not_rechargeable": ("unknown", "closed", "paid_by_organization"),
    "voucher_refused": ("unknown", "used", "expired", "of_other"),
    "provider_refused": ("refused", "unavailable", "not_offered"),
    "transfer_refused": ("insufficient", "own_line", "not_allowed", "daily_most"),
    "invitation_refused": ("unknown", "own", "too_late", "too_many", "already"),
}
"""Why a deed with money is refused, as graphql_schema/types/refusal.py names the reasons."""
OBSTACLE_FACTS = (
    "LINE_TOO_NEW.until", "NOT_YET.until", "LIMIT_REACHED.most", "TOO_FEW_POINTS.missing",
)  # fmt: skip
"""What keeps a line from a reward, said with how much, how many or until when."""
ENDS = {
    "tenure_months_between": ("least", "most", "both"),
    "stars_between": ("least", "most", "both"),
    "arrears_free_months_between": ("least", "most", "both"),
    "period": ("begins_at", "ends_at", "both"),
}
RULES = {key if not end else f"{key}.{end}" for key in SAID for end in ENDS.get(key, ("",))}
OBSTACLE_LINKS = (
    "PACKAGES", "CATALOGUE", "UNDER_WAY", "IN_ARREARS", "SUSPENDED", "START", "NUMBER_TAKEN", "MEMBERS",
)  # fmt: skip
WEAK = ("not_six_digits", "all_equal", "run", "part_of_identity", "same_as_before")
REFUSED = (
    "sign_in_required", "step_up_required", "bill_not_found", "bad_cursor", "deadline_exceeded", "nothing_to_compare",
    "paid_by_other",
)  # fmt: skip
ALONE = (
    "bad_argument",
    "not_yours",
    "rests",
    "key_reused",
    "under_way",
    "not_found",
    "sim_changed",
    "month_not_kept",
    "records_locked",
    "bad_client",
    "bad_redirect",
    "bad_request",
    "deed_off",
)
"""Refusals that are a page of their own."""
DEEDS = {_to_snake(name) for name in build_schema()._schema.mutation_type.fields}  # type: ignore[union-attr]
DEEDS |= {
    "sign_in", "sign_out", "step_up", "code_sent", "password_changed", "password_reset", "password_voided",
    "sessions_ended", "passkey_made", "switch_line", "fetch_export", "export_personal_data", "erase_personal_data",
    "oauth_consent", "oauth_grant", "oauth_revoke", "oauth_logout", "oauth_refresh_token_reused", "oauth_code_reused",
    "find_line", "line_ended", "call_records", "fetch_bill", "fetch_record_export",
    "fetch_shared_bill", "other",
}  # fmt: skip
DEEDS -= {"propose_bulk_deed", "decide_bulk_deed", "rest_deeds", "end_rest"}  # they are on no line's trail
DEEDS -= {"propose_campaign", "switch_campaign_on", "switch_campaign_off", "put_reward_item", "switch_reward_item"}
DEEDS -= {"put_reward_codes", "begin_return", "finish_return", "drop_return"}
ENUMS: dict[str, type[Enum]] = {
    "bill_state": BillState,
    "subject": SubjectCode,
    "line_state": LineState,
    "line_kind": LineKind,
    "family_role": FamilyRole,
    "package_state": PackageState,
    "package_kind": PackageKind,
    "usage_type": UsageType,
    "bucket_scope": BucketScope,
    "bucket_origin": BucketOrigin,
    "actor": Actor,
    "channel": Channel,
    "consent": ConsentPurpose,
    "contact_kind": ContactKind,
    "contact_purpose": ContactPurpose,
    "data_kind": PersonalDataKind,
    "data_state": PersonalDataState,
    "relation": LineRelation,
    "bill_category": BillCategory,
    "cause": CauseKind,
    "dispute_reason": DisputeReason,
    "ticket_state": TicketState,
    "invoice_state": TicketState,
    "invoice_title": InvoiceTitleKind,
    "promise_source": PromiseSource,
    "promise_verdict": PromiseVerdict,
    "pausable": PausableCharge,
    "forecast.ground": ForecastGround,
    "record_kind": CallRecordKind,
    "record_direction": CallDirection,
    "record_order": CallRecordOrder,
    "export_format": ExportFormat,
    "export_state": ExportState,
    "change_action": ChangeAction,
    "change_start": ChangeStart,
    "change_charge": ChangeChargeKind,
    "loss": LossKind,
    "obstacle": ObstacleCode,
    "order_state": OrderState,
    "holding": HoldingSystem,
    "milestone_state": MilestoneState,
    "next_step": NextStep,
    "pay_source": RechargeSource,
    "pay_way": PayWay,
    "recharge_state": RechargeState,
    "auto_rule": AutoRechargeRule,
    "auto_state": AutoRechargeState,
    "transfer_state": TransferState,
    "pot": MoneyKind,
    "points_kind": PointsKind,
    "reward_kind": RewardKind,
    "redemption_obstacle": RedemptionObstacleCode,
    "redemption_state": RedemptionState,
    "promotion_trigger": PromotionTrigger,
    "grant_state": GrantState,
    "part_state": PartState,
    "invitation_state": InvitationState,
}
_OTHERS = {payer.name for payer in Payer} - {"SELF"}
BUILT = {
    *(f"{family}.{code.name}" for family, codes in ENUMS.items() for code in codes),
    *(f"attention.{code.name}.{part}" for code in AttentionCode for part in ("title", "on", "advice")),
    *(f"turned.{code}.{part}" for code in (*TURNED, *TYPED, *REFUSED_BY_DEEDS) for part in ("title", "text")),
    *(f"turned.weak_password.{reason}" for reason in WEAK),
    *(f"turned.bad_input.{name}" for name in ("scopes", "days", "words", "kind", "taxNumber")),
    *(f"turned.{code}" for code in ("locked.until", "too_many_codes.at")),
    *(f"error.{code}" for code in (*REFUSED, *ALONE, "unexpected", "unavailable", "page_not_found", "form_expired")),
    *(f"pace.tempo.{tempo}" for tempo in ({state.name for state in PaceState} - {"ON_TRACK"}) | {"BELOW", "LEVEL"}),
    *(f"money.pot.{kind.name}" for kind in MoneyKind),
    *(f"payer.{payer}.{part}" for payer in (*_OTHERS, "OTHER") for part in ("title", "text")),
    *(f"number.{kind}" for kind in ("mobile", "fixed", "account")),
    *(f"fault.{kind}" for kind in FAULTS),
    *(f"system.{system}" for system in SYSTEMS),
    *(
        f"refused.{kind}.{part}"
        for kind in (
            *ALONE,
            "page_not_found",
            "bill_not_found",
            "form_expired",
            "bad_cursor",
            "unexpected",
            "unavailable",
            "deadline_exceeded",
            "overloaded",
            "fault",
        )
        for part in ("title", "text")
    ),
    *(f"obstacle.{code.name}.text" for code in ObstacleCode),
    *(f"obstacle.link.{target}" for target in OBSTACLE_LINKS),
    *(f"order_state.{state.name}.text" for state in OrderState),
    *(f"order.done.{done}{part}" for done in orders.DONE for part in ("", ".text")),
    *(f"packages.done.{done}{part}" for done in packages.DONE for part in ("", ".text")),
    *(f"packages.more.{page}" for page in ("catalogue", "orders", "services")),
    *(f"{page}.title" for page in ("catalogue", "orders", "services")),
    *(
        f"prepared_state.{state.name}{part}"
        for state in PreparedState
        for part in ("", ".text")
        if state is not PreparedState.WAITING
    ),
    *(f"next_step.link.{step}" for step in ("RETRY", "PAY", "CHOOSE")),
    *(f"standing.{standing.name}" for standing in Standing if standing is not Standing.USUAL),
    *(f"services.{action}" for action in ("REPORT_LOSS", "RESUME", "CLOSE", "KEEP_OPEN", "OPEN_LINE")),
    *(f"offering.{rule}" for rule in ("requires", "excludes")),
    *(f"turned.{code}.{reason}" for code, reasons in REASONS.items() for reason in reasons),
    *(f"recharge_state.{state.name}.text" for state in RechargeState),
    *(f"auto_state.{state.name}.text" for state in AutoRechargeState),
    *(f"pot.{kind.name}.text" for kind in MoneyKind),
    *(f"{way}.tab" for way in ("recharge", "voucher")),
    *(f"balance.more.{page}" for page in ("recharges", "auto", "transfer")),
    *(f"{page}.title" for page in ("recharges", "auto", "transfer")),
    *(f"auto.done.{done}{part}" for done in auto_recharge.DONE for part in ("", ".text")),
    *(f"transfer.done.{done}{part}" for done in transfer.DONE for part in ("", ".text")),
    *(f"grant.done.{done}{part}" for done in grants.DONE for part in ("", ".text")),
    *(f"{page}.tab" for page in ("points", "rewards", "promotions", "grants", "invite")),
    *(f"{page}.{part}" for page in ("points_transfer", "redemptions") for part in ("title", "more")),
    *(f"redemption_state.{state.name}.text" for state in RedemptionState),
    *(f"redemption_step.{step}" for step in ("HELD", "GIVING", "SENT", "DONE", "RELEASED", "RETURNED")),
    *(f"step_state.{state}" for state in ("DONE", "ACTIVE", "FAILED", "WAITING")),
    *(f"redemption_obstacle.{fact}" for fact in OBSTACLE_FACTS),
    *(f"redemption_obstacle.link.{code}" for code in ("SUSPENDED", "OWES")),
    *(f"{family}.other" for family in ("redemption_obstacle", "reward_kind")),
    *(f"grant_state.{state.name}.text" for state in GrantState),
    *(f"promotions.tier.{trigger.name}" for trigger in PromotionTrigger),
    *(f"delivery.{field}" for field in delivery.FIELDS),
    *(f"invite.rule.{rule}" for rule in ("both", "first_bill", "not_own")),
    *(f"rule.{key}" for key in RULES),
    *(f"weekday.{day}" for day in range(1, 8)),
    *(f"resting.area.{area}" for area in ("all", "change", "recharge", "points", "other")),
    "refused.paid_by_other.title",
    "refused.rests.until",
    *(f"deed.{deed}" for deed in DEEDS),
    *(f"outcome.{code}" for code in ("wrong_credentials", "locked", "code_expired", "step_up_required", "other")),
    *(f"outcome.{code}" for code in ("sim_changed", "weak_password", "not_yours", "rests", "records_locked")),
    *(f"factor.{factor.value}" for factor in Factor),
    *(f"level.{level}{part}" for level in range(4) for part in ("", ".text")),
    *(f"scope.{scope}" for scope in (*SCOPES, *OPENID_SCOPES)),
    *(f"{family}.other" for family in ("factor", "scope", "record", "why")),
    *(f"why.{kept.why}" for kind in KINDS for kept in [kind.kept] if kept),
    *(f"record.{kind.name}" for kind in KINDS),
    *(f"code_purpose.{purpose.value}" for purpose in Purpose),
    *(f"{family}.other" for family in ("code_purpose", "consent", "data_kind")),
    *(f"outcome.{code}" for code in ("declined", "unknown")),
    *(f"passkey.{code}" for code in ("too_many", "unavailable", "locked")),
    *(f"consent.{purpose.name}.text" for purpose in ConsentPurpose),
    *(f"data.done.{kind.name}" for kind in PersonalDataKind),
    *(f"account.{page}" for page in ("security", "lines", "assistance", "privacy")),
    *(f"security.done.{done}" for done in security.DONE),
    *(f"lines.done.{done}" for done in lines.DONE),
    *(f"assistance.done.{done}" for done in assistance.DONE),
    *(f"privacy.done.{done}" for done in privacy.DONE),
    *(f"assistance.{kind}.{part}" for kind in ("grant", "ask") for part in ("title", "text", "number", "button")),
    *(f"bill.title.{category}" for category in ("DUPLICATE", "INTERIM", "TRIAL", "CREDIT_NOTE")),
    *(f"bill_category.{category}.text" for category in ("DUPLICATE", "INTERIM", "TRIAL", "CREDIT_NOTE")),
    *(f"charge_kind.{kind}" for kind in ("ADJUSTMENT", "PENALTY")),
    *(f"difference.{part}.{basis}" for part in ("basis", "same", "against") for basis in ("month", "mean")),
    *(f"pausable.{charge.name}.text" for charge in PausableCharge),
    *(f"beyond.{part}" for part in ("data", "voice", "sms", "roaming")),
    *(f"record_direction.{kind}.{way.name}" for kind in ("VOICE", "SMS") for way in CallDirection),
    *(f"record.used.{kind}" for kind in ("VOICE", "seconds", "SMS", "VALUE_ADDED")),
    *(f"records.bad.{name}" for name in ("number", "place", "fromDay", "toDay", "feeFrom", "other")),
    *(f"export_failure.{code}" for code in ("too_many_rows", "locked", "bss", "other")),
    *(f"trail.query.{mark}" for mark in ("filtered", "reveal")),
    *(f"dispute.whole.{stage}" for stage in ("open", "ended")),
    *(f"brake.done.{done}{part}" for done in brake.DONE for part in ("", ".text")),
    *(f"share.done.{done}" for done in share.DONE),
    *(f"switch.done.{done}" for done in record_switch.DONE),
    *(f"export_records.done.{done}{part}" for done in record_exports.DONE for part in ("", ".text")),
    "record_kind.other",
    *(f"nav.{page}" for page in ("home", "bills", "usage", "packages", "points", "inbox")),
    *(f"inbox.{topic.name}.title" for topic in InboxTopic),
    *(f"settings.theme.{theme}" for theme in ("auto", "light", "dark")),
    *(f"attention.link.{page}" for page in ("bills", "usage", "brake", "recharge")),
    *(f"welcome.{part}.{kind}" for part in ("money", "left", "why") for kind in ("title", "text")),
    *(f"welcome.sms.{word}" for word in ("YE", "HF", "CXLL", "ZD")),
    *(f"welcome.call.{word}{end}" for word in ("ask", "language") for end in ("", ".answer")),
}


def _written_keys() -> set[str]:
    """The keys that stand in templates and modules as they are."""
    templates = [path for path in (ROOT / "web" / "templates").rglob("*.html") if path.parent.name != "desk"]
    shared = ROOT / "channels" / "browser" / "rule_words.py"
    sources = [*templates, shared, *(ROOT / "channels" / "web_hall").glob("*.py")]
    calls = re.compile(r'(?:\bt|wording)\(\s*"([a-z_.A-Z]+)"(?!\s*~)|"([a-z_]+(?:\.[a-z_]+)+)"')
    return {key for path in sources for pair in calls.findall(path.read_text(encoding="utf-8")) for key in pair if key}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_graph_and_the_doorkeeper_has_words(language: Language) -> None:
    assert set() == BUILT - load_wordings(LOCALES, "10086")[language].keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_a_page_names_has_words_and_every_key_is_used(language: Language) -> None:
    keys = load_wordings(LOCALES, "10086")[language].keys
    written = {key for key in _written_keys() if not key.endswith((".html", ".js", ".css", ".svg", ".js"))}
    named = {key for key in written if key.split(".")[0] in {known.split(".")[0] for known in keys}}
    assert named - keys == set()
    assert keys - BUILT - written == set()


def test_both_languages_have_the_same_keys_none_empty_none_fuzzy_and_the_same_parameters() -> None:
    catalogues = {language: load_catalogue(LOCALES, language) for language in LANGUAGES}
    messages = {
        language: {message.id: message for message in catalogue if message.id}
        for language, catalogue in catalogues.items()
    }
    assert messages["zh"].keys() == messages["en"].keys()
    for key, chinese in messages["zh"].items():
        english = messages["en"][key]
        assert not chinese.fuzzy
        assert not english.fuzzy
        texts = [
            message.string if isinstance(message.string, tuple) else (message.string,) for message in (chinese, english)
        ]
        assert all(text for each in texts for text in each), key
        fields = [set(re.findall(r"{(\w+)(?::,)?}", " ".join(each))) for each in texts]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_of_every_system_is_said_in_words(language: Language) -> None:
    wording = load_wordings(LOCALES, "10086")[language]
    unexpected = wording("error.unexpected")
    said = {wording.fault(f"{system}_{kind}") for system in SYSTEMS for kind in FAULTS}
    assert len(said) == len(SYSTEMS) * len(FAULTS)
    assert unexpected not in said
    assert wording.fault("a_code_of_tomorrow") == unexpected


def test_a_key_without_words_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(MissingWord, match=r"no\.such\.key"):
        load_wordings(LOCALES, "10086")["zh"]("no.such.key")


def test_the_number_of_the_hall_is_a_setting_and_not_a_word() -> None:
    assert "12580" in load_wordings(LOCALES, "12580")["zh"]("foot.help")
    assert not any("10086" in str(message.string) for message in load_catalogue(LOCALES, "zh"))


def test_a_name_that_a_template_does_not_get_is_an_error_and_not_a_hole() -> None:
    views = load_views(ROOT / "web", Cookies(secure=False), "10086")
    with pytest.raises(UndefinedError):
        views.templates["zh"].from_string("{{ never_given }}").render()


def test_chinese_sentences_have_chinese_punctuation() -> None:
    for message in load_catalogue(LOCALES, "zh"):
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and re.search(r"[\u4e00-\u9fff]", "".join(texts)):
            assert not re.search(r"[,;:?!()]", re.sub(r"{\w+(:,)?}", "", "".join(texts))), message.id
