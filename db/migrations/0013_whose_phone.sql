-- A phone is one person's, over all areas: else a colleague of another area who enrolled it would take over what waits on it.

CREATE TABLE device_directory (
    device_id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff
);

-- the wall stands before the owner, too, unless it is a superuser
SELECT set_config('line3.area_ids', (SELECT string_agg(area_id::text, ',') FROM area), true);

-- of a phone that two people enrolled by now, whose it was last
INSERT INTO device_directory (device_id, staff_id)
SELECT DISTINCT ON (device_id) device_id, staff_id
FROM device
JOIN technician USING (area_id, technician_id)
ORDER BY device_id, last_seen_at DESC NULLS LAST, enrolled_at DESC;
