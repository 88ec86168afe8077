-- What subscribers get back: the terms, versioned; what was credited by them, line by line; how far the journal was read for what has
-- ended since.

ALTER TABLE subscriber
    ADD COLUMN fee_minor bigint NOT NULL DEFAULT 0 CONSTRAINT subscriber_fee_is_not_negative CHECK (fee_minor >= 0);

CREATE TABLE credit_table_version (
    area_id uuid NOT NULL REFERENCES area,
    table_version integer NOT NULL,
    scheme text NOT NULL,
    currency text NOT NULL,
    valid_from date NOT NULL,
    outage jsonb NOT NULL,
    appointment jsonb,
    stops text[] NOT NULL,
    complete_only boolean NOT NULL,
    rounding text NOT NULL,
    PRIMARY KEY (area_id, table_version)
);

CREATE TABLE credit (
    area_id uuid NOT NULL,
    credit_id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    ticket_id uuid,
    outage_id uuid,
    amount_minor bigint NOT NULL CONSTRAINT credit_amount_is_positive CHECK (amount_minor > 0),
    currency text NOT NULL,
    claimed_by uuid,
    credited_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, credit_id),
    CONSTRAINT credit_is_what_a_line_names UNIQUE (area_id, credit_id, subscriber_id),
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    CONSTRAINT credit_is_of_a_ticket_or_an_outage CHECK (num_nonnulls(ticket_id, outage_id) = 1)
);
CREATE INDEX credit_by_subscriber ON credit (area_id, subscriber_id, credited_at);

CREATE TABLE credit_line (
    area_id uuid NOT NULL,
    credit_line_id uuid NOT NULL,
    credit_id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT credit_line_kind_is_known CHECK (kind IN ('day', 'month', 'appointment')),
    on_day date NOT NULL,
    appointment_id uuid,
    -- credited of the same month before
    before_minor bigint NOT NULL CONSTRAINT credit_line_before_is_not_negative CHECK (before_minor >= 0),
    amount_minor bigint NOT NULL CONSTRAINT credit_line_amount_is_positive CHECK (amount_minor > 0),
    table_version integer NOT NULL,
    facts jsonb NOT NULL,
    PRIMARY KEY (area_id, credit_line_id),
    FOREIGN KEY (area_id, credit_id, subscriber_id) REFERENCES credit (area_id, credit_id, subscriber_id),
    FOREIGN KEY (area_id, appointment_id) REFERENCES appointment,
    FOREIGN KEY (area_id, table_version) REFERENCES credit_table_version,
    CONSTRAINT credit_line_of_an_appointment_names_it CHECK ((kind = 'appointment') = (appointment_id IS NOT NULL)),
    CONSTRAINT credit_line_of_a_month_alone_takes_off CHECK (kind = 'month' OR before_minor = 0)
);
CREATE INDEX credit_line_by_credit ON credit_line (area_id, credit_id);
-- whatever is asked at once and by whom: nothing is paid for twice
CREATE UNIQUE INDEX credit_line_is_one_per_day ON credit_line (area_id, subscriber_id, on_day) WHERE kind = 'day';
CREATE UNIQUE INDEX credit_line_is_one_per_share_of_a_month
    ON credit_line (area_id, subscriber_id, on_day, before_minor) WHERE kind = 'month';
CREATE UNIQUE INDEX credit_line_is_one_per_appointment ON credit_line (area_id, appointment_id) WHERE kind = 'appointment';

CREATE TABLE ending_cursor (
    area_id uuid PRIMARY KEY REFERENCES area,
    n bigint NOT NULL
);
-- what ended before stays as it was
INSERT INTO ending_cursor (area_id, n) SELECT area_id, n FROM journal_counter;
