// SPDX-License-Identifier: Apache-2.0

import SSOSyncTestSupport
import Testing

/// Sees that processes call nothing that no role of their templates may, whatever befalls them in a story.
///
/// What each role needs exactly, and about what, ``FunctionRightsTests`` tell.
struct AllowedActions {
    private let actions: Task<Set<String>, any Error>

    /// What the roles of *single* may.
    static let single = AllowedActions([("single", "Role"), ("single", "ControlRole"), ("single", "NotifyRole")])
    /// What hubs and spokes may: their calls are not told apart, since they may be at work at the same time.
    static let fleet = AllowedActions([("hub", "Role"), ("spoke", "Role"), ("spoke", "ControlRole")])

    /// What stories call themselves meanwhile, in the place of Lambda's event sources and of who changes groups.
    private static let byStories: Set<String> = [
        "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "identitystore:CreateGroupMembership",
        "identitystore:DeleteGroupMembership", "identitystore:GetGroupMembershipId",
    ]

    private init(_ roles: [(template: String, name: String)]) {
        actions = Task {
            var actions = Self.byStories
            for role in roles {
                let rights = try await FunctionRights.given(
                    by: "Deploy/cloudformation/\(role.template).yaml",
                    role.name
                )
                let given = rights.compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) }
                // A call that names a version is the same operation.
                actions.formUnion(given.map { $0 == "s3:GetObjectVersion" ? "s3:GetObject" : $0 })
            }
            return actions
        }
    }

    /// Requires that the stand-in for AWS sees nothing else meanwhile.
    func required<Value>(
        of aws: AWSStandIn.World,
        during body: () async throws -> Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Value {
        let before = try await aws.calls().count
        let value = try await body()
        let called = Set(try await aws.calls().dropFirst(before).compactMap(FunctionRights.action))
        let others = called.subtracting(try await actions.value)
        #expect(others.sorted() == [], "called, and no role may", sourceLocation: sourceLocation)
        return value
    }
}
