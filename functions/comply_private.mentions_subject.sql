-- A rejected line may be anything. One that is JSON names a subject where a value of it is that text, whatever escapes
-- it is written with. In one that is not, the subject is looked for as a word, in the forms in which it may stand
-- there: rather one line too many goes than one too few.
create or replace function comply_private.mentions_subject(line text, subject_id text)
returns boolean
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return jsonb_path_exists(
      mentions_subject.line::jsonb, '$.** ? (@ == $subject)',
      jsonb_build_object('subject', mentions_subject.subject_id))
    or coalesce(mentions_subject.line::jsonb ->> 'subject_id' = mentions_subject.subject_id, false);
exception
  when data_exception or program_limit_exceeded then
    return exists (
      select
      from (
        values
          (mentions_subject.subject_id),
          -- As JSON writes it.
          (regexp_replace(to_json(mentions_subject.subject_id)::text, '^"|"$', '', 'g')),
          -- As JSON in ASCII writes it.
          ((
            select string_agg(
              case
                when ascii(s.sign) < 128 then s.sign
                when ascii(s.sign) < 65536 then '\u' || lpad(to_hex(ascii(s.sign)), 4, '0')
                else '\u' || to_hex(55232 + (ascii(s.sign) >> 10)) || '\u' || to_hex(56320 + (ascii(s.sign) & 1023))
              end, '' order by s.position)
            from string_to_table(mentions_subject.subject_id, null) with ordinality as s (sign, position)
          )),
          -- As comply.load_rejects has bytes of a line that is not UTF-8, or was cut.
          (encode(convert_to(mentions_subject.subject_id, 'UTF8'), 'escape'))
      ) as f (form)
      where mentions_subject.line
        ~ ('(?<![[:alnum:]])' || regexp_replace(f.form, '([^[:alnum:]])', '\\\1', 'g') || '(?![[:alnum:]])')
    );
end;
$$;

comment on function comply_private.mentions_subject(text, text) is
  'Return whether a line that a load rejected names a subject.';

revoke execute on function comply_private.mentions_subject(text, text) from public;
