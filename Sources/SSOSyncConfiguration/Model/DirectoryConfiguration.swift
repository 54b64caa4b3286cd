// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Where people and groups come from.
@nonexhaustive
public enum DirectoryConfiguration: Hashable, Sendable, Encodable {
    /// A file of people, groups and memberships.
    case file(path: String, id: DirectoryId?)
}

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

/// Who is told how a run went.
@nonexhaustive
public enum NotifierConfiguration: Hashable, Sendable, Encodable {
    /// The program's log.
    case log
}
