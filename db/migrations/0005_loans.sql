-- Technicians lent to other areas: what the wall between areas asks. The wall itself is in access.sql.

CREATE INDEX technician_day_on_loan ON technician_day (area_id, technician_id, area_id_worked) WHERE area_id_worked <> area_id;
