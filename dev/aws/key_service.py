# SPDX-License-Identifier: Apache-2.0
#
# What moto's Key Management Service lacks beside the real one: signatures of digests, the salt that KMS takes with PSS,
# limits, and what GetPublicKey says of a key. Works with moto 5.2.
# https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto.kms import exceptions, responses

Response = responses.KmsResponse


def sign(original):
    def answer(self):
        message, kind = self._get_param("Message"), self._get_param("MessageType") or "RAW"
        name, key_id = self._get_param("SigningAlgorithm"), self._get_param("KeyId")
        if not name.endswith("_SHA_256") or "PKCS1" in name:
            return original(self)
        self._validate_key_id(key_id)
        key = self.kms_backend.describe_key(key_id)
        if key.key_usage != "SIGN_VERIFY" or name not in key.signing_algorithms:
            # Another check of moto's own says it.
            return original(self)
        # moto has decoded it already.
        if kind == "RAW" and len(message) > 4096 or kind == "DIGEST" and len(message) != 32:
            raise exceptions.ValidationException(f"{len(message)} bytes are not right for {kind}")
        algorithm = Prehashed(hashes.SHA256()) if kind == "DIGEST" else hashes.SHA256()
        private = key.private_key.private_key
        if isinstance(private, rsa.RSAPrivateKey):
            signature = private.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), algorithm)
        else:
            signature = private.sign(message, ec.ECDSA(algorithm))
        found = {"KeyId": key.arn, "Signature": base64.b64encode(signature).decode(), "SigningAlgorithm": name}
        return json.dumps(found)

    return answer


def get_public_key(original):
    def answer(self):
        key_id = self._get_param("KeyId")
        self._validate_key_id(key_id)
        key = self.kms_backend.describe_key(key_id)
        if key.key_spec == "SYMMETRIC_DEFAULT":
            raise exceptions.JsonRESTError("UnsupportedOperationException", f"{key.arn} is symmetric")
        return json.dumps({**json.loads(original(self)), "KeyId": key.arn, "KeySpec": key.key_spec})

    return answer


def install():
    Response.sign, Response.get_public_key = sign(Response.sign), get_public_key(Response.get_public_key)
