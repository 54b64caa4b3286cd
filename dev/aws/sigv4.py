# SPDX-License-Identifier: Apache-2.0
#
# Verifies AWS Signature Version 4, in headers and in addresses, with nothing but Python's own library: neither our
# signer nor botocore judges itself.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import datetime
import hashlib
import hmac
import re
from urllib.parse import parse_qsl, unquote_to_bytes

UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
TOLERANCE = 300  # seconds
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


class Refusal(Exception):
    # Reason: the error's code in AWS JSON, its code in AWS query, the status.
    CODES = {
        "missing": ("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403),
        "unknown": ("UnrecognizedClientException", "InvalidClientTokenId", 403),
        "expired": ("ExpiredTokenException", "ExpiredToken", 403),
        "malformed": ("IncompleteSignatureException", "IncompleteSignature", 400),
        "wrong": ("InvalidSignatureException", "SignatureDoesNotMatch", 403),
    }

    def __init__(self, reason, message):
        super().__init__(message)
        self.json_code, self.query_code, self.status = self.CODES[reason]


class Claim:
    """What a request says about its signature."""

    def __init__(self, query, headers):
        fields = dict(parse_qsl(query, keep_blank_values=True))
        self.is_in_address = "authorization" not in headers
        if not self.is_in_address:
            self.read_header(headers)
        elif "X-Amz-Signature" in fields:
            self.read_address(fields)
        else:
            raise Refusal("missing", "Missing Authentication Token")
        if not re.fullmatch(r"\d{8}T\d{6}Z", self.stamp):
            raise Refusal("malformed", "X-Amz-Date is missing or malformed")
        self.time = datetime.datetime.strptime(self.stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)

    def read_header(self, headers):
        match = AUTHORIZATION.fullmatch(headers["authorization"])
        if not match:
            raise Refusal("malformed", "the Authorization header is malformed")
        self.key, self.date, self.region, self.service, signed, self.signature = match.groups()
        self.signed = signed.split(";")
        self.stamp, self.token = headers.get("x-amz-date", ""), headers.get("x-amz-security-token")
        self.lifetime = TOLERANCE

    def read_address(self, fields):
        parts = fields.get("X-Amz-Credential", "").split("/")
        if len(parts) != 5 or parts[4] != "aws4_request":
            raise Refusal("malformed", "X-Amz-Credential is malformed")
        self.key, self.date, self.region, self.service, _ = parts
        self.signed, self.signature = fields.get("X-Amz-SignedHeaders", "").split(";"), fields["X-Amz-Signature"]
        self.stamp, self.token = fields.get("X-Amz-Date", ""), fields.get("X-Amz-Security-Token")
        self.lifetime = int(fields.get("X-Amz-Expires", 0))


def verify(method, path, query, headers, body, find, now):
    """Returns the claim if it is true; raises Refusal.

    headers: by name, in small letters. find: from an access key's id to (secret, token), or None.
    """
    claim = Claim(query, headers)
    check_headers(claim, headers)
    credentials = find(claim.key)
    if credentials is None or credentials[1] != claim.token:
        raise Refusal("unknown", "The security token included in the request is invalid.")
    age = (now - claim.time).total_seconds()
    if not -TOLERANCE <= age <= claim.lifetime:
        raise Refusal("wrong", f"Signature expired or not yet current: {claim.stamp}")
    digest = hashlib.sha256(body).hexdigest()
    if claim.service == "s3" and not claim.is_in_address and "x-amz-content-sha256" not in headers:
        raise Refusal("wrong", "x-amz-content-sha256 is missing, which S3 wants")
    if headers.get("x-amz-content-sha256", digest) not in (digest, "UNSIGNED-PAYLOAD"):
        raise Refusal("wrong", "x-amz-content-sha256 does not fit the body")
    request = canonical_request(claim, method, path, query, headers, digest)
    if not hmac.compare_digest(signature(claim, credentials[0], request), claim.signature):
        raise Refusal("wrong", f"The signature does not match. The canonical request should have been\n{request}")
    return claim


def check_headers(claim, headers):
    if claim.stamp[:8] != claim.date:
        raise Refusal("wrong", "the date in the credential scope is not that of X-Amz-Date")
    if claim.signed != sorted(claim.signed) or any(name != name.lower() for name in claim.signed):
        raise Refusal("wrong", "SignedHeaders are not sorted and in small letters")
    needed = {"host"}
    if not claim.is_in_address:
        needed |= {name for name in headers if name.startswith("x-amz-")} | ({"content-type"} & set(headers))
    if needed - set(claim.signed):
        raise Refusal("wrong", f"not signed: {sorted(needed - set(claim.signed))}")
    if set(claim.signed) - set(headers):
        raise Refusal("wrong", f"signed, and not there: {sorted(set(claim.signed) - set(headers))}")


def canonical_request(claim, method, path, query, headers, digest):
    lines = [f"{name}:{re.sub(' +', ' ', headers[name].strip())}\n" for name in claim.signed]
    names = ";".join(claim.signed)
    path = canonical_path(path.encode(), claim.service)
    return "\n".join([method, path, canonical_query(query.encode()), "".join(lines), names, digest])


def canonical_path(path, service):
    if service == "s3":
        return encode(unquote_to_bytes(path), b"/")
    segments = []
    for segment in path.split(b"/"):
        if segment == b"..":
            segments = segments[:-1]
        elif segment not in (b"", b"."):
            segments.append(segment)
    normalized = b"/" + b"/".join(segments) + (b"/" if segments and path.endswith(b"/") else b"")
    # What is sent is encoded once more.
    return encode(normalized, b"/")


def canonical_query(query):
    fields = []
    for part in filter(None, query.split(b"&")):
        name, _, value = part.partition(b"=")
        fields.append((encode(unquote_to_bytes(name)), encode(unquote_to_bytes(value))))
    return "&".join(f"{name}={value}" for name, value in sorted(fields) if name != "X-Amz-Signature")


def encode(data, kept=b""):
    return "".join(chr(byte) if byte in UNRESERVED + kept else f"%{byte:02X}" for byte in data)


def signature(claim, secret, request):
    scope = f"{claim.date}/{claim.region}/{claim.service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", claim.stamp, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in [*scope.split("/"), text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()
