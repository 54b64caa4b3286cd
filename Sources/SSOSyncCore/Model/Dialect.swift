// SPDX-License-Identifier: Apache-2.0

/// What the planner has to know of a database engine.
public struct Dialect: Hashable, Sendable, Codable {
    /// How the length of a name is limited.
    public enum NameLimit: Hashable, Sendable, Codable {
        /// So many bytes of UTF-8, as in PostgreSQL
        /// (63: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
        case bytes(Int)
        /// So many characters, as in MySQL (32: <https://dev.mysql.com/doc/refman/8.4/en/user-names.html>).
        case characters(Int)
    }

    /// What an engine does to some names, so that two of them become one.
    public enum NameLoss: String, Hashable, Sendable, Codable {
        /// Characters beyond U+FFFF become question marks, as in MySQL
        /// (<https://dev.mysql.com/doc/refman/8.4/en/charset-metadata.html>).
        case supplementaryCharacters
        /// Spaces at the beginning and at the end are cut off, as in MySQL (measured).
        case outerSpaces
    }

    /// The engine's name for people: `PostgreSQL`.
    public let engine: String
    /// How long a name may be.
    public let nameLimit: NameLimit
    /// What the engine does not keep of a name.
    public let nameLosses: Set<NameLoss>
    /// Whether an account with something that depends on it cannot be renamed, since that would go by the old name.
    public let dependentsPreventRenames: Bool
    /// Names and globs (`rds_*`) that belong to the engine, to RDS or to the provisioner, and are never touched.
    public let reservedNames: [Glob]

    /// What the planner has to know of an engine.
    public init(
        engine: String,
        nameLimit: NameLimit,
        nameLosses: Set<NameLoss> = [],
        dependentsPreventRenames: Bool = false,
        reservedNames: [Glob]
    ) {
        self.engine = engine
        self.nameLimit = nameLimit
        self.nameLosses = nameLosses
        self.dependentsPreventRenames = dependentsPreventRenames
        self.reservedNames = reservedNames
    }

    /// Whether the name fits.
    public func fits(_ name: AccountName) -> Bool {
        switch nameLimit {
        case .bytes(let limit): name.rawValue.utf8.count <= limit
        case .characters(let limit): name.rawValue.unicodeScalars.count <= limit
        }
    }

    /// Whether the name belongs to the engine, to RDS or to the provisioner.
    public func isReserved(_ name: String) -> Bool {
        reservedNames.contains { $0.matches(name) }
    }
}

/// A pattern for names in which `*` stands for any run of characters, and nothing else is special.
public struct Glob: Hashable, Sendable, Codable {
    /// The pattern.
    public let pattern: String

    /// Wraps a pattern.
    public init(_ pattern: String) { self.pattern = pattern }

    /// Reads a bare string.
    public init(from decoder: any Decoder) throws {
        pattern = try decoder.singleValueContainer().decode(String.self)
    }

    /// Writes a bare string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(pattern)
    }

    /// Whether the whole name matches, byte for byte.
    ///
    /// A star takes as little as it can, and more when what follows it does not fit: the last star alone needs to be tried
    /// again, since what stands before it has found its first place.
    public func matches(_ name: String) -> Bool {
        let (pattern, name) = (pattern.utf8Span.span, name.utf8Span.span)
        var (place, next) = (0, 0)
        var lastStar: (place: Int, next: Int)?
        while next < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                lastStar = (place, next)
                place += 1
            } else if place < pattern.count, pattern[place] == name[next] {
                (place, next) = (place + 1, next + 1)
            } else if let star = lastStar {
                lastStar = (star.place, star.next + 1)
                (place, next) = (star.place + 1, star.next + 1)
            } else {
                return false
            }
        }
        while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
        return place == pattern.count
    }
}
