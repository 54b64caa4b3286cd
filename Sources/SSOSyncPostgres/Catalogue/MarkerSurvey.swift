// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore
internal import SSOSyncSQL

/// Goes through the comments of roles for a few people: finds theirs, and counts the others for the brake without making
/// anything of them.
///
/// For very few people the server counts most of the others.
struct MarkerSurvey {
    /// The markers of the people in the scope.
    private(set) var markers: [Int: MarkerReading] = [:]
    private(set) var tally: MarkerTally

    private let request: InspectionRequest
    private let people: Set<UserId>
    private let owner: [UInt8]
    private let directory: [UInt8]
    /// Ids as bytes, where there are so few that comparing is quicker than hashing.
    private let few: [[UInt8]]?
    /// What the server has counted.
    private let settled: SettledMarkers?

    private static let maximumFew = 8

    // MARK: Statements

    /// The markers that the server may count and keep to itself; nil if it has to send them all.
    private static func settled(_ request: InspectionRequest, _ people: Set<UserId>) -> SettledMarkers? {
        guard people.count <= maximumFew else { return nil }
        return SettledMarkers(owner: request.owner, directory: request.directory, windowStart: request.windowStart)
    }

    private static let all: SQLText = "FROM pg_shdescription WHERE classoid = 'pg_authid'::regclass"

    /// How many comments there are, as nobody's.
    static let count: SQLText = "SELECT 0, count(*) \(all)"

    /// What ``init(_:count:request:people:)`` reads: comments with the ids of their roles.
    static func comments(_ request: InspectionRequest, people: Set<UserId>) -> SQLText {
        guard let settled = settled(request, people) else { return "SELECT objoid, description \(all)" }
        // An id that would be escaped in JSON stands in no marker that is settled.
        let found = people.sorted().map { user -> SQLText in "strpos(description, \(literal: user.rawValue)) > 0" }
        let isSettled: SQLText = """
            description COLLATE "C" >= \(literal: settled.lower) AND description COLLATE "C" < \(literal: settled.upper)
            """
        let isWanted = (["NOT (\(isSettled))"] + found).joined(separator: " OR ")
        return "SELECT objoid, description \(all) AND (\(isWanted))"
    }

    // MARK: Results

    /// - Parameters:
    ///   - rows: Ids and comments.
    ///   - count: How many comments there are. Those that are not among the rows are settled markers.
    ///   - people: The people in the scope.
    init(
        _ rows: some CatalogueRows,
        count: Int,
        request: InspectionRequest,
        people: Set<UserId>
    ) {
        (self.request, self.people) = (request, people)
        owner = Array(request.owner.rawValue.utf8)
        directory = Array(request.directory.rawValue.utf8)
        few = people.count > Self.maximumFew ? nil : people.map { Array($0.rawValue.utf8) }
        settled = Self.settled(request, people)
        tally = MarkerTally(windowStart: request.windowStart)
        var others = 0
        for row in 0..<rows.rowCount {
            guard let role = rows.int(row, 0) else { continue }
            let isCounted = rows.withBytes(row, 1) { settled?.contains($0) ?? false } ?? false
            let isRead = rows.withBytes(row, 1) { glance(at: $0, role, isCounted: isCounted) } ?? false
            if !isRead { read(rows.string(row, 1), role, isCounted: isCounted) }
            if !isCounted { others += 1 }
        }
        tally.addSettled(max(0, count - others))
    }

    /// - Returns: Whether the comment is a marker as we write them.
    private mutating func glance(at bytes: Span<UInt8>, _ role: Int, isCounted: Bool) -> Bool {
        guard let glance = MarkerGlance(bytes) else { return false }
        let isOurs = bytes.has(owner, at: glance.owner)
        if isOurs, !isCounted, bytes.has(directory, at: glance.directory) { tally.add(glance) }
        if isOurs, isInScope(glance.user, bytes) { markers[role] = .marker(glance.marker(bytes)) }
        return true
    }

    private func isInScope(_ user: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard let few else { return people.contains(UserId(bytes.text(user))) }
        return few.contains { bytes.has($0, at: user) }
    }

    private mutating func read(_ text: String?, _ role: Int, isCounted: Bool) {
        let reading = MarkerReading(text)
        guard case .marker(let marker) = reading, marker.owner == request.owner else { return }
        if !isCounted, marker.directory == request.directory { tally.add(marker) }
        if people.contains(marker.user) { markers[role] = reading }
    }
}
