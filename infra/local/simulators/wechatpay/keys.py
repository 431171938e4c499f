"""Throwaway keys of a local run: the merchant's, the platform's, and the merchant's secret."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_BITS = 2048
_YEARS = timedelta(days=3650)
MCHID, APPID = "1900009999", "wx0000000000000000"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000099992026112200000000000000"


@dataclass(frozen=True)
class PlatformKey:
    """What the platform signs with: a certificate's serial, or the id of its public key."""

    serial: str
    private_key: str
    certificate: str = ""


@dataclass(frozen=True)
class SimulatedKeys:
    """What both sides know; all of it as text, so that it can be kept in a file."""

    mchid: str
    appid: str
    serial_no: str
    private_key: str
    apiv3_key: str
    platform_serial: str
    platform_private_key: str
    platform_certificate: str

    @property
    def platform(self) -> PlatformKey:
        """The certificate it begins with."""
        return PlatformKey(
            self.platform_serial, self.platform_private_key, self.platform_certificate
        )

    def public_key_of_platform(self) -> dict[str, str]:
        """What a merchant in public-key mode has in its secret beside its own keys."""
        public = load_key(self.platform_private_key).public_key()
        pem = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {"public_key_id": PUBLIC_KEY_ID, "public_key": pem.decode()}

    def merchant_secret(self, api_url: str, notify_url: str) -> dict[str, str]:
        """The merchant's secret, as an operator would fill it in."""
        own = ("mchid", "appid", "serial_no", "private_key", "apiv3_key")
        return {
            **{name: getattr(self, name) for name in own},
            "api_url": api_url,
            "notify_url": notify_url,
        }


def keys_in(file: Path) -> SimulatedKeys:
    """The keys in a file, which is made with new ones where there is none."""
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(vars(new_keys()), indent=2))
    return SimulatedKeys(**json.loads(file.read_text()))


def new_keys() -> SimulatedKeys:
    """Fresh keys; the platform's certificate is signed by itself."""
    platform = new_platform_key()
    return SimulatedKeys(
        mchid=MCHID,
        appid=APPID,
        serial_no=secrets.token_hex(20).upper(),
        private_key=_pem(rsa.generate_private_key(65537, _BITS)),
        apiv3_key=secrets.token_hex(16),
        platform_serial=platform.serial,
        platform_private_key=platform.private_key,
        platform_certificate=platform.certificate,
    )


def new_platform_key() -> PlatformKey:
    """A key of the platform with its certificate."""
    key = rsa.generate_private_key(65537, _BITS)
    certificate = _certificate(key)
    return PlatformKey(
        f"{certificate.serial_number:040X}",
        _pem(key),
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )


def load_key(pem: str) -> Any:
    """The private key of a PEM text."""
    return serialization.load_pem_private_key(pem.encode(), password=None)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulated wechatpay platform")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _YEARS)
        .sign(key, hashes.SHA256())
    )
