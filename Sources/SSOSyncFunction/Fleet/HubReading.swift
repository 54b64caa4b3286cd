// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncConfiguration
internal import SSOSyncCore

/// What a hub has read of the directory, without the groups that could not be found.
struct HubReading: Sendable {
    let directory: Directory
    /// Groups that are not there, or are others than those that are pinned, and why.
    let missing: [GroupName: SyncError]

    /// The first spoke's group that is missing; nil if all are there.
    func obstacle(for spoke: HubConfiguration.Spoke) -> SyncError? {
        spoke.groups.lazy.compactMap { missing[$0.name] }.first
    }

    /// Reads.
    ///
    /// A group that somebody has deleted must not keep leavers of all other groups in, on thousands of servers. So if a
    /// reading fails, each group is looked for by itself, and those that are there are read.
    ///
    /// - Throws: ``SyncError`` if nothing could be read.
    static func read(
        _ groups: [DirectoryRequest.Group],
        _ scope: Scope,
        from source: any IdentitySource
    ) async throws(SyncError) -> HubReading {
        let wanted = DirectoryRequest(groups: groups, scope: scope).groups
        let first: SyncError
        do throws(SyncError) {
            return HubReading(directory: try await directory(wanted, scope, source), missing: [:])
        } catch {
            first = error
        }
        guard first.code == .source, wanted.count > 1 else { throw first }
        var missing: [GroupName: SyncError] = [:]
        for group in wanted {
            do throws(SyncError) {
                // Nobody is read; only the name becomes an id.
                _ = try await directory([group], .people([]), source)
            } catch {
                guard error.code == .source else { throw error }
                missing[group.name] = error
            }
        }
        let left = wanted.filter { missing[$0.name] == nil }
        // It was something else, or the directory itself.
        guard !missing.isEmpty, !left.isEmpty else { throw first }
        return HubReading(directory: try await directory(left, scope, source), missing: missing)
    }

    private static func directory(
        _ groups: [DirectoryRequest.Group],
        _ scope: Scope,
        _ source: any IdentitySource
    ) async throws(SyncError) -> Directory {
        do {
            return try await source.directory(DirectoryRequest(groups: groups, scope: scope))
        } catch let error as SyncError {
            throw error
        } catch is CancellationError {
            throw SyncError(.cancelled, "the run was cancelled")
        } catch {
            throw SyncError(.source, "the directory could not be read: \(error)")
        }
    }
}
