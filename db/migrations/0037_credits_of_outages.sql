-- A credit for a mass outage names one that there is.
ALTER TABLE credit ADD FOREIGN KEY (area_id, outage_id) REFERENCES outage;
