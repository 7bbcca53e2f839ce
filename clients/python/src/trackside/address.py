"""Addresses, as all of Trackside's clients take them."""

from __future__ import annotations

import ipaddress
import os
import re

_tcp = re.compile(r"(?:\[(?P<ipv6>[^\]]+)\]|(?P<host>[^:/\s]+)):(?P<port>\d{1,5})")


def target_of(address: str) -> str:
    """The gRPC target of `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH` or `unix:///PATH`.

    Raises ValueError, whose message says how to write it.
    """
    if address.startswith("unix:"):
        return "unix:" + os.path.abspath(_socket_path(address))
    match = _tcp.fullmatch(address)
    if not match or int(match["port"]) > 65_535 or (match["ipv6"] and not _is_ipv6(match["ipv6"])):
        raise ValueError(
            f'"{address}" is not an address: write it as 127.0.0.1:7420, [::1]:7420 or unix:PATH'
        )
    return f"dns:///{address}"


def _socket_path(address: str) -> str:
    absolute = address.startswith("unix://")
    path = address[len("unix://") :] if absolute else address[len("unix:") :]
    if not path or (absolute and not path.startswith("/")):
        raise ValueError(f'"{address}" is not an address: write it as unix:PATH or unix:///PATH')
    return path


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False
