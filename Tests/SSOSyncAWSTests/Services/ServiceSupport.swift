// SPDX-License-Identifier: Apache-2.0

import SSOSyncAWS
import Testing

/// What a call to a service failed with.
func serviceFailure<Result>(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Result
) async throws -> String {
    let error = await #expect(throws: AWSError.self, sourceLocation: sourceLocation) { _ = try await body() }
    return try #require(error?.message, sourceLocation: sourceLocation)
}
