// SPDX-License-Identifier: Apache-2.0

extension SyncError.Code {
    /// What went wrong, in words that name nobody.
    var phrase: String {
        switch self {
        case .source, .groupMissing: "the directory could not be read whole"
        case .lookUp: "the server could not be looked up"
        case .busy: "another writer holds the target's lock"
        case .frozen: "everything is frozen, so nothing is done, not even for those who left"
        case .unreachable: "the server could not be reached"
        case .tls: "the server could not be verified"
        case .authentication: "the server refused the provisioner's login"
        case .readOnly: "the server takes no writes"
        case .unsupported: "the server is of a kind that cannot be provisioned"
        case .privilege: "the provisioner lacks a right"
        case .connectionLost: "the connection was lost"
        case .timeout: "the time was up"
        case .cancelled: "the run was cancelled"
        case .server: "the server refused a statement"
        case .notOut: "somebody who left is not out yet"
        case .notDisconnected: "somebody who lost a role may be in it yet"
        case .planMoved: "the approved plan is out of date"
        default: description
        }
    }
}

extension Conflict.Kind {
    /// What is the matter, in words that name nobody.
    var phrase: String {
        switch self {
        case .nameMissing: "the directory has no account name for the person"
        case .nameInvalid: "the engine or an IAM session tag cannot hold the person's account name"
        case .nameReserved: "the person's account name is reserved or protected"
        case .nameCollision: "two people would have the same account"
        case .nameTaken: "an account that is not the person's has the name"
        case .nameShadowed: "the server may take another account for the person's at login"
        case .renameBlocked: "things in the database go by the name of an account that is to be renamed"
        case .unexpectedShape: "an account carries our marker and is not as we make accounts"
        case .leaverNotLocked: "somebody who left is still in, or can log in, by an account that is not ours to lock"
        case .clocksDisagree: "access cannot be taken yet, because a clock is wrong"
        case .duplicateMarker: "two accounts carry the marker of one person"
        case .lockedByOthers: "somebody else locked an account that is in use"
        case .roleMissing: "a mapped role does not exist on the target"
        case .rolePrivileged: "a mapped role is privileged"
        case .roleUngrantable: "the provisioner cannot grant a mapped role"
        case .groupMissing: "a mapped group is not in the directory, or is another group of the same name"
        case .notAdoptable: "an account that somebody wants to adopt cannot be"
        case .notReleasable: "an account that somebody wants to let go is not ours to let go"
        }
    }
}

extension Finding.Kind {
    /// What is the matter, in words that name nobody, of what is urgent.
    var phrase: String {
        switch self {
        case .stillRuns: "code of somebody who left goes on running with that person's rights"
        case .lostRoleKept: "somebody keeps a role that no group gives them, and that only somebody else can revoke"
        case .otherDirectory: "accounts were made for another directory, and nobody locks them when their people leave"
        default: rawValue
        }
    }
}
