// SPDX-License-Identifier: Apache-2.0

/// The attribute of a person that becomes the account's name.
public enum AccountNameAttribute: String, Hashable, Sendable, Encodable, CaseIterable {
    /// The name that the person signs in with.
    case userName
    /// The primary e-mail address.
    case email
    /// The nickname.
    case nickName
    /// The number that the employer gave.
    case employeeNumber
}
