"""What does each text and each leaf of a call open to whom, by the hand-reviewed tables?"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from channels.ivr.asking import ANSWERS, DEEDS
from channels.ivr.menu import load_menu
from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.wording import Wording
from gateway.keys import ivr_token
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, Operation, Role, Staff
from sandbox.handset.voicexml import Call
from tests.authorization.conftest import HELPING, OWNER, WholeHall
from tests.contract.reward_ways import TEN_YUAN, fill_mall, give_points

PASSWORD, STRANGER = "258001", "13999999999"
TABLES = Path(__file__).parent
GRAMMAR, MENU = load_hall_grammar(), load_menu()
PLACES = frozenset(
    {"safety", "forgotten", "text_details", "text_offer", "services", "drop_number", "report_loss", "resume_line"}
)
DROP = f"{MENU.keys.drop}N"
"""Chooses the first of what the line has that can still be dropped: ``N`` stands for its number."""
TYPED: Mapping[str, str] = {
    "change_password": f"BGMM#{PASSWORD}#111111#111111",
    "reset_password": "forgot password",
    "genuine": "YZ#12345678",
    "end_permission": "QXDB#1",
    "voucher": "CZ#123456789012345678",
}
"""What is texted where the bare keyword would only be answered with how to use it."""
LED_FROM: Mapping[str, str] = {
    "end_help": "helpers",
    **dict.fromkeys(("pause_charges", "resume_charges"), "charge_brake"),
    **dict.fromkeys(("text_details", "text_offer"), "balance"),
    **dict.fromkeys(("drop_number", "prepare_change", "confirm_change", "withdraw_change"), "subscribed"),
    "redeem_voucher": "voucher",
    **dict.fromkeys(("redemption_preview", "redeem_reward"), "rewards"),
}
"""The line of the menu that leads to a deed."""
ALL_CHARGES = "OUT_OF_BUCKET, THIRD_PARTY, ROAMING"
SAID = {
    "proof": "we need to know it is you",
    "refused": "There is nothing to show for this number by SMS",
}
ASKED = {"number": "key in your mobile number", "proof": "key in your six-digit service password"}
_messages = count(1)


def read_table(name: str) -> dict[str, dict[str, str]]:
    text = TABLES.joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    names = lines[0].split("\t")[1:]
    rows = [line.split("\t") for line in lines[1:]]
    return {what: dict(zip(names, cells, strict=True)) for what, *cells in rows}


def cells_of(name: str) -> list[tuple[str, str, str]]:
    return [(what, who, cell) for what, row in read_table(name).items() for who, cell in row.items()]


@pytest.mark.parametrize(("command", "who", "expected"), cells_of("sms.tsv"))
def test_a_text_opens_what_the_table_says(whole: WholeHall, command: str, who: str, expected: str) -> None:
    said = whole.portal.call(write, whole, command, who)
    assert re.search(SAID.get(expected, expected), said), said


async def write(whole: WholeHall, command: str, who: str) -> str:
    """The last answer to who texts a command, as somebody unknown, over a link that proves nothing, over one that
    proves the line, or with the password after it."""
    hall, number = whole.house.hall, STRANGER if who == "unknown" else OWNER
    link = "somebody-else-s" if who == "untrusted" else "sms"
    sms = SmsHall(
        hall.graph, hall.doorkeeper, hall.conversations, grammar=load_hall_grammar(), wording=Wording(), link=link
    )
    await hall.conversations.end(f"sms:{number}")
    await sms.answer(number, "EN", message_id=next(_messages))
    typed = TYPED.get(command) or GRAMMAR.command(command).keywords[0]
    said = (await sms.answer(number, typed, message_id=next(_messages))).text
    if who == "proved" and SAID["proof"] in said:
        said = (await sms.answer(number, PASSWORD, message_id=next(_messages))).text
    return said


def test_every_command_of_the_grammar_has_a_row_and_no_other() -> None:
    assert {command.name for command in GRAMMAR.commands} == set(read_table("sms.tsv"))


@pytest.mark.parametrize(("leaf", "who", "expected"), cells_of("ivr.tsv"))
def test_a_leaf_of_a_call_opens_what_the_table_says(whole: WholeHall, leaf: str, who: str, expected: str) -> None:
    prepare(whole, leaf)
    heard = whole.portal.call(ring, whole, leaf, who)
    assert re.search(ASKED.get(expected, expected), heard), heard


def prepare(whole: WholeHall, leaf: str) -> None:
    """Somebody who asks to help, or who may already, where the leaf is about them; points, and what they buy."""
    if leaf == "end_help":
        owner = whole.session(OWNER, whole.line_id(OWNER), Channel.APP, Factor.PASSWORD, Factor.CODE)
        whole.do(owner, "grantHelp", f'number: "{HELPING}", scopes: ["usage"], days: 30')
    if leaf in ("charge_brake", "pause_charges", "resume_charges"):
        owner = whole.session(OWNER, whole.line_id(OWNER), Channel.APP, Factor.PASSWORD, Factor.CODE)
        whole.do(owner, "pauseCharges" if leaf == "resume_charges" else "resumeCharges", f"charges: [{ALL_CHARGES}]")
    if leaf == "service_notices":
        whole.portal.call(let_rest, whole)
    if leaf in ("rewards", "redemption_preview", "redeem_reward"):
        whole.portal.call(fill_mall, whole.house, TEN_YUAN)
        whole.portal.call(give_points, whole.house, OWNER, TEN_YUAN.points)
    if leaf == "answer_help":
        helping = whole.session(HELPING, whole.line_id(HELPING), Channel.APP, Factor.PASSWORD, Factor.CODE)
        whole.do(helping, "askToHelp", f'number: "{OWNER}", scopes: ["usage"], days: 30')


async def let_rest(whole: WholeHall) -> None:
    """The operator plans a rest of vouchers in two hours, as its own people do at the desk."""
    colleague = Caller(Channel.DESK, assurance=2, since=datetime.now(UTC), staff=Staff("0001", Role.OPERATIONS))
    begins = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    wanted = f'deeds: ["redeemVoucher"], beginsAt: "{begins}", reasonZh: "测试", reasonEn: "a test"'
    text = f'mutation {{ restDeeds(input: {{ idempotencyKey: "rest-{begins}", {wanted} }}) {{ __typename }} }}'
    outcome = await whole.house.hall.graph.run(Operation("", text), {}, colleague)
    assert outcome.data == {"restDeeds": {"__typename": "ServiceNotice"}}, outcome


async def ring(whole: WholeHall, leaf: str, who: str) -> str:
    """What somebody hears who presses the keys that lead there: without the gateway's word for the number, with it,
    or after the password as well."""
    token = ivr_token(whole.house.hall.settings)
    url = f"{whole.address}/ivr" + ("" if who == "unproven" else f"?token={token}")
    async with Call(url, None if who == "unproven" else OWNER, call_id=f"call-{next(_messages)}") as call:
        await call.dial()
        await call.press("2")
        listed = ""
        for key in keys_to(leaf):
            if ASKED["number"] not in call.heard:  # what is pressed there would be a number
                await call.press(key if key != "N" else first_droppable(listed) + "#")
            listed = call.heard if "Number one:" in call.heard else listed
        if who == "proved" and ASKED["proof"] in call.heard:
            await call.press(PASSWORD + "#")
        return call.heard


def first_droppable(listed: str) -> str:
    """The number of the first item of the list, as it was read out, that neither stays nor ends already."""
    items = re.findall(r"Number [a-z-]+: [^.]*\.", listed)
    stays = ("is your plan.", "can not be dropped.", "has not begun yet.")
    droppable = (number for number, said in enumerate(items, 1) if not said.endswith(stays) and ", until " not in said)
    return str(next(droppable))


def keys_to(leaf: str) -> str:
    if leaf in ("answer_help", "service_notices"):
        return MENU.keys.yes if leaf == "answer_help" else ""
    item = MENU.item_for(LED_FROM.get(leaf, leaf))
    assert item is not None, leaf
    way, above = item.key, MENU.item_for(item.menu)
    while above is not None:
        way, above = above.key + way, MENU.item_for(above.menu)
    to_do = {
        "end_sessions": MENU.keys.yes,
        "end_help": MENU.keys.pick[0],
        "pause_charges": MENU.keys.yes,
        "resume_charges": MENU.keys.no,
        "drop_number": MENU.keys.drop,
        "prepare_change": DROP,
        "confirm_change": DROP + MENU.keys.yes,
        "withdraw_change": DROP + MENU.keys.no,
        "text_details": MENU.keys.text,
        "text_offer": MENU.keys.end,
        "redemption_preview": MENU.keys.pick[0],
        "redeem_reward": MENU.keys.pick[0] + MENU.keys.yes,
    }.get(leaf, "")
    return way + to_do


def test_every_leaf_and_deed_of_a_call_has_a_row_and_no_other() -> None:
    assert set(read_table("ivr.tsv")) == ANSWERS | DEEDS | PLACES
