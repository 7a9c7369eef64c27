-- Whatever a line is: as a value of its JSON in any spelling, and as a word where it is no JSON.
begin;
set local search_path = tap, pg_catalog;
select plan(20);

select is(comply_private.mentions_subject(c.line, c.subject), c.names, format('%s: %s', c.subject, c.line))
from (
  values
    ('p-1', '{"subject_id": "p-1"}', true),
    ('p-1', '{"subject_id": "p-10"}', false),
    ('p-1', '{"p-1": 7}', false),
    ('p-1', '{"a": [{"b": "p-1"}]}', true),
    ('p-1', '{"a": "of p-1"}', false),
    ('p-1', '"p-1"', true),
    ('p-1', '{"subject_id": "\u0070-1"}', true),
    ('4711', '{"subject_id": 4711}', true),
    ('4711', '{"confidence": 4711}', false),
    ('p-1', '{"subject_id": "p-1"', true),
    ('p-1', 'p-1', true),
    ('p-1', 'xp-1', false),
    ('p-1', 'p-1x', false),
    ('p-1', 'p+1', false),
    ('a.b', 'a,b', false),
    ('Zoë', '{"subject_id": "Zo\u00eb', true),
    ('🦉', '{"subject_id": "\ud83e\udd89', true),
    ('Zoë', 'Zo\303\253 \377', true),
    ('a"b', '{"subject_id": "a\"b', true),
    ('p-1', '', false)
) as c (subject, line, names);

select * from finish();
rollback;
