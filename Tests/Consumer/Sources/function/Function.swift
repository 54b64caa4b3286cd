// SPDX-License-Identifier: Apache-2.0

import Logging
import SSOSyncAWS
import SSOSyncLambdaRuntime

/// The program of Docs/lambda.md: a function of one's own, which logs whom changes in the directory concern.
@main
enum Function {
    static func main() async throws {
        let environment = CurlTransport.Configuration.processEnvironment
        let options = LambdaLogHandler.Options(environment: environment)
        let logger = Logger(label: "watch") { LambdaLogHandler(label: $0, options: options) }
        let runtime = try LambdaRuntime(environment: environment, transport: CurlTransport(), logger: logger)
        try await runtime.run {
            let decoder = DirectoryEventDecoder(store: "d-1234567890")
            return { invocation in
                let batch = try QueueBatch(invocation.payload)
                let scope = EventBatch(batch, decoder: decoder).scope
                for person in scope.people { logger.info("changed: \(person)") }
                return batch.response(failed: [])
            }
        }
    }
}
