// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// People, groups and memberships as a file has them.
struct DirectoryDocument {
    /// A person with all names that an account's name may be made from.
    struct FilePerson {
        let id: UserId
        let names: [AccountNameAttribute: String]
        let isEnabled: Bool

        func person(_ attribute: AccountNameAttribute) -> Person {
            Person(id: id, accountName: names[attribute].map { AccountName($0) }, isEnabled: isEnabled)
        }
    }

    /// Which directory it says it is.
    let id: DirectoryId?
    let people: [FilePerson]
    let groups: [DirectoryGroup]

    /// Checks a document.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is the matter: half of a directory would remove people.
    init(_ value: ConfigurationValue, file: String) throws(ConfigurationError) {
        let log = ProblemLog(file: file)
        let decoder = DirectoryDecoder(Element(value, log: log))
        let document = decoder.decode()
        try log.throwIfAny()
        guard let document else { throw ConfigurationError(file: file, "cannot be read") }
        self = document
    }

    init(id: DirectoryId?, people: [FilePerson], groups: [DirectoryGroup]) {
        self.id = id
        self.people = people
        self.groups = groups
    }
}
