-- Tickets of our own lines: who called, what was checked and tried, the clock of a line, and the history of each contact.

ALTER TABLE ticket
    ADD COLUMN state text NOT NULL DEFAULT 'escalated' CONSTRAINT ticket_state_is_known
        CHECK (state IN ('waiting', 'in_progress', 'pending', 'escalated', 'linked', 'resolved', 'closed')),
    ADD COLUMN channel text NOT NULL DEFAULT 'system' CONSTRAINT ticket_channel_is_known
        CHECK (channel IN ('phone', 'email', 'chat', 'account', 'system')),
    ADD COLUMN line integer NOT NULL DEFAULT 0 CONSTRAINT ticket_line_is_not_negative CHECK (line >= 0),
    ADD COLUMN language text NOT NULL DEFAULT '',
    ADD COLUMN symptom text NOT NULL DEFAULT '',
    ADD COLUMN description text NOT NULL DEFAULT '',
    ADD COLUMN caller_name text NOT NULL DEFAULT '',
    ADD COLUMN caller_relation text NOT NULL DEFAULT 'holder' CONSTRAINT ticket_caller_relation_is_known
        CHECK (caller_relation IN ('holder', 'family', 'neighbour', 'tenant', 'staff', 'other')),
    ADD COLUMN caller_phone text NOT NULL DEFAULT '' CONSTRAINT ticket_caller_phone_is_e164
        CHECK (caller_phone = '' OR caller_phone ~ '^\+[1-9][0-9]{6,14}$'),
    ADD COLUMN verified_by text CONSTRAINT ticket_verified_by_is_known
        CHECK (verified_by IN ('name', 'code', 'account')),
    ADD COLUMN at_equipment boolean,
    ADD COLUMN contact_id uuid,
    ADD COLUMN network_element_id uuid,
    ADD COLUMN priority integer NOT NULL DEFAULT 3 CONSTRAINT ticket_priority_is_in_range
        CHECK (priority BETWEEN 1 AND 5),
    ADD COLUMN skills text[] NOT NULL DEFAULT '{}',
    ADD COLUMN staff_id uuid,
    ADD COLUMN waiting_since timestamptz,
    ADD COLUMN line_began_at timestamptz,
    ADD COLUMN localised text CONSTRAINT ticket_localised_is_known
        CHECK (localised IN ('subscriber', 'line', 'equipment', 'network')),
    ADD COLUMN outage_id uuid,
    ADD COLUMN resolution text NOT NULL DEFAULT '',
    ADD COLUMN resolved_at timestamptz,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT ticket_waiting_has_since CHECK ((state = 'waiting') = (waiting_since IS NOT NULL)),
    ADD CONSTRAINT ticket_in_progress_has_staff CHECK ((state = 'in_progress') = (staff_id IS NOT NULL)),
    ADD FOREIGN KEY (area_id, contact_id) REFERENCES contact,
    ADD FOREIGN KEY (area_id, network_element_id) REFERENCES network_element;
ALTER TABLE ticket
    ALTER COLUMN state DROP DEFAULT,
    ALTER COLUMN channel DROP DEFAULT,
    ALTER COLUMN line DROP DEFAULT,
    ALTER COLUMN language DROP DEFAULT,
    ALTER COLUMN symptom DROP DEFAULT,
    ALTER COLUMN description DROP DEFAULT,
    ALTER COLUMN caller_name DROP DEFAULT,
    ALTER COLUMN caller_relation DROP DEFAULT,
    ALTER COLUMN caller_phone DROP DEFAULT,
    ALTER COLUMN priority DROP DEFAULT,
    ALTER COLUMN skills DROP DEFAULT,
    ALTER COLUMN resolution DROP DEFAULT;
CREATE INDEX ticket_queue ON ticket (area_id, line, priority, waiting_since) WHERE state = 'waiting';
CREATE INDEX ticket_by_subscriber ON ticket (area_id, subscriber_id, reported_at);
CREATE INDEX ticket_in_hand ON ticket (area_id, staff_id) WHERE staff_id IS NOT NULL;

CREATE TABLE ticket_pause (
    area_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    pause_id uuid NOT NULL,
    reason text NOT NULL CONSTRAINT ticket_pause_reason_is_known
        CHECK (reason IN ('subscriber_away', 'device_restarts', 'call_cut', 'system_down')),
    staff_id uuid NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (area_id, ticket_id, pause_id),
    CONSTRAINT ticket_pause_ends_after_it_began CHECK (ended_at >= began_at),
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket
);

CREATE TABLE contact_entry (
    area_id uuid NOT NULL,
    contact_entry_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    at timestamptz NOT NULL,
    line integer NOT NULL,
    staff_id uuid,
    kind text NOT NULL CONSTRAINT contact_entry_kind_is_known CHECK (kind IN (
        'opened', 'verified', 'not_verified', 'checked', 'noted', 'taken', 'handed_over', 'paused', 'went_on', 'overran',
        'agreed', 'tested', 'acted', 'localised', 'asked_back', 'escalated', 'linked', 'resolved', 'reopened', 'closed'
    )),
    facts jsonb NOT NULL,
    PRIMARY KEY (area_id, contact_entry_id),
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber
);
CREATE INDEX contact_entry_by_ticket ON contact_entry (area_id, ticket_id, at);
CREATE INDEX contact_entry_by_subscriber ON contact_entry (area_id, subscriber_id, at);

CREATE TABLE self_check_version (
    area_id uuid NOT NULL REFERENCES area,
    symptom text NOT NULL,
    self_check_version integer NOT NULL,
    title jsonb NOT NULL,
    skills text[] NOT NULL,
    steps jsonb NOT NULL,
    valid_from timestamptz NOT NULL,
    PRIMARY KEY (area_id, symptom, self_check_version)
);

CREATE TABLE support_profile (
    area_id uuid NOT NULL REFERENCES area,
    staff_id uuid NOT NULL,
    lines integer[] NOT NULL,
    skills text[] NOT NULL,
    languages text[] NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, staff_id)
);

CREATE TABLE simulated_terminal (
    area_id uuid NOT NULL REFERENCES area,
    subscriber_id uuid NOT NULL,
    fault text NOT NULL CONSTRAINT simulated_terminal_fault_is_known
        CHECK (fault IN ('none', 'dark', 'weak', 'dead', 'port_stuck', 'router', 'wifi_off')),
    restarted_at timestamptz,
    PRIMARY KEY (area_id, subscriber_id),
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber
);

CREATE INDEX contact_by_phone ON contact (phone) WHERE phone <> '';
CREATE INDEX place_by_words_of_address ON place USING gin (to_tsvector('simple', translate(address, '-/.,', '    ')));
