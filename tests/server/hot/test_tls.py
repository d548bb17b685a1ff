"""Behind TLS both roads answer the same, however records cut the requests."""

import asyncio
import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.server.hot.conftest import LAST, WAIT_S, Both


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """A server's TLS, by a certificate of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def converse(port, parts):
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client)
    for part in (*parts, LAST):
        writer.write(part)  # a record of its own
        await writer.drain()
        await asyncio.sleep(0.01)
    told = await asyncio.wait_for(reader.read(), WAIT_S)
    writer.close()
    return told


def test_both_roads_answer_alike_behind_tls(open_api, context):
    both = Both(open_api(), context)
    try:
        _, secret = both.api.issue()
        plain, gateway = both.request(secret), both.gateway(secret)
        cases = [
            (plain,),
            (plain, plain, gateway),
            (plain[:40], plain[40:-7], plain[-7:] + gateway),
            (gateway[:-1], gateway[-1:]),
            (both.request(secret, key="wrong"),),
        ]
        for parts in cases:
            told = [both.api.run(converse(port, parts)) for port in (both._hot, both._ordinary)]
            assert told[0] == told[1]
            assert told[0].count(b"HTTP/1.1 ") >= 2
        assert both.answered >= 5
    finally:
        both.stop()
