-- What the role line3_app may do, and the row-level security that is its second wall. Applied after every migration;
-- repeating it changes nothing. The context is a set of areas: set_config('line3.area_ids', 'uuid,uuid', true).

GRANT USAGE ON SCHEMA public TO line3_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO line3_app;

-- append-only, for ever
REVOKE UPDATE, DELETE ON journal, report, consent, quote, charge, charge_reversal, escalation, stock_move, feed_change, contact_entry, credit, credit_line, credit_export, credit_exported FROM line3_app;
-- versioned, never edited
REVOKE UPDATE, DELETE ON job_kind_version, tariff, tariff_line, terms_text, agreement_text, self_check_version, credit_table_version FROM line3_app;
-- never removed
REVOKE DELETE ON job, closure, review, inbox, appointment, ticket, photo, photo_upload, outbox, outage, alarm, callback, complaint, written_conversation, written_answer FROM line3_app;
REVOKE INSERT, UPDATE, DELETE ON installation, schema_migration FROM line3_app;
-- what became of it may change, what was said may not
REVOKE UPDATE ON inbox, closure, photo, photo_upload, outbox, complaint, written_answer FROM line3_app;
GRANT UPDATE (status, reason) ON report TO line3_app;
GRANT UPDATE (status, reason, attempts) ON inbox TO line3_app;
GRANT UPDATE (in_force, outcome) ON closure TO line3_app;
GRANT UPDATE (stored_at, refused_at, media_type) ON photo_upload TO line3_app;
GRANT UPDATE (delivered_at, attempts, due_at) ON outbox TO line3_app;
GRANT UPDATE (state, answer, answered_at, answered_by, version) ON complaint TO line3_app;
GRANT UPDATE (delivered_at, refused_at) ON written_answer TO line3_app;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN
        SELECT c.table_name
        FROM information_schema.columns AS c
        JOIN information_schema.tables AS t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND c.column_name = 'area_id' AND t.table_type = 'BASE TABLE'
          AND c.table_name NOT IN (
              'area', 'staff_area_role', 'contract_directory', 'account_directory', 'phone_directory', 'address_directory',
              'ticket_directory'
          )
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('DROP POLICY IF EXISTS area_wall ON %I', name);
        EXECUTE format(
            'CREATE POLICY area_wall ON %I USING (area_id = ANY (string_to_array(current_setting(''line3.area_ids'', true), '','')::uuid[]))',
            name
        );
    END LOOP;
END
$$;

-- Who is lent to another area for a day is of both: whoever may act there sees the technician, and what the home area keeps.
-- So all who may act in an area see the same technicians working there. Nothing else of the home area comes with them.
DROP POLICY IF EXISTS loan_wall ON technician_day;
CREATE POLICY loan_wall ON technician_day
    USING (area_id_worked = ANY (string_to_array(current_setting('line3.area_ids', true), ',')::uuid[]));

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['technician', 'device', 'stock', 'stock_move', 'inbox', 'photo_upload', 'feed', 'feed_change']
    LOOP
        EXECUTE format('DROP POLICY IF EXISTS loan_wall ON %I', name);
        EXECUTE format(
            'CREATE POLICY loan_wall ON %1$I USING (EXISTS (
                SELECT
                FROM technician_day AS lent
                WHERE lent.area_id = %1$I.area_id AND lent.technician_id = %1$I.technician_id
                  AND lent.area_id_worked <> lent.area_id
                  AND lent.area_id_worked = ANY (string_to_array(current_setting(''line3.area_ids'', true), '','')::uuid[])
            ))',
            name
        );
    END LOOP;
END
$$;

-- where the day of somebody lent begins
DROP POLICY IF EXISTS loan_wall ON place;
CREATE POLICY loan_wall ON place FOR SELECT USING (EXISTS (
    SELECT FROM technician WHERE technician.area_id = place.area_id AND technician.start_place_id = place.place_id
));
