-- Requests in writing: each message once, with what it lacked and what was answered.
CREATE TABLE written_message (
    area_id uuid NOT NULL REFERENCES area,
    written_message_id uuid NOT NULL,
    channel text NOT NULL CONSTRAINT written_message_channel_is_known
        CHECK (channel IN ('phone', 'email', 'chat', 'account', 'system')),
    conversation text NOT NULL,
    message_key text NOT NULL,
    sender text NOT NULL,
    said jsonb NOT NULL,
    missing text[] NOT NULL,
    reply text NOT NULL,
    ticket_id uuid,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, written_message_id),
    CONSTRAINT written_message_is_taken_once UNIQUE (area_id, channel, message_key),
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket
);
CREATE INDEX written_message_by_conversation ON written_message (area_id, channel, conversation, received_at);
