"""The application: all routes in one list, one guard, one family of errors."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast
from uuid import UUID

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api import faces
from api.auth import guard, verify_policies
from api.deps import IN_STATE, StrictRequest, from_state, provide_caller
from api.openapi import get_door, openapi_config
from api.problems import HANDLERS
from api.routes import (
    absences,
    accounts,
    alerts,
    board,
    callbacks,
    calls,
    complaints,
    conversations,
    credit_exports,
    credits,
    devices,
    emergencies,
    escalations,
    fairness,
    hands,
    jobs,
    links,
    mobile,
    numbers,
    outages,
    outboxes,
    papers,
    photos,
    plans,
    queue,
    reasons,
    relieving,
    reviews,
    rounds,
    setup_absences,
    setup_catalogue,
    setup_imports,
    setup_office,
    setup_people,
    setup_shifts,
    setup_sites,
    setup_support,
    slots,
    streams,
    support_numbers,
    systemic,
    tickets,
    what_ifs,
    written,
)
from api.running import running, uploads_into
from db.ids import new_id
from db.pool import Database
from db.processes import die_with_parent
from dispatch.board_streams import BoardStreams
from dispatch.clock import Clock, system_clock
from dispatch.horizon import Horizons
from dispatch.logs import configure
from dispatch.outside.geocoder import PAUSE_SECONDS, Geocoder, Locator, NominatimGeocoder
from dispatch.outside.network import HttpNetwork, NetworkAdapter, SimulatedNetwork
from dispatch.remote import Remote
from dispatch.settings import Settings, from_environment
from dispatch.streams import Streams
from dispatch.uploads import Uploads
from dispatch.warming import Warmth, warm

log = logging.getLogger("line3.api")

MAX_BODY_BYTES = 256 * 1024

ROUTES: list[HTTPRouteHandler] = [
    get_door,
    accounts.sign_in,
    accounts.sign_out,
    accounts.get_me,
    accounts.list_areas,
    accounts.change_language,
    accounts.list_sessions,
    accounts.end_session,
    escalations.receive_escalation,
    calls.find_callers,
    systemic.list_problems,
    tickets.open_ticket,
    written.receive_written,
    conversations.list_conversations,
    conversations.get_conversation,
    conversations.assign_conversation,
    conversations.answer_conversation,
    conversations.make_ticket_of_conversation,
    conversations.join_ticket_of_conversation,
    conversations.set_conversation_aside,
    conversations.list_written_answers,
    conversations.mark_written_answer,
    tickets.get_ticket,
    queue.list_own_tickets,
    queue.get_queue,
    tickets.get_desk,
    queue.take_next,
    tickets.take_ticket,
    calls.verify_caller,
    calls.end_call,
    calls.say_who_calls,
    tickets.answer_terms,
    tickets.answer_check,
    tickets.hand_over,
    calls.note_down,
    tickets.pause_clock,
    tickets.go_on,
    tickets.measure_line,
    tickets.keep_agreement,
    tickets.act_remotely,
    tickets.localise_fault,
    tickets.escalate_ticket,
    tickets.resolve_ticket,
    tickets.call_visit_off,
    tickets.reopen_ticket,
    tickets.unlink_ticket,
    outages.take_alarms,
    outages.list_outages,
    outages.raise_outage,
    outages.accept_outage,
    outages.refuse_outage,
    outages.expect_end,
    outages.restore_outage,
    credits.list_subscriber_credits,
    credits.list_ticket_credits,
    credits.claim_credit,
    credits.list_credits,
    callbacks.list_callbacks,
    callbacks.take_next_callback,
    callbacks.record_callback,
    complaints.open_complaint,
    complaints.list_complaints,
    complaints.get_complaint,
    complaints.answer_complaint,
    jobs.list_jobs,
    jobs.get_job,
    jobs.cancel_job,
    jobs.release_job,
    jobs.reopen_job,
    jobs.list_consents,
    jobs.list_closures,
    jobs.get_evidence,
    jobs.list_charges,
    jobs.list_journal,
    plans.request_run,
    plans.list_runs,
    plans.get_run,
    plans.stop_run,
    plans.list_plans,
    plans.get_plan,
    plans.publish_plan,
    plans.discard_plan,
    plans.undo_plan,
    plans.compare_plans,
    reasons.list_reasons,
    reasons.ask_why_not,
    reasons.get_why_not,
    reasons.get_own_round,
    what_ifs.ask_what_if,
    what_ifs.get_what_if,
    rounds.list_rounds,
    rounds.reassign_visit,
    rounds.join_visit,
    rounds.list_technicians,
    rounds.set_on_call,
    rounds.get_numbers,
    fairness.get_own_fairness,
    fairness.list_fairness,
    numbers.get_numbers,
    numbers.export_numbers,
    numbers.list_burdens,
    numbers.export_burdens,
    support_numbers.get_support_numbers,
    support_numbers.export_support_numbers,
    slots.quote_slots,
    slots.get_quote,
    slots.book_slot,
    slots.cancel_appointment,
    links.see_visit,
    links.confirm_visit,
    links.leave_note,
    links.quote_windows,
    links.move_visit,
    links.cancel_visit,
    links.send_link,
    links.revoke_link,
    emergencies.propose_emergency,
    emergencies.accept_proposal,
    absences.foresee_absence,
    absences.record_absence,
    absences.take_absence_back,
    relieving.foresee_relief,
    relieving.relieve,
    alerts.list_alerts,
    board.get_day,
    board.stream_board,
    hands.try_move,
    hands.list_messages,
    hands.move_visit,
    hands.unassign_job,
    hands.pin_visit,
    hands.unpin_visit,
    reviews.list_reviews,
    reviews.decide_review,
    devices.make_enrolment,
    devices.list_devices,
    devices.revoke_device,
    devices.list_gaps,
    outboxes.import_outbox,
    mobile.enrol_device,
    mobile.redeem_link,
    mobile.sync_phone,
    photos.create_upload,
    photos.look_at_upload,
    photos.continue_upload,
    photos.list_photos,
    photos.get_photo,
    streams.stream_round,
    streams.get_push,
    streams.subscribe_push,
    streams.unsubscribe_push,
    setup_sites.list_setup_areas,
    setup_sites.save_area,
    setup_sites.get_place,
    setup_sites.save_place,
    setup_sites.locate_address,
    setup_sites.list_depots,
    setup_sites.save_depot,
    setup_sites.list_network_elements,
    setup_sites.save_network_element,
    setup_sites.list_subscribers,
    setup_sites.save_subscriber,
    setup_office.list_office,
    setup_office.save_office_person,
    setup_office.make_password_link,
    setup_office.set_password,
    setup_people.list_skills,
    setup_people.save_skill,
    setup_people.list_setup_technicians,
    setup_people.save_technician,
    setup_people.list_parts,
    setup_people.save_part,
    setup_people.list_stock,
    setup_people.save_stock,
    setup_absences.foresee_planned_absence,
    setup_absences.save_planned_absence,
    setup_absences.drop_planned_absence,
    setup_shifts.list_patterns,
    setup_shifts.save_pattern,
    setup_shifts.get_working_times,
    setup_shifts.choose_pattern,
    setup_shifts.except_day,
    setup_shifts.drop_exception,
    setup_shifts.list_holidays,
    setup_shifts.save_holiday,
    setup_shifts.drop_holiday,
    setup_shifts.list_loans,
    setup_shifts.save_loan,
    setup_shifts.list_waiting_visits,
    setup_catalogue.list_kinds,
    setup_catalogue.save_kind,
    setup_catalogue.list_tariffs,
    setup_catalogue.save_tariff,
    setup_catalogue.list_terms,
    setup_catalogue.save_terms,
    setup_catalogue.list_agreements,
    setup_catalogue.save_agreement,
    setup_support.list_self_checks,
    setup_support.save_self_check,
    setup_support.list_people,
    setup_support.save_profile,
    credits.list_credit_tables,
    credits.save_credit_table,
    credits.show_credit_example,
    credit_exports.get_credit_statement,
    credit_exports.export_credits,
    credit_exports.list_credit_exports,
    credit_exports.get_credit_export,
    papers.get_complaint_letter,
    papers.get_credit_letter,
    setup_imports.preview_import,
    setup_imports.make_import,
    mobile.get_live,
    mobile.get_ready,
    faces.get_face,
    faces.get_face_file,
    faces.get_map,
]


def requests_numbered(app: ASGIApp) -> ASGIApp:
    """Every request gets an id, which its problem and its log line carry. What routes answer is of people: nobody keeps it
    unless the route says so."""

    async def numbered(scope: Scope, receive: Receive, send: Send) -> None:
        facts = cast("dict[str, Any]", scope)
        if facts["type"] != "http":
            await app(scope, receive, send)
            return
        number, began, status = new_id(), time.monotonic(), 0
        facts.setdefault("state", {})["request_id"] = number

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = cast("list[tuple[bytes, bytes]]", message["headers"])
                headers.append((b"x-request-id", str(number).encode()))
                if facts["path"].startswith("/v1/") and all(name != b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            _say(facts, number, status, began)

    return numbered


def _say(facts: dict[str, Any], number: UUID, status: int, began: float) -> None:
    """The route's template, never the address asked for: that may hold personal data."""
    log.info(
        "request.answered",
        extra={
            "request": number,
            "method": facts["method"],
            "route": facts.get("path_template", ""),
            "status": status,
            "ms": round((time.monotonic() - began) * 1000, 1),
        },
    )


def _end_streams_at(number: signal.Signals, *streams: Streams | BoardStreams) -> None:
    """The server waits for open answers before it tells the application to end. Its own way of hearing the signal, by the
    loop, is not in the way."""
    loop = asyncio.get_running_loop()

    def at_signal(*_: object) -> None:
        for one in streams:
            loop.call_soon_threadsafe(one.end)

    signal.signal(number, at_signal)


def build(
    database: Database | None, clock: Clock, uploads: Uploads | None = None, geocoder: Geocoder | None = None
) -> Litestar:
    """With a database, a place for photos and a geocoder given (tests), or those of the environment, for the life of the
    application."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            state = app.state
            if state.database is None:
                settings = from_environment()
                process = await stack.enter_async_context(running(settings))
                state.database, state.clock = process.database, process.clock
                state.uploads = uploads_into(settings)
                state.push_keys, state.tiles = settings.push_keys, settings.tiles
                state.remote = Remote(state.database, network_of(settings, state.database), state.clock)
                if settings.geocoder is not None:
                    turns = process.database.turns("geocoder", PAUSE_SECONDS)
                    state.locator = Locator(NominatimGeocoder(settings.geocoder), turns=turns)
                for number in (signal.SIGINT, signal.SIGTERM):
                    _end_streams_at(number, state.streams, state.boards)
            beside = [
                asyncio.create_task(warm(state.database, state.horizons, state.clock, state.warmth)),
                asyncio.create_task(state.streams.run(state.database, state.clock)),
                asyncio.create_task(state.boards.run(state.database, state.clock)),
                *([asyncio.create_task(state.uploads.tidy())] if state.uploads is not None else []),
            ]
            try:
                yield
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)

    app = Litestar(
        ROUTES,
        guards=[guard],
        dependencies={
            "caller": Provide(provide_caller),
            **{name: from_state(name) for name in IN_STATE},
        },
        exception_handlers=HANDLERS,
        request_class=StrictRequest,
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=openapi_config(),
        lifespan=[lifespan],
        middleware=[requests_numbered],
        debug=False,
        logging_config=None,
    )
    app.state.faces = faces.Faces()
    stand_on(app.state, database, clock, uploads, geocoder)
    verify_policies(app)
    return app


def stand_on(
    state: State, database: Database | None, clock: Clock, uploads: Uploads | None, geocoder: Geocoder | None
) -> None:
    """What routes work with. Only before the application runs, or where nothing of it does."""
    state.database, state.clock, state.uploads = database, clock, uploads
    state.push_keys, state.tiles, state.locator = None, None, Locator(geocoder)
    if database is not None:
        state.remote = Remote(database, SimulatedNetwork(database), clock)
    state.horizons, state.warmth = Horizons(), Warmth()
    state.streams, state.boards = Streams(), BoardStreams()


def network_of(settings: Settings, database: Database) -> NetworkAdapter:
    """The operator's own, or the simulated one."""
    address = settings.network
    return SimulatedNetwork(database) if address is None else HttpNetwork(address)


def create_app() -> Litestar:
    """For the server's worker processes: everything from the environment."""
    # the server does not see to it that its workers end when it is killed; they would hold the embedded database
    die_with_parent(signal.SIGTERM)
    configure()
    return build(None, system_clock)
