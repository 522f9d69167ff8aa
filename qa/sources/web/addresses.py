"""Web addresses: one way to write each, and which machines may be asked."""

from __future__ import annotations

import ipaddress
import re
import socket
import urllib.parse
from dataclasses import dataclass

from qa.errors import ArticleError

_SCHEMES = {"http": 80, "https": 443}
_LONGEST = 2_000
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")
# Readers of addresses disagree about hosts that end in a number: 0177.0.0.1, 2130706433, 0x7f.1.
_NUMERIC = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}]")
_KEPT = "%/:=&?~#+!$,;'@()*[]"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_FIND_IT = "check the address; QA_ALLOW_PRIVATE_URLS=1 lets a proxy alone look names up"
_ALLOWED = "QA_ALLOW_PRIVATE_URLS=1 allows it"


@dataclass(frozen=True, slots=True)
class Address:
    """A web address in its parts.

    Attributes:
        scheme: `http` or `https`.
        host: in ASCII, lower case; an IPv6 address without brackets.
        port: also where it is the scheme's own.
        target: path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self.site}{self.target}"

    @property
    def site(self) -> str:
        """Scheme, host and port: `https://example.org`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _SCHEMES[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def is_start_page(self) -> bool:
        """Whether the address names a site and nothing in it."""
        return self.target == "/"


def parse(written: str) -> Address:
    """Return the parts of a web address.

    Raises:
        ArticleError: it is none, or it is written in a way that programs read differently.
    """
    try:
        return _parsed(written.strip())
    except ValueError as error:
        raise ArticleError(written, f"not a web address that is fetched ({error})") from None


def _parsed(written: str) -> Address:
    if len(written) > _LONGEST:
        raise ValueError(f"longer than {_LONGEST:,} characters")
    if _UNSAFE.search(written):
        raise ValueError("blanks and signs such as \\ must be written as %20, %5C")
    parts = urllib.parse.urlsplit(written)
    scheme = parts.scheme.lower()
    if scheme not in _SCHEMES:
        raise ValueError("only http and https are fetched")
    if "@" in parts.netloc:
        raise ValueError("a user name or password would be kept in the index")
    port = parts.port or _SCHEMES[scheme]
    target = urllib.parse.quote(parts.path or "/", _KEPT)
    target += f"?{urllib.parse.quote(parts.query, _KEPT)}" if parts.query else ""
    return Address(scheme, _host(parts.hostname or ""), port, target)


def _host(written: str) -> str:
    """Return a host in ASCII and lower case.

    Raises:
        ValueError: it is none.
    """
    if "%" in written:
        raise ValueError("a host has no %")
    if ":" in written:
        return str(ipaddress.IPv6Address(written))
    import idna

    try:
        host = written if written.isascii() else idna.encode(written, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(str(error)) from None
    host = host.lower().removesuffix(".")
    if not _HOST.fullmatch(host):
        raise ValueError("it names no host")
    if _NUMERIC.search(host):
        return str(ipaddress.IPv4Address(host))
    return host


def resolve(address: Address, *, allow_private: bool = False) -> list[str]:
    """Return the IP addresses of a host.

    Raises:
        ArticleError: it has none, or one that does not belong to the public internet.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        raise ArticleError(
            str(address), f"{address.host} cannot be found: {reason}", _FIND_IT
        ) from None
    hosts = list(dict.fromkeys(str(each[4][0]) for each in found))
    for host in () if allow_private else hosts:
        if not is_public(host):
            reason = f"leads to {host}, an address of this machine or of a private network"
            raise ArticleError(str(address), reason, _ALLOWED)
    return hosts


def is_public(host: str) -> bool:
    """Return whether an IP address is one of the public internet, also where it embeds another."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        if address.ipv4_mapped:
            return is_public(str(address.ipv4_mapped))
        inner = (address.sixtofour, *(address.teredo or ()))
        if address.is_site_local or not all(is_public(str(each)) for each in inner if each):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def same_site(one: str, other: str) -> bool:
    """Return whether two hosts belong together: one is the other, or a part of it."""
    short, long = sorted((host.removeprefix("www.") for host in (one, other)), key=len)
    return long == short or long.endswith(f".{short}")
