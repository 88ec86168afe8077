"""E-mail as a channel, over a real IMAP server and a real SMTP server: asked back, answered, a ticket."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Generator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from imapclient.exceptions import CapabilityError, LoginError

from api.cli import main
from db.pool import Database
from db.queries import tickets, written
from db.records import Ticket, WrittenConversation
from db.states import Channel, ConversationState, TicketState
from dispatch.actors import worker
from dispatch.delivering import Deliverer
from dispatch.flows import conversations
from dispatch.mail_addresses import MailboxAddress, MailServer
from dispatch.mailing import Postman
from dispatch.outside.mail_server import Mailer
from dispatch.rules.letters import Letter, read_letter
from dispatch.rules.told_written import ANSWERS_AN_HOUR
from dispatch.settings import from_environment
from dispatch.worker import Worker
from dispatch.writing import receive_letter
from tests.builders import settled_in
from tests.dispatch.mail_servers import (
    PASSWORD,
    USER,
    ImapServer,
    SmtpServer,
    behind_tls,
    free_port,
    smtp_server,
)
from tests.worlds import NOW, World, small_town

OURS = "support@north.example"
ANNA = "anna@example.org"
TROUBLE = "Нет интернета третий день, лампочка красная"


@pytest.fixture(scope="module")
def mails() -> Generator[ImapServer]:
    server = ImapServer(free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def imap(mails: ImapServer) -> ImapServer:
    mails.empty()
    return mails


@pytest.fixture
def smtp() -> Generator[tuple[SmtpServer, int]]:
    with smtp_server() as found:
        yield found


class PostOffice:
    """An area whose mailbox is read and whose answers leave."""

    def __init__(
        self, database: Database, world: World, imap: ImapServer, smtp: tuple[SmtpServer, int]
    ) -> None:
        self.database, self.world, self.imap, self.smtp = database, world, imap, smtp[0]
        self.now = NOW
        self.box = MailboxAddress(world.area.code, OURS, "127.0.0.1", imap.port, False, USER, PASSWORD)
        self.postman = Postman(database, lambda: self.now, [self.box])
        self.deliverer = Deliverer(
            database, mailer=Mailer(MailServer("127.0.0.1", smtp[1], False), [self.box], "North")
        )

    async def comes(self, *letters: EmailMessage) -> None:
        """They arrive, are read, and what is to be answered leaves."""
        self.imap.put(*(bytes(letter) for letter in letters))
        await self.goes_on()

    async def goes_on(self) -> None:
        await self.postman.read(self.box)
        await self.deliverer.deliver(self.world.area_id, self.now)

    async def until_answered(self) -> None:
        async with asyncio.timeout(60):
            while not self.smtp.taken:
                await asyncio.sleep(0.05)

    @property
    def last(self) -> EmailMessage:
        return self.smtp.taken[-1][1]

    async def tickets(self) -> list[Ticket]:
        async with self.database.begin([self.world.area_id]) as conn:
            rows = await conn.fetch("SELECT ticket_id FROM ticket WHERE channel = 'email' ORDER BY ticket_id")
            found = [await tickets.find_ticket_seen(conn, [self.world.area_id], row[0]) for row in rows]
        return [one for one in found if one is not None]

    async def conversations(self, *states: ConversationState) -> list[WrittenConversation]:
        async with self.database.begin([self.world.area_id]) as conn:
            wanted = states or list(ConversationState)
            return await written.list_conversations(conn, [self.world.area_id], wanted, 100)


@pytest.fixture
async def office(
    database: Database, imap: ImapServer, smtp: tuple[SmtpServer, int]
) -> AsyncGenerator[PostOffice]:
    yield PostOffice(database, await settled_in(database, small_town), imap, smtp)


def letter(
    text: str,
    *,
    answers: EmailMessage | None = None,
    sender: str = ANNA,
    subject: str = "Интернет",
    **heads: str,
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = f"Anna <{sender}>", OURS
    made["Message-ID"] = make_msgid(domain="example.org")
    made["Subject"] = subject if answers is None else f"Re: {answers['Subject']}"
    if answers is not None:
        made["In-Reply-To"] = answers["Message-ID"]
        quoted = "".join(f"> {line}\n" for line in answers.get_content().splitlines())
        text = f'{text}\n\n24.11.2026, 8:00, "North" <{OURS}>:\n{quoted}'
    for name, value in heads.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


async def test_a_request_without_contract_and_address_is_asked_back_answered_and_a_ticket(
    office: PostOffice,
) -> None:
    subscriber = office.world.subscribers[3]
    first = letter(f"Здравствуйте! {TROUBLE}. +7 900 111-22-33")
    await office.comes(first)
    to, asked = office.smtp.taken[0]
    assert (to, asked["To"], asked["Subject"]) == (ANNA, ANNA, "Re: Интернет")
    assert asked["In-Reply-To"] == first["Message-ID"]
    assert asked["Auto-Submitted"] == "auto-replied"
    assert "номер договора; адрес" in " ".join(asked.get_content().split())
    assert office.imap.flags() == [{rb"\Seen"}]
    await office.comes(letter(f"Договор {subscriber.contract}", answers=asked))
    assert "адрес" in office.last.get_content()
    assert "договора" not in office.last.get_content()
    assert await office.tickets() == []
    await office.comes(letter("Long Street 4", answers=office.last))
    (ticket,) = await office.tickets()
    assert (ticket.subscriber_id, ticket.channel, ticket.state, ticket.caller_phone) == (
        subscriber.subscriber_id,
        Channel.EMAIL,
        TicketState.WAITING,
        "+79001112233",
    )
    assert ticket.ticket_number in office.last.get_content()
    assert "номер договора" not in ticket.description, "our own question is not theirs"
    # what comes later goes to the same ticket, and is not answered once more
    await office.comes(letter("Лампочка теперь зелёная", answers=office.last))
    assert (len(await office.tickets()), len(office.smtp.taken)) == (1, 3)
    (conversation,) = await office.conversations(ConversationState.TICKET)
    assert conversation.ticket_id == ticket.ticket_id


async def test_a_letter_counts_once_though_the_server_forgets_and_numbers_anew(office: PostOffice) -> None:
    first, nameless = letter(TROUBLE), letter("No internet, no lamp, nothing", subject="Other")
    del nameless["Message-ID"]
    await office.comes(first, nameless)
    await office.goes_on()
    office.imap.stop()
    office.imap.start()
    assert office.imap.flags() == []
    await office.comes(first, nameless)
    assert len(await office.conversations()) == 2
    assert len(office.smtp.taken) == 2
    assert office.imap.flags() == [{rb"\Seen"}, {rb"\Seen"}]


async def test_without_references_the_same_subject_of_the_same_writer_is_the_same_conversation(
    office: PostOffice,
) -> None:
    await office.comes(letter(TROUBLE), letter("Long Street 4", subject="Ответ: интернет"))
    assert len(await office.conversations()) == 1
    await office.comes(letter(TROUBLE, sender="boris@example.org"), letter(TROUBLE, subject="Телевизор"))
    assert len(await office.conversations()) == 3


async def test_what_no_person_wrote_is_put_by_and_never_answered(office: PostOffice) -> None:
    subscriber = office.world.subscribers[3]
    whole = f"{subscriber.contract}: no internet since Monday, Long Street 4, +79001112233"
    await office.comes(letter(TROUBLE))
    asked = office.last
    await office.comes(
        letter(whole, subject="News", Precedence="bulk"),
        letter(whole, subject="Loop", sender=OURS),
        letter(whole, answers=asked, Auto_Submitted="auto-replied"),
        letter(whole, answers=asked, sender="mailer-daemon@mx.example"),
    )
    assert len(office.smtp.taken) == 1
    assert await office.tickets() == []
    put_by = await office.conversations(ConversationState.SET_ASIDE)
    assert sorted(one.reason for one in put_by) == ["bulk", "ours"]
    (waiting,) = await office.conversations(ConversationState.ASKED)
    async with office.database.begin([office.world.area_id]) as conn:
        kept = await written.list_conversation(conn, waiting.area_id, "email", waiting.conversation)
    assert len(kept) == 3, "a bounce is shown where it belongs"
    assert office.imap.flags() == [{rb"\Seen"}] * 5


async def test_two_machines_that_answer_each_other_end_after_an_hours_answers(office: PostOffice) -> None:
    await office.comes(*(letter(TROUBLE, subject=f"Out of office {n}") for n in range(ANSWERS_AN_HOUR + 2)))
    assert len(office.smtp.taken) == ANSWERS_AN_HOUR
    assert len(await office.conversations(ConversationState.UNASSIGNED)) == 2, "a person looks at the others"
    office.now += timedelta(hours=1, minutes=1)
    await office.comes(letter(TROUBLE, subject="Out of office again"))
    assert len(office.smtp.taken) == ANSWERS_AN_HOUR + 1


async def test_after_two_questions_a_person_looks_and_nothing_more_is_asked(office: PostOffice) -> None:
    await office.comes(letter(TROUBLE))
    for _ in range(3):
        await office.comes(letter("Я не знаю", answers=office.last))
    assert "Его прочитает сотрудник" in office.last.get_content()
    assert len(office.smtp.taken) == 3
    assert [one.state for one in await office.conversations()] == [ConversationState.UNASSIGNED]


class Stumbling(Postman):
    """Has a bug with some letters."""

    async def _keep(self, area_id: UUID, letter: Letter, arrived_at: datetime | None) -> None:
        if letter.subject == "poison":
            raise ZeroDivisionError
        await super()._keep(area_id, letter, arrived_at)


async def test_a_letter_that_cannot_be_read_is_flagged_and_told_and_holds_up_no_other(
    office: PostOffice,
) -> None:
    office.postman = Stumbling(office.database, lambda: NOW, [office.box])
    await office.comes(letter(TROUBLE, subject="poison"), letter(TROUBLE))
    await office.goes_on()
    assert office.imap.flags() == [{rb"\Flagged"}, {rb"\Seen"}]
    assert len(office.smtp.taken) == 1
    (told,) = await office.conversations(ConversationState.UNASSIGNED)
    async with office.database.begin([office.world.area_id]) as conn:
        (kept,) = await written.list_conversation(conn, told.area_id, "email", told.conversation)
    assert kept.letter is not None
    assert kept.letter.automatic == "unreadable"
    # once it can be read, it is enough to take the flag away
    office.postman = Postman(office.database, lambda: NOW, [office.box])
    with office.imap.looked_into() as client:
        client.remove_flags(client.search("FLAGGED"), [rb"\Flagged"])
    await office.goes_on()
    assert len(office.smtp.taken) == 2


async def test_a_letter_that_lay_for_years_is_shown_and_not_answered_by_itself(office: PostOffice) -> None:
    with office.imap.looked_into() as client:
        client.append("INBOX", bytes(letter(TROUBLE)), msg_time=NOW - timedelta(days=700))
    await office.goes_on()
    assert office.smtp.taken == []
    assert [one.state for one in await office.conversations()] == [ConversationState.UNASSIGNED]


async def test_a_silent_or_refusing_mailbox_keeps_nobody_from_the_others(office: PostOffice) -> None:
    refusing = msgspec.structs.replace(office.box, password="wrong")
    with pytest.raises(LoginError):
        await office.postman.read(refusing)
    closed = msgspec.structs.replace(office.box, port=free_port())
    with pytest.raises(OSError):
        await office.postman.read(closed)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = msgspec.structs.replace(office.box, port=silent.getsockname()[1])
        with pytest.raises(TimeoutError):
            await Postman(office.database, lambda: NOW, [], patience_seconds=0.2).read(mute)
    nowhere = msgspec.structs.replace(office.box, area="nowhere")
    office.imap.put(bytes(letter(TROUBLE)))
    await Postman(office.database, lambda: NOW, [nowhere, office.box]).look()
    await Postman(office.database, lambda: NOW, [closed]).look()
    assert len(await office.conversations()) == 1


async def test_an_answer_is_handed_over_again_as_the_same_letter_and_not_to_whom_it_is_refused(
    office: PostOffice,
) -> None:
    office.smtp.refusals = {ANNA: "451 later", "boris@example.org": "550 nobody here"}
    await office.comes(letter(TROUBLE), letter(TROUBLE, sender="boris@example.org"))
    assert office.smtp.taken == []
    (refused,) = await office.conversations(ConversationState.UNASSIGNED)
    assert refused.sender == "boris@example.org", "who was not asked has to be looked at"
    office.smtp.refusals = {}
    office.now += timedelta(minutes=5)
    await office.goes_on()
    ((to, answer),) = office.smtp.taken
    assert to == ANNA
    assert answer["Message-ID"].startswith("<written-reply.")


async def test_what_a_person_answered_and_nobody_takes_waits_for_a_person(office: PostOffice) -> None:
    await office.comes(letter(TROUBLE))
    (one,) = await office.conversations(ConversationState.ASKED)
    office.smtp.refusals = {ANNA: "550 nobody here"}
    async with office.database.begin([office.world.area_id]) as conn:
        await conversations.answer(
            conn,
            areas_seen=[office.world.area_id],
            written_conversation_id=one.written_conversation_id,
            text="Is the box plugged in?",
            actor=worker(office.world.area_id),
            now=office.now,
        )
    await office.goes_on()
    (waits,) = await office.conversations(ConversationState.UNASSIGNED)
    assert waits.written_conversation_id == one.written_conversation_id


async def test_a_large_letter_is_read_as_far_as_its_words_go(office: PostOffice) -> None:
    large = letter(TROUBLE)
    large.add_attachment(b"\xff" * 3_000_000, maintype="image", subtype="jpeg", filename="lamp.jpg")
    await office.comes(large)
    async with office.database.begin([office.world.area_id]) as conn:
        rows = await conn.fetch("SELECT conversation FROM written_conversation")
        (kept,) = await written.list_conversation(conn, office.world.area_id, "email", rows[0][0])
    assert kept.letter is not None
    assert (kept.letter.cut, kept.letter.attachments) == (True, ["lamp.jpg"])
    assert TROUBLE in kept.said["text"]


class FarBox(MailboxAddress, frozen=True):
    """As if it were on another machine."""

    @property
    def here(self) -> bool:
        return False


class FarServer(MailServer, frozen=True):
    @property
    def here(self) -> bool:
        return False


async def test_another_machine_is_spoken_to_over_tls_alone_and_only_if_its_certificate_is_known(
    office: PostOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["dev-cert", "--out", str(tmp_path)]) == 0
    code, plain = office.world.area.code, office.imap.port
    server = ImapServer(free_port(), tmp_path)
    server.start()
    with smtp_server(tmp_path) as (smtp, port):
        office.box = FarBox(code, OURS, "localhost", server.port, False, USER, PASSWORD)
        office.smtp = smtp
        mailer = Mailer(FarServer("localhost", port, False), [office.box])
        office.deliverer = Deliverer(office.database, mailer=mailer)
        with pytest.raises(ssl.SSLCertVerificationError):
            await office.goes_on()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "phone" / "line3-ca.crt"))
        with pytest.raises(CapabilityError):
            await office.postman.read(msgspec.structs.replace(office.box, port=plain))
        async with office.database.begin([office.world.area_id]) as conn:
            await receive_letter(
                conn,
                area_id=office.world.area_id,
                letter=read_letter(bytes(letter(TROUBLE)), OURS),
                actor=worker(office.world.area_id),
                now=NOW,
            )
        await office.goes_on()
        assert [to for to, _ in smtp.taken] == [ANNA]
    server.stop()


async def test_tls_may_begin_with_the_first_byte(
    office: PostOffice,
    imap: ImapServer,
    smtp: tuple[SmtpServer, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["dev-cert", "--out", str(tmp_path)]) == 0
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "phone" / "line3-ca.crt"))
    imap.put(bytes(letter(TROUBLE)))
    async with behind_tls(tmp_path, imap.port) as imaps, behind_tls(tmp_path, smtp[1]) as smtps:
        office.box = MailboxAddress(office.world.area.code, OURS, "localhost", imaps, True, USER, PASSWORD)
        mailer = Mailer(MailServer("localhost", smtps, True), [office.box])
        office.deliverer = Deliverer(office.database, mailer=mailer)
        await office.goes_on()
    assert [to for to, _ in smtp[0].taken] == [ANNA]


async def test_a_worker_reads_and_answers_beside_its_other_work(
    office: PostOffice, database_url: str
) -> None:
    office.imap.put(bytes(letter(TROUBLE)))
    stop = asyncio.Event()
    made = Worker(office.database, lambda: NOW, deliverer=office.deliverer, postman=office.postman)
    running = asyncio.create_task(made.run(database_url, stop))
    await office.until_answered()
    stop.set()
    await running
    assert office.imap.flags() == [{rb"\Seen"}]


def test_mailboxes_and_mail_server_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("seven\n")
    where = f"imaps://support@mail.example?area=north&address={OURS}&password_file={tmp_path / 'password'}"
    monkeypatch.setenv("LINE3_MAILBOX", where)
    monkeypatch.setenv("LINE3_SMTP", "smtps://support:eight@mail.example")
    found = from_environment()
    assert [(box.area, box.password) for box in found.mailboxes] == [("north", "seven")]
    assert found.mail_server == MailServer("mail.example", 465, True, "support", "eight")
