"""Seeded bugs: each a few words of the engine's or the server's own source, exchanged while a test runs. The judge has to
find every one of them; a bug whose words are gone from the source says so.
"""

import inspect
import sys
import textwrap
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from db.queries import journal
from dispatch import exchange, settling, visible
from dispatch.flows import jobs, rounds, sync
from dispatch.rules import charges
from tests.faults.phones import TsEdit


class Edit(NamedTuple):
    """A function or an SQL text of a module; its words, other words."""

    module: ModuleType
    name: str
    old: str
    new: str


class Bug(NamedTuple):
    """What is wrong, where, and which seed showed it first."""

    name: str
    edits: Sequence[Edit | TsEdit]
    first: int
    restored: bool = False
    """Shows only where the server is set back."""

    def on_phone(self) -> list[TsEdit]:
        return [edit for edit in self.edits if not isinstance(edit, Edit)]

    @contextmanager
    def on_server(self) -> Generator[None]:
        with ExitStack() as stack:
            for edit in self.edits:
                if isinstance(edit, Edit):
                    stack.enter_context(_edited(edit))
            yield


@contextmanager
def _edited(edit: Edit) -> Generator[None]:
    """In its module, and wherever it was imported from there."""
    original = getattr(edit.module, edit.name)
    changed = _reworded(original, edit)
    holding = [module for module in _line3() if getattr(module, edit.name, None) is original]
    for module in holding:
        setattr(module, edit.name, changed)
    try:
        yield
    finally:
        for module in holding:
            setattr(module, edit.name, original)


def _line3() -> list[ModuleType]:
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in ("api", "dispatch", "db")
    ]


def _reworded(original: object, edit: Edit) -> object:
    if isinstance(original, str):
        return _exchanged(original, edit)
    assert isinstance(original, FunctionType), edit.name
    source = _exchanged(textwrap.dedent(inspect.getsource(original)), edit)
    made: dict[str, Any] = {}
    exec(compile(source, f"<{edit.name} with a bug>", "exec"), original.__globals__, made)  # noqa: S102
    return made[edit.name]


def _exchanged(text: str, edit: Edit) -> str:
    assert text.count(edit.old) == 1, f"{edit.module.__name__}.{edit.name} has not once: {edit.old}"
    return text.replace(edit.old, edit.new)


NOTED_IN_MEMORY = """
    try:
        device, waiting = await database.transact(
            actor.areas, lambda conn: sync.receive(conn, actor=actor, envelope=envelope, now=now)
        )
    except Unavailable:
        async with database.begin(actor.areas) as conn:
            installation = await areas.find_installation(conn)
        results = [
            phone.EventResult(event_id=phone.head_of(bytes(raw)).event_id, status="applied", outcome=ReportStatus.APPLIED)
            for raw in envelope.events
        ]
        return phone.Exchanged(server_time=now, epoch=installation.epoch, results=results, pull=None, last_seq=0)
"""
SETTLE_ALL = "await store.write(['events'], (t) => putAll(t, batch.map((one) => ({ ...one, status: 'applied' as const }))));"
RECEIVING = """
    device, waiting = await database.transact(
        actor.areas, lambda conn: sync.receive(conn, actor=actor, envelope=envelope, now=now)
    )
"""
UNAVAILABLE = "if (answer.status === 429 || answer.status >= 500) return"
READ_BACK = ("store.ts", "if (found?.text !== made.text) throw", "if (found === null) throw")

ON_SERVER = [
    Bug(
        "an event is applied as often as it comes",
        [Edit(sync, "apply", "event.status is not InboxStatus.RECEIVED", "event is None")],
        0,
    ),
    Bug(
        "what comes while the database is away is acknowledged from memory",
        [Edit(exchange, "exchange", RECEIVING, NOTED_IN_MEMORY)],
        27,
    ),
    Bug(
        "only the first event of a batch is kept",
        [Edit(sync, "receive", "for row in rows}.values()", "for row in rows[:1]}.values()")],
        0,
    ),
    Bug(
        "a long event is cut",
        [Edit(sync, "_inbox_row", "raw[: phone.MAX_EVENT_BYTES]", "raw[:200]")],
        0,
    ),
    Bug("the feed begins one too late", [Edit(journal, "LIST_FEED", "n > $3", "n > $3 + 1")], 0),
    Bug(
        "what is gone is not in the pull",
        [Edit(sync, "pull", "for job_id in gone]", "for job_id in gone[:0]]")],
        0,
    ),
    Bug(
        "the old phone does not hear of a reassignment",
        [
            Edit(
                rounds,
                "reassign",
                "announce(conn, area_id, entries, shown)",
                "announce(conn, area_id, entries, [one for one in shown if one.technician_id == technician_id])",
            )
        ],
        0,
    ),
    Bug(
        "the phone does not hear of a cancellation",
        [Edit(jobs, "change", "rounds.shown_again(visits))", "[])")],
        8,
    ),
    Bug(
        "outcomes are not in the pull",
        [Edit(visible, "_visible", "for row in said", "for row in said[:0]")],
        22,
    ),
    Bug(
        "a repeat is always answered as applied",
        [
            Edit(
                exchange,
                "_apply",
                "outcome=ReportStatus(status.value)",
                "outcome=ReportStatus(status.value) if item.fresh else ReportStatus.APPLIED",
            )
        ],
        6,
    ),
    Bug(
        "a repeat is answered with the first outcome",
        [Edit(settling, "_write_reports", "await reports.save_inbox_outcomes(conn, changed)", "pass")],
        0,
    ),
    Bug(
        "what needs a person asks nobody",
        [Edit(sync, "_keep_for_review", "await reports.save_reviews(conn, [review])", "pass")],
        2,
    ),
    Bug(
        "the journal skips numbers",
        [Edit(journal, "APPEND_JOURNAL", "SET n = n + jsonb", "SET n = n + 1 + jsonb")],
        0,
    ),
    Bug(
        "the server forgets up to which number it heard",
        [Edit(sync, "_count", "heard_at, max(arrived, default=0))", "heard_at, 0)")],
        0,
    ),
    Bug(
        "parts are taken from the van at each look",
        [
            Edit(
                settling,
                "_use_part",
                "if await technicians.insert_stock_moves(conn, [move]) and not counted",
                "if await technicians.insert_stock_moves(conn, [move]) + 1 and not counted",
            )
        ],
        2,
    ),
    Bug(
        "a phone that knows its van is told no other",
        [Edit(sync, "find_van", "if van.version == known else van", "if known else van")],
        2,
    ),
    Bug(
        "a declined consent is as good as an accepted one",
        [Edit(charges, "covering", "if consent.answer is ConsentAnswer.ACCEPTED", "if consent.answer")],
        36,
    ),
    Bug(
        "every consent is kept as accepted",
        [Edit(charges, "consent_of", "answer=given.answer", "answer=ConsentAnswer.ACCEPTED")],
        3,
    ),
    Bug(
        "paid work without a consent is charged on the terms of the call-out",
        [
            Edit(
                charges,
                "money_ruling",
                "consent = covering(closure, prices)",
                "consent = covering(closure, prices) or next(iter(known.terms), None)",
            )
        ],
        34,
    ),
    Bug(
        "a charge is made at each look",
        [Edit(settling, "_write_charges", "is None or before in reversed_ids", "is None or before")],
        6,
    ),
    Bug(
        "billing is not told of a charge",
        [Edit(settling, "_write_charges", "await outgoing.insert_outbox(conn, messages)", "pass")],
        6,
    ),
]

ON_PHONE = [
    Bug(
        "a number is given twice",
        [("store.ts", "await metas.put({ ...meta, seq }", "await metas.put(meta")],
        0,
    ),
    Bug(
        "saved is said before it is kept",
        [("store.ts", "await transaction.done;", ""), READ_BACK],
        7,
    ),
    Bug("what is saved is not read back", [READ_BACK], 7),
    Bug(
        "records are deleted before the answer",
        [
            (
                "flush.ts",
                "let answer: Response;",
                "await store.write(['events'], async (t) => { for (const one of batch) await t.objectStore('events').delete(one.seq); }); let answer: Response;",
            )
        ],
        0,
    ),
    Bug(
        "500 is taken for sent",
        [("flush.ts", UNAVAILABLE, f"if (answer.status >= 500) {SETTLE_ALL} {UNAVAILABLE}")],
        6,
    ),
    Bug(
        "401 drops what was sent",
        [("flush.ts", "=== NOT_ALLOWED) {", f"=== NOT_ALLOWED) {{ {SETTLE_ALL}")],
        0,
    ),
    Bug(
        "a refused record is dropped",
        [("outbox.ts", "refusals: one.refusals + 1 }", "status: 'applied' as const }")],
        41,
    ),
    Bug(
        "any page with status 200 is an acknowledgement",
        [("flush.ts", "as Exchanged;\n    } catch {", f"as Exchanged;\n    }} catch {{ {SETTLE_ALL}")],
        3,
    ),
    Bug(
        "only the first of a batch is sent, and all are ticked off",
        [
            ("flush.ts", "batch.map((one) => one.text)", "batch.slice(0, 1).map((one) => one.text)"),
            (
                "outbox.ts",
                "if (result === undefined) return [];",
                "if (result === undefined) return [{ ...one, status: 'applied' as const }];",
            ),
        ],
        0,
    ),
    Bug(
        "after a flush the outbox is cleared",
        [
            (
                "flush.ts",
                "putAll(transaction, settled(batch, heard.results, at));",
                "putAll(transaction, settled(batch, heard.results, at)); for (const one of await transaction.objectStore('events').getAll()) await transaction.objectStore('events').put({ ...one, status: one.status === 'waiting' ? 'applied' : one.status });",
            )
        ],
        1,
    ),
    Bug(
        "each sending writes the record anew",
        [
            (
                "flush.ts",
                "batch.map((one) => one.text)",
                "batch.map((one) => JSON.stringify({ ...JSON.parse(one.text), recordedAt: now.toISOString() }))",
            )
        ],
        0,
    ),
    Bug(
        "each sending gives a new id",
        [
            (
                "flush.ts",
                "batch.map((one) => one.text)",
                "batch.map((one) => one.text.replace(one.eventId, uuidv7()))",
            )
        ],
        0,
    ),
    Bug(
        "the cursor is kept before the rows",
        [
            (
                "flush.ts",
                '  return store.write(["meta", "events"',
                '  const ahead = heard.pull?.cursor; if (ahead !== undefined) await store.changeMeta((known) => ({ ...known, cursor: ahead }));\n  return store.write(["meta", "events"',
            )
        ],
        69,
    ),
    Bug(
        "what is gone stays on the phone",
        [("flush.ts", "await rows.delete(change.jobId);", "continue;")],
        0,
    ),
    Bug(
        "the van is asked for, and not kept",
        [("flush.ts", 'await transaction.objectStore("van").put(heard.van, "mine");', "{}")],
        0,
    ),
    Bug(
        "outcomes of the pull are passed over",
        [("flush.ts", "await putAll(transaction, withOutcomes(all, change.job.outcomes));", "{}")],
        22,
    ),
    Bug(
        "a repeat is taken for applied",
        [("outbox.ts", "? result.outcome :", "? ('applied' as const) :")],
        6,
    ),
    Bug(
        "what was refused once is never sent again",
        [
            (
                "outbox.ts",
                "if (good.length === 0) return ordered",
                "if (good.length === 0) return []; return ordered",
            )
        ],
        3,
    ),
    Bug(
        "after a restore nothing is offered again",
        [("flush.ts", "offeredAgain(all)", "[]")],
        1,
        restored=True,
    ),
    Bug(
        "acknowledged records are not kept",
        [("outbox.ts", "KEPT_DAYS = 14", "KEPT_DAYS = 0")],
        1,
        restored=True,
    ),
    Bug(
        "a reset keeps the old rows",
        [("flush.ts", "if (pull?.reset === true) await rows.clear();", "")],
        1,
        restored=True,
    ),
]
