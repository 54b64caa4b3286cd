// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials
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
    ///   - errors: Learns whose function it is, and has what everything is counted with.
    /// - Throws: What keeps the function from starting, in one line.
    package static func handler(
        environment: [String: String],
        logger: Logger,
        errors: FunctionErrors
    ) async throws -> LambdaInvocation.Handler {
        let output = errors.output
        let settings = try FunctionSettings(environment: environment)
        let environment = withAuthorities(environment, in: settings.folder)
        let aws = AWSAccess(service: environment, arn: { LambdaInvocation.current?.functionARN })
        if let topic = settings.topicARN { return try notify(topic, aws, environment, logger, output) }
        let documents = DocumentReader()
        let loader = ConfigurationLoader(settings: settings, aws: aws, documents: documents)
        let configuration = try await loader.configuration()
        errors.belong(to: configuration.owner)
        let parts = Parts(
            configuration: configuration,
            aws: aws,
            environment: environment,
            documents: documents,
            queue: try queue(settings.queueURL, aws),
            everyoneQueue: try queue(settings.everyoneQueueURL, aws),
            logger: logger,
            output: output
        )
        do throws(ConfigurationError) {
            switch settings.role {
            case .single: return try parts.single()
            case .hub: return try parts.hub()
            case .spoke: return try parts.spoke()
            case .control: return try parts.control()
            case .notify: preconditionFailure("the role notify has a topic, and is made above")
            }
        } catch {
            throw loader.explained(error)
        }
    }

    /// The variables, and among them the authorities that AWS is verified by, if a file of them was deployed with the function:
    /// templates set no variables but the function's own.
    static func withAuthorities(_ environment: [String: String], in folder: String) -> [String: String] {
        let (variable, file) = ("AWS_CA_BUNDLE", "\(folder)/aws-ca-bundle.pem")
        guard environment[variable, default: ""].isEmpty, FileManager.default.fileExists(atPath: file) else {
            return environment
        }
        return environment.merging([variable: file]) { $1 }
    }

    /// What all roles are made of.
    private struct Parts {
        let configuration: ConfigurationFile
        let aws: AWSAccess
        let environment: [String: String]
        let documents: DocumentReader
        let queue: SQSClient?
        let everyoneQueue: SQSClient?
        let logger: Logger
        let output: MetricsOutput

        func single() throws(ConfigurationError) -> LambdaInvocation.Handler {
            let assembly = try assembly(.single, keepsConnections: true)
            guard assembly.snapshot == nil else {
                throw problem(
                    "an event has single read the directory, and a snapshot says nothing new then: "
                        + "expected identityCenter, or the role spoke"
                )
            }
            return directory(SingleWork(configuration, assembly, logger: logger, output: output))
        }

        private func problem(_ message: String) -> ConfigurationError {
            ConfigurationError(problems: [
                ConfigurationError.Problem(
                    file: configuration.path,
                    line: nil,
                    path: "directory",
                    message: message
                )
            ])
        }

        func hub() throws(ConfigurationError) -> LambdaInvocation.Handler {
            let assembly = try HubAssembly(
                configuration,
                aws: aws,
                environment: environment,
                documents: documents,
                logger: logger
            )
            return directory(HubWork(assembly, logger: logger, output: output))
        }

        func spoke() throws(ConfigurationError) -> LambdaInvocation.Handler {
            let assembly = try assembly(.spoke, keepsConnections: true)
            guard let snapshot = assembly.snapshot else {
                throw problem("a spoke has its directory from a hub: expected snapshot: { s3: … }")
            }
            let function = SpokeFunction(
                configuration,
                assembly,
                snapshot: snapshot,
                queue: queue,
                logger: logger,
                output: output
            )
            return { try await function.handle($0) }
        }

        func control() throws(ConfigurationError) -> LambdaInvocation.Handler {
            let function = ControlFunction(configuration, try assembly(.control), logger: logger, output: output)
            return { try await function.handle($0) }
        }

        private func directory(_ work: any DirectoryWork) -> LambdaInvocation.Handler {
            let function = DirectoryFunction(
                configuration,
                work,
                queue: queue,
                everyoneQueue: everyoneQueue,
                logger: logger,
                output: output
            )
            return { try await function.handle($0) }
        }

        private func assembly(
            _ maker: ReportMaker,
            keepsConnections: Bool = false
        ) throws(ConfigurationError) -> Assembly {
            try Assembly(
                configuration,
                aws: aws,
                environment: environment,
                documents: documents,
                keepsConnections: keepsConnections,
                reportsMadeBy: maker,
                logger: logger
            )
        }
    }

    private static func notify(
        _ topic: String,
        _ aws: AWSAccess,
        _ environment: [String: String],
        _ logger: Logger,
        _ output: MetricsOutput
    ) throws(FunctionFailure) -> LambdaInvocation.Handler {
        let region = String(topic.split(separator: ":", omittingEmptySubsequences: false)[3])
        do throws(AWSError) {
            let function = NotifyFunction(
                owner: owner(environment),
                topicARN: topic,
                topic: SNSClient(try aws.client(.sns, region: region)),
                logger: logger,
                output: output
            )
            return { try await function.handle($0) }
        } catch {
            throw .configuration("the topic cannot be used: \(error.message)")
        }
    }

    /// Whose function it is, as far as the environment says; its name by default.
    static func owner(_ environment: [String: String]) -> DeploymentOwner {
        let names = [environment["SSOSYNC_OWNER"], environment["AWS_LAMBDA_FUNCTION_NAME"]].compactMap(\.self)
        return DeploymentOwner(names.first { !$0.isEmpty } ?? "sso-sync")
    }

    private static func queue(
        _ url: String?,
        _ aws: AWSAccess
    ) throws(FunctionFailure) -> SQSClient? {
        guard let url else { return nil }
        // A function and the queues that it gets messages from are in one Region.
        guard let region = aws.regions.first else { throw .configuration("AWS_REGION is not set") }
        let client = AWSClient.Configuration(
            retryPolicy: aws.retryPolicy ?? RetryPolicy(),
            attemptTimeout: .seconds(2)
        )
        do throws(AWSError) {
            return SQSClient(queueURL: url, client: try aws.client(.sqs, region: region, settings: client))
        } catch {
            throw .configuration("the queue \(url) cannot be used: \(error.message)")
        }
    }
}
