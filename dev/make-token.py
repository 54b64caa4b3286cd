#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints an RDS IAM authentication token, like `aws rds generate-db-auth-token`.

Needs no AWS tools, and can make expired tokens (--age 1000), tokens from the
future (--age -1000) and tokens of another key or region.
"""

import argparse
import hashlib
import hmac
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

LIFETIME = 900


def signature(secret: str, scope: str, date: str, canonical_request: str) -> str:
    hashed_request = hashlib.sha256(canonical_request.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashed_request}"
    key = f"AWS4{secret}".encode()
    for part in [*scope.split("/"), to_sign]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def token(host: str, port: int, user: str, region: str, age: float, key_id: str, secret: str,
          session_token: str | None) -> str:
    signed_at = datetime.now(timezone.utc) - timedelta(seconds=age)
    date = signed_at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{date[:8]}/{region}/rds-db/aws4_request"
    parameters = {
        "Action": "connect",
        "DBUser": user,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{key_id}/{scope}",
        "X-Amz-Date": date,
        "X-Amz-Expires": str(LIFETIME),
        "X-Amz-SignedHeaders": "host",
    }
    if session_token:
        parameters["X-Amz-Security-Token"] = session_token
    query = "&".join(f"{name}={quote(value, safe='-_.~')}"
                     for name, value in sorted(parameters.items()))
    empty_payload = hashlib.sha256(b"").hexdigest()
    request = f"GET\n/\n{query}\nhost:{host.lower()}:{port}\n\nhost\n{empty_payload}"
    return f"{host}:{port}/?{query}&X-Amz-Signature={signature(secret, scope, date, request)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("user")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--age", type=float, default=0, metavar="SECONDS",
                        help=f"signed so long ago; over {LIFETIME}: expired, negative: from the future")
    parser.add_argument("--key-id", default="AKIDTESTTESTTEST0001")
    parser.add_argument("--secret", default="secretsecretsecretsecret")
    parser.add_argument("--session-token")
    print(token(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
