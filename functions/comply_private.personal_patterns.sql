-- A name is a hint, a value is evidence. What has word boundaries of its own keeps hashes and identifiers
-- out.
create or replace function comply_private.personal_patterns()
returns table (kind text, name_pattern text, value_pattern text)
language sql
immutable
parallel safe
begin atomic
  values
    ('e-mail', '(^|_)e?_?mail', '\m[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\M'),
    ('payment card', '(^|_)(card|pan)(_|$)', '\m\d(?:[ -]?\d){12,18}\M'),
    ('bank account', '(^|_)(iban|bic|account_number)(_|$)', '\m[A-Z]{2}\d{2}[A-Z0-9]{11,30}\M'),
    ('bank account', null, '\m[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?\M'),
    ('social security number', '(^|_)(ssn|social_security|national_id|tax_id)', '\m(?!000|666|9\d\d)\d{3}-\d{2}-\d{4}\M'),
    ('telephone', '(^|_)(phone|telephone|mobile|fax)', '(^|[^\w+])\+[1-9]\d{0,2}([ -]?\(?\d{2,4}\)?){2,5}\M'),
    ('ip address', '(^|_)ip(_address|_addr|$)',
     '(^|[^\w.])(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}($|[^\w.])'),
    ('name', '(^|_)(first|last|full|given|family|sur)_?name', null),
    ('address', '(^|_)(street|postal|home|postcode|zip)(_|$)', null),
    ('birth', '(^|_)(birth|dob|born)', null),
    ('health', '(^|_)(diagnosis|patient|medical|health_record)', null),
    ('passport', '(^|_)(passport|driver_?s?_licen[cs]e)', null);
end;

comment on function comply_private.personal_patterns() is
  'Return how personal data is known: by the name of its column, and by its values where these have a form.';

revoke execute on function comply_private.personal_patterns() from public;
