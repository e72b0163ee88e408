"""The certificate of `up --tls`: a given one is checked, otherwise one is made and kept in the data folder."""

import datetime
import ipaddress
import os
import socket
import ssl
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config import folders
from config.errors import Refusal

VALID = datetime.timedelta(days=397)  # browsers accept no longer ones
RENEWED = datetime.timedelta(days=30)  # before its end


def certificate(data: Path, *, cert: str | None = None, key: str | None = None, host: str = "") -> tuple[str, str]:
    """The paths of certificate and key to serve with: those given, else self-made ones in the data folder.

    host: a further name or address for a self-made one. Raises Refusal when given files do not work.
    """
    if bool(cert) != bool(key):
        raise Refusal("--cert and --key belong together: name both, or neither for a self-made certificate.")
    if cert and key:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=lambda: "")
        except OSError as error:  # ssl.SSLError is one
            raise Refusal(f"{cert} and {key} are no certificate and its key: {error.strerror or error}.") from error
        return os.path.abspath(cert), os.path.abspath(key)

    folder = folders.make_private(data / "tls")
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    if not _lasts(cert_path) or not key_path.exists():
        _make(cert_path, key_path, names={"localhost", socket.gethostname(), socket.getfqdn(), host})
    return str(cert_path), str(key_path)


def _lasts(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        end = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except ValueError:  # cut off while it was written
        return False
    return end - datetime.datetime.now(datetime.UTC) > RENEWED


def _make(cert_path: Path, key_path: Path, names: set[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "LeanOps")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # The certificate last: it is what tells that both are there.
    for path, content in [(key_path, secret), (cert_path, made.public_bytes(serialization.Encoding.PEM))]:
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        draft.replace(path)


def _alternatives(names: set[str]) -> list[x509.GeneralName]:
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}
    for found in psutil.net_if_addrs().values():
        addresses |= {
            ipaddress.ip_address(one.address.partition("%")[0])
            for one in found
            if one.family in {socket.AF_INET, socket.AF_INET6}
        }
    words = set()
    for name in filter(None, names):
        try:
            addresses.add(ipaddress.ip_address(name))
        except ValueError:
            words.add(name)
    return [x509.DNSName(name) for name in sorted(words)] + [x509.IPAddress(one) for one in sorted(addresses, key=str)]
