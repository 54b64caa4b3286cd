// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Readings of many people, in parts.
extension DirectoryFunction {
    /// A request for many people, as one for each part of them: what there was time for is not read again.
    func parts(of request: ScopeRequest) -> [ScopeRequest] {
        guard case .people(let people) = request else { return [request] }
        return parts(of: people).map { .people($0) }
    }

    func parts(of people: Set<UserId>) -> [Set<UserId>] {
        let source = work.source as? IdentityCenterSource
        let size = source?.peopleAtOnce(of: people.count, in: work.groups) ?? people.count
        guard size < people.count else { return [people] }
        let sorted = people.sorted()
        return stride(from: 0, to: sorted.count, by: size).map { Set(sorted[$0..<min($0 + size, sorted.count)]) }
    }
}
