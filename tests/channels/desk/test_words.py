"""Has every code its words at the desk, in both languages, and every word its use?"""

import re
from enum import Enum
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Message

from channels.browser.wording import HALL, load_catalogue, load_wordings
from channels.desk import mall, redemption, refund
from channels.desk.line import MINUTES
from channels.desk.promise import FIELDS
from channels.desk.rest import GROUPS
from channels.desk.views import TABS, WORDS, name_deed
from channels.rendering import LANGUAGES, Language
from gateway.identity.staff.passphrase import Weakness
from graphql_schema.client import Channel, Role
from graphql_schema.types.audit import Actor
from graphql_schema.types.contact import ContactKind, ContactPurpose
from graphql_schema.types.line import LineKind, LineState
from graphql_schema.types.promise import PromiseSource
from graphql_schema.types.promotion import PromotionTrigger, RewardEffect
from graphql_schema.types.recharge import MismatchKind, RechargeSource
from graphql_schema.types.reward import RedemptionState, RewardKind
from graphql_schema.types.staff import BulkKind, BulkState

ROOT = Path(__file__).parents[3]
LOCALES = ROOT / "web" / "locales"
REFUSALS = (
    "not_found", "role_required", "needs_other_eyes", "key_reused", "under_way", "bad_argument", "too_many",
    "amount_refused", "provider_refused", "deed_off", "campaign_refused",
)  # fmt: skip
_NAMED = r"(?:Fault\(.*?|[Ww]rong\(.*?|\.refuse\(\w+|_unreadable\()(?:, )?\"([a-z_]+)\""
FAULTS = frozenset(
    code
    for folder in ("campaigns", "desk")
    for path in (ROOT / "loyalty" / folder).glob("*.py")
    for code in re.findall(_NAMED, path.read_text(encoding="utf-8"))
)
"""Every code that can be wrong with a campaign's document, as the room names them."""
PAGES = (
    "not_found", "role_required", "form_expired", "page_not_found", "key_reused", "under_way", "unavailable",
    "unexpected", "bad_cursor", "fault",
)  # fmt: skip
TURNED = (
    "wrong_credentials", "locked", "session_ended", "enrolment_refused", "weak_password", "mismatch", "unavailable",
)  # fmt: skip
DEEDS = (
    "find_line", "fetch_members", "open_contact", "end_line_sessions", "sessions_ended", "password_voided",
    "propose_bulk_deed", "decide_bulk_deed", "keep_promise", "rest_deeds", "end_rest", "refund_recharge",
    "search_audit_trail", "verify_audit_trail", "propose_campaign", "switch_campaign_on", "switch_campaign_off",
    "put_reward_item", "switch_reward_item", "put_reward_codes", "begin_return", "finish_return", "drop_return",
    "find_redemption",
    "staff_sign_in", "staff_added",
    "staff_enrolled", "staff_disabled", "staff_reset", "oauth_client_add", "oauth_client_disable",
)  # fmt: skip
SWITCH_WORDS = ("said", "said_text", "confirm", "consequence", "do")
HINTED = ("code", "amount", "offering_id", "batch", "goods", "stock", "per_month", "position")
OF_THE_HALL: dict[str, type[Enum]] = {
    "line_kind": LineKind, "line_state": LineState, "actor": Actor, "channel": Channel, "contact_kind": ContactKind,
    "contact_purpose": ContactPurpose, "promise_source": PromiseSource,
    "reward_kind": RewardKind, "promotion_trigger": PromotionTrigger,
}  # fmt: skip
BUILT = {
    *(f"desk.tab.{name}" for name in TABS),
    *(f"desk.tile.{name}" for name in TABS),
    *(f"desk.role.{role.name}" for role in Role),
    *(f"desk.bulk.kind.{kind.name}" for kind in BulkKind),
    *(f"desk.bulk.consequence.{kind.name}" for kind in BulkKind),
    *(f"desk.bulk.state.{state.name}" for state in BulkState),
    *(f"desk.bulk.said.{state}" for state in ("APPROVED", "REFUSED", "DONE")),
    *(f"desk.refused.{name}" for name in (*REFUSALS, "reason", "numbers", "minutes", "number")),
    *(f"desk.refused.{name}" for name in ("price", "monthlyPrice", "gift", "starts", "startsOn", "months", "note")),
    *(f"desk.promise.{name}" for name in FIELDS),
    *(f"desk.refused.{name}" for name in ("deeds", "beginsAt", "endsAt", "reason_zh", "reason_en")),
    *(f"desk.refused.{name}" for name in ("recharge", "amount", "day")),
    *(f"desk.rest.group.{group}" for group in GROUPS),
    *(f"desk.rest.{name}" for name in ("begins", "ends", "reason_zh", "reason_en")),
    *(f"desk.rest.said.{deed}" for deed in ("rests", "goes_on")),
    *(f"desk.refund.{name}{hint}" for name in refund.FIELDS for hint in ("", "_hint")),
    *(f"desk.reconciliation.source.{source.name}" for source in RechargeSource),
    *(f"desk.reconciliation.mismatch.{kind.name}" for kind in MismatchKind),
    *(f"desk.refused.{name}" for name in ("document", "batch", "codes")),
    *(f"desk.campaign.{words}.{deed}" for words in SWITCH_WORDS for deed in ("on", "off")),
    *(f"desk.effect.{effect.name}" for effect in RewardEffect),
    *(f"desk.fault.{code}" for code in FAULTS),
    *(f"desk.mall.field.{name}" for name in (*mall.FIELDS, "shown")),
    *(f"desk.mall.hint.{name}" for name in HINTED),
    *(f"desk.mall.said.{deed}" for deed in ("put", "shown", "put_away")),
    *(f"desk.redemption.state.{state.name}" for state in RedemptionState),
    *(f"desk.redemption.{words}.{step}" for words in ("do", "consequence", "said") for step in redemption.STEPS),
    *(f"desk.redemption.refused.{reason}" for reason in ("not_goods", "not_there", "too_late")),
    *(f"desk.points.what.{what}" for what in ("balance", "held", "owed", "lots", "lots_held", "unknown")),
    *(f"desk.page.{name}" for name in PAGES),
    *(f"desk.turned.{code}" for code in TURNED),
    *(f"desk.weak.{reason}" for reason in get_args(Weakness)),
    *(f"desk.contact.lifetime.{minutes}" for minutes in MINUTES),
    *(f"desk.deed.{deed}" for deed in DEEDS),
}


def written_keys() -> set[str]:
    """The keys that stand in the desk's templates as they are."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "web" / "templates" / "desk").glob("*.html"))
    found = {key for text in texts for key in re.findall(r'"(desk\.[a-z_.]+[a-z])"', text)}
    return found - {"desk.css", "desk.bulk.kind"}  # a style sheet, and a family


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_has_words_and_every_key_is_used(language: Language) -> None:
    keys = {message.id[0] if isinstance(message.id, tuple) else message.id for message in _catalogue(language)}
    assert (BUILT | written_keys()) - keys == set()
    assert keys - BUILT - written_keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_hall_that_the_desk_says_is_there(language: Language) -> None:
    wording = load_wordings(LOCALES, "10086", HALL, WORDS)[language]
    assert {f"{family}.{each.name}" for family, kind in OF_THE_HALL.items() for each in kind} <= wording.keys
    assert wording("desk.bulk.lines", n=1) != ""
    assert wording.fault("line_unavailable") != wording.fault("unexpected")


def test_both_languages_have_the_same_keys_none_empty_and_the_same_parameters() -> None:
    chinese, english = ({message.id: message for message in _catalogue(language)} for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    for key, message in chinese.items():
        texts = [each if isinstance(each, tuple) else (each,) for each in (message.string, english[key].string)]
        assert all(text for each in texts for text in each), key
        fields = [set(re.findall(r"{(\w+)}", " ".join(each))) for each in texts]
        assert fields[0] == fields[1], key
        assert not re.search(r"[,;:?!()]", re.sub(r"[a-z]+:\w+", "", "".join(texts[0]))), key


def test_a_deed_without_words_is_shown_as_the_trail_calls_it() -> None:
    wording = load_wordings(LOCALES, "10086", HALL, WORDS)["en"]
    assert name_deed("openContact", wording) == "Turned to the customer"
    assert name_deed("a_deed_of_tomorrow", wording) == "a_deed_of_tomorrow"


def _catalogue(language: Language) -> list[Message]:
    return [message for message in load_catalogue(LOCALES, language, WORDS) if message.id]
