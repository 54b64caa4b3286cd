// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// The call of the Security Token Service that says who asks
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>).
public struct STSClient: Sendable {
    /// Whose credentials they are.
    public struct CallerIdentity: Sendable, Hashable {
        /// The account.
        public let account: String
        /// The user, or the session of the role.
        public let arn: String
        /// The id of the user, or of the role with the session's name.
        public let userId: String
        /// The service's clock when it answered, to the second; nil if it did not say.
        public let answeredAt: Date?
    }

    private let client: AWSClient

    /// Asks with a client for ``AWSService/sts``.
    public init(_ client: AWSClient) { self.client = client }

    /// Whose credentials the client signs with (`GetCallerIdentity`); needs no permission.
    public func callerIdentity() async throws -> CallerIdentity {
        let operation = "GetCallerIdentity"
        let response = try await client.send(try client.queryCall(operation, []))
        let result = try? XMLReader.root(response.body)["\(operation)Result"]
        guard let result, let account = result.text(at: "Account"), let arn = result.text(at: "Arn"),
            let userId = result.text(at: "UserId")
        else { throw client.badAnswer(operation, response) }
        return CallerIdentity(
            account: account,
            arn: arn,
            userId: userId,
            answeredAt: response.headers["Date"].flatMap(HTTPDate.date)
        )
    }
}
