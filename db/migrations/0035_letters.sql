-- Conversations in writing: whose they are and what they wait for; letters; answers in a person's own words.
CREATE TABLE written_conversation (
    area_id uuid NOT NULL REFERENCES area,
    written_conversation_id uuid NOT NULL,
    channel text NOT NULL CONSTRAINT written_conversation_channel_is_known
        CHECK (channel IN ('phone', 'email', 'chat', 'account', 'system')),
    conversation text NOT NULL,
    sender text NOT NULL,
    subject text NOT NULL,
    state text NOT NULL CONSTRAINT written_conversation_state_is_known
        CHECK (state IN ('asked', 'unassigned', 'ticket', 'set_aside')),
    subscriber_id uuid,
    ticket_id uuid,
    reason text NOT NULL,
    opened_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, written_conversation_id),
    CONSTRAINT written_conversation_is_one UNIQUE (area_id, channel, conversation),
    CONSTRAINT written_conversation_has_its_ticket CHECK (state <> 'ticket' OR ticket_id IS NOT NULL),
    CONSTRAINT written_conversation_set_aside_says_why CHECK ((state = 'set_aside') = (reason <> '')),
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket
);
CREATE INDEX written_conversation_by_state ON written_conversation (area_id, state, last_at);
CREATE INDEX written_conversation_by_sender ON written_conversation (area_id, channel, sender, last_at);

INSERT INTO written_conversation
SELECT DISTINCT ON (area_id, channel, conversation)
    area_id, written_message_id, channel, conversation, sender, '',
    CASE WHEN ticket_id IS NULL THEN 'asked' ELSE 'ticket' END, NULL, ticket_id, '', received_at, received_at
FROM written_message
ORDER BY area_id, channel, conversation, received_at DESC, written_message_id DESC;

ALTER TABLE written_message ADD COLUMN letter jsonb, ADD COLUMN reply_refused_at timestamptz;
CREATE INDEX written_message_by_sender ON written_message (area_id, channel, sender, received_at);

CREATE TABLE written_answer (
    area_id uuid NOT NULL REFERENCES area,
    written_answer_id uuid NOT NULL,
    written_conversation_id uuid NOT NULL,
    text text NOT NULL CONSTRAINT written_answer_says_something CHECK (text <> ''),
    staff_id uuid NOT NULL,
    made_at timestamptz NOT NULL,
    delivered_at timestamptz,
    refused_at timestamptz,
    PRIMARY KEY (area_id, written_answer_id),
    FOREIGN KEY (area_id, written_conversation_id) REFERENCES written_conversation
);
CREATE INDEX written_answer_by_conversation ON written_answer (area_id, written_conversation_id, made_at);
CREATE INDEX written_answer_waiting ON written_answer (area_id, made_at)
    WHERE delivered_at IS NULL AND refused_at IS NULL;
