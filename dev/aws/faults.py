# SPDX-License-Identifier: Apache-2.0
#
# Faults that the stand-in answers with. One is a mapping:
#
#   operation  which calls; all by default
#   skip (0)   how many of these are answered well first
#   times (1)  how many then meet the fault; 0 for ever
#   fault      error (with code, status, message, retryAfter, and more: fields of the body), html, empty, object, null,
#              answer (with body: what is said instead), cut (half a body with its length), truncate (half a body, and the
#              connection ends), reset, repeat (an earlier page's token), delay (by seconds)
import json
import time


class Script:
    def __init__(self, faults):
        self.faults = [dict(fault) for fault in faults]
        self.tokens = []

    def take(self, operation):
        for fault in self.faults:
            if fault.get("operation", operation) != operation or fault.get("times", 1) < 0:
                continue
            if fault.get("skip", 0) > 0:
                fault["skip"] -= 1
                continue
            if "times" not in fault or fault["times"] == 1:
                fault["times"] = -1
            elif fault["times"] > 1:
                fault["times"] -= 1
            return fault
        return None

    def spoil(self, fault, status, headers, body):
        """The answer with the fault in it: status, headers, body, and how the connection ends."""
        kind = fault["fault"]
        if kind == "error" and body.startswith(b"<"):
            text = f"<Error><Code>{fault['code']}</Code><Message>{fault.get('message', fault['code'])}</Message></Error>"
            return fault.get("status", 400), headers, f"<ErrorResponse>{text}</ErrorResponse>".encode(), None
        if kind == "error":
            fields = {"__type": fault["code"], "Message": fault.get("message", fault["code"]), **fault.get("more", {})}
            if "retryAfter" in fault:
                fields["RetryAfterSeconds"] = fault["retryAfter"]
            # What the headers say of another error would count before the body.
            kept = {name: value for name, value in headers.items() if not name.lower().startswith("x-amzn-")}
            return fault.get("status", 400), kept, json.dumps(fields).encode(), None
        if kind == "html":
            return fault.get("status", 502), {"Content-Type": "text/html"}, b"<html><body>Bad Gateway</body></html>", None
        if kind == "answer":
            return fault.get("status", 200), headers, fault["body"].encode(), None
        if kind == "delay":
            time.sleep(fault["seconds"])
            return status, headers, body, None
        if kind == "repeat":
            return status, headers, self.repeated(body), None
        bodies = {"empty": b"", "object": b"{}", "null": b"null", "cut": body[: len(body) // 2]}
        if kind in bodies:
            return status, headers, bodies[kind], None
        return status, headers, body, kind  # truncate, reset

    def repeated(self, body):
        page = json.loads(body)
        if self.tokens:
            page["NextToken"] = self.tokens[0]
        elif "NextToken" in page:
            # There is no earlier one: this one comes again with the next page.
            self.tokens.append(page["NextToken"])
            self.faults.insert(0, {"fault": "repeat", "times": 1})
        return json.dumps(page).encode()

    def note(self, body):
        token = json.loads(body).get("NextToken") if body.startswith(b"{") else None
        if token:
            self.tokens.append(token)
