"""TLS for `line3 serve`, and `line3 dev-cert`: a certificate authority of one's own, for phones on the local network.

Browsers keep our session cookie and an app that works offline for https and localhost alone, so a phone needs TLS.
"""

import argparse
import ipaddress
import socket
import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_FOR = timedelta(days=730)
SERVER_FOR = timedelta(days=397)
"""Phones refuse certificates that are good for longer."""
LOCAL_NAMES = ("localhost", "local", "lan", "home.arpa", "internal")
LOCAL_NETWORKS = (
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
HOW = """\
Start the server:

    line3 serve --host 0.0.0.0 --tls-cert {server_crt} --tls-key {server_key}

Bring {authority} to the phone: by mail, by cable, or from here with

    python3 -m http.server 8031 --directory {phone}

and http://{host}:8031/{authority_name} in the phone's browser. Then trust it:

    Android  Settings > Security > More > Encryption & credentials > Install a certificate > CA certificate
    iOS      open it in Safari and allow it; Settings > General > VPN & Device Management > install the profile;
             Settings > General > About > Certificate Trust Settings > switch "{name}" on

Open https://{host}:{port}/technician/

The authority is good for local names and addresses{more}, and for nothing else. Who has {authority_key} can speak for
those to every phone that trusts it: keep it, and take it off the phones when you are done.
"""


def verify_pair(cert: Path | None, key: Path | None) -> None:
    """Both or none, and of one another. Raises `ValueError`."""
    if (cert is None) != (key is None):
        raise ValueError("--tls-cert and --tls-key go together")
    if cert is None or key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
    except OSError as error:
        raise ValueError(f"{cert} and {key} are no certificate and its key in PEM: {error}") from error


def warn_if_plain(host: str, port: int, *, encrypted: bool) -> None:
    """On stderr: everything else works, so nobody would look for the reason here."""
    if not encrypted and not _is_loopback(host):
        print(
            f"line3: http://{host}:{port} is not encrypted: phones cannot sign in there, nor work without a network. "
            "Put TLS in front of it, or give --tls-cert and --tls-key (`line3 dev-cert` makes them).",
            file=sys.stderr,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make(asked: argparse.Namespace, folder: Path, port: int) -> int:
    """Write the authority (kept, if there is one) and a certificate for this machine; say what to do with them."""
    hosts: list[str] = list(dict.fromkeys([*asked.host, *local_hosts()]))
    phone = folder / "phone"
    phone.mkdir(parents=True, exist_ok=True)
    names = [_general_name(host) for host in hosts]
    beyond = [host for host in hosts if not _is_local(host)]
    authority, authority_key = _authority(folder, [_limit(_general_name(host)) for host in beyond])
    key = ec.generate_private_key(ec.SECP256R1())
    server = _signed(hosts[0], names, key, authority, authority_key)
    _write_key(folder / "server.key", key)
    chain = [one.public_bytes(serialization.Encoding.PEM) for one in (server, authority)]
    (folder / "server.crt").write_bytes(b"".join(chain))
    print(
        HOW.format(
            server_crt=folder / "server.crt",
            server_key=folder / "server.key",
            authority=phone / "line3-ca.crt",
            authority_name="line3-ca.crt",
            authority_key=folder / "ca.key",
            phone=phone,
            host=f"[{hosts[0]}]" if ":" in hosts[0] else hosts[0],
            port=port,
            name=authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value,
            more="".join(f", {host}" for host in beyond),
        ),
        end="",
    )
    return 0


def local_hosts() -> list[str]:
    """Under which a phone nearby may find this machine: its address there first."""
    name = socket.gethostname().partition(".")[0]
    found: list[str] = []
    # not the one of IPv6: it changes by the day, and phones would have to trust a new authority each time
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # nothing is sent: it only asks which address would
        probe.connect(("192.0.2.1", 9))
        found.append(str(probe.getsockname()[0]))
    return [*found, f"{name}.local", "localhost", "127.0.0.1", "::1"]


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2] in LOCAL_NAMES or host.endswith(".home.arpa")
    return any(address in ipaddress.ip_network(network) for network in LOCAL_NETWORKS)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode())


def _authority(
    folder: Path, more: Sequence[x509.GeneralName]
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """The one that is there, so that phones need not trust another; a new one where it has nearly expired or may not speak
    for one of the hosts asked for."""
    path, key_path = folder / "phone" / "line3-ca.crt", folder / "ca.key"
    if path.exists() and key_path.exists():
        known = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        limits = known.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        lasts = known.not_valid_after_utc - datetime.now(UTC) > SERVER_FOR
        if lasts and isinstance(key, ec.EllipticCurvePrivateKey) and all(one in limits for one in more):
            return known, key
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"line3 development {datetime.now(UTC):%Y-%m-%d}")]
    )
    limits = [
        *(x509.DNSName(local) for local in LOCAL_NAMES),
        *(x509.IPAddress(ipaddress.ip_network(network)) for network in LOCAL_NETWORKS),
        *more,
    ]
    made = (
        _begun(name, name, key, AUTHORITY_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted_subtrees=limits, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_path, key)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _limit(host: x509.GeneralName) -> x509.GeneralName:
    """As a name that the authority may speak for: a network of one address."""
    if isinstance(host, x509.IPAddress):
        return x509.IPAddress(ipaddress.ip_network(str(host.value)))
    return host


def _signed(
    host: str,
    names: Sequence[x509.GeneralName],
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _begun(subject, authority.subject, key, SERVER_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(server, critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(issuer_key, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        # clocks of phones are late now and then
        not_valid_before=now - timedelta(hours=1),
        not_valid_after=now + lasts - timedelta(hours=1),
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """For its owner's eyes alone, from the first byte on."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
