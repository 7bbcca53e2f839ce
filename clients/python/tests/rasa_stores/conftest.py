"""Rasa's stores against a real sidecar, made the way Rasa makes them. Left out where Rasa isn't installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("rasa") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    sys.path.insert(0, str(Path(__file__).resolve().parents[4] / "examples/rasa"))
    import stand_ins  # noqa: F401

    from rasa_stores.fixtures import conversation, fragile_sidecar, lock_stores, locks, sidecar, store, stores

    __all__ = ["conversation", "fragile_sidecar", "lock_stores", "locks", "sidecar", "store", "stores"]
