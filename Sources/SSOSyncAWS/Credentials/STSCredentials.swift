// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// Credentials in an answer of the Security Token Service.
///
/// It is asked for JSON, which it speaks beside the XML of its model; what answers in its place may know XML only.
enum STSCredentials {
    /// Asks STS for credentials.
    ///
    /// - Throws: What ``AWSClient/send(_:deadline:)`` throws; ``AWSError`` with the code ``AWSError/Code/badResponse`` if
    ///   there are no credentials in the answer.
    static func get(
        _ operation: String,
        _ parameters: [(name: String, value: String)],
        from client: AWSClient
    ) async throws -> Credentials {
        var call = try client.queryCall(operation, parameters)
        call.headers["Accept"] = "application/json"
        let response = try await client.send(call)
        guard let credentials = json(response.body, operation) ?? xml(response.body, operation) else {
            throw client.badAnswer(operation, response)
        }
        return credentials
    }

    private static func json(_ body: [UInt8], _ operation: String) -> Credentials? {
        guard let answer = try? JSONDecoder().decode([String: JSONAnswer].self, from: Data(body)) else { return nil }
        guard let fields = answer["\(operation)Response"]?.credentials(operation) else { return nil }
        return Credentials(
            accessKeyId: fields.AccessKeyId,
            secretAccessKey: fields.SecretAccessKey,
            sessionToken: fields.SessionToken,
            expiration: Date(timeIntervalSince1970: fields.Expiration)
        )
    }

    private static func xml(_ body: [UInt8], _ operation: String) -> Credentials? {
        guard let root = try? XMLReader.root(body), let fields = root["\(operation)Result"]?["Credentials"],
            let accessKeyId = fields.text(at: "AccessKeyId"), let secret = fields.text(at: "SecretAccessKey"),
            let token = fields.text(at: "SessionToken"), let end = fields.text(at: "Expiration").flatMap(date)
        else { return nil }
        return Credentials(accessKeyId: accessKeyId, secretAccessKey: secret, sessionToken: token, expiration: end)
    }

    private static func date(_ text: String) -> Date? {
        let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
        return styles.lazy.compactMap { try? Date(text, strategy: $0) }.first
    }
}

private struct JSONAnswer: Decodable {
    struct Fields: Decodable {
        let AccessKeyId: String
        let SecretAccessKey: String
        let SessionToken: String
        /// In seconds since 1970.
        let Expiration: Double
    }

    private struct Result: Decodable {
        let Credentials: Fields
    }

    private let results: [String: Result]

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: JSONKey.self)
        results = container.allKeys.reduce(into: [:]) { results, key in
            results[key.stringValue] = try? container.decode(Result.self, forKey: key)
        }
    }

    func credentials(_ operation: String) -> Fields? { results["\(operation)Result"]?.Credentials }
}
