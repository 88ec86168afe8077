-- Travel times on real roads: kept between places, and named on the run that planned with them.

ALTER TABLE plan_run ADD COLUMN travel jsonb;

CREATE TABLE travel_row (
    area_id uuid NOT NULL REFERENCES area,
    source text NOT NULL,
    here bigint NOT NULL,
    ways bytea NOT NULL CONSTRAINT travel_row_holds_whole_ways CHECK (length(ways) % 24 = 0),
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (area_id, source, here)
);
