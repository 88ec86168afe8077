-- Complaints: with date, text and about whom; a deadline; an answer in writing.

CREATE TABLE complaint (
    area_id uuid NOT NULL,
    complaint_id uuid NOT NULL,
    number text NOT NULL,
    subscriber_id uuid NOT NULL,
    ticket_id uuid,
    about text NOT NULL,
    about_staff_id uuid,
    text text NOT NULL CONSTRAINT complaint_says_something CHECK (text <> ''),
    complained_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    opened_by uuid NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL CONSTRAINT complaint_state_is_known CHECK (state IN ('open', 'answered')),
    answer text NOT NULL DEFAULT '',
    answered_at timestamptz,
    answered_by uuid,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, complaint_id),
    CONSTRAINT complaint_number_is_unique UNIQUE (area_id, number),
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    CONSTRAINT complaint_answer_is_whole CHECK (
        (state = 'answered') = (answer <> '')
        AND (state = 'answered') = (answered_at IS NOT NULL) AND (state = 'answered') = (answered_by IS NOT NULL)
    )
);
CREATE INDEX complaint_by_deadline ON complaint (area_id, state, due_at);
CREATE INDEX complaint_by_subscriber ON complaint (area_id, subscriber_id, opened_at);
