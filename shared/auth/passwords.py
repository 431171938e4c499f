"""Passwords: Argon2id, and the rule of what may become one (contract identity.md, Auth)."""

import gzip
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 8
LONGEST = 128

# RFC 9106, section 4, the profile for limited memory, with one lane: identity runs at 1,769 MB,
# which is one vCPU, so more lanes would not be faster for us. About 160 ms.
TIME_COST = 3
MEMORY_KIB = 64 * 1024
LANES = 1


def hash_password(password: str) -> str:
    """The Argon2id hash to store, parameters and salt inside. Takes about 160 ms of CPU."""
    return _hasher().hash(_canonical(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the one behind the stored hash.

    Where there is none (unknown e-mail, account without a password) the same work is done for
    nothing, so that the time an answer takes does not tell which accounts exist.
    """
    from argon2.exceptions import VerifyMismatchError

    if stored is None:
        hash_password(password)
        return False
    try:
        return _hasher().verify(stored, _canonical(password))
    except VerifyMismatchError:
        return False


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's: hash again at the next login."""
    return _hasher().check_needs_rehash(stored)


def is_common(password: str) -> bool:
    """Whether the password, in whatever case, is on the list of common ones."""
    return _canonical(password).lower() in _common_passwords()


def _canonical(password: str) -> str:
    """One text for what looks the same: keyboards compose accents differently (RFC 8265)."""
    return unicodedata.normalize("NFC", password)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _common_passwords() -> frozenset[str]:
    """2 ms, at the first registration; source and licence: common_passwords.LICENSE."""
    packed = files("shared.auth").joinpath("common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().splitlines())
