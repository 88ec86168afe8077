"""What must be true after a quiet end, whatever went wrong before: nothing lost, nothing doubled, nothing stuck.

Read straight from the tables and from what the phones hold; it shares no code with what it judges.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from db.pool import Database
from db.rows import Conn
from tests.rounds_oracle import RULES

ARRIVED = "SELECT event_id::text AS id, convert_from(raw, 'UTF8') AS raw, status, reason, job_id::text AS job FROM inbox"
UNREPORTED = """
SELECT format('event %s counts, and there is no report of it', event_id) AS says
FROM inbox
LEFT JOIN report ON report.area_id = inbox.area_id AND report.report_id = inbox.event_id
WHERE inbox.status = 'applied' AND report.report_id IS NULL
"""
RECEIVED_ONCE = """
SELECT format('report %s was received %s times by the journal', report_id, count(journal.n)) AS says
FROM report
LEFT JOIN journal ON journal.area_id = report.area_id AND journal.subject_id = report_id AND action = 'report.received'
GROUP BY report_id
HAVING count(journal.n) <> 1
"""
DIFFERING_OUTCOMES = """
SELECT format('event %s is %s, its report %s', event_id, inbox.status, report.status) AS says
FROM inbox
JOIN report ON report.area_id = inbox.area_id AND report.report_id = inbox.event_id
WHERE (inbox.status, inbox.reason) IS DISTINCT FROM (report.status, report.reason)
"""
STUCK = "SELECT format('event %s is still %s', event_id, status) AS says FROM inbox WHERE status IN ('received', 'pending')"
UNREVIEWED = """
SELECT format('event %s is in review (%s), and nobody is asked', inbox.event_id, inbox.reason) AS says
FROM inbox
LEFT JOIN review ON review.area_id = inbox.area_id AND review.event_id = inbox.event_id AND review.reason = inbox.reason
    AND review.state <> 'healed'
WHERE inbox.status = 'review' AND review.review_id IS NULL
"""
UNAGREED = """
SELECT format('charge %s has no accepted consent that covers it', charge_id) AS says
FROM charge
LEFT JOIN consent USING (area_id, consent_id)
LEFT JOIN closure USING (area_id, closure_id)
WHERE consent.answer IS DISTINCT FROM 'accepted' OR consent.subject IS DISTINCT FROM
      CASE charge.kind WHEN 'work' THEN 'quote' ELSE 'terms' END
   OR charge.amount_minor <> consent.amount_minor OR charge.currency <> consent.currency
   OR consent.job_id <> charge.job_id OR closure.job_id <> charge.job_id OR closure.liability <> 'subscriber'
"""
MISQUOTED = """
SELECT format('consent %s says %s, %s', consent_id, consent.answer, amount_minor) AS says
FROM consent
WHERE subject = 'quote' AND NOT EXISTS (
    SELECT FROM inbox
    CROSS JOIN LATERAL (SELECT convert_from(raw, 'UTF8')::jsonb -> 'body' AS body) AS said
    WHERE inbox.area_id = consent.area_id AND inbox.job_id = consent.job_id AND inbox.reason IS NULL
      AND body ->> 'consentId' = consent_id::text AND body ->> 'answer' = consent.answer
      AND (body ->> 'amountMinor')::bigint = amount_minor AND body ? 'person'
)
"""
"""Against the words that the phone sent."""
UNFOUNDED = """
SELECT format('charge %s for %s of a %s stands without a closure', charge_id, charge.kind, job.kind) AS says
FROM charge
JOIN job USING (area_id, job_id)
WHERE NOT EXISTS (
      SELECT FROM charge_reversal AS undone
      WHERE undone.area_id = charge.area_id AND undone.charge_id = charge.charge_id
  )
  AND (job.kind <> 'wifi_setup' OR NOT EXISTS (
      SELECT FROM closure
      WHERE closure.area_id = charge.area_id AND closure.job_id = charge.job_id AND in_force
        AND liability = 'subscriber' AND outcome = CASE charge.kind WHEN 'work' THEN 'done' ELSE 'declined' END
  ))
"""
UNCHARGED = """
SELECT format('closure %s was agreed to and done, and never charged', closure_id) AS says
FROM closure
JOIN job USING (area_id, job_id)
JOIN consent ON consent.area_id = closure.area_id AND consent.consent_id = closure.consent_id
WHERE closure.in_force AND closure.outcome = 'done' AND closure.action = 'reconfigure' AND closure.liability = 'subscriber'
  AND job.kind = 'wifi_setup' AND consent.answer = 'accepted' AND consent.subject = 'quote'
  AND NOT EXISTS (
      SELECT FROM charge
      WHERE charge.area_id = closure.area_id AND charge.consent_id = consent.consent_id AND charge.kind = 'work'
        AND NOT EXISTS (SELECT FROM charge_reversal AS undone WHERE undone.area_id = charge.area_id AND undone.charge_id = charge.charge_id)
  )
"""
DOUBLED_CHARGES = """
SELECT format('%s was charged %s times for consent %s', kind, count(*), consent_id) AS says
FROM charge
WHERE NOT EXISTS (SELECT FROM charge_reversal AS undone WHERE undone.area_id = charge.area_id AND undone.charge_id = charge.charge_id)
GROUP BY kind, consent_id
HAVING count(*) <> 1
"""
UNSENT_CHARGES = """
WITH due AS (
    SELECT 'charge' AS kind, charge_id AS subject_id FROM charge
    UNION ALL SELECT 'charge-reversal', charge_reversal_id FROM charge_reversal
)
SELECT format('%s %s has %s messages to billing', kind, subject_id, count(outbox_id)) AS says
FROM due
FULL JOIN outbox USING (kind, subject_id)
WHERE kind IN ('charge', 'charge-reversal')
GROUP BY kind, subject_id
HAVING count(outbox_id) <> 1 OR count(due.subject_id) <> 1
"""
PARTS = """
SELECT format('technician %s has %s of 6 ont, and used %s', stock.technician_id, stock.quantity, used.many) AS says
FROM stock
CROSS JOIN LATERAL (
    SELECT -coalesce(sum(quantity), 0) AS many FROM stock_move
    WHERE stock_move.technician_id = stock.technician_id AND code = 'ont'
) AS used
WHERE stock.code = 'ont' AND stock.quantity <> greatest(0, 6 - used.many)
"""
TABLES: Mapping[str, str] = {
    "unreported": UNREPORTED,
    "received once": RECEIVED_ONCE,
    "outcomes": DIFFERING_OUTCOMES,
    "stuck": STUCK,
    "unreviewed": UNREVIEWED,
    "unagreed": UNAGREED,
    "misquoted": MISQUOTED,
    "unfounded": UNFOUNDED,
    "uncharged": UNCHARGED,
    "doubled charge": DOUBLED_CHARGES,
    "unsent charge": UNSENT_CHARGES,
    "parts": PARTS,
    "gap": RULES["gap"],
    "two visits": RULES["two visits"],
}
VISIBLE = """
SELECT DISTINCT job_id::text
FROM visit
WHERE technician_id = $1 AND shown_at IS NOT NULL AND hidden_at IS NULL
"""
DEVICES = "SELECT device_id::text AS id, last_seq FROM device"


class Held(NamedTuple):
    """What one phone holds at the end."""

    name: str
    technician: UUID
    answer: dict[str, Any]
    excused: set[str]
    """Records that went with the phone's storage, and nobody has to have them."""
    known: set[str]
    """All that were ever in its storage."""


class Evidence(NamedTuple):
    """What is judged beside the tables."""

    phones: list[Held]
    complaints: list[str]
    """Errors that the server logged, and records that a healthy phone could not save."""


async def judge(database: Database, area_id: UUID, evidence: Evidence) -> list[str]:
    """All that is wrong, a sentence each."""
    async with database.begin([area_id], snapshot=True) as conn:
        arrived = {row["id"]: row for row in await conn.fetch(ARRIVED)}
        times = Counter([row["id"] for row in await conn.fetch(ARRIVED)])
        found = [f"{rule}: {row['says']}" for rule, sql in TABLES.items() for row in await conn.fetch(sql)]
        for phone in evidence.phones:
            found += [f"{phone.name}: {sentence}" for sentence in _of_phone(phone, arrived, times)]
            found += [f"{phone.name}: {sentence}" for sentence in await _shown(conn, phone)]
    recorded = {event_id for phone in evidence.phones for event_id in phone.known}
    found += [
        f"event {event_id} was recorded by no phone" for event_id in arrived if event_id not in recorded
    ]
    return [*found, *evidence.complaints]


def _of_phone(phone: Held, arrived: Mapping[str, Any], times: Counter[str]) -> Iterator[str]:
    answer = phone.answer
    kept = {event["eventId"]: event for event in answer["events"]}
    for event in [*answer["saved"], *kept.values()]:
        event_id = event["eventId"]
        if event_id in phone.excused and event_id not in kept:
            continue
        if times[event_id] != 1:
            yield f"record {event_id} is {times[event_id]} times on the server"
        elif arrived[event_id]["raw"] != event["text"]:
            yield f"record {event_id} is not on the server as it was saved"
    numbers = Counter(event["seq"] for event in kept.values())
    yield from (f"number {seq} was given {many} times" for seq, many in numbers.items() if many > 1)
    for event in kept.values():
        there = arrived.get(event["eventId"])
        if event["status"] == "waiting":
            yield f"record {event['eventId']} still waits"
        elif (
            there is not None
            and event["jobId"] in answer["shown"]
            and (event["status"], event["reason"]) != (there["status"], there["reason"])
        ):
            yield (
                f"record {event['eventId']} is {event['status']} ({event['reason']}) on the phone, "
                f"{there['status']} ({there['reason']}) on the server"
            )
    if answer["alarms"]:
        yield f"{answer['alarms']} times its rows were not the server's"
    if not answer["signedIn"]:
        yield "it thinks that it is not signed in"


async def _shown(conn: Conn, phone: Held) -> list[str]:
    answer = phone.answer
    visible = {row[0] for row in await conn.fetch(VISIBLE, phone.technician)}
    found = [f"its row {job_id} is not what it would be told" for job_id in answer["differing"]]
    if visible != set(answer["shown"]):
        found.append(f"it shows {sorted(answer['shown'])}, and should show {sorted(visible)}")
    devices = {row["id"]: row["last_seq"] for row in await conn.fetch(DEVICES)}
    newest = max((event["seq"] for event in answer["events"]), default=0)
    if devices.get(answer["deviceId"], 0) < newest:
        found.append(
            f"the server knows its numbers up to {devices.get(answer['deviceId'])}, it gave {newest}"
        )
    return found
