"""`line3 reviews`: what phones reported and a person has to decide, at the command line."""

import argparse
import asyncio
from uuid import UUID

from api.deps import NOBODY
from api.running import running
from db.records import Review
from db.states import Role
from dispatch.actors import Actor
from dispatch.errors import Refused
from dispatch.flows import accounts, evidence, reviews
from dispatch.settings import Settings

REFUSALS = (Refused,)
PAGE = 500


def add(command: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """`reviews list --by LOGIN`, `reviews decide ID --by LOGIN --accept|--dismiss --note TEXT`."""
    commands = command.add_subparsers(required=True, metavar="what", dest="what")
    made = commands.add_parser("list", parents=[shared], help="what is open, oldest first")
    made.add_argument("--by", required=True, metavar="LOGIN", help="a dispatcher")
    made = commands.add_parser("decide", parents=[shared], help="take it into force, or not")
    made.add_argument("review", type=UUID, metavar="ID")
    made.add_argument("--by", required=True, metavar="LOGIN", help="the dispatcher who decides")
    either = made.add_mutually_exclusive_group(required=True)
    either.add_argument("--accept", action="store_true", help="what the phone said comes into force")
    either.add_argument("--dismiss", action="store_true")
    made.add_argument("--note", required=True, help="the reason")
    made.add_argument("--job", metavar="JOB", help="the job that a report of an unknown one belongs to")


def run(asked: argparse.Namespace, settings: Settings) -> int:
    """Raises what is in `REFUSALS`."""
    if asked.what == "list":
        for review in asyncio.run(_open(settings, asked.by)):
            print(f"{review.review_id}  {review.opened_at:%Y-%m-%d %H:%M}  {review.reason}  {_of(review)}")
        return 0
    decided = asyncio.run(_decide(settings, asked))
    print(f"{decided.review_id}: {decided.reason}, {decided.state}")
    return 0


def _of(review: Review) -> str:
    """The job, and why it is held."""
    faults = " ".join(
        f"{fault['code']} {fault['detail']}".strip() for fault in review.facts.get("faults", [])
    )
    return " ".join(part for part in (f"job {review.job_id or '-'}", faults) if part)


async def _open(settings: Settings, login: str) -> list[Review]:
    found: list[Review] = []
    async with running(settings) as process:
        async with process.database.begin() as conn:
            actor = await accounts.act_as(conn, login=login, role=Role.DISPATCHER)
        async with process.database.begin(actor.areas, snapshot=True) as conn:
            for area_id in actor.areas:
                page = await reviews.list_open(conn, area_id=area_id, after=NOBODY, limit=PAGE)
                while page:
                    found += page
                    page = await reviews.list_open(
                        conn, area_id=area_id, after=page[-1].review_id, limit=PAGE
                    )
    return found


async def _decide(settings: Settings, asked: argparse.Namespace) -> Review:
    async with running(settings) as process:
        async with process.database.begin() as conn:
            actor: Actor = await accounts.act_as(conn, login=asked.by, role=Role.DISPATCHER)
        async with process.database.begin(actor.areas) as conn:
            review = await reviews.get(conn, areas_seen=actor.areas, review_id=asked.review)
            job = (
                None
                if asked.job is None
                else await evidence.find_job(conn, areas_seen=actor.areas, named=asked.job)
            )
        return await process.database.transact(
            actor.areas,
            lambda conn: reviews.decide(
                conn,
                area_id=review.area_id,
                review_id=review.review_id,
                accepted=asked.accept,
                note=asked.note,
                version=review.version,
                actor=actor,
                now=process.clock(),
                attach_to=None if job is None else job.job_id,
            ),
        )
