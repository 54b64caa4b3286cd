// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
internal import SSOSyncDigest

/// What an account carries in the database to say whose it is and what was last decided about it.
///
/// There is no other store of state. Every login of the server can read markers, so no name stands in one: the account's
/// name is recorded as a hash, by which a marker that was copied to another account is recognised.
public struct Marker: Hashable, Sendable {
    /// Whether the person may use the account.
    public enum State: String, Hashable, Sendable, Codable {
        /// The account is in use.
        case active
        /// The account is locked and waits for the end of its quarantine.
        case locked
    }

    /// The deployment that made the account.
    public var owner: DeploymentOwner
    /// The directory that the person is in.
    public var directory: DirectoryId
    /// Whose account it is.
    public var user: UserId
    /// Whether the person may use the account.
    public var state: State
    /// When the reading of the directory began that last decided about the account.
    public var asOf: Timestamp
    /// When the account was created or restored: the memory of the brake on joins.
    public var joined: Timestamp?
    /// When the account was last locked or lost a role: the memory of the brake on removals.
    public var reduced: Timestamp?
    /// Whether that removal was released by hand and does not count for the brake.
    public var isReleased: Bool
    /// Whether sessions may be in a role that the account has lost: they are to end.
    ///
    /// An account that is locked is looked at anyway.
    public var isToBeDisconnected = false
    /// The hash of the name that we gave to the account; see ``nameHash(_:user:)``.
    public var nameHash: String

    /// The version of the marker's layout that this code writes, and the newest that it understands.
    public static let version = 1

    /// A marker.
    ///
    /// - Parameters:
    ///   - owner: The deployment.
    ///   - directory: The directory.
    ///   - user: Whose account it is.
    ///   - name: The account's name, recorded as a hash.
    ///   - state: Whether the person may use the account.
    ///   - asOf: When the reading of the directory began that decided this.
    ///   - joined: When the account was created or restored.
    ///   - reduced: When the account last lost something.
    ///   - isReleased: Whether that loss was released by hand.
    public init(
        owner: DeploymentOwner,
        directory: DirectoryId,
        user: UserId,
        name: AccountName,
        state: State = .active,
        asOf: Timestamp,
        joined: Timestamp? = nil,
        reduced: Timestamp? = nil,
        isReleased: Bool = false
    ) {
        self.owner = owner
        self.directory = directory
        self.user = user
        self.state = state
        self.asOf = asOf
        self.joined = joined
        self.reduced = reduced
        self.isReleased = isReleased
        nameHash = Self.nameHash(name, user: user)
    }

    /// A marker whose name is known by its hash only.
    package init(
        owner: DeploymentOwner,
        directory: DirectoryId,
        user: UserId,
        nameHash: String,
        state: State,
        asOf: Timestamp
    ) {
        (self.owner, self.directory, self.user, self.nameHash) = (owner, directory, user, nameHash)
        (self.state, self.asOf) = (state, asOf)
        isReleased = false
    }

    /// The first 16 hexadecimal digits of the SHA-256 of the person's id and the account's name.
    public static func nameHash(_ name: AccountName, user: UserId) -> String {
        SHA256.digest("\(user.rawValue)\u{0}\(name.rawValue)".utf8).prefix(8).hexadecimal
    }

    /// Whether this marker was written for an account of that name.
    public func records(_ name: AccountName) -> Bool { nameHash == Self.nameHash(name, user: user) }
}

extension Marker {
    /// The text to be stored with the account: JSON.
    ///
    /// What is the same for all accounts of a deployment stands first and what changes least next, so that a server can
    /// tell by the beginning which markers the brake has no interest in; see ``SettledMarkers``.
    public var text: String {
        if let text = plainText { return text }
        // Encoding strings, numbers and booleans cannot fail.
        guard let data = try? encoder.encode(Envelope(content: Stored(self))) else {
            preconditionFailure("a marker could not be encoded")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Put together by hand: a first run writes one for everybody.
    ///
    /// Nil if anything would be escaped, or if it says what is seldom said.
    private var plainText: String? {
        guard !isToBeDisconnected else { return nil }
        guard Self.isPlain(user.rawValue), Self.isPlain(nameHash) else { return nil }
        guard var text = Self.plainBeginning(owner: owner, directory: directory, state: state) else { return nil }
        if let reduced { text.append("\"reduced\":\"", reduced.description, "\",") }
        if isReleased { text += "\"released\":true," }
        if let joined { text.append("\"joined\":\"", joined.description, "\",") }
        text.append("\"asOf\":\"", asOf.description, "\",\"name\":\"", nameHash)
        text.append("\",\"user\":\"", user.rawValue, "\"}}")
        return text
    }

    /// What the markers of a deployment's accounts in a state begin with; nil if anything would be escaped.
    static func plainBeginning(owner: DeploymentOwner, directory: DirectoryId, state: State) -> String? {
        guard isPlain(owner.rawValue), isPlain(directory.rawValue) else { return nil }
        var text = ""
        text.reserveCapacity(usualLength)
        text.append("{\"sso-sync\":{\"v\":", String(version), ",\"owner\":\"", owner.rawValue)
        text.append("\",\"directory\":\"", directory.rawValue, "\",\"state\":\"", state.rawValue, "\",")
        return text
    }

    private static let usualLength = 320

    private static func isPlain(_ text: String) -> Bool {
        let bytes = text.utf8Span.span
        for index in bytes.indices {
            guard (0x20..<0x7F).contains(bytes[index]), bytes[index] != UInt8(ascii: "\""),
                bytes[index] != UInt8(ascii: "\\")
            else { return false }
        }
        return true
    }
}

extension String {
    /// Several times quicker than to interpolate.
    fileprivate mutating func append(_ parts: String...) {
        for part in parts { append(part) }
    }
}

/// What stands where a marker would stand.
public enum MarkerReading: Hashable, Sendable {
    /// Nothing, or a text that is no marker.
    case none
    /// A marker that this code understands, of whatever deployment.
    case marker(Marker)
    /// A marker in a layout that a later version of this code wrote.
    case newer(version: Int)
    /// Text that calls itself a marker and cannot be read.
    case damaged

    /// Reads the text that is stored with an account.
    public init(_ text: String?) {
        if let text, let marker = Self.plain(text) {
            self = .marker(marker)
            return
        }
        guard let text, text.contains("\"sso-sync\"") else {
            self = .none
            return
        }
        let data = Data(text.utf8)
        guard let version = try? decoder.decode(Envelope<Version>.self, from: data).content.v, version > 0 else {
            self = .damaged
            return
        }
        guard version <= Marker.version else {
            self = .newer(version: version)
            return
        }
        guard let stored = try? decoder.decode(Envelope<Stored>.self, from: data).content else {
            self = .damaged
            return
        }
        self = .marker(stored.marker)
    }

    /// Reads a marker that a server has put into its own order, without the object around it; nil for none.
    package init(normalized text: String?) {
        guard let text else {
            self = .none
            return
        }
        let bytes = text.utf8Span.span
        if let marker = MarkerGlance(normalized: bytes)?.marker(bytes) {
            self = .marker(marker)
        } else {
            self = MarkerReading("{\"sso-sync\":\(text)}")
        }
    }

    private static func plain(_ text: String) -> Marker? {
        let bytes = text.utf8Span.span
        return MarkerGlance(bytes)?.marker(bytes)
    }
}

private let decoder = JSONDecoder()

private let encoder = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
}()

private struct Envelope<Content> {
    let content: Content
    enum CodingKeys: String, CodingKey { case content = "sso-sync" }
}

extension Envelope: Encodable where Content: Encodable {}
extension Envelope: Decodable where Content: Decodable {}

private struct Version: Decodable {
    let v: Int
}

private struct Stored: Codable {
    let v: Int
    let owner: DeploymentOwner
    let directory: DirectoryId
    let user: UserId
    let name: String
    let state: Marker.State
    let asOf: Timestamp
    let joined: Timestamp?
    let reduced: Timestamp?
    let released: Bool?
    let disconnect: Bool?

    init(_ marker: Marker) {
        v = Marker.version
        owner = marker.owner
        directory = marker.directory
        user = marker.user
        name = marker.nameHash
        state = marker.state
        asOf = marker.asOf
        joined = marker.joined
        reduced = marker.reduced
        released = marker.isReleased ? true : nil
        disconnect = marker.isToBeDisconnected ? true : nil
    }

    var marker: Marker {
        var marker = Marker(
            owner: owner,
            directory: directory,
            user: user,
            nameHash: name,
            state: state,
            asOf: asOf
        )
        (marker.joined, marker.reduced, marker.isReleased) = (joined, reduced, released ?? false)
        marker.isToBeDisconnected = disconnect ?? false
        return marker
    }
}
