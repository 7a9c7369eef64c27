#!/usr/bin/env python3
"""Make the pictures of the README: a report on generated records, as Chromium shows it in light and in dark.

Needs what `make venv` installs, and: apt-get install chromium-headless-shell fonts-inter.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import harness

HERE = Path(__file__).parent

FRAMEWORK = "soc2"
SIZE = "1280,1392"
# As the browser counts them.
SCHEMES = {"report-dark.png": 0, "report.png": 1}


def main() -> None:
    """Fill a database of its own, report on it, and take the pictures."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed: apt-get install chromium-headless-shell fonts-inter")
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    since = until - timedelta(days=30)
    with harness.server("pictures", 18) as server, tempfile.TemporaryDirectory() as folder:
        harness.deploy(server, "compliance")
        _fill(server.dsn("compliance"), since)
        page = Path(folder) / "report.html"
        comply_db = Path(sys.executable).with_name("comply-db")
        bounds = ["--from", since.isoformat(), "--to", until.isoformat()]
        command = [comply_db, "--dsn", server.dsn("compliance"), "report", FRAMEWORK, *bounds, "-o", page]
        subprocess.run(command, check=True)
        for name, scheme in SCHEMES.items():
            options = [f"--window-size={SIZE}", "--hide-scrollbars", "--no-sandbox", "--disable-gpu"]
            options += [f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={HERE / name}"]
            subprocess.run([chromium, *options, page.as_uri()], check=True, capture_output=True)


RECORDS = """
insert into comply.storage_records (
  tenant_id, source_data_hash, detector_type, model_version, mapped_data, confidence_score, "timestamp")
select
  (array['acme', 'globex', 'initech', 'umbrella'])[1 + (i * 7) %% 4],
  encode(sha256(format('%%s %%s', d.day, i)::bytea), 'hex'),
  (array['openai-moderation', 'presidio', 'llama-guard'])[1 + i %% 3],
  (array['omni-2024-09-26', '2.2.360', '4-12b'])[1 + i %% 3],
  jsonb_build_object('labels', case
    when i %% 17 = 0 then '["PII.Contact.Email"]'::jsonb
    when i %% 29 = 0 then '["PII.Person.Name"]'
    when i %% 41 = 0 then '["JAILBREAK.Attempt"]'
    when i %% 53 = 0 then '["HARM.SPEECH.Insult"]'
    when i %% 67 = 0 then '["PROMPT_INJECTION.PolicyOverride"]'
    when i %% 97 = 0 then '["OTHER.Hallucination"]'
    else '["OTHER.Safe"]' end),
  0.5 + (i %% 50) / 100.0,
  d.day + i %% 1440 * interval '1 minute'
from (select %(day)s::timestamptz as day) as d
cross join generate_series(1, (420 + 160 * sin(extract(doy from d.day) / 3.5))::integer) as i
"""


def _fill(dsn: str, since: datetime) -> None:
    """Make records of thirty days, runs of checks on some of them, and what administrators do."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("set timezone = 'UTC'; set client_min_messages = warning")
        # What happens now has its months; what is made to have happened before needs one more.
        for table in ("audit_trail", "storage_records"):
            admin.execute(
                f"set role comply_owner; select comply_private.make_partition('comply.{table}', '{since}')"
            )
        admin.execute("reset role")
        admin.execute("select set_config('comply.now', %s, false)", [since.isoformat()])
        for tenant in ("Acme Bank", "Globex Insurance", "Initech Support", "Umbrella Health"):
            admin.execute("select comply.add_tenant(%s, %s)", [tenant.split()[0].lower(), tenant])
        admin.execute("select comply.set_retention_policy('*', '*', '3 years', 'Contracts', 'archive')")
        admin.execute("select comply.place_hold('globex', 'case 2026-114', 'Litigation')")
        for number in range(30):
            day = since + timedelta(days=number)
            admin.execute(
                "select set_config('comply.now', %s, false)", [(day + timedelta(hours=6)).isoformat()]
            )
            admin.execute(RECORDS, {"day": day})
            if number % 3 == 2 and number < 29:
                admin.execute("select comply.run_checks()")
        admin.execute("reset comply.now")
        admin.execute("call comply.maintain()")
        admin.execute("select comply.run_checks()")
        admin.execute("call comply.maintain()")


if __name__ == "__main__":
    main()
