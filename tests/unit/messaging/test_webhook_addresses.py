"""Where a webhook may go: https, public addresses only, looked up once."""

import socket
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from shared.net.addresses import (
    UnsafeAddress,
    check_form,
    find_target,
    is_public,
)

NOT_PUBLIC = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.2.1",
    "198.51.100.1", "203.0.113.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254",
    "ff02::1", "fec0::1", "2001:db8::1", "100::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700:4700::1111",
          "2001:4860:4860::8888", "::ffff:8.8.8.8"]  # fmt: skip


class Names:
    """A resolver that answers what it is given, one answer after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_addresses_of_no_public_network_are_refused(text: str):
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_allowed(text: str):
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.com/", "not_https"),
        ("ftp://hooks.example.com/", "not_https"),
        ("//hooks.example.com/", "not_https"),
        ("https:///path", "not_a_url"),
        ("https://hooks.example.com:99999/", "not_a_url"),
        ("https://hooks.example.com/a b", "not_a_url"),
        ("https://hooks.example.com\\@10.0.0.1/", "not_a_url"),
        ("https://hooks.example.com/\r\nX: y", "not_a_url"),
        ("https://[::1", "not_a_url"),
        ("https://[fe80::1%25eth0]/", "not_a_url"),
        (f"https://{'a' * 64}.com/", "not_a_url"),
        ("https://hooks.example.com/" + "a" * 2100, "not_a_url"),
        ("https://user@hooks.example.com/", "credentials_in_url"),
        ("https://user:word@hooks.example.com/", "credentials_in_url"),
        ("https://127.0.0.1/", "not_public"),
        ("https://[::ffff:10.0.0.1]/", "not_public"),
        ("https://2130706433/", "not_public"),
        ("https://0x7f.1/", "not_public"),
    ],
)
async def test_what_is_no_place_for_a_webhook_is_refused_on_sight(url: str, reason: str):
    with pytest.raises(UnsafeAddress) as refused:
        check_form(url)

    assert refused.value.reason == reason
    if reason != "not_public":
        with pytest.raises(UnsafeAddress) as refused:
            await find_target(url, resolve=Names())
        assert refused.value.reason == reason


async def test_the_address_of_a_name_is_looked_up_once_and_kept():
    names = Names(["8.8.8.8", "8.8.4.4"], ["127.0.0.1"])

    target = await find_target("https://Hooks.Example.com:8443/a?b=1#c", resolve=names)

    assert names.asked == [("hooks.example.com", 8443)]
    assert target.address_url == "https://8.8.8.8:8443/a?b=1"
    assert (target.host, target.host_header) == ("hooks.example.com", "hooks.example.com:8443")


async def test_a_standard_port_is_left_out_and_ipv6_is_put_in_brackets():
    target = await find_target("https://h.example", resolve=Names(["2606:4700:4700::1111"]))

    assert target.address_url == "https://[2606:4700:4700::1111]:443/"
    assert target.host_header == "h.example"


@pytest.mark.parametrize("text", NOT_PUBLIC)
async def test_a_name_that_leads_inside_is_refused(text: str):
    with pytest.raises(UnsafeAddress, match="not_public"):
        await find_target("https://rebind.example/", resolve=Names([text]))


async def test_one_inner_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(UnsafeAddress, match="not_public"):
        await find_target("https://h.example/", resolve=Names(["8.8.8.8", "10.0.0.1"]))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
async def test_numbers_are_addresses_in_all_their_spellings(host: str):
    async def resolve(name: str, port: int) -> Sequence[str]:
        # getaddrinfo reads them as inet_aton does; no name server is asked.
        return [socket.inet_ntoa(socket.inet_aton(name))]

    with pytest.raises(UnsafeAddress, match="not_public"):
        await find_target(f"https://{host}/", resolve=resolve)


async def test_a_name_in_chinese_is_asked_for_in_ascii():
    names = Names(["8.8.8.8"])

    await find_target("https://例子.example/", resolve=names)

    assert names.asked == [("xn--fsqu00a.example", 443)]


@pytest.mark.parametrize("failure", [socket.gaierror(-2, "unknown"), UnicodeError("long label")])
async def test_a_name_without_address_is_told_so(failure: Exception):
    async def resolve(name: str, port: int) -> Sequence[str]:
        raise failure

    with pytest.raises(UnsafeAddress, match="unknown_host"):
        await find_target("https://nowhere.example/", resolve=resolve)
    with pytest.raises(UnsafeAddress, match="unknown_host"):
        await find_target("https://nowhere.example/", resolve=Names([]))
