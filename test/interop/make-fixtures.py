"""Writes test/domain/signing/fixtures: OMS v1.0 bundles made by the stock model_signing.

The shapes are those of the OMS v1.0 test vectors (valid: key, certificate, sigstore; invalid:
empty, missing envelope, missing verification material, missing log entries; invalid payload:
wrong predicate), rebuilt with keys of our own. Beside them lie bundles that the stock verifier
accepts and Assay refuses. Keys and signatures are new in each run.

    python3 -m venv .local/interop/fixtures
    .local/interop/fixtures/bin/pip install -r test/interop/requirements.txt
    .local/interop/fixtures/bin/python test/interop/make-fixtures.py
"""

import base64
import datetime
import hashlib
import json
import pathlib
import shutil
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from model_signing import hashing, manifest, signing, verifying
from model_signing._hashing import hashing as digests
from model_signing._signing import sign_ec_key, sign_sigstore_pb
from model_signing._signing import signing as payloads

OUT = pathlib.Path(__file__).resolve().parents[1] / "domain" / "signing" / "fixtures"
# U+FF21 sorts before U+1F600 by code point and after it by UTF-16 unit.
FILES = {
    "config.json": b"{}\n",
    "sub/vocab.txt": b"one\ntwo\n",
    "weights.bin": bytes(range(256)),
    "\uff21.bin": b"fullwidth\n",
    "\U0001f600.bin": b"astral\n",
}


def write_key(key, folder):
    private, public = folder / "key.pem", folder / "key.pub.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


def certificate(name, key, issuer, issuer_key, ca):
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
    )
    if not ca:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        make(pathlib.Path(scratch))


def make(scratch):
    model = scratch / "model"
    for path, content in FILES.items():
        (model / path).parent.mkdir(parents=True, exist_ok=True)
        (model / path).write_bytes(content)
    listing = [
        {"path": path, "sha256": hashlib.sha256(content).hexdigest()}
        for path, content in FILES.items()
    ]
    save("files.json", listing)

    key = ec.generate_private_key(ec.SECP256R1())
    private, public = write_key(key, scratch)
    shutil.copy(public, OUT / "key.pub.pem")
    stock = signing.Config().use_elliptic_key_signer(private_key=private)

    def sign(name, configure=lambda c: c, directory=model):
        stock.set_hashing_config(configure(hashing.Config())).sign(directory, OUT / name)

    sign("key.json")
    sign("shards.json", lambda c: c.use_shard_serialization())
    sign("blake2b.json", lambda c: c.use_file_serialization(hashing_algorithm="blake2"))
    sign("symlinks.json", lambda c: c.set_allow_symlinks(True))
    sign("wide-ignore-paths.json", lambda c: c.set_ignored_paths(paths=["weights.bin"]))
    (scratch / "nothing").mkdir()
    sign("no-resources.json", directory=scratch / "nothing")
    sign_by_certificate(scratch, model)

    bundle = json.loads((OUT / "key.json").read_text())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    legacy = key.sign(sign_sigstore_pb.pae_compat(payload), ec.ECDSA(hashes.SHA256()))
    signature = {"sig": base64.b64encode(legacy).decode(), "keyid": ""}
    save(
        "legacy-pae.json",
        {**bundle, "dsseEnvelope": {**bundle["dsseEnvelope"], "signatures": [signature]}},
    )
    for accepted in ["key", "wide-ignore-paths", "legacy-pae"]:
        verifying.Config().use_elliptic_key_verifier(public_key=public).verify(
            model, OUT / f"{accepted}.json"
        )

    (OUT / "empty.json").write_text("")
    save("missing-envelope.json", {k: v for k, v in bundle.items() if k != "dsseEnvelope"})
    save(
        "missing-verification-material.json",
        {k: v for k, v in bundle.items() if k != "verificationMaterial"},
    )
    wrong = payloads.Payload(
        manifest.Manifest(
            "model",
            [
                manifest.FileManifestItem(
                    path=pathlib.PurePosixPath(f["path"]),
                    digest=digests.Digest("sha256", bytes.fromhex(f["sha256"])),
                )
                for f in listing
            ],
            manifest.SerializationType.from_args(
                {"method": "files", "hash_type": "sha256", "allow_symlinks": False}
            ),
        )
    )
    wrong.statement.pb.predicate_type = "https://example.com/wrong-predicate/v1.0"
    sign_ec_key.Signer(private).sign(wrong).write(OUT / "wrong-predicate.json")


def sign_by_certificate(scratch, model):
    root_key = ec.generate_private_key(ec.SECP256R1())
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate("root", root_key, "root", root_key, ca=True)
    leaf = certificate("signer", leaf_key, "root", root_key, ca=False)
    folder = scratch / "certificate"
    folder.mkdir()
    private, _ = write_key(leaf_key, folder)
    for name, made in {"root": root, "leaf": leaf}.items():
        (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    signing.Config().use_certificate_signer(
        private_key=private,
        signing_certificate=folder / "leaf.pem",
        certificate_chain=[folder / "root.pem"],
    ).sign(model, OUT / "certificate.json")

    # Sigstore's services cannot be had offline: the right fields, around a certificate of ours.
    bundle = json.loads((OUT / "certificate.json").read_text())
    der = base64.b64encode(leaf.public_bytes(serialization.Encoding.DER)).decode()
    entry = {
        "logIndex": "1",
        "logId": {"keyId": "AAAA"},
        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "integratedTime": "1735689600",
        "inclusionPromise": {"signedEntryTimestamp": "AAAA"},
        "inclusionProof": {
            "logIndex": "1",
            "rootHash": "AAAA",
            "treeSize": "2",
            "hashes": ["AAAA"],
            "checkpoint": {"envelope": "rekor.example.com - 1\n2\nAAAA\n\n"},
        },
        "canonicalizedBody": "AAAA",
    }
    stamps = {"rfc3161Timestamps": [{"signedTimestamp": "AAAA"}]}
    material = {"certificate": {"rawBytes": der}, "timestampVerificationData": stamps}
    sigstore = {**bundle, "verificationMaterial": {**material, "tlogEntries": [entry]}}
    save("sigstore.json", sigstore)
    save("missing-tlog-entries.json", {**bundle, "verificationMaterial": material})


def save(name, value):
    (OUT / name).write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    main()
