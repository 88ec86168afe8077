-- What is counted of a period is read once, and who sent a job to the field is said in one place.

CREATE INDEX contact_entry_that_followed ON contact_entry (area_id, at) WHERE kind IN ('linked', 'reopened');

-- who sent a job to the field last, from which line, and over which channel the subscriber had come: by what it is split
CREATE VIEW job_sender WITH (security_invoker = true) AS
SELECT sent.area_id, sent.job_id, split.by, split.key
FROM (
    SELECT DISTINCT ON (escalation.area_id, escalation.job_id)
           escalation.area_id, escalation.job_id, entry.staff_id, entry.line, ticket.channel
    FROM escalation
    JOIN ticket ON ticket.area_id = escalation.area_id AND ticket.ticket_id = escalation.ticket_id
    JOIN contact_entry AS entry ON entry.area_id = ticket.area_id AND entry.ticket_id = ticket.ticket_id
    WHERE entry.kind = 'escalated' AND entry.facts ->> 'jobId' = escalation.job_id::text
    ORDER BY escalation.area_id, escalation.job_id, entry.at DESC, entry.contact_entry_id DESC
) AS sent
CROSS JOIN LATERAL (VALUES
    ('staff', sent.staff_id::text), ('line', sent.line::text), ('channel', sent.channel)
) AS split (by, key);
