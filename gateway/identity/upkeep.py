"""What does a worker do for identity, every few seconds and every hour?"""

from gateway.database import write
from gateway.identity.assembly import Identity
from gateway.identity.audit.upkeep import keep_trail
from gateway.identity.contact.desk import forget_contacts
from gateway.identity.doorkeeper import real_now
from gateway.identity.passkey.challenge import purge_challenges
from gateway.identity.people.forgetting import close_over
from gateway.identity.personal_data.periods import AUDIT
from gateway.identity.personal_data.retention import forget_by_schedule
from gateway.identity.staff.bulk import forget_bulk_deeds
from gateway.identity.staff.bulk_work import work_on_bulk


async def work_on_identity(identity: Identity) -> None:
    """What people wait for: their data, approved bulk deeds, news of permissions, the trail's next seal. Any number of
    workers may do it at once; each part claims its work in the database. Raises DatabaseFault."""
    engine, now = identity.engine, real_now()
    await identity.tidings.tell_waiting()
    await work_on_bulk(engine, lines=identity.lines, notices=identity.notices, now=now)
    await identity.personal_data_work.work_on_requests()
    await keep_trail(engine, secret=identity.secret, now=now, keep=AUDIT)


async def forget_of_identity(identity: Identity) -> None:
    """What is over goes, keys take their turn. Raises DatabaseFault."""
    engine, now = identity.engine, real_now()
    await identity.doorkeeper.purge()
    await identity.staff_door.purge()
    await identity.oauth.purge()
    await identity.oauth.keys.rotate()
    await identity.deeds.note_abandoned()
    await identity.deeds.forget_old()
    async with write(engine) as connection:
        await close_over(connection, now)
        await forget_contacts(connection, now=now)
        await forget_bulk_deeds(connection, now=now)
        await purge_challenges(connection, now=now)
    await forget_by_schedule(engine, now=now)
