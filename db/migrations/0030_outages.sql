-- Outages: alarms and what they say together with tickets, what people have decided of it, and the tickets and jobs it explains.

CREATE INDEX network_element_by_parent ON network_element (area_id, parent_id);
CREATE INDEX subscriber_by_element ON subscriber (area_id, network_element_id);

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

ALTER TABLE ticket ADD FOREIGN KEY (area_id, outage_id) REFERENCES outage;
CREATE INDEX ticket_by_outage ON ticket (area_id, outage_id) WHERE outage_id IS NOT NULL;
CREATE INDEX ticket_by_time ON ticket (area_id, reported_at);

ALTER TABLE job
    DROP CONSTRAINT job_hold_reason_is_known,
    ADD CONSTRAINT job_hold_reason_is_known
        CHECK (hold_reason IN ('no_access', 'part_missing', 'subscriber_wish', 'paused', 'outage')),
    ADD COLUMN outage_id uuid,
    ADD CONSTRAINT job_held_by_an_outage_names_it CHECK (hold_reason IS DISTINCT FROM 'outage' OR outage_id IS NOT NULL),
    ADD FOREIGN KEY (area_id, outage_id) REFERENCES outage;
CREATE INDEX job_by_outage ON job (area_id, outage_id) WHERE outage_id IS NOT NULL;
ALTER TABLE outage ADD FOREIGN KEY (area_id, job_id) REFERENCES job;

ALTER TABLE contact_entry
    DROP CONSTRAINT contact_entry_kind_is_known,
    ADD CONSTRAINT contact_entry_kind_is_known CHECK (kind IN (
        'opened', 'verified', 'not_verified', 'checked', 'noted', 'taken', 'handed_over', 'paused', 'went_on', 'overran',
        'agreed', 'tested', 'acted', 'localised', 'asked_back', 'escalated', 'linked', 'unlinked', 'resolved', 'reopened',
        'closed'
    ));
