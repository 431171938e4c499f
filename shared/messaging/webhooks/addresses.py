"""Where a webhook may go: https, to addresses of the public internet only.

An address is looked up once and that very address is connected to, so that a name cannot point
elsewhere between the check and the call (OWASP: Server-Side Request Forgery Prevention).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Allowed = Callable[[IPAddress], bool]
_LONGEST = 2048
_HTTPS = 443
# They carry an IPv4 address inside, or lead through a relay: none is a receiver's own address.
_TUNNELS = tuple(
    ipaddress.ip_network(net)
    for net in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
)


class UnsafeAddress(Exception):
    """A webhook must not go there.

    Attributes:
        reason: `not_a_url`, `not_https`, `credentials_in_url`, `unknown_host`, `not_public`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        super().__init__(f"{reason}: {detail}" if detail else reason)


@dataclass(frozen=True, slots=True)
class Target:
    """A place that was checked: the `address` to connect to, the `host` its certificate names."""

    url: str
    host: str
    port: int
    address: str
    request_path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _HTTPS else f"{host}:{self.port}"

    @property
    def address_url(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"https://{address}:{self.port}{self.request_path}"


def check_form(url: str) -> None:
    """Refuse what is no https address on sight, without looking anything up.

    Raises:
        UnsafeAddress: with the reason.
    """
    parts = _split(url)
    _host_port(parts)
    literal = _literal(parts.hostname or "")
    if literal is not None and not is_public(literal):
        raise UnsafeAddress("not_public", str(literal))


def authority_of(url: str) -> str:
    """The `host:port` of an https address.

    Raises:
        UnsafeAddress: it is none.
    """
    host, port = _host_port(_split(url))
    return f"{host}:{port}"


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """The addresses of a name; numbers in any of their spellings are addresses, too.

    Raises:
        OSError: it has none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public internet, by the IANA registries.

    Loopback, private, link-local (and with it cloud metadata), shared (CGNAT), documentation,
    multicast and reserved ranges do not; an IPv4 address within an IPv6 one counts as itself.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in tunnel for tunnel in _TUNNELS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def find_target(
    url: str, *, resolve: Resolve = resolve_name, allowed: Allowed = is_public
) -> Target:
    """The place to connect to.

    A name of which only one address is not public is refused as a whole.

    Raises:
        UnsafeAddress: a webhook must not go there, or the name is unknown.
    """
    parts = _split(url)
    host, port = _host_port(parts)
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise UnsafeAddress("unknown_host", host) from error
    addresses = [ipaddress.ip_address(text) for text in found]
    if not addresses:
        raise UnsafeAddress("unknown_host", host)
    for address in addresses:
        if not allowed(address):
            raise UnsafeAddress("not_public", f"{host} is {address}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(url, host, port, str(addresses[0]), path)


def _split(url: str) -> SplitResult:
    if len(url) > _LONGEST or any(ord(sign) <= 32 or sign == "\\" for sign in url):
        raise UnsafeAddress("not_a_url")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UnsafeAddress("not_a_url") from error
    if parts.scheme != "https":
        raise UnsafeAddress("not_https")
    if parts.username is not None or parts.password is not None:
        raise UnsafeAddress("credentials_in_url")
    return parts


def _host_port(parts: SplitResult) -> tuple[str, int]:
    host = (parts.hostname or "").rstrip(".")
    if not host or "%" in host:
        raise UnsafeAddress("not_a_url")
    try:
        ascii_host = host if ":" in host else host.encode("idna").decode()
    except UnicodeError as error:
        raise UnsafeAddress("not_a_url") from error
    return ascii_host, _HTTPS if parts.port is None else parts.port


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
