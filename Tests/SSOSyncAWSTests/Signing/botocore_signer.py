# SPDX-License-Identifier: Apache-2.0
#
# Signs the requests that it reads as JSON with botocore, and prints for each its path, as it was encoded, and its signature.
import datetime
import json
import sys
from urllib.parse import parse_qs, quote, urlsplit

import botocore.auth
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def set_clock(time):
    moment = datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ")

    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return moment

    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment
    botocore.auth.datetime = type("module", (), {"datetime": Frozen})


def sign(case):
    set_clock(case["time"])
    credentials = Credentials(case["accessKeyId"], case["secretAccessKey"], case.get("sessionToken"))
    path = "/".join(quote(segment, safe="-._~") for segment in case["path"].split("/"))
    query = "&".join(f"{quote(n, safe='-._~')}={quote(v, safe='-._~')}" for n, v in case["query"])
    url = f"https://{case['host']}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(case["method"], url, headers=dict(case["headers"]), data=case["body"].encode())
    is_s3, expires = case["service"] == "s3", case.get("expires")
    place = (credentials, case["service"], case["region"])
    if expires is None:
        (S3SigV4Auth if is_s3 else SigV4Auth)(*place).add_auth(request)
        signature = request.headers["Authorization"].rsplit("Signature=", 1)[1]
    else:
        (S3SigV4QueryAuth if is_s3 else SigV4QueryAuth)(*place, expires=expires).add_auth(request)
        signature = parse_qs(urlsplit(request.url).query)["X-Amz-Signature"][0]
    return {"path": path, "signature": signature}


print(json.dumps([sign(case) for case in json.load(sys.stdin)]))
