// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncDigest
internal import Synchronization

/// The signing keys in use: one is good for a day, and takes four digests to derive.
final class SigningKeys: Sendable {
    /// What a key is good for.
    struct Scope: Hashable, Sendable {
        let secretAccessKey: String
        let day: String
        let region: String
        let service: String
    }

    /// For the whole process.
    static let shared = SigningKeys()

    private let keys = Mutex<[Scope: HMACKey]>([:])

    /// More than the services, Regions and roles of one run; credentials of old sessions go when there are as many.
    private static let limit = 64

    /// The key for a scope, derived once.
    func key(_ scope: Scope) -> HMACKey {
        if let known = keys.withLock({ $0[scope] }) { return known }
        let key = HMACKey(Self.derive(scope))
        keys.withLock { keys in
            if keys.count >= Self.limit { keys.removeAll() }
            keys[scope] = key
        }
        return key
    }

    private static func derive(_ scope: Scope) -> [UInt8] {
        let initialKey = Array("AWS4\(scope.secretAccessKey)".utf8)
        return [scope.day, scope.region, scope.service, "aws4_request"].reduce(initialKey) { key, part in
            SHA256.hmac(key: key, message: part.utf8)
        }
    }
}

extension SigningKeys.Scope: CustomStringConvertible, CustomReflectable {
    /// Never a value.
    var description: String { "SigningKeys.Scope(<redacted>)" }

    /// Shows nothing.
    var customMirror: Mirror { Mirror(self, children: []) }
}
