"""What does Celery do here? It carries ids to where an alert is said; the rows hold the promise."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog
from celery import Celery
from celery.signals import worker_ready, worker_shutdown

from gateway.forgetting import forget_all
from gateway.identity.upkeep import work_on_identity
from gateway.settings import Settings
from gateway.wiring import Hall, open_hall

log = structlog.get_logger(__name__)

T = TypeVar("T")
SWEEP_SECONDS = 2.0
TASK_SECONDS = 60


def make_celery(redis_url: str) -> Celery:
    """The Celery app: late acknowledgement, nothing kept of results, no long countdowns."""
    app = Celery("onehall", broker=_broker_address(redis_url))
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": 60, "socket_timeout": 5, "socket_connect_timeout": 5},
        beat_schedule={
            "count": {"task": "count_usage", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
            "sweep": {"task": "sweep_alerts", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
            "identity": {"task": "work_on_identity", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
            "exports": {"task": "wake_exports", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
            "rewards": {"task": "wake_rewards", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
            "deals": {"task": "wake_deals", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
            "forget": {"task": "forget_what_is_over", "schedule": 3600.0, "options": {"expires": 3600.0}},
        },
        timezone="UTC",
    )
    return app


def _broker_address(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+socket://", 1)


class Hand:
    """One event loop and one hall for the life of a worker process; its tasks hand their coroutines to it."""

    def __init__(self, settings: Settings) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hall", daemon=True)
        self._thread.start()
        self._opened = open_hall(settings)
        self.hall: Hall = self.do(self._opened.__aenter__())

    def do(self, deed: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine on the hall's loop and waits for it."""
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(TASK_SECONDS)

    def close(self) -> None:
        """Closes the hall and ends the loop."""
        self.do(self._opened.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)


def add_tasks(app: Celery, hand: Hand) -> None:
    """The tasks: thin, idempotent, and each may be lost, since the sweep finds what nobody finished."""

    @app.task(name="count_usage")
    def count_usage() -> None:
        for alert_id in hand.do(hand.hall.counters.count()):
            say_alert.delay(alert_id)

    @app.task(name="say_alert")
    def say_alert(alert_id: int) -> None:
        hand.do(hand.hall.outbox.say(alert_id))

    @app.task(name="sweep_alerts")
    def sweep_alerts() -> None:
        for alert_id in hand.do(hand.hall.outbox.fetch_due()):
            say_alert.delay(alert_id)

    @app.task(name="work_on_identity")
    def work_on_identity_now() -> None:
        hand.do(work_on_identity(hand.hall.identity))

    @app.task(name="wake_exports")
    def wake_exports() -> None:
        hand.do(hand.hall.statements.work.wake())

    @app.task(name="wake_deals")
    def wake_deals() -> None:
        hand.do(hand.hall.deals.wake())

    @app.task(name="wake_rewards")
    def wake_rewards() -> None:
        hand.do(hand.hall.rewards.wake())

    @app.task(name="forget_what_is_over")
    def forget_what_is_over() -> None:
        hand.do(forget_all(hand.hall))


def work(settings: Settings) -> None:
    """Runs a worker until it is told to end."""
    app = make_celery(settings.redis)
    hand = Hand(settings)
    add_tasks(app, hand)
    ready = settings.data_folder / "ready" / "worker"
    ready.parent.mkdir(parents=True, exist_ok=True)
    ready.unlink(missing_ok=True)
    worker_ready.connect(lambda **_: ready.touch(), weak=False)

    def finish(**_: object) -> None:
        ready.unlink(missing_ok=True)
        hand.close()

    worker_shutdown.connect(finish, weak=False)
    words = [
        "worker",
        "--pool=threads",
        "--concurrency=4",
        "--without-gossip",
        "--without-mingle",
        "--loglevel=WARNING",
    ]
    app.worker_main(words)


def keep_schedule(settings: Settings) -> None:
    """Runs Celery's beat until it is told to end."""
    app = make_celery(settings.redis)
    schedule = settings.data_folder / "beat-schedule"
    app.start(["beat", "--loglevel=WARNING", f"--schedule={schedule}", "--pidfile="])
