// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SSOSyncAWS

@Suite("What services say when they refuse")
struct ServiceAnswerTests {
    private func error(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> AWSError {
        let fields = headers.map { HTTPHeaders.Field($0.key, $0.value) }
        let response = HTTPResponse(status: status, headers: HTTPHeaders(fields), body: Array(body.utf8))
        return ServiceAnswer(response).error("RDS Describe")
    }

    @Test(arguments: [
        #"{"__type":"ThrottlingException","message":"Rate exceeded"}"#,
        #"{"__type":"com.amazonaws.identitystore#ThrottlingException","Message":"Rate exceeded"}"#,
        #"{"code":"ThrottlingException:http://internal.amazon.com/","message":"Rate exceeded"}"#,
        #"{"Error":{"Code":"ThrottlingException","Message":"Rate exceeded","Type":"Sender"},"RequestId":"r-1"}"#,
        "<ErrorResponse><Error><Type>Sender</Type><Code>ThrottlingException</Code><Message>Rate exceeded</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
        "<?xml version=\"1.0\"?>\n<Error><Code>ThrottlingException</Code><Message>Rate exceeded</Message><RequestId>r-1</RequestId></Error>",
        "<Response><Errors><Error><Code>ThrottlingException</Code><Message>Rate exceeded</Message></Error></Errors><RequestID>r-1</RequestID></Response>",
    ])
    func `every form of an error is understood`(body: String) {
        let error = error(400, body, body.contains("r-1") ? [:] : ["x-amzn-RequestId": "r-1"])
        #expect(error.code == .throttled)
        #expect(error.response?.errorCode == "ThrottlingException")
        #expect(error.response?.requestId == "r-1")
        #expect(error.message == "RDS Describe: ThrottlingException: Rate exceeded (request r-1)")
    }

    @Test func `the error's name may be in a header, and an old name wins`() {
        let rest = error(404, #"{"message":"gone"}"#, ["X-Amzn-ErrorType": "NotFound:http://x"])
        #expect(rest.response?.errorCode == "NotFound")
        let headers = ["x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"]
        let queue = error(400, #"{"__type":"com.amazonaws.sqs#QueueDoesNotExist"}"#, headers)
        #expect(queue.response?.errorCode == "AWS.SimpleQueueService.NonExistentQueue")
    }

    @Test(arguments: [
        "<html><body>Internal Server Error</body></html>", "<html><br></html>", "", "oops", "{", "[1]", "{}",
    ])
    func `what cannot be read still has its status`(body: String) {
        let error = error(500, body)
        #expect(error.code == .serviceFailed)
        #expect(error.response?.status == 500)
        #expect(error.response?.errorCode == nil)
        #expect(error.message.contains("500"))
        #expect(!error.message.contains("html"))
    }

    @Test(arguments: [
        (403, "AccessDeniedException", AWSError.Code.accessDenied), (400, "ExpiredTokenException", .credentialsExpired),
        (403, "InvalidClientTokenId", .credentialsRejected), (403, "SignatureDoesNotMatch", .credentialsRejected),
        (400, "ValidationException", .refused), (404, "DBClusterNotFoundFault", .refused),
        (503, "SlowDown", .throttled),
        (500, "InternalFailure", .serviceFailed), (403, "Other", .accessDenied), (429, "Other", .throttled),
    ])
    func `kinds of refusal`(status: Int, code: String, expected: AWSError.Code) {
        #expect(error(status, #"{"__type":"\#(code)"}"#).code == expected)
    }

    /// AWS repeats the whole canonical request there, session token and all.
    @Test func `what a service says about a signature is not repeated`() {
        let body = #"{"__type":"InvalidSignatureException","message":"x-amz-security-token:s3cr3t"}"#
        let error = error(403, body)
        expectHidden(["s3cr3t"], in: error)
        #expect(error.message == "RDS Describe: InvalidSignatureException")
    }

    @Test func `messages are one line of a bounded length`() {
        let long = String(repeating: "x", count: 5_000)
        let message = error(400, #"{"__type":"A","message":"a\nb\u001b[31m\#(long)"}"#).message
        #expect(message.contains("a b [31m"))
        #expect(message.utf8.count < 600)
    }

    @Test func `when to come back`() {
        let inBody = error(400, #"{"__type":"ThrottlingException","RetryAfterSeconds":7}"#, ["Retry-After": "3"])
        #expect(inBody.response?.retryHint == .demand(.seconds(7)))
        #expect(error(503, "", ["Retry-After": "3"]).response?.retryHint == .demand(.seconds(3)))
        #expect(error(503, "", ["X-Amz-Retry-After": "1500"]).response?.retryHint == .advice(.milliseconds(1_500)))
        for text in ["-1", "soon", "", "99999999999999999999"] {
            #expect(error(503, "", ["Retry-After": text]).response?.retryHint == nil)
        }
    }
}
