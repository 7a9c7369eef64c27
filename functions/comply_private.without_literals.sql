-- Scans as PostgreSQL's own lexer does. What is kept is matched first, in runs: identifiers, parameters,
-- signs. A comment becomes a blank, a literal or a list of them one question mark. Of the alternatives of a
-- regular expression the longest match wins, so one that reaches to the end of the text does wherever it is
-- possible. Four are made to: a dollar quote, a comment in a comment, a backslash before a quote, which ends
-- some strings and not others, and what the end of the text cuts off. What is in doubt is cut off, never
-- kept. Where nothing can begin a literal, the text is as it was: a query with bound parameters costs a
-- quarter.
create or replace function comply_private.without_literals(query text)
returns text
language sql
immutable
parallel safe
return case
  when without_literals.query !~ '[''\x01-\x03]|--|/\*|\$(?![0-9])|(?<![A-Za-z0-9_$]|[^\x01-\x7f])[0-9]'
    then without_literals.query
  else translate(
    replace(replace(replace(
      regexp_replace(
        translate(without_literals.query, E'\x01\x02\x03', '   '),
        '((?:\.?(?:[A-Za-z_]|[^\x01-\x7f])(?:[A-Za-z0-9_$]|[^\x01-\x7f])*|\.?"(?:[^"]|"")*(?:"|$)'
        '|\$[0-9]+|\.\*|[^''"$0-9/.-])+)'
        '|(-)-[^\n\r]*'
        '|(/)\*(?:[^*/]|\*+[^*/]|/+[^*/])*(?:\*+/|[*/]*$|/+\*.*)'
        '|''(?:[^'']|'''')*(?:''|$)'
        '|''(?:[^''\\]|'''')*''(?:\s*,\s*''(?:[^''\\]|'''')*'')+'
        '|''(?:[^''\\]|''''|\\[^''])*\\''.*'
        '|\$(?:(?:[A-Za-z_]|[^\x01-\x7f])(?:[A-Za-z0-9_]|[^\x01-\x7f])*)?\$.*'
        '|\.?[0-9](?:[A-Za-z0-9_.]|[^\x01-\x7f])*(?:\s*,\s*\.?[0-9](?:[A-Za-z0-9_.]|[^\x01-\x7f])*)*',
        E'\x02\\1\x03\\2\\3\x01', 'g'),
      E'\x02\x03\x01', '?'), E'\x02\x03-\x01', ' '), E'\x02\x03/\x01', ' '),
    E'\x01\x02\x03', '')
end;

comment on function comply_private.without_literals(text) is
  'Return a query with a question mark in place of its literals, and without its comments.';

revoke execute on function comply_private.without_literals(text) from public;
