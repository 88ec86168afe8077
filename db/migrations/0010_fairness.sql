-- What days asked of technicians beyond the ordinary: overtime, far ways, emergencies, weekends, evenings, help for others.

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
