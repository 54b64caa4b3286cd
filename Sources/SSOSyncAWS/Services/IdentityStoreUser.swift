// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// A user of an identity store, as far as it concerns us.
public struct IdentityStoreUser: Sendable, Hashable, Decodable {
    /// Whether somebody may sign in.
    public struct Status: RawRepresentable, Sendable, Hashable, Decodable {
        /// The service's word.
        public let rawValue: String
        /// Wraps the service's word.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// May sign in.
        public static let enabled = Status(rawValue: "ENABLED")
        /// May not.
        public static let disabled = Status(rawValue: "DISABLED")
    }

    /// An e-mail address.
    public struct Email: Sendable, Hashable, Decodable {
        /// The address.
        public let value: String?
        /// Whether it is the one to write to.
        public let isPrimary: Bool?

        private enum CodingKeys: String, CodingKey {
            case value = "Value"
            case isPrimary = "Primary"
        }
    }

    /// The extension that the employee number is in.
    public static let enterpriseExtension = "aws:identitystore:enterprise"

    /// The user's id.
    public let id: String
    /// The name that the user signs in with.
    public let userName: String?
    /// The nickname.
    public let nickName: String?
    /// The e-mail addresses; one at most, by the service's model.
    public let emails: [Email]?
    /// Whether the user may sign in; nil if the store does not say.
    public let status: Status?
    private let extensions: Extensions?

    private enum CodingKeys: String, CodingKey {
        case id = "UserId"
        case userName = "UserName"
        case nickName = "NickName"
        case emails = "Emails"
        case status = "UserStatus"
        case extensions = "Extensions"
    }

    private struct Extensions: Sendable, Hashable, Decodable {
        let enterprise: Enterprise?

        private enum CodingKeys: String, CodingKey { case enterprise = "aws:identitystore:enterprise" }
    }

    /// SCIM's enterprise extension (RFC 7643, section 4.3), in the spelling of either.
    private struct Enterprise: Sendable, Hashable, Decodable {
        let employeeNumber: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: JSONKey.self)
            let names = ["employeeNumber", "EmployeeNumber"].map(JSONKey.init)
            let name = names.first { container.contains($0) }
            employeeNumber = try name.flatMap { try container.decodeIfPresent(String.self, forKey: $0) }
        }
    }
}

extension IdentityStoreUser {
    /// The number that the employer gave; nil unless ``enterpriseExtension`` was asked for.
    public var employeeNumber: String? { extensions?.enterprise?.employeeNumber }

    /// The primary e-mail address, or the only one.
    public var email: String? {
        let emails = emails ?? []
        let primary = emails.filter { $0.isPrimary == true }
        return (primary.first ?? (emails.count == 1 ? emails[0] : nil))?.value
    }

    /// The value of an attribute that account names are made from; nil for none.
    func value(of attribute: AccountNameAttribute) -> String? {
        let value =
            switch attribute {
            case .userName: userName
            case .email: email
            case .nickName: nickName
            case .employeeNumber: employeeNumber
            }
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }
}
