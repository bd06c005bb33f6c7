"""How is the SMS hall tied to the operator's short message centre?"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

import structlog
from aiosmpplib import (  # type: ignore[import-untyped]
    AbstractHook,
    BindTransceiverResp,
    DeliverSm,
    GenericNack,
    SmppCommandStatus,
    SmppMessage,
    SubmitSm,
    SubmitSmResp,
)

from channels.sms.answering import Answerer, Hall
from channels.sms.queue import SmsQueue
from channels.sms.sending import DEFAULT_PACE, Pace, Sender
from channels.sms.smpp import (
    PartsCorrelator,
    Reconnection,
    TolerantEsme,
    Unthrottled,
    parse_bind_refusal,
    parse_part,
    parse_receipt,
)

LOG = structlog.get_logger(__name__)
EXPIRE_SECONDS, FORGET_SECONDS, FINISH_SECONDS = 5.0, 3600.0, 3.0
RESTART_SECONDS = 1.0
USER_MESSAGE_REFERENCE = 0x0204


class SmsLink(AbstractHook):  # type: ignore[misc]
    """Bound to the SMSC as a transceiver; the only process that speaks SMPP.

    A received message is stored before it is acknowledged, an answer is stored before it is sent, and what is to be
    sent is a row until the SMSC took it: a kill at any moment loses nothing.
    """

    def __init__(  # noqa: PLR0913  the SMSC's address, who we are to it, and what lies behind
        self,
        *,
        host: str,
        port: int,
        system_id: str,
        password: str,
        queue: SmsQueue,
        hall: Hall,
        hall_number: str = "10086",
        pace: Pace = DEFAULT_PACE,
    ) -> None:
        """``hall_number`` is what subscribers text. Raises ValueError for what SMPP can't carry (a long password)."""
        self._host = host
        self._port = port
        self._credentials = (system_id, password)
        self._queue = queue
        self._pace = pace
        self._sender = Sender(queue, hall_number=hall_number, pace=pace)
        self._answerer = Answerer(queue, hall, answered=self._sender.wake)
        self._session = ""
        self._make_esme()  # refuses a setting that SMPP can't carry now, not at the first connection

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps the link and answers until ``stop`` is set; then unbinds, after what is in flight was settled."""
        tasks = {
            name: asyncio.create_task(_supervise(name, work, stop), name=f"sms {name}")
            for name, work in (
                ("link", self._keep_link),
                ("sender", self._sender.run),
                ("answerer", self._answerer.run),
                ("expiry", self._expire),
                ("retention", self._forget),
            )
        }
        try:
            await stop.wait()
            self._answerer.finish()
            await asyncio.wait([tasks["answerer"]], timeout=FINISH_SECONDS)
            await self._sender.drain(FINISH_SECONDS)
            await asyncio.wait([tasks["sender"]], timeout=FINISH_SECONDS)
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.wait(tasks.values(), timeout=FINISH_SECONDS + 1)
            await self._sender.link_went_down()

    # --- the library's hook --------------------------------------------------------------------------------------

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Called before a PDU is written."""
        if isinstance(smpp_message, SubmitSm):
            self._sender.note_submitted(smpp_message)

    async def received(self, smpp_message: SmppMessage | None, pdu: bytes, client_id: str) -> None:
        """Called before a request is acknowledged: what fails here is not acknowledged, and will come again."""
        match smpp_message:
            case DeliverSm():
                await _or_break_link(self._take_receipt if smpp_message.is_receipt() else self._take, smpp_message)
            case SubmitSmResp():
                await self._sender.settle(
                    smpp_message.sequence_num, smpp_message.command_status, smpp_message.message_id
                )
            case GenericNack():
                await self._sender.settle(smpp_message.sequence_num, SmppCommandStatus.ESME_RUNKNOWNERR, "")
            case None | BindTransceiverResp() if refusal := parse_bind_refusal(pdu):
                LOG.error("smsc_refused_bind", code=refusal, host=self._host, port=self._port)

    async def send_error(self, smpp_message: SmppMessage, error: Exception, client_id: str) -> None:
        """Called when a part could not be built or written. What broke with the link is settled with the link."""
        if isinstance(error, ValueError):
            await self._sender.give_up(smpp_message)

    # --- below ---------------------------------------------------------------------------------------------------

    def _make_esme(self) -> TolerantEsme:
        return TolerantEsme(
            smsc_host=self._host,
            smsc_port=self._port,
            system_id=self._credentials[0],
            password=self._credentials[1],
            enquire_link_interval=30.0,
            socket_timeout=10.0,
            log_level="CRITICAL",  # it logs texts and numbers below that
            hook=self,
            broker=self._sender,
            correlator=PartsCorrelator(lambda message: _or_break_link(self._take_part, message)),
            throttle_handler=Unthrottled(),
            retry_timer=Reconnection(
                pause_seconds=self._pace.reconnect_seconds,
                pause_seconds_max=self._pace.pause_seconds_max,
                came_up=self._came_up,
                went_down=self._went_down,
            ),
        )

    async def _keep_link(self) -> None:
        esme = self._make_esme()
        running = asyncio.create_task(esme.start())
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(FINISH_SECONDS):
                    await esme.stop()  # a word of goodbye: unbind
            raise
        finally:
            running.cancel()
            await self._sender.link_went_down()

    def _came_up(self) -> None:
        self._session = uuid4().hex
        self._sender.link_came_up()
        LOG.info("smsc_bound", host=self._host, port=self._port)

    async def _went_down(self, pause_seconds: float) -> None:
        await self._sender.link_went_down()
        LOG.warning("smsc_gone", host=self._host, port=self._port, retry_seconds=pause_seconds)

    async def _take(self, message: DeliverSm) -> None:
        reference = next((p.value for p in message.optional_params or [] if p.tag == USER_MESSAGE_REFERENCE), "")
        stored = await self._queue.receive(
            sender=message.source.number,
            destination=message.destination.number,
            text=message.short_message or message.message_payload,
            session=self._session,
            sequence=message.sequence_num,
            reference=str(reference),
        )
        LOG.info("sms_received" if stored else "sms_repeated")
        self._answerer.wake()

    async def _take_part(self, message: DeliverSm) -> None:
        reference, part, total = parse_part(message)
        await self._queue.receive_part(
            sender=message.source.number,
            destination=message.destination.number,
            text=message.short_message or message.message_payload,
            session=self._session,
            sequence=message.sequence_num,
            reference=reference,
            part=part,
            total=total,
        )
        self._answerer.wake()

    async def _take_receipt(self, message: DeliverSm) -> None:
        receipt = parse_receipt(message)
        if receipt is None or not await self._queue.record_receipt(*receipt):
            LOG.info("sms_receipt_unknown")

    async def _expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_SECONDS)
            if count := await self._queue.expire():
                LOG.warning("sms_expired", count=count)

    async def _forget(self) -> None:
        while True:
            await self._queue.forget_old()
            await asyncio.sleep(FORGET_SECONDS)


async def _or_break_link(store: Callable[[DeliverSm], Awaitable[None]], message: DeliverSm) -> None:
    """Stores, or breaks the connection, so that the SMSC keeps the message and offers it again."""
    try:
        await store(message)
    except Exception as error:
        LOG.error("sms_not_stored", error=type(error).__name__)
        _end_if_cancelled(error)
        raise ConnectionError("a message could not be stored") from error


async def _supervise(name: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Starts the work again when it ends or fails, until it is told to stop."""
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # noqa: BLE001  a database that is away for a while must not end the link
            LOG.error("sms_task_failed", process=name, error=type(error).__name__)
            _end_if_cancelled(error)
        with suppress(TimeoutError):
            async with asyncio.timeout(RESTART_SECONDS):
                await stop.wait()


def _end_if_cancelled(error: Exception) -> None:
    """A library may answer a cancellation with an error of its own; who is told to end has to end all the same."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error
