-- Weights have names and limits from now on. What has another name was never read; what is beyond its limit stands at it.

UPDATE area SET settings = jsonb_set(settings, '{weights}', (
    SELECT coalesce(jsonb_object_agg(name, to_jsonb(CASE WHEN whole THEN round(bounded) ELSE bounded END)), '{}')
    FROM (
        SELECT name, whole, least(greatest((settings->'weights'->>name)::numeric, lowest), highest) AS bounded
        FROM (VALUES
            ('travel', 1, 100, true),
            ('distance_per_km', 0, 3600, true),
            ('outage_per_minute', 0, 600, false),
            ('lateness_per_minute', 0, 3600, true),
            ('overtime', 0, 100, true),
            ('duration', 0, 100, true),
            ('churn_shift', 0, 86400, true),
            ('churn_second', 0, 10, false),
            ('shift_used', 0, 1000000, true),
            ('unfairness', 0, 3600, false)
        ) AS known (name, lowest, highest, whole)
        WHERE settings->'weights' ? name
    ) AS said
)) WHERE settings ? 'weights';
