// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncCore

/// Finds the identity store of IAM Identity Center.
struct InstanceFinder {
    /// Where a store is.
    struct Place {
        let storeId: String
        let region: String
    }

    let regions: [String]
    let client: (_ region: String) throws -> AWSClient

    /// The only instance there is, in the first Region that has any.
    ///
    /// - Throws: ``SyncError`` if there is none, or if there are several to choose from.
    func place() async throws -> Place {
        for region in regions {
            let instances = try await SSOAdminClient(client(region)).instances()
            guard let instance = instances.first else { continue }
            guard instances.count == 1 else { throw Self.ambiguous(instances, region) }
            return Place(storeId: instance.identityStoreId, region: region)
        }
        let tried = regions.joined(separator: ", ")
        throw SyncError(
            .source,
            "there is no instance of IAM Identity Center that these credentials see in \(tried): give the Region that it is "
                + "in as directory.identityCenter.region, and credentials of its account or of its delegated administrator"
        )
    }

    private static func ambiguous(_ instances: [SSOAdminClient.Instance], _ region: String) -> SyncError {
        let list = instances.map { instance in
            let owner = instance.account.map { ", account \($0)" } ?? ""
            let name = instance.name.map { $0.isEmpty ? "" : " \($0)" } ?? ""
            return "\(instance.identityStoreId) (\(instance.arn)\(name)\(owner))"
        }
        return SyncError(
            .source,
            "there are \(list.count) instances of IAM Identity Center in \(region): give one of these as "
                + "directory.identityCenter.identityStoreId: \(list.sorted().joined(separator: ", "))"
        )
    }
}
