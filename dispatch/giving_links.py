"""A job gets its subscriber's link, and the link its address: shared by whoever promises a window, words a message, or sends it again."""

from datetime import datetime
from uuid import UUID

from db.ids import new_id
from db.queries import areas, links
from db.records import Job, SubscriberLink
from db.rows import Conn
from dispatch.actors import Actor
from dispatch.rules.links import address_of, key_from, token_for
from dispatch.sessions import digest


async def give_link(conn: Conn, job: Job, actor: Actor, now: datetime) -> SubscriberLink | None:
    """The one it has, or a new one; one from before it was reopened is over. None where the installation has no key."""
    found = await links.find_link_of_job(conn, job.area_id, job.job_id)
    if found is not None:
        return found
    installation = await areas.find_installation(conn)
    if installation is None:
        return None
    await links.revoke_links(conn, job.area_id, job.job_id, now)
    link_id = new_id()
    link = SubscriberLink(
        area_id=job.area_id,
        subscriber_link_id=link_id,
        job_id=job.job_id,
        reopened=job.reopened,
        token_hash=digest(token_for(key_from(installation.cursor_key), job.area_id, link_id)),
        made_at=now,
        made_by=actor.actor_id,
    )
    await links.insert_links(conn, [link])
    return link


async def find_address(conn: Conn, area_id: UUID, job_id: UUID, public_url: str | None) -> str | None:
    """Of the job's link, to be sent to its subscriber. None where it has none, where nobody has said under which address this
    installation is reached, and where its key is another one by now: such a link would open nothing."""
    link = await links.find_link_of_job(conn, area_id, job_id)
    installation = await areas.find_installation(conn)
    if public_url is None or link is None or installation is None:
        return None
    token = token_for(key_from(installation.cursor_key), area_id, link.subscriber_link_id)
    return address_of(public_url, token) if digest(token) == link.token_hash else None
