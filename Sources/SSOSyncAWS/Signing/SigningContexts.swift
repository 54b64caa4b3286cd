// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncCore
internal import SSOSyncDigest
internal import Synchronization

/// The contexts in use: a signing key is good for a day and takes four digests to derive, and a second's requests share
/// their time stamp.
final class SigningContexts: Sendable {
    /// What has contexts of its own.
    struct Owner: Hashable, Sendable {
        let secretAccessKey: String
        let region: String
        let service: String
    }

    /// For the whole process.
    static let shared = SigningContexts()

    private let latest = Mutex<[Owner: (second: Int64, context: SigningContext)]>([:])

    /// More than the services, Regions and roles of one run; credentials of old sessions go when there are as many.
    private static let limit = 64

    /// The context for a moment.
    func context(_ owner: Owner, _ date: Date) -> SigningContext {
        let time = Timestamp(date)
        let second = time.secondsSince1970
        let known = latest.withLock { $0[owner] }
        if let known, known.second == second { return known.context }

        let context = Self.context(owner, timestamp: time.basicDescription ?? Self.style.format(date), known?.context)
        latest.withLock { latest in
            if latest.count >= Self.limit, latest[owner] == nil { latest.removeAll() }
            latest[owner] = (second, context)
        }
        return context
    }

    /// - Parameter known: The last one, whose key is taken if the day is the same.
    private static func context(_ owner: Owner, timestamp: String, _ known: SigningContext?) -> SigningContext {
        let day = timestamp.utf8.prefix(8)
        if let known, known.day.elementsEqual(day) {
            return SigningContext(timestamp: timestamp, scope: known.scope, key: known.key)
        }
        let parts = [String(Substring(day)), owner.region, owner.service, "aws4_request"]
        let key = parts.reduce(Array("AWS4\(owner.secretAccessKey)".utf8)) { key, part in
            SHA256.hmac(key: key, message: part.utf8)
        }
        return SigningContext(timestamp: timestamp, scope: parts.joined(separator: "/"), key: HMACKey(key))
    }

    /// For years of more than four digits.
    private static let style = Date.ISO8601FormatStyle(
        dateSeparator: .omitted,
        dateTimeSeparator: .standard,
        timeSeparator: .omitted,
        timeZone: .gmt
    )
}

extension SigningContexts.Owner: CustomStringConvertible, CustomReflectable {
    /// Never a value.
    var description: String { "SigningContexts.Owner(<redacted>)" }

    /// Shows nothing.
    var customMirror: Mirror { Mirror(self, children: []) }
}
