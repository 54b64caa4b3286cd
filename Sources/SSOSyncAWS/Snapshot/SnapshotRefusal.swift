// SPDX-License-Identifier: Apache-2.0

/// Why a snapshot is not taken for the directory.
public struct SnapshotRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// A kind of refusal; more may be added in any release.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable name, good for logs and metrics.
        public let description: String

        /// It is not what `sso-sync snapshot` writes, to the byte.
        public static let malformed = Code(description: "malformed")
        /// It has a layout that this code does not know.
        public static let otherVersion = Code(description: "otherVersion")
        /// It was signed with another key than the one that is pinned.
        public static let otherKey = Code(description: "otherKey")
        /// The signature is not of what it says.
        public static let altered = Code(description: "altered")
        /// It is of another directory.
        public static let otherDirectory = Code(description: "otherDirectory")
        /// Its account names were made from another attribute.
        public static let otherAccountName = Code(description: "otherAccountName")
        /// It was read too long ago.
        public static let tooOld = Code(description: "tooOld")
        /// It is of the future.
        public static let early = Code(description: "early")
        /// A later one was seen before.
        public static let superseded = Code(description: "superseded")
    }

    /// The kind of refusal, to switch on.
    public let code: Code
    /// What is wrong, and how to mend it: a part of a sentence that follows the snapshot's place.
    public let description: String

    /// Whether the signature was right: somebody who may sign has written it, and it is no good here and now.
    public var isOfGenuine: Bool {
        [.otherDirectory, .otherAccountName, .tooOld, .early, .superseded].contains(code)
    }

    /// Whether nobody who may sign has written it, as far as can be told: what a later version has written may be genuine.
    public var isOfStranger: Bool { !isOfGenuine && code != .otherVersion }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
