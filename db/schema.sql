-- The truth today: every noun of line3. Forward-only migrations bring a running database here (db/migrations).
-- area_id leads every primary, unique and foreign key of what belongs to an area, so that it can be distributed by it.
-- Ids are UUIDv7 made by whoever creates the thing. No triggers, enum types, exclusion constraints or advisory locks.
-- Tables stand in the order in which they may be created; grants and row-level security are in access.sql.

-- Outside the areas: what exists before one knows the area -----------------------------------------------------------

CREATE TABLE installation (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT installation_is_one_row CHECK (only_row),
    epoch uuid NOT NULL,
    cursor_key bytea NOT NULL CONSTRAINT installation_cursor_key_is_256_bit CHECK (length(cursor_key) = 32),
    demo boolean NOT NULL DEFAULT false
);

CREATE TABLE area (
    area_id uuid PRIMARY KEY,
    code text NOT NULL CONSTRAINT area_code_is_unique UNIQUE,
    name text NOT NULL,
    time_zone text NOT NULL,
    currency text NOT NULL CONSTRAINT area_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    language text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1
);

CREATE TABLE staff (
    staff_id uuid PRIMARY KEY,
    login text NOT NULL CONSTRAINT staff_login_is_unique UNIQUE CONSTRAINT staff_login_is_lower_case CHECK (login = lower(login)),
    display_name text NOT NULL,
    language text NOT NULL,
    password_hash text,
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1
);

CREATE TABLE staff_area_role (
    staff_id uuid NOT NULL REFERENCES staff,
    area_id uuid NOT NULL REFERENCES area,
    role text NOT NULL CONSTRAINT staff_role_is_known CHECK (role IN ('technician', 'dispatcher', 'support', 'supervisor', 'auditor')),
    technician_id uuid,
    PRIMARY KEY (staff_id, area_id, role),
    CONSTRAINT staff_role_technician_has_an_id CHECK ((role = 'technician') = (technician_id IS NOT NULL))
);

CREATE TABLE session (
    session_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL CONSTRAINT session_id_is_unique UNIQUE,
    staff_id uuid NOT NULL REFERENCES staff,
    created_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    ended_at timestamptz,
    agent text NOT NULL DEFAULT '',
    device_id uuid
);
CREATE INDEX session_by_staff ON session (staff_id, created_at);
CREATE INDEX session_by_device ON session (device_id) WHERE device_id IS NOT NULL;

CREATE TABLE sign_in_failure (
    login_hash bytea NOT NULL,
    failed_at timestamptz NOT NULL,
    failure_id uuid NOT NULL,
    PRIMARY KEY (login_hash, failed_at, failure_id)
);

CREATE TABLE token (
    token_hash bytea PRIMARY KEY,
    token_id uuid NOT NULL CONSTRAINT token_id_is_unique UNIQUE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    area_ids uuid[] NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE contract_directory (
    contract text PRIMARY KEY,
    area_id uuid NOT NULL REFERENCES area,
    subscriber_id uuid NOT NULL
);

CREATE TABLE account_directory (
    account text PRIMARY KEY,
    area_id uuid NOT NULL REFERENCES area,
    subscriber_id uuid NOT NULL
);

CREATE TABLE phone_directory (
    phone text NOT NULL,
    area_id uuid NOT NULL REFERENCES area,
    subscriber_id uuid NOT NULL,
    PRIMARY KEY (phone, area_id, subscriber_id)
);
CREATE INDEX phone_directory_by_end ON phone_directory (reverse(phone) text_pattern_ops);

CREATE TABLE address_directory (
    area_id uuid NOT NULL REFERENCES area,
    place_id uuid NOT NULL,
    address text NOT NULL,
    PRIMARY KEY (area_id, place_id)
);
CREATE INDEX address_directory_by_words
    ON address_directory USING gin (to_tsvector('simple', translate(address, '-/.,', '    ')));

CREATE TABLE ticket_directory (
    source text NOT NULL,
    ticket_number text NOT NULL,
    area_id uuid NOT NULL REFERENCES area,
    ticket_id uuid NOT NULL,
    PRIMARY KEY (source, ticket_number)
);

CREATE TABLE device_directory (
    device_id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff
);

-- Places and people of an area ---------------------------------------------------------------------------------------

CREATE TABLE place (
    area_id uuid NOT NULL REFERENCES area,
    place_id uuid NOT NULL,
    address text NOT NULL,
    city text NOT NULL DEFAULT '',
    street text NOT NULL DEFAULT '',
    house text NOT NULL DEFAULT '',
    flat text NOT NULL DEFAULT '',
    postcode text NOT NULL DEFAULT '',
    latitude double precision NOT NULL CONSTRAINT place_latitude_is_in_range CHECK (latitude BETWEEN -90 AND 90),
    longitude double precision NOT NULL CONSTRAINT place_longitude_is_in_range CHECK (longitude BETWEEN -180 AND 180),
    found_by text NOT NULL CONSTRAINT place_found_by_is_known CHECK (found_by IN ('given', 'geocoder', 'pin')),
    access_note text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, place_id)
);

CREATE TABLE depot (
    area_id uuid NOT NULL,
    depot_id uuid NOT NULL,
    name text NOT NULL,
    place_id uuid NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, depot_id),
    FOREIGN KEY (area_id, place_id) REFERENCES place
);

CREATE TABLE network_element (
    area_id uuid NOT NULL REFERENCES area,
    network_element_id uuid NOT NULL,
    parent_id uuid,
    kind text NOT NULL,
    name text NOT NULL,
    place_id uuid,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, network_element_id),
    FOREIGN KEY (area_id, parent_id) REFERENCES network_element,
    FOREIGN KEY (area_id, place_id) REFERENCES place
);
CREATE INDEX network_element_by_parent ON network_element (area_id, parent_id);

CREATE TABLE subscriber (
    area_id uuid NOT NULL REFERENCES area,
    subscriber_id uuid NOT NULL,
    contract text NOT NULL,
    holder_name text NOT NULL,
    language text NOT NULL,
    place_id uuid NOT NULL,
    network_element_id uuid,
    version integer NOT NULL DEFAULT 1,
    -- of a month
    fee_minor bigint NOT NULL DEFAULT 0 CONSTRAINT subscriber_fee_is_not_negative CHECK (fee_minor >= 0),
    PRIMARY KEY (area_id, subscriber_id),
    CONSTRAINT subscriber_contract_is_unique UNIQUE (area_id, contract),
    FOREIGN KEY (area_id, place_id) REFERENCES place,
    FOREIGN KEY (area_id, network_element_id) REFERENCES network_element
);
CREATE INDEX subscriber_by_element ON subscriber (area_id, network_element_id);
CREATE INDEX subscriber_by_place ON subscriber (area_id, place_id);

CREATE TABLE contact (
    area_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    name text NOT NULL,
    relation text NOT NULL CONSTRAINT contact_relation_is_known
        CHECK (relation IN ('holder', 'family', 'neighbour', 'tenant', 'staff', 'other', 'unknown')),
    phone text NOT NULL CONSTRAINT contact_phone_is_e164 CHECK (phone = '' OR phone ~ '^\+[1-9][0-9]{6,14}$'),
    language text NOT NULL,
    PRIMARY KEY (area_id, contact_id),
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber
);
CREATE INDEX contact_by_subscriber ON contact (area_id, subscriber_id);

CREATE TABLE skill (
    area_id uuid NOT NULL REFERENCES area,
    code text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, code)
);

CREATE TABLE technician (
    area_id uuid NOT NULL REFERENCES area,
    technician_id uuid NOT NULL,
    staff_id uuid NOT NULL REFERENCES staff,
    display_name text NOT NULL,
    skills text[] NOT NULL,
    start_place_id uuid NOT NULL,
    overtime_max interval NOT NULL CONSTRAINT technician_overtime_is_not_negative CHECK (overtime_max >= interval '0'),
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    -- the highest version that a removed day of his had: one that is made anew goes on from there
    removed_version integer NOT NULL DEFAULT 0,
    phone text NOT NULL DEFAULT ''
        CONSTRAINT technician_phone_is_e164 CHECK (phone = '' OR phone ~ '^\+[1-9][0-9]{6,14}$'),
    PRIMARY KEY (area_id, technician_id),
    CONSTRAINT technician_is_one_per_staff_and_area UNIQUE (area_id, staff_id),
    FOREIGN KEY (area_id, start_place_id) REFERENCES place
);

CREATE TABLE device (
    area_id uuid NOT NULL,
    device_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    name text NOT NULL,
    enrolled_at timestamptz NOT NULL,
    revoked_at timestamptz,
    key_hash bytea,
    last_seq bigint NOT NULL DEFAULT 0,
    last_seen_at timestamptz,
    revoked_reason text NOT NULL DEFAULT '',
    storage_lost_at timestamptz,
    PRIMARY KEY (area_id, device_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician
);

CREATE TABLE device_gap (
    area_id uuid NOT NULL,
    device_id uuid NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, device_id, first_seq),
    FOREIGN KEY (area_id, device_id) REFERENCES device,
    CONSTRAINT device_gap_is_not_empty CHECK (first_seq > 0 AND last_seq >= first_seq)
);

CREATE TABLE enrolment (
    area_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    enrolment_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    device_id uuid,
    PRIMARY KEY (area_id, code_hash),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT enrolment_is_used_by_a_device CHECK ((used_at IS NULL) = (device_id IS NULL))
);

-- by which somebody in the office sets a password, once
CREATE TABLE password_link (
    area_id uuid NOT NULL REFERENCES area,
    code_hash bytea NOT NULL,
    password_link_id uuid NOT NULL,
    staff_id uuid NOT NULL REFERENCES staff,
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (area_id, code_hash)
);
CREATE INDEX password_link_by_staff ON password_link (staff_id);

CREATE TABLE technician_day (
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    on_day date NOT NULL,
    area_id_worked uuid NOT NULL,
    shift_start_at timestamptz NOT NULL,
    shift_end_at timestamptz NOT NULL,
    break_earliest_at timestamptz,
    break_latest_at timestamptz,
    break_duration interval,
    -- the shift is one of waiting for a call; and the time in which one may come after or before another shift
    on_call boolean NOT NULL DEFAULT false,
    on_call_start_at timestamptz,
    on_call_end_at timestamptz,
    absent boolean NOT NULL DEFAULT false,
    -- the technician comes later than this, when the shift begins by the working times
    shift_due_at timestamptz,
    absence_reason text,
    -- the planned absence by which the day is absent, or shorter
    absence_id uuid,
    -- the version of which the day's drafts speak: another one means that they have to be fitted anew
    draft_version integer NOT NULL DEFAULT 1,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, technician_id, on_day),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT technician_day_ends_after_it_starts
        CHECK (shift_end_at > shift_start_at AND shift_end_at <= shift_start_at + interval '24 hours'),
    CONSTRAINT technician_day_absence_reason_is_known
        CHECK (absence_reason IN ('illness', 'holiday', 'training', 'other')),
    CONSTRAINT technician_day_call_is_whole CHECK (
        (on_call_start_at IS NULL) = (on_call_end_at IS NULL)
        AND on_call_end_at > on_call_start_at AND on_call_end_at <= on_call_start_at + interval '24 hours'
    ),
    CONSTRAINT technician_day_break_is_whole CHECK (
        (break_earliest_at IS NULL AND break_latest_at IS NULL AND break_duration IS NULL)
        OR (break_earliest_at <= break_latest_at AND break_duration > interval '0')
    )
);
CREATE INDEX technician_day_by_worked_area ON technician_day (area_id_worked, on_day);
-- the wall between areas asks of each row of a technician of another one
CREATE INDEX technician_day_on_loan ON technician_day (area_id, technician_id, area_id_worked) WHERE area_id_worked <> area_id;

CREATE TABLE stock (
    area_id uuid NOT NULL,
    stock_id uuid NOT NULL,
    technician_id uuid,
    depot_id uuid,
    kind text NOT NULL CONSTRAINT stock_kind_is_known CHECK (kind IN ('part', 'serial', 'tool')),
    code text NOT NULL,
    serial text NOT NULL DEFAULT '',
    quantity integer NOT NULL CONSTRAINT stock_quantity_is_not_absurd CHECK (quantity BETWEEN -10000 AND 1000000),
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, stock_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    FOREIGN KEY (area_id, depot_id) REFERENCES depot,
    CONSTRAINT stock_lies_in_one_place CHECK ((technician_id IS NULL) <> (depot_id IS NULL)),
    CONSTRAINT stock_serial_is_a_single_piece CHECK ((kind = 'serial') = (serial <> ''))
);
CREATE UNIQUE INDEX stock_is_one_row_per_van_and_code ON stock (area_id, technician_id, kind, code, serial) WHERE technician_id IS NOT NULL;
CREATE UNIQUE INDEX stock_is_one_row_per_depot_and_code ON stock (area_id, depot_id, kind, code, serial) WHERE depot_id IS NOT NULL;

CREATE TABLE part (
    area_id uuid NOT NULL REFERENCES area,
    code text NOT NULL,
    kind text NOT NULL CONSTRAINT part_kind_is_known CHECK (kind IN ('part', 'serial', 'tool')),
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, code)
);

-- Shifts: technician-days are made from these ------------------------------------------------------------------------

CREATE TABLE shift_pattern (
    area_id uuid NOT NULL REFERENCES area,
    shift_pattern_id uuid NOT NULL,
    name text NOT NULL,
    weeks integer NOT NULL CONSTRAINT shift_pattern_weeks_are_1_to_8 CHECK (weeks BETWEEN 1 AND 8),
    -- the Monday of a week in which the first of its weeks stands
    first_on date NOT NULL CONSTRAINT shift_pattern_begins_on_a_monday CHECK (extract(isodow FROM first_on) = 1),
    shifts jsonb NOT NULL,
    on_holidays boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, shift_pattern_id)
);

-- by which pattern somebody works from a day on; by none, where it is null
CREATE TABLE technician_pattern (
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    from_on date NOT NULL,
    shift_pattern_id uuid,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, technician_id, from_on),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    FOREIGN KEY (area_id, shift_pattern_id) REFERENCES shift_pattern
);

-- other hours than the pattern's on one day; a day off, where they are null
CREATE TABLE shift_exception (
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    on_day date NOT NULL,
    hours jsonb,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, technician_id, on_day),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician
);

-- not there from a day to a day, all day long or for some hours of each
CREATE TABLE absence (
    area_id uuid NOT NULL,
    absence_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    reason text NOT NULL CONSTRAINT absence_reason_is_known CHECK (reason IN ('illness', 'holiday', 'training', 'other')),
    -- of each day, in the area's time; null: the whole day
    from_clock text,
    until_clock text,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, absence_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT absence_ends_after_it_starts CHECK (last_on >= first_on),
    CONSTRAINT absence_hours_are_whole CHECK ((from_clock IS NULL) = (until_clock IS NULL))
);
CREATE INDEX absence_by_technician ON absence (area_id, technician_id, last_on);

CREATE TABLE holiday (
    area_id uuid NOT NULL REFERENCES area,
    on_day date NOT NULL,
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, on_day)
);

-- never removed: days that somebody was lent for come home by themselves
CREATE TABLE loan (
    area_id uuid NOT NULL,
    loan_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    area_id_worked uuid NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    cancelled boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, loan_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT loan_ends_after_it_begins CHECK (last_on >= first_on),
    CONSTRAINT loan_is_to_another_area CHECK (area_id_worked <> area_id)
);
CREATE INDEX loan_by_technician ON loan (area_id, technician_id);

-- Versioned, never edited --------------------------------------------------------------------------------------------

CREATE TABLE job_kind_version (
    area_id uuid NOT NULL REFERENCES area,
    kind text NOT NULL,
    kind_version integer NOT NULL,
    title jsonb NOT NULL,
    fault_classes text[] NOT NULL,
    skills text[] NOT NULL,
    tools text[] NOT NULL,
    parts jsonb NOT NULL,
    service_duration interval NOT NULL CONSTRAINT job_kind_service_is_positive CHECK (service_duration > interval '0'),
    setup_duration interval NOT NULL,
    priority integer NOT NULL CONSTRAINT job_kind_priority_is_1_to_5 CHECK (priority BETWEEN 1 AND 5),
    due_duration interval NOT NULL,
    checklist jsonb NOT NULL,
    photos jsonb NOT NULL,
    line_test jsonb,
    chargeable boolean NOT NULL,
    interruptible boolean NOT NULL,
    valid_from timestamptz NOT NULL,
    PRIMARY KEY (area_id, kind, kind_version)
);

CREATE TABLE tariff (
    area_id uuid NOT NULL REFERENCES area,
    tariff_id uuid NOT NULL,
    tariff_version integer NOT NULL,
    currency text NOT NULL,
    valid_from timestamptz NOT NULL,
    PRIMARY KEY (area_id, tariff_id),
    CONSTRAINT tariff_version_is_unique UNIQUE (area_id, tariff_version)
);

CREATE TABLE tariff_line (
    area_id uuid NOT NULL,
    tariff_id uuid NOT NULL,
    code text NOT NULL,
    text jsonb NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT tariff_line_amount_is_not_negative CHECK (amount_minor >= 0),
    tax_basis_points integer NOT NULL CONSTRAINT tariff_line_tax_is_a_rate CHECK (tax_basis_points BETWEEN 0 AND 10000),
    PRIMARY KEY (area_id, tariff_id, code),
    FOREIGN KEY (area_id, tariff_id) REFERENCES tariff
);

CREATE TABLE terms_text (
    area_id uuid NOT NULL REFERENCES area,
    terms_version integer NOT NULL,
    language text NOT NULL,
    text text NOT NULL,
    call_out_minor bigint NOT NULL CONSTRAINT terms_call_out_is_not_negative CHECK (call_out_minor >= 0),
    currency text NOT NULL,
    valid_from timestamptz NOT NULL,
    PRIMARY KEY (area_id, terms_version, language)
);

CREATE TABLE agreement_text (
    area_id uuid NOT NULL REFERENCES area,
    agreement_version integer NOT NULL,
    language text NOT NULL,
    text text NOT NULL,
    valid_from timestamptz NOT NULL,
    PRIMARY KEY (area_id, agreement_version, language)
);

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

-- From the ticket to the visit ---------------------------------------------------------------------------------------

-- where it is dark, as far as signs say and people have decided
CREATE TABLE outage (
    area_id uuid NOT NULL REFERENCES area,
    outage_id uuid NOT NULL,
    network_element_id uuid NOT NULL,
    state text NOT NULL CONSTRAINT outage_state_is_known
        CHECK (state IN ('proposed', 'accepted', 'refused', 'withdrawn', 'restored')),
    since timestamptz NOT NULL,
    proposed_at timestamptz NOT NULL,
    affected integer NOT NULL CONSTRAINT outage_affected_is_not_negative CHECK (affected >= 0),
    evidence jsonb NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid,
    expected_at timestamptz,
    restored_at timestamptz,
    ended_at timestamptz,
    job_id uuid,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, outage_id),
    FOREIGN KEY (area_id, network_element_id) REFERENCES network_element,
    CONSTRAINT outage_accepted_says_by_whom CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CONSTRAINT outage_in_force_was_accepted CHECK (state NOT IN ('accepted', 'restored') OR accepted_at IS NOT NULL),
    CONSTRAINT outage_restored_says_when CHECK ((state = 'restored') = (restored_at IS NOT NULL)),
    CONSTRAINT outage_over_says_since_when CHECK ((state IN ('proposed', 'accepted')) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX outage_is_one_accepted_per_element ON outage (area_id, network_element_id) WHERE state = 'accepted';
CREATE INDEX outage_open ON outage (area_id, outage_id) WHERE ended_at IS NULL;
CREATE INDEX outage_by_end ON outage (area_id, ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE alarm (
    area_id uuid NOT NULL REFERENCES area,
    alarm_id uuid NOT NULL,
    source text NOT NULL,
    source_alarm_id text NOT NULL,
    network_element_id uuid,
    subscriber_id uuid,
    severity text NOT NULL CONSTRAINT alarm_severity_is_known
        CHECK (severity IN ('critical', 'major', 'minor', 'warning')),
    raised_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    cleared_at timestamptz,
    PRIMARY KEY (area_id, alarm_id),
    CONSTRAINT alarm_is_one_per_source_and_its_id UNIQUE (area_id, source, source_alarm_id),
    CONSTRAINT alarm_names_what_it_is_of CHECK (network_element_id IS NOT NULL OR subscriber_id IS NOT NULL),
    FOREIGN KEY (area_id, network_element_id) REFERENCES network_element,
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber
);
CREATE INDEX alarm_by_time ON alarm (area_id, raised_at);

CREATE TABLE ticket (
    area_id uuid NOT NULL REFERENCES area,
    ticket_id uuid NOT NULL,
    source text NOT NULL,
    ticket_number text NOT NULL,
    subscriber_id uuid NOT NULL,
    reported_at timestamptz NOT NULL,
    state text NOT NULL CONSTRAINT ticket_state_is_known
        CHECK (state IN ('waiting', 'in_progress', 'pending', 'escalated', 'linked', 'resolved', 'closed')),
    channel text NOT NULL CONSTRAINT ticket_channel_is_known
        CHECK (channel IN ('phone', 'email', 'chat', 'account', 'system')),
    line integer NOT NULL CONSTRAINT ticket_line_is_not_negative CHECK (line >= 0),
    language text NOT NULL,
    symptom text NOT NULL,
    description text NOT NULL,
    caller_name text NOT NULL,
    caller_relation text NOT NULL CONSTRAINT ticket_caller_relation_is_known
        CHECK (caller_relation IN ('holder', 'family', 'neighbour', 'tenant', 'staff', 'other', 'unknown')),
    caller_phone text NOT NULL CONSTRAINT ticket_caller_phone_is_e164
        CHECK (caller_phone = '' OR caller_phone ~ '^\+[1-9][0-9]{6,14}$'),
    verified_by text CONSTRAINT ticket_verified_by_is_known CHECK (verified_by IN ('name', 'code', 'account')),
    at_equipment boolean,
    contact_id uuid,
    network_element_id uuid,
    priority integer NOT NULL CONSTRAINT ticket_priority_is_in_range CHECK (priority BETWEEN 1 AND 5),
    skills text[] NOT NULL,
    staff_id uuid,
    waiting_since timestamptz,
    line_began_at timestamptz,
    localised text CONSTRAINT ticket_localised_is_known
        CHECK (localised IN ('subscriber', 'line', 'equipment', 'network')),
    outage_id uuid,
    resolution text NOT NULL,
    resolved_at timestamptz,
    closed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, ticket_id),
    CONSTRAINT ticket_number_is_unique_in_its_source UNIQUE (area_id, source, ticket_number),
    CONSTRAINT ticket_waiting_has_since CHECK ((state = 'waiting') = (waiting_since IS NOT NULL)),
    CONSTRAINT ticket_in_progress_has_staff CHECK ((state = 'in_progress') = (staff_id IS NOT NULL)),
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    FOREIGN KEY (area_id, contact_id) REFERENCES contact,
    FOREIGN KEY (area_id, network_element_id) REFERENCES network_element,
    FOREIGN KEY (area_id, outage_id) REFERENCES outage
);
CREATE INDEX ticket_queue ON ticket (area_id, line, priority, waiting_since) WHERE state = 'waiting';
CREATE INDEX ticket_by_subscriber ON ticket (area_id, subscriber_id, reported_at);
CREATE INDEX ticket_in_hand ON ticket (area_id, staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX ticket_by_outage ON ticket (area_id, outage_id) WHERE outage_id IS NOT NULL;
CREATE INDEX ticket_by_time ON ticket (area_id, reported_at);
CREATE INDEX ticket_by_number ON ticket (area_id, ticket_number);

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
        'agreed', 'tested', 'acted', 'localised', 'asked_back', 'escalated', 'linked', 'unlinked', 'resolved', 'reopened',
        'closed'
    )),
    facts jsonb NOT NULL,
    PRIMARY KEY (area_id, contact_entry_id),
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber
);
CREATE INDEX contact_entry_by_ticket ON contact_entry (area_id, ticket_id, at);
CREATE INDEX contact_entry_by_subscriber ON contact_entry (area_id, subscriber_id, at);
CREATE INDEX contact_entry_by_time ON contact_entry (area_id, at);
CREATE INDEX contact_entry_that_followed ON contact_entry (area_id, at) WHERE kind IN ('linked', 'reopened');

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
    letter jsonb,
    reply_refused_at timestamptz,
    PRIMARY KEY (area_id, written_message_id),
    CONSTRAINT written_message_is_taken_once UNIQUE (area_id, channel, message_key),
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket
);
CREATE INDEX written_message_by_conversation ON written_message (area_id, channel, conversation, received_at);
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

CREATE TABLE job (
    area_id uuid NOT NULL REFERENCES area,
    job_id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    kind_version integer NOT NULL,
    state text NOT NULL CONSTRAINT job_state_is_known
        CHECK (state IN ('received', 'planned', 'in_progress', 'on_hold', 'restored', 'closed', 'cancelled')),
    hold_reason text CONSTRAINT job_hold_reason_is_known
        CHECK (hold_reason IN ('no_access', 'part_missing', 'subscriber_wish', 'paused', 'outage')),
    subscriber_id uuid NOT NULL,
    place_id uuid NOT NULL,
    contact_id uuid,
    network_element_id uuid,
    priority integer NOT NULL CONSTRAINT job_priority_is_1_to_5 CHECK (priority BETWEEN 1 AND 5),
    fault_class text NOT NULL,
    affected integer NOT NULL CONSTRAINT job_affected_is_not_negative CHECK (affected >= 0),
    service_duration interval NOT NULL CONSTRAINT job_service_is_positive CHECK (service_duration > interval '0'),
    reported_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    restored_at timestamptz,
    closed_at timestamptz,
    reopened integer NOT NULL DEFAULT 0,
    resumed_at timestamptz,
    earliest_on date,
    -- that holds it, or that it mends
    outage_id uuid,
    -- how to get in, in the subscriber's words
    access_note text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, job_id),
    CONSTRAINT job_number_is_unique UNIQUE (area_id, number),
    FOREIGN KEY (area_id, kind, kind_version) REFERENCES job_kind_version,
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    FOREIGN KEY (area_id, place_id) REFERENCES place,
    FOREIGN KEY (area_id, contact_id) REFERENCES contact,
    FOREIGN KEY (area_id, network_element_id) REFERENCES network_element,
    FOREIGN KEY (area_id, outage_id) REFERENCES outage,
    CONSTRAINT job_held_by_an_outage_names_it CHECK (hold_reason IS DISTINCT FROM 'outage' OR outage_id IS NOT NULL),
    CONSTRAINT job_on_hold_has_a_reason CHECK ((state = 'on_hold') = (hold_reason IS NOT NULL)),
    CONSTRAINT job_closed_has_its_instant CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX job_by_state ON job (area_id, state, due_at);
CREATE INDEX job_reopened ON job (area_id, job_id)
    WHERE reopened > 0 AND state IN ('planned', 'in_progress');
CREATE INDEX job_by_restored ON job (area_id, restored_at) WHERE restored_at IS NOT NULL;
CREATE INDEX job_by_subscriber ON job (area_id, subscriber_id, reported_at);
CREATE INDEX job_by_outage ON job (area_id, outage_id) WHERE outage_id IS NOT NULL;
ALTER TABLE outage ADD FOREIGN KEY (area_id, job_id) REFERENCES job;

CREATE TABLE escalation (
    area_id uuid NOT NULL,
    escalation_id uuid NOT NULL,
    source text NOT NULL,
    ticket_number text NOT NULL,
    sequence integer NOT NULL,
    ticket_id uuid NOT NULL,
    job_id uuid NOT NULL,
    fault_class text NOT NULL,
    diagnosis jsonb NOT NULL,
    content_hash bytea NOT NULL,
    received_at timestamptz NOT NULL,
    received_from uuid NOT NULL,
    PRIMARY KEY (area_id, escalation_id),
    CONSTRAINT escalation_is_one_per_source_ticket_and_sequence UNIQUE (area_id, source, ticket_number, sequence),
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (area_id, job_id) REFERENCES job
);
CREATE INDEX escalation_by_job ON escalation (area_id, job_id);

-- who sent a job to the field last, from which line, and over which channel the subscriber had come: by what it is split
CREATE VIEW job_sender WITH (security_invoker = true) AS
SELECT sent.area_id, sent.job_id, split.by, split.key
FROM (
    SELECT DISTINCT ON (escalation.area_id, escalation.job_id)
           escalation.area_id, escalation.job_id, entry.staff_id, entry.line, ticket.channel
    FROM escalation
    JOIN ticket ON ticket.area_id = escalation.area_id AND ticket.ticket_id = escalation.ticket_id
    JOIN contact_entry AS entry ON entry.area_id = ticket.area_id AND entry.ticket_id = ticket.ticket_id
    WHERE entry.kind = 'escalated' AND entry.facts ->> 'jobId' = escalation.job_id::text
    ORDER BY escalation.area_id, escalation.job_id, entry.at DESC, entry.contact_entry_id DESC
) AS sent
CROSS JOIN LATERAL (VALUES
    ('staff', sent.staff_id::text), ('line', sent.line::text), ('channel', sent.channel)
) AS split (by, key);

CREATE TABLE slot_quote (
    area_id uuid NOT NULL,
    slot_quote_id uuid NOT NULL,
    job_id uuid NOT NULL,
    offers jsonb NOT NULL,
    nothing jsonb,
    excluded uuid[] NOT NULL,
    asked_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, slot_quote_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT slot_quote_offers_or_says_why_not CHECK ((jsonb_array_length(offers) = 0) = (nothing IS NOT NULL))
);
CREATE INDEX slot_quote_by_job ON slot_quote (area_id, job_id);

CREATE TABLE proposal (
    area_id uuid NOT NULL,
    proposal_id uuid NOT NULL,
    job_id uuid NOT NULL,
    options jsonb NOT NULL,
    asked_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_option integer,
    plan_id uuid,
    PRIMARY KEY (area_id, proposal_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT proposal_accepted_says_which CHECK ((accepted_at IS NULL) = (accepted_option IS NULL))
);
CREATE INDEX proposal_by_job ON proposal (area_id, job_id);

CREATE TABLE appointment (
    area_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    job_id uuid NOT NULL,
    state text NOT NULL CONSTRAINT appointment_state_is_known
        CHECK (state IN ('offered', 'confirmed', 'kept', 'missed', 'moved', 'cancelled')),
    earliest_at timestamptz NOT NULL,
    latest_at timestamptz NOT NULL,
    slot_quote_id uuid,
    promised_at timestamptz NOT NULL,
    promised_by uuid NOT NULL,
    arrived_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, appointment_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, slot_quote_id) REFERENCES slot_quote,
    CONSTRAINT appointment_window_is_ordered CHECK (latest_at > earliest_at AND latest_at <= earliest_at + interval '24 hours')
);
CREATE UNIQUE INDEX appointment_is_one_live_per_job ON appointment (area_id, job_id) WHERE state IN ('offered', 'confirmed');
CREATE INDEX appointment_by_job ON appointment (area_id, job_id);
CREATE INDEX appointment_by_end ON appointment (area_id, latest_at);
CREATE INDEX appointment_by_slot_quote ON appointment (area_id, slot_quote_id) WHERE slot_quote_id IS NOT NULL;

-- by which the subscriber looks at one job
CREATE TABLE subscriber_link (
    area_id uuid NOT NULL,
    subscriber_link_id uuid NOT NULL,
    job_id uuid NOT NULL,
    -- how often the job had been reopened when it was made
    reopened integer NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT subscriber_link_hash_is_sha256 CHECK (length(token_hash) = 32),
    made_at timestamptz NOT NULL,
    made_by uuid NOT NULL,
    revoked_at timestamptz,
    wrong_digits integer NOT NULL DEFAULT 0 CONSTRAINT subscriber_link_wrong_digits_are_not_negative CHECK (wrong_digits >= 0),
    confirmed_at timestamptz,
    appointment_id uuid,
    PRIMARY KEY (area_id, subscriber_link_id),
    CONSTRAINT subscriber_link_token_is_unique UNIQUE (area_id, token_hash),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, appointment_id) REFERENCES appointment,
    CONSTRAINT subscriber_link_confirms_an_appointment CHECK ((confirmed_at IS NULL) = (appointment_id IS NULL))
);
CREATE UNIQUE INDEX subscriber_link_is_one_live_per_job ON subscriber_link (area_id, job_id) WHERE revoked_at IS NULL;

CREATE TABLE plan_run (
    area_id uuid NOT NULL REFERENCES area,
    plan_run_id uuid NOT NULL,
    state text NOT NULL CONSTRAINT plan_run_state_is_known CHECK (state IN ('queued', 'running', 'done', 'failed')),
    first_on date NOT NULL,
    last_on date NOT NULL,
    budget interval NOT NULL,
    seed integer NOT NULL,
    publish boolean NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    stop_requested boolean NOT NULL DEFAULT false,
    requested_at timestamptz NOT NULL,
    requested_by uuid,
    finished_at timestamptz,
    progress jsonb,
    failure text,
    travel jsonb,
    change_budget integer,
    moved integer,
    PRIMARY KEY (area_id, plan_run_id),
    CONSTRAINT plan_run_change_budget_is_a_count CHECK (change_budget >= 0),
    CONSTRAINT plan_run_days_are_ordered CHECK (first_on <= last_on)
);

CREATE TABLE plan (
    area_id uuid NOT NULL REFERENCES area,
    plan_id uuid NOT NULL,
    plan_version integer NOT NULL,
    plan_run_id uuid,
    origin text NOT NULL DEFAULT 'run' CONSTRAINT plan_origin_is_known
        CHECK (origin IN ('run', 'emergency', 'absence', 'undo', 'hand', 'part')),
    undoes_plan_id uuid,
    state text NOT NULL CONSTRAINT plan_state_is_known CHECK (state IN ('draft', 'published', 'superseded')),
    first_on date NOT NULL,
    last_on date NOT NULL,
    cost jsonb NOT NULL,
    unassigned jsonb NOT NULL,
    routes jsonb NOT NULL,
    replaced jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    published_at timestamptz,
    published_by uuid,
    part_of_plan_id uuid,
    discarded_at timestamptz,
    discarded_by uuid,
    PRIMARY KEY (area_id, plan_id),
    CONSTRAINT plan_version_is_unique UNIQUE (area_id, plan_version),
    FOREIGN KEY (area_id, plan_run_id) REFERENCES plan_run,
    FOREIGN KEY (area_id, undoes_plan_id) REFERENCES plan,
    FOREIGN KEY (area_id, part_of_plan_id) REFERENCES plan,
    CONSTRAINT plan_of_a_run_names_it CHECK ((origin = 'run') = (plan_run_id IS NOT NULL)),
    CONSTRAINT plan_undo_names_what CHECK ((origin = 'undo') = (undoes_plan_id IS NOT NULL)),
    CONSTRAINT plan_part_names_of_what CHECK ((origin = 'part') = (part_of_plan_id IS NOT NULL)),
    CONSTRAINT plan_discarded_never_went_out CHECK (discarded_at IS NULL OR (state = 'superseded' AND published_at IS NULL))
);

CREATE TABLE plan_reason (
    area_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    job_id uuid NOT NULL,
    technician_area_id uuid,
    technician_id uuid,
    on_day date,
    start_at timestamptz,
    cost jsonb NOT NULL,
    own jsonb NOT NULL,
    left_out bigint,
    instead jsonb,
    blocks jsonb NOT NULL,
    hint jsonb,
    explained_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, plan_id, job_id),
    FOREIGN KEY (area_id, plan_id) REFERENCES plan,
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT plan_reason_speaks_of_a_whole_place_or_of_none
        CHECK (num_nulls(technician_area_id, technician_id, on_day, start_at) IN (0, 4))
);
CREATE INDEX plan_reason_by_job ON plan_reason (area_id, job_id, explained_at);

CREATE TABLE why_not (
    area_id uuid NOT NULL,
    why_not_id uuid NOT NULL,
    plan_id uuid NOT NULL,
    job_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    earliest_at timestamptz,
    latest_at timestamptz,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    answer jsonb,
    PRIMARY KEY (area_id, why_not_id),
    FOREIGN KEY (area_id, plan_id) REFERENCES plan,
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT why_not_window_has_two_ends CHECK ((earliest_at IS NULL) = (latest_at IS NULL)),
    CONSTRAINT why_not_window_ends_after_it_starts CHECK (latest_at > earliest_at),
    CONSTRAINT why_not_answered_has_an_answer CHECK ((answered_at IS NULL) = (answer IS NULL))
);
CREATE INDEX why_not_by_age ON why_not (area_id, asked_at);

CREATE TABLE what_if (
    area_id uuid NOT NULL REFERENCES area,
    what_if_id uuid NOT NULL,
    on_day date NOT NULL,
    changes jsonb NOT NULL,
    budget interval NOT NULL,
    seed integer NOT NULL,
    asked_by uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    progress jsonb,
    ended_at timestamptz,
    failure text,
    answer jsonb,
    PRIMARY KEY (area_id, what_if_id),
    CONSTRAINT what_if_ends_with_an_answer_or_a_failure
        CHECK (num_nonnulls(failure, answer) = CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END)
);
CREATE INDEX what_if_by_age ON what_if (area_id, asked_at);

CREATE TABLE round (
    area_id uuid NOT NULL REFERENCES area,
    round_id uuid NOT NULL,
    technician_area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    on_day date NOT NULL,
    plan_id uuid NOT NULL,
    round_version integer NOT NULL,
    leave_at timestamptz NOT NULL,
    back_at timestamptz NOT NULL,
    break_start_at timestamptz,
    break_end_at timestamptz,
    travel_duration interval NOT NULL,
    distance_m integer NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, round_id),
    CONSTRAINT round_is_one_per_technician_and_day UNIQUE (area_id, technician_id, on_day),
    FOREIGN KEY (area_id, plan_id) REFERENCES plan
);

CREATE TABLE visit (
    area_id uuid NOT NULL,
    visit_id uuid NOT NULL,
    job_id uuid NOT NULL,
    technician_area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    on_day date NOT NULL,
    state text NOT NULL CONSTRAINT visit_state_is_known CHECK (state IN (
        'draft', 'published', 'on_my_way', 'arrived', 'working', 'done', 'no_access', 'declined', 'part_missing', 'paused', 'cancelled'
    )),
    end_reason text NOT NULL DEFAULT '' CONSTRAINT visit_end_reason_is_known CHECK (end_reason IN (
        '', 'reassigned', 'withdrawn', 'job_cancelled', 'done_by_another'
    )),
    sequence integer NOT NULL,
    planned_arrival_at timestamptz NOT NULL,
    planned_start_at timestamptz NOT NULL,
    planned_end_at timestamptz NOT NULL,
    travel_duration interval NOT NULL,
    distance_m integer NOT NULL,
    replaces_visit_id uuid,
    plan_id uuid,
    pinned boolean NOT NULL DEFAULT false,
    -- when the hand wants it to begin; a pin without it holds the technician alone
    pinned_start_at timestamptz,
    assigned_at timestamptz,
    shown_at timestamptz,
    hidden_at timestamptz,
    on_my_way_at timestamptz,
    arrived_at timestamptz,
    working_at timestamptz,
    ended_at timestamptz,
    -- how often it was given another time since it went out
    moves integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, visit_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, replaces_visit_id) REFERENCES visit,
    CONSTRAINT visit_times_are_ordered CHECK (planned_arrival_at <= planned_start_at AND planned_start_at < planned_end_at),
    CONSTRAINT visit_cancelled_says_why CHECK (state <> 'cancelled' OR end_reason <> ''),
    CONSTRAINT visit_pinned_time_is_of_a_pin CHECK (pinned_start_at IS NULL OR pinned)
);
CREATE UNIQUE INDEX visit_is_one_draft_per_job ON visit (area_id, job_id) WHERE state = 'draft';
CREATE UNIQUE INDEX visit_is_one_live_per_job ON visit (area_id, job_id)
    WHERE state IN ('published', 'on_my_way', 'arrived', 'working');
CREATE INDEX visit_by_day ON visit (area_id, on_day);
CREATE INDEX visit_by_job ON visit (area_id, job_id);
-- PostgreSQL asks what refers to a draft or a quote whenever one is deleted: here, and by visit and quote elsewhere
CREATE INDEX visit_by_replaced ON visit (area_id, replaces_visit_id) WHERE replaces_visit_id IS NOT NULL;
CREATE INDEX visit_by_technician_day ON visit (area_id, technician_id, on_day, sequence);

CREATE TABLE visit_crew (
    area_id uuid NOT NULL,
    visit_id uuid NOT NULL,
    technician_area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, visit_id, technician_id),
    FOREIGN KEY (area_id, visit_id) REFERENCES visit
);
CREATE INDEX visit_crew_by_technician ON visit_crew (area_id, technician_id);

CREATE TABLE fairness_day (
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    on_day date NOT NULL,
    overtime_minutes integer NOT NULL,
    far_visits integer NOT NULL,
    emergencies integer NOT NULL,
    weekend_minutes integer NOT NULL,
    late_minutes integer NOT NULL,
    joined_visits integer NOT NULL,
    burden_minutes integer NOT NULL,
    settled_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, technician_id, on_day),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT fairness_day_counts_are_not_negative CHECK (
        least(overtime_minutes, far_visits, emergencies, weekend_minutes, late_minutes, joined_visits, burden_minutes) >= 0
    )
);
CREATE INDEX fairness_day_by_day ON fairness_day (area_id, on_day);

CREATE TABLE travel_row (
    area_id uuid NOT NULL REFERENCES area,
    source text NOT NULL,
    here bigint NOT NULL,
    ways bytea NOT NULL CONSTRAINT travel_row_holds_whole_ways CHECK (length(ways) % 24 = 0),
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, source, here)
);

-- What comes from the phones -----------------------------------------------------------------------------------------

CREATE TABLE inbox (
    area_id uuid NOT NULL,
    event_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    device_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    seq bigint,
    job_id uuid,
    raw bytea NOT NULL CONSTRAINT inbox_raw_is_at_most_64_kib CHECK (length(raw) <= 65536),
    skew_ms bigint,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    status text NOT NULL CONSTRAINT inbox_status_is_known CHECK (status IN ('received', 'applied', 'review', 'pending')),
    reason text,
    vouched_by uuid,
    PRIMARY KEY (area_id, event_id, content_hash),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician
);
CREATE INDEX inbox_unsettled ON inbox (area_id, received_at) WHERE status IN ('received', 'pending');
CREATE INDEX inbox_by_job ON inbox (area_id, job_id);

CREATE TABLE report (
    area_id uuid NOT NULL,
    report_id uuid NOT NULL,
    job_id uuid NOT NULL,
    visit_id uuid NOT NULL,
    technician_area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    device_id uuid NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    needs uuid[] NOT NULL,
    recorded_at timestamptz,
    received_at timestamptz NOT NULL,
    corrected_at timestamptz NOT NULL,
    clock_suspect boolean NOT NULL,
    status text NOT NULL CONSTRAINT report_status_is_known CHECK (status IN ('applied', 'review', 'pending')),
    reason text,
    PRIMARY KEY (area_id, report_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, visit_id) REFERENCES visit
);
CREATE INDEX report_by_job ON report (area_id, job_id);
CREATE INDEX report_by_visit ON report (area_id, visit_id);
CREATE INDEX report_pending ON report (area_id, received_at) WHERE status = 'pending';

CREATE TABLE photo (
    area_id uuid NOT NULL,
    photo_id uuid NOT NULL,
    job_id uuid NOT NULL,
    report_id uuid NOT NULL,
    purpose text NOT NULL,
    content_hash bytea NOT NULL CONSTRAINT photo_hash_is_sha256 CHECK (length(content_hash) = 32),
    byte_count bigint NOT NULL CONSTRAINT photo_is_not_empty CHECK (byte_count > 0),
    PRIMARY KEY (area_id, photo_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, report_id) REFERENCES report
);
CREATE INDEX photo_by_job ON photo (area_id, job_id);

-- the bytes, of the technician's home area: they come by themselves, before or after the report that names them
CREATE TABLE photo_upload (
    area_id uuid NOT NULL,
    photo_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    content_hash bytea NOT NULL CONSTRAINT photo_upload_hash_is_sha256 CHECK (length(content_hash) = 32),
    byte_count bigint NOT NULL CONSTRAINT photo_upload_is_not_empty CHECK (byte_count > 0),
    created_at timestamptz NOT NULL,
    stored_at timestamptz,
    refused_at timestamptz,
    media_type text NOT NULL DEFAULT '',
    PRIMARY KEY (area_id, photo_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician,
    CONSTRAINT photo_upload_ends_one_way CHECK (stored_at IS NULL OR refused_at IS NULL)
);
CREATE INDEX photo_upload_by_technician ON photo_upload (area_id, technician_id, created_at);

CREATE TABLE stock_move (
    area_id uuid NOT NULL,
    stock_move_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    code text NOT NULL,
    serial text NOT NULL DEFAULT '',
    quantity integer NOT NULL,
    job_id uuid,
    moved_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, stock_move_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician
);

CREATE TABLE quote (
    area_id uuid NOT NULL,
    quote_id uuid NOT NULL,
    job_id uuid NOT NULL,
    visit_id uuid NOT NULL,
    report_id uuid NOT NULL,
    tariff_id uuid NOT NULL,
    lines jsonb NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT quote_amount_is_not_negative CHECK (amount_minor >= 0),
    currency text NOT NULL,
    shown_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, quote_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, visit_id) REFERENCES visit,
    FOREIGN KEY (area_id, report_id) REFERENCES report,
    FOREIGN KEY (area_id, tariff_id) REFERENCES tariff
);
CREATE INDEX quote_by_job ON quote (area_id, job_id);
CREATE INDEX quote_by_visit ON quote (area_id, visit_id);

CREATE TABLE consent (
    area_id uuid NOT NULL,
    consent_id uuid NOT NULL,
    job_id uuid NOT NULL,
    subject text NOT NULL CONSTRAINT consent_subject_is_known CHECK (subject IN ('terms', 'quote')),
    quote_id uuid,
    terms_version integer,
    answer text NOT NULL CONSTRAINT consent_answer_is_known CHECK (answer IN ('accepted', 'declined')),
    amount_minor bigint NOT NULL CONSTRAINT consent_amount_is_not_negative CHECK (amount_minor >= 0),
    currency text NOT NULL,
    language text NOT NULL,
    text_hash bytea NOT NULL CONSTRAINT consent_text_hash_is_sha256 CHECK (length(text_hash) = 32),
    method text NOT NULL CONSTRAINT consent_method_is_known
        CHECK (method IN ('spoken', 'tick', 'signature', 'visit_code', 'sms_code', 'account')),
    person text NOT NULL,
    capacity text NOT NULL,
    asked_by uuid NOT NULL,
    device_id uuid,
    agreed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    evidence jsonb NOT NULL,
    content_hash bytea NOT NULL CONSTRAINT consent_hash_is_sha256 CHECK (length(content_hash) = 32),
    PRIMARY KEY (area_id, consent_id),
    -- what a charge leans on: the consent's job, subject, answer and price travel with its id
    CONSTRAINT consent_is_what_a_charge_names UNIQUE (area_id, consent_id, job_id, subject, answer, amount_minor, currency),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, quote_id) REFERENCES quote,
    CONSTRAINT consent_names_what_it_answers CHECK (
        (subject = 'quote' AND quote_id IS NOT NULL AND terms_version IS NULL)
        OR (subject = 'terms' AND quote_id IS NULL AND terms_version IS NOT NULL)
    )
);
CREATE INDEX consent_by_job ON consent (area_id, job_id);

CREATE TABLE closure (
    area_id uuid NOT NULL,
    closure_id uuid NOT NULL,
    job_id uuid NOT NULL,
    visit_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    location text NOT NULL CONSTRAINT closure_location_is_known CHECK (location IN (
        'olt_or_core', 'feeder', 'splitter_or_cabinet', 'drop', 'riser', 'indoor_wiring', 'ont_operator', 'cpe_operator',
        'subscriber_equipment', 'subscriber_settings', 'subscriber_power', 'none_found'
    )),
    cause text NOT NULL CONSTRAINT closure_cause_is_known CHECK (cause IN (
        'dig', 'vehicle', 'rodent', 'weather', 'water', 'wear', 'workmanship', 'vandalism', 'power', 'config', 'hardware',
        'contamination', 'third_party', 'unknown'
    )),
    action text NOT NULL CONSTRAINT closure_action_is_known CHECK (action IN (
        'resplice', 'reterminate', 'clean', 'replace_drop', 'swap_ont', 'swap_cpe', 'reconfigure', 'restore_power', 'educate',
        'refer_network', 'no_access', 'cancelled'
    )),
    liability text NOT NULL CONSTRAINT closure_liability_is_known
        CHECK (liability IN ('operator', 'subscriber', 'third_party', 'force_majeure')),
    outcome text NOT NULL CONSTRAINT closure_outcome_is_known CHECK (outcome IN ('done', 'declined')),
    consent_id uuid,
    confirmed_by text NOT NULL DEFAULT '',
    closed_at timestamptz NOT NULL,
    in_force boolean NOT NULL,
    PRIMARY KEY (area_id, closure_id),
    CONSTRAINT closure_is_what_a_charge_names UNIQUE (area_id, closure_id, job_id, liability),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, visit_id) REFERENCES visit
);
CREATE UNIQUE INDEX closure_is_one_in_force_per_visit ON closure (area_id, visit_id) WHERE in_force;
CREATE INDEX closure_by_job ON closure (area_id, job_id);
CREATE INDEX closure_by_visit ON closure (area_id, visit_id);
CREATE INDEX closure_by_time ON closure (area_id, closed_at);

CREATE TABLE charge (
    area_id uuid NOT NULL,
    charge_id uuid NOT NULL,
    job_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT charge_kind_is_known CHECK (kind IN ('work', 'call_out')),
    consent_id uuid NOT NULL,
    consent_subject text NOT NULL,
    consent_answer text NOT NULL CONSTRAINT charge_consent_was_accepted CHECK (consent_answer = 'accepted'),
    consent_amount_minor bigint NOT NULL,
    closure_id uuid NOT NULL,
    closure_liability text NOT NULL CONSTRAINT charge_cause_is_the_subscribers CHECK (closure_liability = 'subscriber'),
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    charged_at timestamptz NOT NULL,
    replaces_charge_id uuid,
    PRIMARY KEY (area_id, charge_id),
    CONSTRAINT charge_is_one_per_consent_and_kind UNIQUE NULLS NOT DISTINCT (area_id, consent_id, kind, replaces_charge_id),
    CONSTRAINT charge_is_what_one_replaces UNIQUE (area_id, charge_id, consent_id, kind),
    CONSTRAINT charge_replaces_its_like FOREIGN KEY (area_id, replaces_charge_id, consent_id, kind)
        REFERENCES charge (area_id, charge_id, consent_id, kind),
    FOREIGN KEY (area_id, consent_id, job_id, consent_subject, consent_answer, consent_amount_minor, currency)
        REFERENCES consent (area_id, consent_id, job_id, subject, answer, amount_minor, currency),
    FOREIGN KEY (area_id, closure_id, job_id, closure_liability)
        REFERENCES closure (area_id, closure_id, job_id, liability),
    CONSTRAINT charge_is_what_was_agreed_to
        CHECK ((kind = 'work' AND consent_subject = 'quote') OR (kind = 'call_out' AND consent_subject = 'terms')),
    CONSTRAINT charge_never_exceeds_what_was_shown CHECK (amount_minor BETWEEN 1 AND consent_amount_minor)
);
CREATE INDEX charge_by_job ON charge (area_id, job_id);

CREATE TABLE charge_reversal (
    area_id uuid NOT NULL,
    charge_reversal_id uuid NOT NULL,
    charge_id uuid NOT NULL,
    reason text NOT NULL,
    reversed_at timestamptz NOT NULL,
    reversed_by uuid,
    PRIMARY KEY (area_id, charge_reversal_id),
    CONSTRAINT charge_reversal_is_one_per_charge UNIQUE (area_id, charge_id),
    FOREIGN KEY (area_id, charge_id) REFERENCES charge
);
-- a consent is charged again only after what was charged was taken back
ALTER TABLE charge ADD CONSTRAINT charge_replaces_what_was_reversed
    FOREIGN KEY (area_id, replaces_charge_id) REFERENCES charge_reversal (area_id, charge_id);

CREATE TABLE charge_waiver (
    area_id uuid NOT NULL,
    charge_waiver_id uuid NOT NULL,
    job_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT charge_waiver_kind_is_known CHECK (kind IN ('work', 'call_out')),
    consent_id uuid NOT NULL,
    closure_id uuid NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT charge_waiver_amount_is_positive CHECK (amount_minor > 0),
    currency text NOT NULL,
    reason text NOT NULL CONSTRAINT charge_waiver_reason_is_known CHECK (reason IN ('line_out_of_limits')),
    proof jsonb NOT NULL,
    waived_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, charge_waiver_id),
    CONSTRAINT charge_waiver_is_one_per_consent_and_kind UNIQUE (area_id, consent_id, kind),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, consent_id) REFERENCES consent,
    FOREIGN KEY (area_id, closure_id) REFERENCES closure
);
CREATE INDEX charge_waiver_by_job ON charge_waiver (area_id, job_id);

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
    leaves_by text NOT NULL CONSTRAINT credit_leaves_by_is_known CHECK (leaves_by IN ('billing', 'file')),
    PRIMARY KEY (area_id, credit_id),
    CONSTRAINT credit_leaves_one_way UNIQUE (area_id, credit_id, leaves_by),
    CONSTRAINT credit_is_what_a_line_names UNIQUE (area_id, credit_id, subscriber_id),
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (area_id, outage_id) REFERENCES outage,
    CONSTRAINT credit_is_of_a_ticket_or_an_outage CHECK (num_nonnulls(ticket_id, outage_id) = 1)
);
CREATE INDEX credit_by_subscriber ON credit (area_id, subscriber_id, credited_at);
CREATE INDEX credit_by_time ON credit (area_id, credited_at);

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

-- what a person took along as a file: each credit in one file
CREATE TABLE credit_export (
    area_id uuid NOT NULL REFERENCES area,
    export_id uuid NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    exported_at timestamptz NOT NULL,
    exported_by uuid NOT NULL,
    PRIMARY KEY (area_id, export_id),
    CONSTRAINT credit_export_period_is_ordered CHECK (first_on <= last_on)
);
CREATE TABLE credit_exported (
    area_id uuid NOT NULL,
    credit_id uuid NOT NULL,
    export_id uuid NOT NULL,
    leaves_by text NOT NULL DEFAULT 'file' CONSTRAINT credit_exported_leaves_by_file CHECK (leaves_by = 'file'),
    PRIMARY KEY (area_id, credit_id),
    FOREIGN KEY (area_id, credit_id, leaves_by) REFERENCES credit (area_id, credit_id, leaves_by),
    FOREIGN KEY (area_id, export_id) REFERENCES credit_export
);
CREATE INDEX credit_exported_by_export ON credit_exported (area_id, export_id);

CREATE TABLE ending_cursor (
    area_id uuid PRIMARY KEY REFERENCES area,
    n bigint NOT NULL
);

CREATE TABLE callback (
    area_id uuid NOT NULL,
    callback_id uuid NOT NULL,
    job_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    subscriber_id uuid NOT NULL,
    -- how often the job had been reopened when it was closed
    closing integer NOT NULL,
    state text NOT NULL CONSTRAINT callback_state_is_known
        CHECK (state IN ('due', 'taken', 'fixed', 'not_fixed', 'declined', 'given_up')),
    due_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    tries integer NOT NULL CONSTRAINT callback_tries_are_not_negative CHECK (tries >= 0),
    staff_id uuid,
    taken_at timestamptz,
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, callback_id),
    CONSTRAINT callback_is_one_per_closing UNIQUE (area_id, job_id, closing),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    FOREIGN KEY (area_id, ticket_id) REFERENCES ticket,
    FOREIGN KEY (area_id, subscriber_id) REFERENCES subscriber,
    CONSTRAINT callback_taken_has_somebody CHECK (state <> 'taken' OR (staff_id IS NOT NULL AND taken_at IS NOT NULL)),
    CONSTRAINT callback_ended_has_its_instant CHECK ((state IN ('due', 'taken')) = (ended_at IS NULL))
);
CREATE INDEX callback_open ON callback (area_id, due_at) WHERE state IN ('due', 'taken');
CREATE INDEX callback_by_end ON callback (area_id, ended_at) WHERE ended_at IS NOT NULL;

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
CREATE INDEX complaint_by_time ON complaint (area_id, opened_at);

CREATE TABLE review (
    area_id uuid NOT NULL REFERENCES area,
    review_id uuid NOT NULL,
    event_id uuid NOT NULL,
    technician_area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    job_id uuid,
    reason text NOT NULL CONSTRAINT review_reason_is_known CHECK (reason IN (
        'consent-missing', 'gate-failed', 'code-mismatch', 'already-closed', 'not-assignee', 'unknown-job', 'unknown-kind',
        'invalid-body', 'id-reused', 'needs-missing', 'window-passed', 'job-cancelled', 'price-changed', 'device-revoked'
    )),
    facts jsonb NOT NULL,
    state text NOT NULL CONSTRAINT review_state_is_known CHECK (state IN ('open', 'healed', 'accepted', 'dismissed')),
    opened_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    decision_note text NOT NULL DEFAULT '',
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, review_id),
    CONSTRAINT review_is_one_per_event_and_reason UNIQUE (area_id, event_id, reason),
    FOREIGN KEY (area_id, job_id) REFERENCES job,
    CONSTRAINT review_decision_is_whole CHECK (
        (state IN ('open', 'healed') AND decided_by IS NULL) OR (state IN ('accepted', 'dismissed') AND decided_by IS NOT NULL)
    )
);
CREATE INDEX review_open ON review (area_id, opened_at) WHERE state = 'open';

CREATE TABLE alert (
    area_id uuid NOT NULL REFERENCES area,
    alert_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT alert_kind_is_known CHECK (kind IN (
        'promise_late', 'promise_tight', 'promise_unplaced', 'technician_late', 'technician_silent', 'part_missing', 'help_asked'
    )),
    subject_id uuid NOT NULL,
    job_id uuid,
    technician_id uuid,
    facts jsonb NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (area_id, alert_id),
    FOREIGN KEY (area_id, job_id) REFERENCES job
);
CREATE UNIQUE INDEX alert_is_one_open_per_kind_and_subject ON alert (area_id, kind, subject_id) WHERE closed_at IS NULL;

-- What goes out ------------------------------------------------------------------------------------------------------

CREATE TABLE feed (
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    n bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (area_id, technician_id),
    FOREIGN KEY (area_id, technician_id) REFERENCES technician
);

CREATE TABLE feed_change (
    area_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    n bigint NOT NULL,
    job_area_id uuid NOT NULL,
    job_id uuid NOT NULL,
    op text NOT NULL CONSTRAINT feed_change_op_is_known CHECK (op IN ('put', 'remove')),
    PRIMARY KEY (area_id, technician_id, n),
    FOREIGN KEY (area_id, technician_id) REFERENCES feed
);

CREATE TABLE push_subscription (
    area_id uuid NOT NULL,
    device_id uuid NOT NULL,
    technician_id uuid NOT NULL,
    endpoint text NOT NULL CONSTRAINT push_subscription_endpoint_is_https CHECK (endpoint LIKE 'https://%'),
    key bytea NOT NULL CONSTRAINT push_subscription_key_is_a_point CHECK (length(key) = 65),
    auth bytea NOT NULL CONSTRAINT push_subscription_auth_is_128_bit CHECK (length(auth) = 16),
    subscribed_at timestamptz NOT NULL,
    heard_n bigint NOT NULL,
    told_n bigint NOT NULL,
    PRIMARY KEY (area_id, device_id),
    FOREIGN KEY (area_id, device_id) REFERENCES device
);
CREATE INDEX push_subscription_by_technician ON push_subscription (area_id, technician_id);

CREATE TABLE outbox (
    area_id uuid NOT NULL REFERENCES area,
    outbox_id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    delivered_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, outbox_id),
    CONSTRAINT outbox_is_one_per_kind_and_subject UNIQUE (area_id, kind, subject_id)
);
CREATE INDEX outbox_waiting ON outbox (area_id, due_at) WHERE delivered_at IS NULL;

CREATE TABLE message (
    area_id uuid NOT NULL REFERENCES area,
    message_id uuid NOT NULL,
    phone text NOT NULL,
    language text NOT NULL,
    text text NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, message_id)
);

CREATE TABLE idempotency_key (
    area_id uuid NOT NULL REFERENCES area,
    principal_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    response bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, principal_id, key)
);

CREATE TABLE journal_counter (
    area_id uuid PRIMARY KEY REFERENCES area,
    n bigint NOT NULL DEFAULT 0
);

CREATE TABLE journal (
    area_id uuid NOT NULL,
    n bigint NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL CONSTRAINT journal_actor_is_known
        CHECK (actor_kind IN ('staff', 'technician', 'integration', 'worker', 'set_up', 'subscriber')),
    actor_id uuid,
    action text NOT NULL CONSTRAINT journal_action_is_noun_past CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    job_id uuid,
    subject_id uuid,
    facts jsonb NOT NULL,
    PRIMARY KEY (area_id, n),
    FOREIGN KEY (area_id) REFERENCES journal_counter
);
CREATE INDEX journal_by_job ON journal (area_id, job_id, n);
