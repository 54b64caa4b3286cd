// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// A token for the portal of IAM Identity Center, and what it is renewed with.
struct SSOToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// The file's fields; AWS's command line writes strings alone, and others that are no strings are left out.
    struct Document: Codable, Sendable {
        var fields: [String: String]

        init(fields: [String: String]) { self.fields = fields }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: JSONKey.self)
            fields = [:]
            for key in container.allKeys { fields[key.stringValue] = try? container.decode(String.self, forKey: key) }
        }

        func encode(to encoder: any Encoder) throws { try fields.encode(to: encoder) }
    }

    /// The token itself.
    let value: String
    /// When it ends.
    let end: Date
    let document: Document

    private init(_ document: Document, value: String, end: Date) {
        (self.document, self.value, self.end) = (document, value, end)
    }

    /// Nil if the file has no token.
    init?(_ document: Document) {
        guard let value = document.fields["accessToken"], let end = document.fields["expiresAt"].flatMap(Self.date)
        else { return nil }
        self.init(document, value: value, end: end)
    }

    /// What a new token is asked for with
    /// (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>); nil if this one cannot
    /// be renewed.
    ///
    /// - Parameter now: The client's registration has to hold, too.
    func renewal(now: Date) -> [String: String]? {
        guard let id = document.fields["clientId"], let secret = document.fields["clientSecret"],
            let token = document.fields["refreshToken"],
            document.fields["registrationExpiresAt"].flatMap(Self.date).map({ $0 > now }) ?? true
        else { return nil }
        return ["clientId": id, "clientSecret": secret, "refreshToken": token, "grantType": "refresh_token"]
    }

    /// Whether it is renewed with the same.
    func isSame(as other: SSOToken) -> Bool {
        document.fields["refreshToken"] == other.document.fields["refreshToken"]
    }

    /// The token that came in this one's place.
    ///
    /// - Parameters:
    ///   - refreshToken: What it can be renewed with; nil to keep this one's.
    func renewed(_ value: String, until end: Date, refreshToken: String?) -> SSOToken {
        var document = document
        document.fields["accessToken"] = value
        document.fields["expiresAt"] = end.formatted(.iso8601)
        if let refreshToken { document.fields["refreshToken"] = refreshToken }
        return SSOToken(document, value: value, end: end)
    }

    /// Old versions of AWS's command line wrote `UTC` for `Z`.
    private static func date(_ text: String) -> Date? {
        let text = text.hasSuffix("UTC") ? "\(text.dropLast(3))Z" : text
        return try? Date(text, strategy: .iso8601)
    }

    var description: String { "SSOToken" }
    var customMirror: Mirror { Mirror(self, children: ["end": end]) }
}
