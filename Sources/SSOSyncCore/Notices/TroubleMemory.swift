// SPDX-License-Identifier: Apache-2.0

/// What somebody has been told is the matter, place by place, so that it is not told again until it changes or is over.
public struct TroubleMemory: Hashable, Sendable, Codable {
    /// Fingerprints of troubles, ascending, by place: a target's name, or nothing for the directory.
    private var known: [String: [String]] = [:]

    /// Knows of no trouble.
    public init() {}

    /// Whether nothing is known to be the matter.
    public var isEmpty: Bool { known.isEmpty }

    /// What a run changes about a place.
    enum News: Hashable {
        /// Nothing that was not known before.
        case nothing
        /// There is trouble that was not known.
        case trouble
        /// All that was known is over.
        case over
    }

    /// Takes in what is the matter at a place now.
    ///
    /// - Parameters:
    ///   - troubles: What is the matter.
    ///   - place: Where.
    ///   - isWhole: Whether nothing else can be the matter there; if not, what was known before stays known.
    mutating func take(_ troubles: [Trouble], at place: String, isWhole: Bool) -> News {
        let before = Set(known[place] ?? [])
        let now = Set(troubles.map(\.fingerprint))
        let kept = isWhole ? now : now.union(before)
        known[place] = kept.isEmpty ? nil : kept.sorted()
        if !now.isSubset(of: before) { return .trouble }
        return !before.isEmpty && kept.isEmpty ? .over : .nothing
    }
}
