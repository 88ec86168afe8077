-- Absences from a day to a day, with a reason; and of each technician-day which of them made it what it is.

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

ALTER TABLE technician_day
    ADD COLUMN absence_reason text
    CONSTRAINT technician_day_absence_reason_is_known
        CHECK (absence_reason IN ('illness', 'holiday', 'training', 'other')),
    ADD COLUMN absence_id uuid;
