"""A database with something to report: what tests_sql/reported.psql has, and records, some of them secret."""

import csv
import io
from pathlib import Path
from typing import Any

import psycopg

SOURCE = Path(__file__).parents[2] / "tests_sql/reported.psql"
NOW = "2030-06-15T12:00:00Z"
PERIOD = ("--from", "2030-05-01", "--to", "2030-06-01")
# Each in a column that is labelled confidential or above; none may be in any report.
SECRETS = {
    "metadata": '{"note": "SECRET-metadata"}',
    "blob_path": "SECRET-blob-path",
    "subject_id": "SECRET-subject",
    "source_data_hash": "5ec2e7" * 10 + "abcd",
}
HOSTILE = "<script>alert('in')</script>"
FORMULA = '=HYPERLINK("https://example.com";\n"in") '
DETECTORS = ("presidio", "openai-moderation", "llama-guard")


def fill(conn: psycopg.Connection[Any], records: int = 500) -> None:
    """Fill a deployed database, in one transaction, at a time in 2030."""
    with conn.transaction():
        conn.execute("set local comply.now = '2030-01-01'")
        conn.execute("set local client_min_messages = warning")
        conn.execute("select comply.ensure_partitions(8)")
        conn.execute(f"set local comply.now = '{NOW}'")
        for tenant, name in (("test-acme", "Acme"), ("test-globex", "Globex"), ("test-hostile", HOSTILE)):
            conn.execute("select comply.add_tenant(%s, %s)", [tenant, name])
        conn.execute(SOURCE.read_text(encoding="utf-8"))
        for subject in (HOSTILE, FORMULA):
            conn.execute(
                """
                insert into comply.findings
                select f.tenant_id, gen_random_uuid(), f.run_id, f.check_id, 'fail', f.severity, %s,
                  f.expected,
                  f.observed, f.evidence_query, f.collected_at, f.frameworks, f.control_ids, f.coverages
                from comply.findings as f
                join test_run as r on r.id = f.run_id
                where r.at = '2030-05-20 00:00+00'
                  and f.check_id = 'test_raises'
                  and f.status = 'error'
                """,
                [subject],
            )
        conn.execute(
            """
            insert into comply.storage_records (
              tenant_id, source_data_hash, detector_type, model_version, mapped_data, confidence_score,
              "timestamp")
            select
              case when i %% 3 = 0 then 'test-globex' else 'test-acme' end,
              encode(sha256(i::text::bytea), 'hex'),
              (%s::text[])[1 + i %% 3],
              'v' || i %% 2,
              jsonb_build_object('labels', case
                when i %% 4 = 0 then '["PII.Contact.Email"]'::jsonb
                when i %% 7 = 0 then '["JAILBREAK.Attempt", "PII.Person.Name"]'
                else '["OTHER.Safe"]' end),
              (i %% 100) / 100.0,
              '2030-04-28 00:00+00'::timestamptz + i * interval '97 minutes'
            from generate_series(1, %s) as i
            """,
            [list(DETECTORS), records],
        )
        columns = ", ".join(SECRETS)
        conn.execute(
            f"""
            insert into comply.storage_records (
              tenant_id, detector_type, model_version, mapped_data, "timestamp", {columns})
            values ('test-acme', 'presidio', 'v1', '{{"labels": ["PII.Person.Name"]}}', '2030-05-05 10:00+00',
              {", ".join(["%s"] * len(SECRETS))})
            """,
            list(SECRETS.values()),
        )
    conn.execute("call comply.refresh_rollups()")
    conn.execute("call comply.seal_audit()")
    conn.execute("select comply.checkpoint()")
    conn.execute("select comply.count_activity()")


def read_csv(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
