"""How does the process that alone owns the link to the SMSC run?"""

import asyncio
import signal

from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.link import SmsLink
from channels.sms.wording import Wording
from gateway.settings import Settings
from gateway.texts import signatures_of
from gateway.wiring import SMS_LINK, open_hall


def run_link(settings: Settings) -> None:
    """Runs the link until SIGTERM or SIGINT."""
    asyncio.run(_run_link(settings))


async def _run_link(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    host, port = settings.smsc
    async with open_hall(settings) as hall:
        answers = SmsHall(
            hall.graph,
            hall.doorkeeper,
            hall.conversations,
            grammar=load_hall_grammar(),
            wording=Wording(signatures_of(settings.sms_signature)),
            link=SMS_LINK,
            public_url=settings.public_url,
        )
        link = SmsLink(
            host=host,
            port=port,
            system_id=settings.smsc_system_id,
            password=settings.smsc_password,
            hall_number=settings.hall_number,
            queue=hall.sms_queue,
            hall=answers,
        )
        await link.run(stop)
