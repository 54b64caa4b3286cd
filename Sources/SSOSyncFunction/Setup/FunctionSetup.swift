// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import SSOSyncAWS
internal import SSOSyncConfiguration
internal import SSOSyncCore
package import SSOSyncLambdaRuntime

/// Makes a function ready: reads its environment and its configuration, and puts the parts together that all invocations
/// share.
package enum FunctionSetup {
    /// What handles the function's invocations.
    ///
    /// - Parameters:
    ///   - environment: The process's environment variables.
    ///   - logger: Where everything logs.
    /// - Throws: What keeps the function from starting, in one line.
    package static func handler(
        environment: [String: String],
        logger: Logger
    ) async throws -> LambdaInvocation.Handler {
        let settings = try FunctionSettings(environment: environment)
        let aws = AWSAccess(service: environment)
        let documents = DocumentReader()
        let loader = ConfigurationLoader(settings: settings, aws: aws, documents: documents)
        let configuration = try await loader.configuration()
        let assembly: Assembly
        do throws(ConfigurationError) {
            assembly = try Assembly(
                configuration,
                aws: aws,
                environment: environment,
                documents: documents,
                logger: logger
            )
        } catch {
            throw loader.explained(error)
        }
        switch settings.role {
        case .single:
            let function = SingleFunction(
                configuration,
                assembly,
                queue: try queue(settings, aws),
                logger: logger
            )
            return { try await function.handle($0) }
        case .control:
            let function = ControlFunction(configuration, assembly, logger: logger)
            return { try await function.handle($0) }
        }
    }

    private static func queue(
        _ settings: FunctionSettings,
        _ aws: AWSAccess
    ) throws(FunctionFailure) -> SQSClient? {
        guard let url = settings.queueURL else { return nil }
        // A function and the queues that it gets messages from are in one Region.
        guard let region = aws.regions.first else { throw .configuration("AWS_REGION is not set") }
        let client = AWSClient.Configuration(
            retryPolicy: aws.retryPolicy ?? RetryPolicy(),
            attemptTimeout: .seconds(2)
        )
        do throws(AWSError) {
            return SQSClient(queueURL: url, client: try aws.client(.sqs, region: region, settings: client))
        } catch {
            throw .configuration("the queue of events cannot be used: \(error.message)")
        }
    }
}
