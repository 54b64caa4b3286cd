// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Goes through the comments of all roles for a few people: finds theirs, and counts the others for the brake without
/// making anything of them.
struct MarkerSurvey {
    /// The markers of the people in the scope, and of roles that matter for another reason.
    private(set) var markers: [Int: MarkerReading] = [:]
    /// Roles with a marker of whomever, whether it can be read or not.
    private(set) var marked: Set<Int> = []
    private(set) var tally: MarkerTally

    private let request: InspectionRequest
    private let people: Set<UserId>
    private let roles: Set<Int>
    private let owner: [UInt8]
    private let directory: [UInt8]
    /// Ids as bytes, where there are so few that comparing is quicker than hashing.
    private let few: [[UInt8]]?

    /// - Parameters:
    ///   - rows: Ids and comments.
    ///   - people: The people in the scope.
    ///   - roles: Roles whose markers are wanted, whosever they are.
    init(_ rows: PostgresResult, request: InspectionRequest, people: Set<UserId>, roles: Set<Int>) {
        (self.request, self.people, self.roles) = (request, people, roles)
        owner = Array(request.owner.rawValue.utf8)
        directory = Array(request.directory.rawValue.utf8)
        few = people.count > 8 ? nil : people.map { Array($0.rawValue.utf8) }
        tally = MarkerTally(windowStart: request.windowStart)
        marked.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            guard let role = rows.int(row, 0) else { continue }
            marked.insert(role)
            if !(rows.withBytes(row, 1) { glance(at: $0, role) } ?? false) { read(rows.string(row, 1), role) }
        }
    }

    /// - Returns: Whether the comment is a marker as we write them.
    private mutating func glance(at bytes: Span<UInt8>, _ role: Int) -> Bool {
        guard let glance = MarkerGlance(bytes) else { return false }
        let isOurs = bytes.has(owner, at: glance.owner)
        if isOurs, bytes.has(directory, at: glance.directory) { tally.add(glance) }
        if roles.contains(role) || (isOurs && isInScope(glance.user, bytes)) {
            markers[role] = .marker(glance.marker(bytes))
        }
        return true
    }

    private func isInScope(_ user: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard let few else { return people.contains(UserId(bytes.text(user))) }
        return few.contains { bytes.has($0, at: user) }
    }

    private mutating func read(_ text: String?, _ role: Int) {
        let reading = MarkerReading(text)
        if roles.contains(role) { markers[role] = reading }
        guard case .marker(let marker) = reading, marker.owner == request.owner else { return }
        if marker.directory == request.directory { tally.add(marker) }
        if people.contains(marker.user) { markers[role] = reading }
    }
}
