-- Setting an area up: versions against lost updates, what parts are called, and shifts as a plan of weeks from which
-- technician-days are made.

ALTER TABLE skill ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE network_element ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE stock ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE technician ADD COLUMN removed_version integer NOT NULL DEFAULT 0;

CREATE TABLE part (
    area_id uuid NOT NULL REFERENCES area,
    code text NOT NULL,
    kind text NOT NULL CONSTRAINT part_kind_is_known CHECK (kind IN ('part', 'serial', 'tool')),
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    PRIMARY KEY (area_id, code)
);

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
