-- The sum of Luhn for cards, the remainder of ISO 7064 for bank accounts: without them every other long
-- number would do.
create or replace function comply_private.has_check_digit(kind text, value text)
returns boolean
language sql
immutable
parallel safe
begin atomic
  select case has_check_digit.kind
    when 'payment card' then (
      select sum(case
        when d.n % 2 = 1 then d.digit::integer
        when d.digit::integer > 4 then 2 * d.digit::integer - 9
        else 2 * d.digit::integer
      end) % 10 = 0
      from string_to_table(reverse(regexp_replace(has_check_digit.value, '\D', '', 'g')), null)
        with ordinality as d (digit, n)
    )
    when 'bank account' then (
      select string_agg(
        case when c.letter ~ '\d' then c.letter else (ascii(c.letter) - 55)::text end, '' order by c.n)::numeric % 97 = 1
      from string_to_table(
        replace(substr(has_check_digit.value, 5) || left(has_check_digit.value, 4), ' ', ''), null)
        with ordinality as c (letter, n)
    )
    else true
  end;
end;

comment on function comply_private.has_check_digit(text, text) is
  'Say whether what looks like a number of a kind has the check digits of one; true of a kind that has none.';

revoke execute on function comply_private.has_check_digit(text, text) from public;
