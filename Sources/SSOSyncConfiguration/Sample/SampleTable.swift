// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
public import SSOSyncCore

/// The DynamoDB table in which aws-samples/sso-sync-to-amazon-rds keeps the accounts that it has made: `userID`, the person's
/// id in the directory, and `username`, the account.
public struct SampleTable: Sendable {
    private let name: String
    private let client: DynamoDBClient

    /// The table of that name.
    ///
    /// - Parameters:
    ///   - name: The table's name.
    ///   - region: Its Region; nil for the environment's.
    ///   - aws: How AWS is reached.
    /// - Throws: ``UsageError`` if no Region is known, and what AWS's endpoints throw.
    public init(named name: String, region: String?, aws: AWSAccess) throws {
        guard let region = region ?? aws.regions.first else {
            throw UsageError("Where the table is, is not known: give --table-region, or set AWS_REGION.")
        }
        self.name = name
        client = DynamoDBClient(try aws.client(.dynamoDB, region: region))
    }

    /// All accounts of the table, each claimed for its person.
    ///
    /// - Parameters:
    ///   - includesLeavers: Whether to adopt also accounts of people who are entitled to nothing any more.
    ///   - personId: The spelling of an id that the directory has, as of ``Assembly/personId(_:)``: else somebody in another
    ///     one would be taken for a person who has left.
    /// - Throws: ``SyncError`` if the table cannot be read whole, or is another one.
    public func claims(
        includesLeavers: Bool,
        personId: (String) -> String
    ) async throws(SyncError) -> Set<MarkingRequest.Claim> {
        var claims: Set<MarkingRequest.Claim> = []
        do {
            for try await page in client.scan(name, isConsistent: true) {
                for item in page.items { claims.insert(try claim(item, includesLeavers, personId)) }
            }
        } catch let error as SyncError {
            throw error
        } catch {
            throw SyncError(.source, "table \(name) could not be read: \(error)")
        }
        return claims
    }

    private func claim(
        _ item: [String: DynamoDBValue],
        _ includesLeaver: Bool,
        _ personId: (String) -> String
    ) throws(SyncError) -> MarkingRequest.Claim {
        guard let user = item["userID"]?.string, let account = item["username"]?.string, !account.isEmpty else {
            throw SyncError(
                .source,
                "table \(name) is not the sample's: an item of it has no text userID, or no text username"
            )
        }
        return MarkingRequest.Claim(
            user: UserId(personId(user)),
            account: AccountName(account),
            includesLeaver: includesLeaver
        )
    }
}
