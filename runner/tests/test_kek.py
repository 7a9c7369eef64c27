"""Keys that wrap: the real SDK against a vault that speaks Key Vault's protocol, and a file."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import key_vault
import pytest
from comply_db import envelope, kek
from comply_db.errors import Exit, RunnerError
from conftest import DEPLOYER

NAMED = UUID(int=5)
AUTH = ("--auth", "managed-identity")


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[key_vault.Vault]:
    """A vault with a key, kek, of one version."""
    with key_vault.running(tmp_path) as made:
        made.add("kek")
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def keyed(installed: Any) -> Any:
    """A database with pgcrypto and two tenants."""
    installed.run("create extension pgcrypto; select comply.add_tenant('acme'), comply.add_tenant('globex')")
    # The login that deploys is comply_owner; keys are for administrators. It grants that itself: where there
    # is a grant already, as PostgreSQL makes one for who creates a role, the server changes nothing.
    installed.run("grant comply_admin to test_deployer", user=DEPLOYER)
    return installed


@pytest.fixture
def file_key(tmp_path: Path) -> Path:
    """A file with a key."""
    path = tmp_path / "kek"
    path.touch(0o600)
    path.write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
    return path


def stored(database: Any, tenant: str = "acme") -> dict[str, Any]:
    """Return the newest key of a tenant as it is stored."""
    with database.connect(None) as conn:
        row = conn.execute(
            "select to_jsonb(k) || jsonb_build_object('wrapped', encode(k.wrapped, 'hex'))"
            " from comply_private.data_keys as k where k.tenant_id = %s order by k.version desc limit 1",
            [tenant],
        ).fetchone()
    return row and row[0]


def test_a_key_wrapped_by_a_vault_comes_back(vault: key_vault.Vault) -> None:
    made = kek.open_kek(f"{vault.url}/keys/kek", "managed-identity")
    key = envelope.new_key()
    wrapped = kek.wrap_key(made, key, "acme", "enc", NAMED)
    assert len(wrapped) == 256
    assert key not in wrapped
    assert kek.unwrap_key([made], made.kid, wrapped, "acme", "enc", NAMED) == key
    assert ("POST", 200) in {(method, status) for method, path, status in vault.asked if "/unwrapkey" in path}


@pytest.mark.parametrize(
    "other", [("globex", "enc", NAMED), ("acme", "bidx", NAMED), ("acme", "enc", UUID(int=6))]
)
def test_it_does_not_come_back_as_another(vault: key_vault.Vault, other: tuple[str, str, UUID]) -> None:
    made = kek.open_kek(f"{vault.url}/keys/kek", "managed-identity")
    wrapped = kek.wrap_key(made, envelope.new_key(), "acme", "enc", NAMED)
    with pytest.raises(RunnerError) as raised:
        kek.unwrap_key([made], made.kid, wrapped, *other)
    assert raised.value.exit_code == Exit.TAMPERED


def test_an_older_version_still_unwraps(vault: key_vault.Vault) -> None:
    old = kek.open_kek(f"{vault.url}/keys/kek", "managed-identity")
    key = envelope.new_key()
    wrapped = kek.wrap_key(old, key, "acme", "enc", NAMED)
    newest = vault.add("kek")
    new = kek.open_kek(f"{vault.url}/keys/kek", "managed-identity")
    assert new.kid == newest != old.kid
    assert kek.unwrap_key([new], old.kid, wrapped, "acme", "enc", NAMED) == key


def test_a_throttled_vault_is_asked_again_when_it_said(vault: key_vault.Vault) -> None:
    vault.throttled = 2
    made = kek.open_kek(f"{vault.url}/keys/kek", "managed-identity")
    assert made.knows(made.kid)
    assert [status for _, _, status in vault.asked if status != 401] == [429, 429, 200]


def test_a_disabled_version_does_not_unwrap_and_the_hint_says_so(vault: key_vault.Vault) -> None:
    made = kek.open_kek(f"{vault.url}/keys/kek", "managed-identity")
    wrapped = kek.wrap_key(made, envelope.new_key(), "acme", "enc", NAMED)
    vault.version(made.kid).enabled = False
    with pytest.raises(RunnerError) as raised:
        kek.unwrap_key([made], made.kid, wrapped, "acme", "enc", NAMED)
    assert raised.value.exit_code == Exit.CONNECT
    assert "enabled" in raised.value.hint


def test_whoever_may_not_is_told_which_role_it_takes(vault: key_vault.Vault) -> None:
    vault.is_forbidden = True
    with pytest.raises(RunnerError) as raised:
        kek.open_kek(f"{vault.url}/keys/kek", "managed-identity")
    assert "Key Vault Crypto User" in raised.value.hint


@pytest.mark.parametrize(
    "where",
    [
        "https://acme.vault.azure.net/secrets/kek",
        "https://acme.vault.azure.net/keys",
        "http://x/keys/kek",
        "kek",
    ],
)
def test_what_is_no_key_is_refused_before_anything_is_asked(vault: key_vault.Vault, where: str) -> None:
    with pytest.raises(RunnerError) as raised:
        kek.open_kek(where, "managed-identity")
    assert raised.value.exit_code == Exit.USAGE
    assert vault.hosts == []


def test_commands_make_keys_that_only_the_vault_unwraps(vault: Any, keyed: Any, run_cli: Any) -> None:
    where = f"{vault.url}/keys/kek"
    for _ in range(2):
        done = run_cli(*AUTH, "keys", "add", "acme", "--kek", where, database=keyed, env=vault.environment)
        assert done.exit_code == 0, done.stderr
    # No request had a token before the vault had said which one it wants.
    assert vault.asked[0][2] == 401
    row = stored(keyed)
    assert (row["version"], row["alg"], row["kek_kid"]) == (
        1,
        "RSA-OAEP-256",
        f"{where}/{next(iter(vault.keys['kek']))}",
    )
    newest = vault.add("kek")
    done = run_cli(*AUTH, "keys", "rotate-kek", "--to", where, database=keyed, env=vault.environment)
    assert done.exit_code == 0, done.stderr
    again = stored(keyed)
    assert again["kek_kid"] == newest
    assert (again["key_id"], again["check_value"]) == (row["key_id"], row["check_value"])
    key = kek.unwrap_key(
        [kek.open_kek(where, "managed-identity")],
        again["kek_kid"],
        bytes.fromhex(again["wrapped"]),
        "acme",
        "enc",
        UUID(again["key_id"]),
    )
    assert "\\x" + envelope.check_value(key).hex() == again["check_value"]


def test_no_token_goes_to_a_vault_that_only_a_row_names(vault: Any, keyed: Any, run_cli: Any) -> None:
    where = f"{vault.url}/keys/kek"
    assert (
        run_cli(*AUTH, "keys", "add", "acme", "--kek", where, database=keyed, env=vault.environment).exit_code
        == 0
    )
    keyed.run(
        "update comply_private.data_keys set kek_kid = replace(kek_kid, 'acme', 'evil')",
    )
    done = run_cli(*AUTH, "keys", "rotate", "acme", "--kek", where, database=keyed, env=vault.environment)
    assert done.exit_code == Exit.USAGE
    assert "evil.vault.azure.net" in done.stderr
    assert set(vault.hosts) == {"acme.vault.azure.net"}


def test_a_wrapped_key_copied_to_another_tenant_is_found_out(
    keyed: Any, run_cli: Any, file_key: Path
) -> None:
    for tenant in ("acme", "globex"):
        assert run_cli("keys", "add", tenant, "--kek", f"file:{file_key}", database=keyed).exit_code == 0
    keyed.run(
        "update comply_private.data_keys as g set wrapped = a.wrapped, check_value = a.check_value"
        " from comply_private.data_keys as a where a.tenant_id = 'acme' and g.tenant_id = 'globex'"
    )
    done = run_cli("keys", "rotate", "globex", "--kek", f"file:{file_key}", database=keyed)
    assert done.exit_code == Exit.TAMPERED


def test_a_file_for_others_to_read_is_refused(file_key: Path) -> None:
    assert kek.open_kek(f"file:{file_key}", None).alg == "A256KW"
    for mode in (0o640, 0o604, 0o620):
        file_key.chmod(mode)
        with pytest.raises(RunnerError) as raised:
            kek.open_kek(f"file:{file_key}", None)
        assert "chmod 600" in raised.value.hint


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=", base64.b64encode(bytes(31)), b"\xff" * 44])
def test_so_is_one_without_a_whole_key(file_key: Path, content: bytes) -> None:
    file_key.write_bytes(content)
    with pytest.raises(RunnerError) as raised:
        kek.open_kek(f"file:{file_key}", None)
    assert "openssl rand" in raised.value.hint


@pytest.mark.parametrize("missing", ["cryptography", "azure.keyvault.keys"])
def test_what_is_not_installed_is_named(file_key: Path, missing: str) -> None:
    where = "https://acme.vault.azure.net/keys/kek" if "azure" in missing else f"file:{file_key}"
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from comply_db.cli import main; "
        f"main(['--auth', 'managed-identity', 'keys', 'add', 'acme', '--kek', {where!r}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == Exit.USAGE, done.stderr
    assert "is not installed" in done.stderr
    assert "pip install 'comply-db[" in done.stderr
