"""The runner of comply-db: it connects, applies SQL files in manifest order, and carries bytes in and out."""

__version__ = "0.1.0"
