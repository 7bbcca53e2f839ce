"""Rasa's stores on Trackside, for `endpoints.yml`:

```yaml
tracker_store: {type: trackside.rasa.TrackerStore, url: "127.0.0.1:7420"}
lock_store:    {type: trackside.rasa.LockStore,    url: "127.0.0.1:7420"}
```

Rasa takes an ImportError or AttributeError, while it loads a store, for a store that isn't there, and goes on
in memory. Whatever goes wrong here is therefore another error, which stops Rasa.
"""

from __future__ import annotations

from typing import NoReturn

try:
    from trackside.rasa.errors import ConversationConflict, StoreMisconfigured
    from trackside.rasa.lock_store import LockStore
    from trackside.rasa.tracker_store import TrackerStore
except (ImportError, AttributeError) as error:
    raise RuntimeError(f"trackside.rasa can't be loaded: {error}") from error

__all__ = ["ConversationConflict", "LockStore", "StoreMisconfigured", "TrackerStore"]


def __getattr__(name: str) -> NoReturn:
    if name[:1].isupper():
        raise StoreMisconfigured(f"trackside.rasa has no {name}: its stores are TrackerStore and LockStore")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
