-- What the rounds of a day would be with something else in place: asked by a dispatcher, tried by a worker, in no plan.

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
