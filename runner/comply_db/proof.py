"""Check a proof of comply-db without a database: python proof.py FILE --digest DIGEST

FILE is what comply.audit_proof() or comply.consistency_proof() returned; its sender is not trusted. DIGEST is
the digest of a checkpoint as you kept it since it was made: one that comes with the file proves nothing.

An audit proof shows that a row was sealed, as it stands in the file, before DIGEST was made. Each is tied by
hashes to the one before: digest, checkpoint, head of a tenant (the root over the headers of its blocks),
block, row. A consistency proof shows that an earlier checkpoint is in the history of DIGEST, and that chains
of blocks only grew in between. Trees: RFC 9162, section 2.1; docs/ledger.md has every byte that is hashed.
"""

import argparse
import json
import sys
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from struct import error, pack, unpack
from uuid import UUID

EPOCH, MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
VERSION = (23, pack(">i", 1))
# Kinds of values: PostgreSQL's oid of the type; from JSON to bytes; and back, as each has one spelling only.
KINDS = {
    "any": (0, lambda v: v, lambda b: b),
    "text": (17, str.encode, bytes.decode),
    "bytes": (17, lambda v: b64decode(v, validate=True), lambda b: b64encode(b).decode()),
    "int4": (23, lambda v: pack(">i", v), lambda b: unpack(">i", b)[0]),
    "int8": (20, lambda v: pack(">q", v), lambda b: unpack(">q", b)[0]),
    "xid8": (5069, lambda v: pack(">Q", int(v)), lambda b: str(unpack(">Q", b)[0])),
    "uuid": (2950, lambda v: UUID(v).bytes, lambda b: str(UUID(bytes=b))),
    "time": (
        1184,
        lambda v: pack(">q", (datetime.fromisoformat(v) - EPOCH) // MICROSECOND),
        lambda b: f"{EPOCH + unpack('>q', b)[0] * MICROSECOND:%Y-%m-%dT%H:%M:%S.%fZ}",
    ),
}
# What is hashed of a row, a header, a head and a checkpoint, in this order. A question mark: may be null.
HEAD = "size:int8 root:bytes index:int8 path:bytes"
ROW = """tenant_id:text id:uuid timestamp:time table_name:text record_id:uuid operation:text user_id:text
active_role:text? actor:text? correlation_id:uuid? ip_address:text? user_agent:text? transaction_id:xid8 """
IMAGES = "salt:uuid old_values:text? new_values:text?"
BLOCK = """tenant_id:text stream:text incarnation:int4 block_no:int8 period:time pass_no:int8 xid_from:xid8
xid_to:xid8 first_transaction_id:xid8 first_id:uuid last_transaction_id:xid8 last_id:uuid leaf_count:int4
root:bytes history_root:bytes fingerprint:bytes sealed_at:time"""
CHECKPOINT = """incarnation:int4 seq:int8 made_at:time pass_no:int8 xid_to:xid8 heads:int8 heads_root:bytes
history_root:bytes digest:text"""


class RefusedError(Exception):
    """The file does not prove anything; the message names the first step that fails."""


def require(condition: bool, step: str) -> None:
    """Refuse the file unless a condition holds."""
    if not condition:
        raise RefusedError(step)


def fields(thing: object, layout: str, where: str) -> list:
    """Return the members of an object, which are those of the layout and no others, as oid and bytes."""
    kinds = dict(part.split(":") for part in layout.split())
    require(type(thing) is dict and set(thing) == set(kinds), f"{where}: no object of {', '.join(kinds)}")
    found = []
    for name, kind in kinds.items():
        value, (oid, to_bytes, to_json), data = thing[name], KINDS[kind.rstrip("?")], None
        with suppress(ValueError, TypeError, AttributeError, OverflowError, error):
            data = to_bytes(value)
        is_null = value is None and kind.endswith("?")
        again = (value,) if is_null else () if data is None else (to_json(data),)
        require(again == (value,) and type(again[0]) is type(value), f"{where}: {name} is no {kind}")
        found.append((oid, data))
    return found


def hashed(tag: bytes, values: list) -> bytes:
    """Hash fields as record_send() writes them: how many; of each its oid, its length or -1, its bytes."""
    record = pack(">i", len(values))
    for oid, data in values:
        record += pack(">Ii", oid, -1 if data is None else len(data)) + (data or b"")
    return sha256(tag + record).digest()


def climb(node: bytes, index: int, size: int, path: bytes, where: str) -> tuple[bytes, bytes]:
    """Return the root over `size` nodes, and the one over those up to `node`: RFC 9162, 2.1.3.2, 2.1.4.2."""
    require(0 <= index < size, f"{where}: there is no {index} among {size}")
    before, last = node, size - 1
    for at in range(0, len(path), 32):
        require(last > 0, f"{where}: the path is too long")
        sibling = path[at : at + 32]
        if index % 2 == 1 or index == last:
            node, before = (sha256(b"\1" + sibling + right).digest() for right in (node, before))
            while index > 0 and index % 2 == 0:
                index, last = index // 2, last // 2
        else:
            node = sha256(b"\1" + node + sibling).digest()
        index, last = index // 2, last // 2
    require(last == 0, f"{where}: the path is too short")
    return node, before


def require_leaf(leaf: bytes, index: int, size: int, path: str, root: str, where: str) -> None:
    """Refuse unless a path leads from the leaf at `index`, from 0, to the root of a tree of `size`."""
    found, _ = climb(leaf, index, size, b64decode(path), where)
    require(found == b64decode(root), f"{where}: it is not below the root")


def require_growth(old: dict, new: dict, path: bytes, where: str) -> None:
    """Refuse unless the tree `new` begins with the tree `old`."""
    require(0 < old["size"] <= new["size"], f"{where}: {old['size']} blocks do not become {new['size']}")
    old_root, index, last = b64decode(old["root"]), old["size"] - 1, new["size"] - 1
    while index % 2 == 1 or index == last > 0:
        index, last = index // 2, last // 2
    if index == 0:  # the old root is a node of the new tree itself, so the path leaves it out
        path = old_root + path
    roots = climb(path[:32], index, last + 1, path[32:], where)
    require(roots == (b64decode(new["root"]), old_root), f"{where}: it was rewritten")


def checkpoint_digest(checkpoint: dict, where: str, digest: str | None = None) -> bytes:
    """Return the digest of a checkpoint; refuse it where it names another, or another is asked for."""
    found = hashed(b"\0\4", [VERSION, *fields(checkpoint, CHECKPOINT, where)[:-1]])
    require(checkpoint["digest"] == found.hex(), f"{where}: it does not have the digest that it names")
    require(digest in (None, found.hex()), f"{where}: its digest is {found.hex()}, not {digest}")
    return found


def require_head(head: dict, names: list, checkpoint: dict, where: str) -> None:
    """Refuse unless a checkpoint has this head, over the headers of the tenant and stream in `names`."""
    leaf = hashed(b"\0\3", [VERSION, *names, *fields(head, HEAD, where)[:2]])
    require_leaf(leaf, head["index"], checkpoint["heads"], head["path"], checkpoint["heads_root"], where)


def audit_proof(proof: dict, digest: str) -> str:
    """Check the proof of a row; return what it proves."""
    fields(proof, "format:text row:any leaf:any block:any history:bytes head:any checkpoint:any", "file")
    row, leaf, block, head, checkpoint = (proof[k] for k in ("row", "leaf", "block", "head", "checkpoint"))
    checkpoint_digest(checkpoint, "checkpoint", digest)
    header = fields(block, BLOCK, "block")
    require_head(head, header[:2], checkpoint, "head")
    block_leaf = hashed(b"\0\2", [VERSION, *header])
    require_leaf(block_leaf, block["block_no"], head["size"], proof["history"], head["root"], "block")
    is_redacted = type(row) is dict and "redacted_digest" in row
    values = fields(row, ROW + ("redacted_digest:bytes" if is_redacted else IMAGES), "row")
    images = values[13] if is_redacted else (17, hashed(b"\5", values[13:]))
    row_leaf = hashed(b"\0\1", [VERSION, *values[:13], images])
    fields(leaf, "index:int8 path:bytes", "leaf")
    require_leaf(row_leaf, leaf["index"], block["leaf_count"], leaf["path"], block["root"], "row")
    require(block["stream"] == "audit_trail" and header[0] == values[0], "row: of another chain")
    return (
        f"{row['operation']} of {row['table_name']} {row['record_id']} by {row['user_id']!r} at "
        f"{row['timestamp']}, audit row {row['id']} of tenant {row['tenant_id']!r}, is under checkpoint "
        f"{checkpoint['seq']} of {checkpoint['made_at']}{', redacted since' * is_redacted}"
    )


def consistency_proof(proof: dict, digest: str) -> str:
    """Check that a checkpoint is in the history of another, and that chains grew; return what it proves."""
    fields(proof, "format:text from:any to:any path:bytes chains:any", "file")
    old, new, chains = proof["from"], proof["to"], proof["chains"]
    checkpoint_digest(new, "to", digest)
    leaf = checkpoint_digest(old, "from")
    require_leaf(leaf, old["seq"], new["seq"], proof["path"], new["history_root"], "from")
    require(type(chains) is list, "chains: no list")
    for chain in chains:
        names = fields(chain, "tenant_id:text stream:text from:any to:any path:bytes", "chain")[:2]
        require_head(chain["from"], names, old, "head under from")
        require_head(chain["to"], names, new, "head under to")
        require_growth(chain["from"], chain["to"], b64decode(chain["path"]), "chain")
    grown = "".join(f"; {c['stream']} of tenant {c['tenant_id']!r} only grew" for c in chains)
    return f"checkpoint {old['digest']} is in the history of {new['digest']}{grown}"


def check(data: bytes, digest: str) -> str:
    """Check a file against a digest; return what it proves. Raises RefusedError."""
    once = "file: a member is there twice"
    try:
        proof = json.loads(data, object_pairs_hook=lambda m: require(len(dict(m)) == len(m), once) or dict(m))
    except (ValueError, RecursionError):
        raise RefusedError("file: no JSON in UTF-8") from None
    checks = {"comply-db-proof-1": audit_proof, "comply-db-consistency-1": consistency_proof}
    require(type(proof) is dict and str(proof.get("format")) in checks, f"file: no {' or '.join(checks)}")
    return checks[str(proof["format"])](proof, digest.strip().lower())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("file", help="a proof; - for standard input")
    parser.add_argument("--digest", required=True, help="64 hex digits")
    options = parser.parse_args()
    try:
        read = sys.stdin.buffer.read if options.file == "-" else Path(options.file).read_bytes
        print(check(read(), options.digest))
    except (RefusedError, OSError) as reason:
        print(f"refused: {reason}", file=sys.stderr)
        sys.exit(4)
