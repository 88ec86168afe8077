"""Answers to letters: worded when they leave, and marked once they have."""

from datetime import datetime

import msgspec

from db.queries import areas, messages, written
from db.records import OutboxMessage, WrittenConversation, WrittenMessage
from db.rows import Conn
from db.states import ConversationState
from dispatch.actors import Actor
from dispatch.announce import announce
from dispatch.rules.journal import entry
from dispatch.rules.letters import bare_subject
from dispatch.rules.posting import Post
from dispatch.rules.told_written import WRITTEN_ANSWER, WRITTEN_REPLY, answer_subject
from dispatch.rules.written import language_seen


async def word_reply(conn: Conn, *, message: OutboxMessage, now: datetime) -> Post | None:
    """What was asked back, to whoever wrote."""
    answered = await written.find_message_by_id(conn, message.area_id, message.subject_id)
    assert answered is not None, "what was written is never removed"
    return await _post(conn, message, answered, answered.reply, by_itself=True, now=now)


async def word_answer(conn: Conn, *, message: OutboxMessage, now: datetime) -> Post | None:
    """A person's own words, to whoever wrote last."""
    answer = await written.find_answer(conn, [message.area_id], message.subject_id)
    assert answer is not None, "answers are never removed"
    conversation = await written.find_conversation(conn, [message.area_id], answer.written_conversation_id)
    assert conversation is not None, "conversations are never removed"
    answered = await _last_of_a_person(conn, conversation)
    if answered is None:
        return None
    return await _post(conn, message, answered, answer.text, by_itself=False, now=now)


MAILED = {WRITTEN_REPLY: word_reply, WRITTEN_ANSWER: word_answer}
"""What goes out as a letter, by its kind in the outbox."""


async def mark_mailed(conn: Conn, *, message: OutboxMessage, sent: bool, actor: Actor, now: datetime) -> None:
    """`sent`: somebody took it. Refused for good, it is not tried again, and the conversation shows so; whoever was to be asked back
    or answered was not, so a person looks."""
    async with conn.transaction():
        await messages.mark_delivered(conn, message.area_id, message.outbox_id, now)
        if message.kind == WRITTEN_ANSWER:
            await written.mark_answer(conn, message.area_id, message.subject_id, now, sent)
        elif not sent:
            await written.mark_reply_refused(conn, message.area_id, message.subject_id, now)
        if not sent:
            await _look_at(conn, message)
        subject = message.kind.replace("-", "_")
        told = entry(
            actor,
            now,
            f"{subject}.sent" if sent else f"{subject}.not_sent",
            area_id=message.area_id,
            subject_id=message.subject_id,
        )
        await announce(conn, message.area_id, [told])


async def _look_at(conn: Conn, message: OutboxMessage) -> None:
    conversation = await _conversation_of(conn, message)
    if conversation is not None and conversation.state is ConversationState.ASKED:
        after = msgspec.structs.replace(conversation, state=ConversationState.UNASSIGNED)
        await written.save_conversation(conn, after)


async def _conversation_of(conn: Conn, message: OutboxMessage) -> WrittenConversation | None:
    """Locked."""
    area_id = message.area_id
    if message.kind == WRITTEN_ANSWER:
        answer = await written.find_answer(conn, [area_id], message.subject_id)
        assert answer is not None, "answers are never removed"
        return await written.lock_conversation_by_id(conn, [area_id], answer.written_conversation_id)
    answered = await written.find_message_by_id(conn, area_id, message.subject_id)
    assert answered is not None, "what was written is never removed"
    return await written.lock_conversation(conn, area_id, answered.channel, answered.conversation)


async def _last_of_a_person(conn: Conn, conversation: WrittenConversation) -> WrittenMessage | None:
    found = await written.list_conversation(
        conn, conversation.area_id, conversation.channel, conversation.conversation
    )
    letters = [one for one in found if one.letter is not None and not one.letter.automatic]
    return letters[-1] if letters else None


async def _post(
    conn: Conn, message: OutboxMessage, answered: WrittenMessage, text: str, *, by_itself: bool, now: datetime
) -> Post | None:
    letter = answered.letter
    if letter is None or not letter.answer_to:
        return None
    area = await areas.get_area(conn, message.area_id)
    return Post(
        area=area.code,
        kind=message.kind,
        key=message.subject_id,
        to=letter.answer_to,
        subject=answer_subject(bare_subject(letter.subject), language_seen(text) or area.language),
        text=text,
        answers=letter.message_id,
        references=letter.references,
        by_itself=by_itself,
        at=now,
    )
