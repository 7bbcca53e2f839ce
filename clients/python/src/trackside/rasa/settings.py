"""What `endpoints.yml` may say of a store."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from trackside import Trackside
from trackside.rasa.errors import StoreMisconfigured

DEFAULT_ADDRESS = "127.0.0.1:7420"


def connect(section: str, url: Optional[str], others: Mapping[str, Any]) -> Trackside:
    """A client for a section's address. Raises StoreMisconfigured for an address that is none, and for other
    keys."""
    if others:
        keys = ", ".join(sorted(others))
        raise StoreMisconfigured(
            f"{section} of endpoints.yml: {keys} isn't known; the only key besides type is url"
        )
    try:
        return Trackside(url or DEFAULT_ADDRESS)
    except (ValueError, AttributeError, TypeError) as error:
        raise StoreMisconfigured(f"{section}.url of endpoints.yml: {error}") from error
