"""Who sent a request, by address."""

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

# What one subscriber has: a limit by single address would be no limit.
_IPV6_PREFIX_BITS = 64


def client_address(request: Request) -> str:
    """The client's IPv4 address, or the /64 prefix of its IPv6 address, as text.

    Each hop adds whom it saw to the end of `X-Forwarded-For`: API Gateway adds its own caller,
    CloudFront (locally the gateway) before it the client. What stands further left is the
    client's own word and is not believed. Who calls API Gateway past CloudFront can have an
    address of its choice; what such a caller evades are the limits by address, not those of a
    token or of the API's stage.
    """
    source = request.client.host if request.client else ""
    header = request.headers.get("x-forwarded-for", "")
    hops = [hop for hop in (part.strip() for part in header.split(",")) if hop]
    if hops and hops[-1] == source:
        hops.pop()
    return _network(hops[-1]) or _network(source) if hops else _network(source)


def _network(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    prefix = int(address) >> (128 - _IPV6_PREFIX_BITS) << (128 - _IPV6_PREFIX_BITS)
    return f"{IPv6Address(prefix)}/{_IPV6_PREFIX_BITS}"
