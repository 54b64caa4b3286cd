// SPDX-License-Identifier: Apache-2.0

/// What somebody has been told is the matter, place by place, so that it is not told again until it changes or is over.
public struct TroubleMemory: Hashable, Sendable, Codable {
    /// Fingerprints of troubles, ascending, by place: a target's name, or for the directory ``separator`` and the name of each
    /// target that a run left out.
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

    /// No target's name has it.
    private static let separator = "\u{0}"

    /// Takes in what is the matter with the directory now.
    ///
    /// What runs have told that left out other targets, and so other groups, is kept apart: a run knows nothing of the groups
    /// that it has not asked for. A run of all targets sees whatever any run saw.
    ///
    /// - Parameters:
    ///   - troubles: What is the matter.
    ///   - leftOut: The targets that the run left out.
    ///   - isWhole: Whether nothing else can be the matter with what it asked for.
    mutating func takeDirectory(_ troubles: [Trouble], leftOut: Set<TargetName>, isWhole: Bool) -> News {
        if isWhole, leftOut.isEmpty {
            for place in known.keys where place.hasPrefix(Self.separator) {
                known["", default: []] += known.removeValue(forKey: place) ?? []
            }
        }
        let place = leftOut.sorted().map { Self.separator + $0.rawValue }.joined()
        let news = take(troubles, at: place, isWhole: isWhole)
        let isLeft = known.keys.contains { $0.isEmpty || $0.hasPrefix(Self.separator) }
        return news == .over && isLeft ? .nothing : news
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
