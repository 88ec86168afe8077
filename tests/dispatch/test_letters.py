"""Letters as strangers write them: what is read of one, who wrote it, and what ours looks like."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID

import pytest

from db.states import ConversationState
from dispatch.mail_addresses import mail_server_from, mailboxes_from
from dispatch.mailing import LONGEST_PAUSE_SECONDS, POLL_SECONDS, pause_after
from dispatch.rules.letters import Letter, bare_subject, read_letter, unreadable_letter
from dispatch.rules.posting import Post, composed, message_id_of, ours_among
from dispatch.rules.quoting import own_words
from dispatch.rules.told_written import WRITTEN_ANSWER, WRITTEN_REPLY
from dispatch.rules.written import language_seen, state_after

OURS = "support@north.example"
RUSSIAN = "Нет интернета третий день, договор C-10482"
HUNGARIAN = "Nincs internet három napja, szerződés C-10482, kérem küldjenek szerelőt"
WORDS = "No internet since Monday"


def raw(body: str | bytes, *heads: str, kind: str = "text/plain; charset=utf-8", cte: str = "8bit") -> bytes:
    first = [
        "From: Anna <anna@example.org>",
        "Subject: Internet",
        "Message-ID: <a1@example.org>",
        "MIME-Version: 1.0",
        f"Content-Type: {kind}",
        f"Content-Transfer-Encoding: {cte}",
    ]
    named = {head.partition(":")[0] for head in heads}
    lines = [*heads, *(line for line in first if line.partition(":")[0] not in named)]
    content = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def read(body: str | bytes, *heads: str, **options: Any) -> Letter:
    return read_letter(raw(body, *heads, **options), OURS)


def test_a_plain_letter_says_who_what_and_which() -> None:
    letter = read(WORDS, "References: <x@y> <z@y>", "In-Reply-To: <z@y>")
    assert (letter.key, letter.sender, letter.subject, letter.text) == (
        "<a1@example.org>",
        "anna@example.org",
        "Internet",
        WORDS,
    )
    assert letter.references == ["<z@y>", "<x@y>"]
    assert letter.automatic == ""


@pytest.mark.parametrize(
    ("text", "charset", "said"),
    [
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "windows-1251", "windows-1251"),
        (HUNGARIAN, "iso-8859-2", "iso-8859-2"),
        (RUSSIAN, "utf-8", "x-unknown"),
        (RUSSIAN, "windows-1251", "utf-8"),
        (RUSSIAN, "koi8-r", "us-ascii"),
        (HUNGARIAN, "iso-8859-2", "none-such"),
    ],
)
def test_words_are_read_in_any_character_set_and_in_a_wrong_one(text: str, charset: str, said: str) -> None:
    assert read(text.encode(charset), kind=f"text/plain; charset={said}").text == text


def test_a_subject_is_read_encoded_or_bare() -> None:
    assert read(WORDS, "Subject: =?koi8-r?B?5M/Hz9fP0g==?=").subject == "Договор"
    bare = raw(WORDS).replace(b"Subject: Internet", "Subject: Договор".encode("windows-1251"))
    assert read_letter(bare, OURS).subject == "Договор"
    assert read(WORDS, "Subject: =?utf-8?B?broken").subject == "=?utf-8?B?broken"


def whole(*, plain: str = "", html: str = "") -> bytes:
    made = EmailMessage(policy=default)
    made["From"], made["Message-ID"], made["Subject"] = "anna@example.org", "<b1@example.org>", "Internet"
    made.set_content(plain)
    if html:
        made.add_alternative(html, subtype="html")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Договор.pdf")
    made.add_attachment(b"\xff\xd8", maintype="image", subtype="jpeg", filename="lamp.jpg")
    return made.as_bytes()


def test_of_many_parts_the_words_are_read_and_attachments_named() -> None:
    letter = read_letter(whole(plain=WORDS, html="<p>something else</p>"), OURS)
    assert (letter.text, letter.attachments) == (WORDS, ["Договор.pdf", "lamp.jpg"])


def test_of_html_alone_the_words_are_read_without_what_it_quotes() -> None:
    html = """<html><head><style>p {color: red}</style></head><body><p>No internet<br>since&nbsp;Monday</p>
    <script>alert(1)</script><div class="gmail_quote">On Mon wrote:<blockquote>old <b>words</b></blockquote></div>
    <div>+79001112233</div></body></html>"""
    assert read_letter(whole(plain="\n", html=html), OURS).text == "No internet\nsince Monday\n\n+79001112233"
    only = "<blockquote>Everything stands in here</blockquote>"
    assert read(only, kind="text/html").text == "Everything stands in here"


QUESTION = "> What is your contract number?\n> And the address?"


@pytest.mark.parametrize(
    "quotation",
    [
        f"On Mon, 23 Nov 2026 at 10:00, Support <{OURS}> wrote:\n{QUESTION}",
        f"On Mon, 23 Nov 2026 at 10:00, North Support\n<{OURS}> wrote:\n\n{QUESTION}",
        f'23.11.2026, 10:00, "Поддержка" <{OURS}>:\n{QUESTION}',
        f"Понедельник, 23 ноября 2026, 10:00 +03:00 от Поддержка <{OURS}>:\n{QUESTION}",
        f"пн, 23 нояб. 2026 г. в 10:00, Поддержка <{OURS}> пишет:\n{QUESTION}",
        "23.11.2026 10:00, Поддержка написал(а):\nВаш номер договора?",
        f"Ügyfélszolgálat <{OURS}> ezt írta (időpont: 2026. nov. 23., H, 10:00):\n{QUESTION}",
        f"2026. 11. 23. 10:00 keltezéssel, Ügyfélszolgálat írta:\n{QUESTION}",
        f"-----Original Message-----\nFrom: Support <{OURS}>\nYour contract number?",
        "-------- Исходное сообщение --------\nТема: Договор\nВаш номер договора?",
        "-----Eredeti üzenet-----\nA szerződésszáma?",
        f"From: Support <{OURS}>\nSent: Monday, November 23, 2026\nYour contract number C-999?",
        f"От: Поддержка <{OURS}>\nОтправлено: 23 ноября 2026 г.\nВаш номер договора?",
        f"Feladó: Ügyfélszolgálat <{OURS}>\nElküldve: 2026. november 23.\nA szerződésszáma?",
        "-- \nAnna\nC-999 Ltd.",
    ],
)
def test_what_is_quoted_is_cut_off_in_all_the_ways_it_is_quoted(quotation: str) -> None:
    assert own_words(f"C-10482, Lenina 12\n\n{quotation}\n") == "C-10482, Lenina 12"


def test_an_answer_beneath_the_question_is_read() -> None:
    beneath = f"On Mon, 23 Nov 2026, Support <{OURS}> wrote:\n{QUESTION}\n\nC-10482\nLenina 12"
    assert own_words(beneath) == "C-10482\nLenina 12"


@pytest.mark.parametrize(
    "text",
    ["My neighbour wrote:\nthe cable is cut", "From: my window I see:\nthe cable", "At 12:\nno internet"],
)
def test_what_only_looks_like_a_quotation_is_kept(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("Auto-Submitted: auto-replied", "auto"),
        ("Auto-Submitted: auto-generated; owner-email=x", "auto"),
        ("Auto-Submitted: no", ""),
        ("X-Autoreply: yes", "auto"),
        ("Precedence: bulk", "bulk"),
        ("List-Id: <news.example.org>", "bulk"),
        ("From: MAILER-DAEMON@mx.example.org", "bounce"),
        ("From: no-reply@shop.example", "bounce"),
        ("Return-Path: <>", "bounce"),
        ("Content-Type: multipart/report; boundary=x", "bounce"),
        (f"From: Support <{OURS.upper()}>", "ours"),
        (f"Reply-To: {OURS}", "ours"),
    ],
)
def test_what_no_person_wrote_is_known(head: str, why: str) -> None:
    assert read(WORDS, head).automatic == why


def test_of_html_whose_head_was_left_open_the_words_are_read() -> None:
    for html in (
        "<html><head><title>x</title><body><p>No internet since Monday",
        "<head><style>p {color: red}</style><p>No internet since Monday</p>",
    ):
        assert read(html, kind="text/html").text == WORDS


def test_a_domain_of_any_script_is_written_to_as_mail_servers_know_it() -> None:
    assert read(WORDS, "From: Анна <anna@пример.рф>").sender == "anna@xn--e1afmkfd.xn--p1ai"
    # before the @ no such form is known: nobody is answered, and the letter is read all the same
    letter = read(WORDS, "From: Анна <анна@пример.рф>")
    assert (letter.sender, letter.text) == ("", WORDS)


def test_a_form_that_writes_for_somebody_is_answered_to_them() -> None:
    letter = read(WORDS, "From: no-reply@north.example", "Reply-To: Anna <Anna@Example.org>")
    assert (letter.automatic, letter.sender) == ("", "anna@example.org")


@pytest.mark.parametrize(
    "sender", ["anna@example.org, evil@example.org", "nobody", "", "a b@c", "анна@почта.рф"]
)
def test_an_address_that_is_none_is_nobodys(sender: str) -> None:
    assert read(WORDS, f"From: {sender}").sender in ("", "anna@example.org")


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: x",
        raw(WORDS, kind="multipart/mixed"),
        raw(WORDS, kind="multipart/mixed; boundary="),
        raw(WORDS, kind="multipart/mixed; boundary=" + "b" * 5000),
        raw("@@@", kind="text/plain; charset=\x01", cte="base64"),
        raw(WORDS, kind="text/plain; charset*=utf-8''%ff%fe", cte="x-none"),
        raw("=ZZ=", cte="quoted-printable"),
        raw(WORDS, "Message-ID: <", "From: =?utf-8?q?=ff?=<", "Date: yesterday", "Subject: =?x?y?z?="),
        raw(WORDS, "Content-Disposition: inline; filename*0*=x'y; filename*1=\""),
        raw("--x\n" * 400, kind="multipart/mixed; boundary=x"),
        b"Content-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 60,
        raw("\x00\u202ehidden\ufeff"),
    ],
)
def test_nothing_that_is_sent_raises_or_stores_what_nobody_sees(broken: bytes) -> None:
    for content in (broken, broken[: len(broken) // 2]):
        letter = read_letter(content, OURS)
        assert letter.key
        assert letter.key == read_letter(content, OURS).key
        assert not {"\x00", "\u202e", "\ufeff"} & set(letter.text + letter.subject + letter.key)
        assert len(unreadable_letter(content).key) <= 200


def test_a_letter_without_an_id_is_known_by_what_it_says() -> None:
    first, second = (read(text, "Message-ID: ") for text in ("one", "two"))
    assert first.key.startswith("sha256:")
    assert first.key not in (second.key, "")


@pytest.mark.parametrize("prefix", ["Re: ", "RE[2]: ", "Ответ: Re: ", "Vá: ", "Fwd: ", "НА: "])
def test_a_subject_is_the_same_however_often_it_is_answered(prefix: str) -> None:
    assert bare_subject(f"{prefix}Internet") == "Internet"


@pytest.mark.parametrize(
    ("text", "language"), [(RUSSIAN, "ru"), (HUNGARIAN, "hu"), ("It does not work", "en")]
)
def test_a_writers_language_is_seen(text: str, language: str) -> None:
    assert language_seen(text) == language


def test_of_other_languages_none_is_guessed() -> None:
    assert [language_seen(text) for text in ("Немає інтернету", "C-10482", "Kein Netz")] == [None] * 3


def test_after_two_questions_a_person_looks() -> None:
    asked = [state_after(ConversationState.ASKED, ticket=False, asked=n, by_hand=False) for n in range(3)]
    assert asked == ["asked", "asked", "unassigned"]
    assert state_after(ConversationState.ASKED, ticket=False, asked=0, by_hand=True) == "unassigned"
    assert state_after(ConversationState.SET_ASIDE, ticket=False, asked=0, by_hand=False) == "unassigned"
    assert state_after(ConversationState.UNASSIGNED, ticket=True, asked=9, by_hand=True) == "ticket"


KEY = UUID("01935a1c-7a00-7000-8000-00000000c021")


def post(**more: Any) -> Post:
    facts: dict[str, Any] = {
        "area": "north",
        "kind": WRITTEN_REPLY,
        "key": KEY,
        "to": "anna@example.org",
        "subject": "Re: Internet",
        "text": "Напишите номер договора.",
        "answers": "<a1@example.org>",
        "references": ["<z@y>", "<x@y>"],
        "by_itself": True,
        "at": datetime(2026, 11, 24, 5, 0, tzinfo=UTC),
    }
    return Post(**facts | more)


def test_our_letter_lies_beneath_the_one_it_answers_and_is_answered_by_no_machine() -> None:
    made = email.message_from_bytes(bytes(composed(post(), OURS, "North, Support")), policy=default)
    assert made["In-Reply-To"] == "<a1@example.org>"
    assert made["References"] == "<x@y> <z@y> <a1@example.org>"
    assert made["Auto-Submitted"] == "auto-replied"
    assert made.get_content().strip() == "Напишите номер договора."
    assert read_letter(bytes(made), OURS).automatic == "ours"
    assert read_letter(bytes(made), "other@south.example").automatic == "auto"
    by_hand = composed(post(by_itself=False, kind=WRITTEN_ANSWER), OURS, "")
    assert by_hand["Auto-Submitted"] is None


def test_ids_of_any_length_stay_whole_so_that_the_answer_is_found_beneath_its_letter() -> None:
    long, longer = f"<{'a' * 90}@mail.example>", f"<{'b' * 180}@mail.example>"
    made = bytes(composed(post(answers=longer, references=[long, "<x@y>"]), OURS, ""))
    assert f"In-Reply-To: {longer}\r\n".encode() in made
    assert f"References: <x@y>\r\n {long}\r\n {longer}\r\n".encode() in made
    answered = read_letter(made.replace(OURS.encode(), b"anna@example.org"), OURS)
    assert answered.references[:2] == [longer, long]


def test_the_same_letter_has_the_same_id_and_is_known_again() -> None:
    assert composed(post(), OURS, "")["Message-ID"] == message_id_of(post(), OURS)
    assert ours_among(["<x@y>", message_id_of(post(), OURS)]) == [KEY]
    assert message_id_of(post(kind=WRITTEN_ANSWER), OURS) != message_id_of(post(), OURS)


def test_no_word_of_a_stranger_becomes_a_header() -> None:
    evil = "Internet\r\nBcc: all@example.org\r\n\r\nBuy"
    made = bytes(
        composed(post(subject=evil, answers="<a\r\nBcc: x@y>", references=["<r>\nBcc: z@y"]), OURS, evil)
    )
    heads = made.partition(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in heads
    assert b"In-Reply-To" not in heads
    for to in ("anna@example.org\r\nBcc: x@y", "a@b, c@d", "a b@c", "анна@example.org", ""):
        with pytest.raises(ValueError):
            composed(post(to=to), OURS, "")


def test_a_mailbox_is_of_an_area_and_keeps_its_password_to_itself() -> None:
    (box,) = mailboxes_from("imaps://support%40north.example:p%2Fw@mail.example/Help?area=north")
    assert (box.area, box.address, box.port, box.tls) == ("north", OURS, 993, True)
    assert (box.user, box.password, box.folder) == (OURS, "p/w", "Help")
    assert mailboxes_from("") == ()
    server = mail_server_from("smtp://127.0.0.1:2525")
    assert (server.port, server.tls, server.here, server.user) == (2525, False, True, None)
    for wrong in (
        "imap://u:secret@h/INBOX?area=a",
        "imaps://u@n.example:secret@h",
        "pop3://u:secret@h?area=a&address=u@h",
        "imaps://u:secret@h?area=a&address=u@h&folder=x",
        "imaps://u:secret@h?area=a&address=u@h imaps://v:secret@h?area=a&address=v@h",
    ):
        with pytest.raises(ValueError) as refused:
            mailboxes_from(wrong)
        assert "secret" not in str(refused.value)
    for wrong in (
        "smtp://user@host",
        "smtps://u:secret?x@host",
        "smtp://u:[secret@host",
        "smtp://u:secret\u2100@h",
    ):
        with pytest.raises(ValueError) as refused:
            mail_server_from(wrong)
        assert "secret" not in str(refused.value)


def test_a_silent_mailbox_is_looked_into_less_and_less() -> None:
    pauses = [pause_after(failures) for failures in range(12)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (POLL_SECONDS, LONGEST_PAUSE_SECONDS)
