"""What does a security key answer? One in software, that signs as WebAuthn says, and cheats where a test wants it."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    origin: str
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    count: int = 0

    def make(self, options: str, *, verified: bool = True) -> str:
        """RegistrationResponseJSON for these options."""
        asked = json.loads(options)
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        authenticator_data = self._head(asked["rp"]["id"], ATTESTED, verified) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        said = {
            "clientDataJSON": bytes_to_base64url(self._client("webauthn.create", asked["challenge"])),
            "attestationObject": bytes_to_base64url(attestation),
        }
        return self._answer(said)

    def use(self, options: str, *, verified: bool = True, challenge: str | None = None) -> str:
        """AuthenticationResponseJSON for these options."""
        asked = json.loads(options)
        self.count += 1
        authenticator_data = self._head(asked["rpId"], 0, verified)
        client = self._client("webauthn.get", challenge or asked["challenge"])
        signed = authenticator_data + hashlib.sha256(client).digest()
        said = {
            "clientDataJSON": bytes_to_base64url(client),
            "authenticatorData": bytes_to_base64url(authenticator_data),
            "signature": bytes_to_base64url(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }
        return self._answer(said)

    def _head(self, host: str, flags: int, verified: bool) -> bytes:
        flags |= PRESENT | (VERIFIED if verified else 0)
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        credential = bytes_to_base64url(self.credential_id)
        return json.dumps({"id": credential, "rawId": credential, "type": "public-key", "response": response})
