-- The European Economic Area, and what the Commission had found adequate by the end of 2025. The United
-- States are adequate for companies that certified themselves, which a country does not tell: name that as
-- the safeguard.
create or replace function comply_private.is_third_country(country text)
returns boolean
language sql
immutable
parallel safe
return is_third_country.country not in (
  'AT', 'BE', 'BG', 'CY', 'CZ', 'DE', 'DK', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'HU', 'IE', 'IT', 'LT', 'LU', 'LV', 'MT',
  'NL', 'PL', 'PT', 'RO', 'SE', 'SI', 'SK', 'IS', 'LI', 'NO',
  'AD', 'AR', 'CA', 'CH', 'FO', 'GB', 'GG', 'IL', 'IM', 'JE', 'JP', 'KR', 'NZ', 'UY');

comment on function comply_private.is_third_country(text) is
  'Say whether data that goes to a country needs a safeguard by articles 46 to 49 of the GDPR.';

revoke execute on function comply_private.is_third_country(text) from public;
