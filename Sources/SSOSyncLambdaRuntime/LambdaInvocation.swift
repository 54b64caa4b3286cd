// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// One invocation of the function, as Lambda hands it over.
///
/// The payload may name people, so it is not printed.
public struct LambdaInvocation: Sendable, CustomStringConvertible, CustomReflectable {
    /// What a handler is: takes an invocation, and returns what Lambda is to answer.
    ///
    /// It is cancelled shortly before its time is up. Whatever it returns then is still sent, so a handler may tell what
    /// it had no time for.
    public typealias Handler = @Sendable (LambdaInvocation) async throws -> [UInt8]

    /// The invocation's id, which asynchronous retries share.
    public let requestId: String
    /// When Lambda ends the process if there is no answer.
    public let deadline: Timestamp
    /// The function's ARN, with the version or alias that was asked for; empty if Lambda did not say.
    public let functionARN: String
    /// The value of the `X-Amzn-Trace-Id` header for calls that are made for the invocation; nil without tracing.
    public let traceId: String?
    /// What an SDK for mobile devices told of its client, as JSON; nil if it told nothing.
    public let clientContext: String?
    /// The Amazon Cognito identity that the function was invoked by, as JSON; nil if none was.
    public let cognitoIdentity: String?
    /// The tenant that the process works for; nil for a function without tenants.
    public let tenantId: String?
    /// What the function was invoked with: JSON, or anything else.
    public let payload: [UInt8]

    /// An invocation.
    ///
    /// Its parts are those that <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html> says.
    public init(
        requestId: String,
        deadline: Timestamp,
        functionARN: String = "",
        traceId: String? = nil,
        clientContext: String? = nil,
        cognitoIdentity: String? = nil,
        tenantId: String? = nil,
        payload: [UInt8] = []
    ) {
        self.requestId = requestId
        self.deadline = deadline
        self.functionARN = functionARN
        self.traceId = traceId
        self.clientContext = clientContext
        self.cognitoIdentity = cognitoIdentity
        self.tenantId = tenantId
        self.payload = payload
    }

    /// The invocation that the task works for; nil outside of one.
    @TaskLocal public static var current: LambdaInvocation?

    /// The id and the payload's size.
    public var description: String { "LambdaInvocation(\(requestId), \(payload.count) bytes)" }

    /// Shows what ``description`` says.
    public var customMirror: Mirror { Mirror(self, children: ["requestId": requestId, "bytes": payload.count]) }
}
