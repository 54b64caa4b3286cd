// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import SSOSyncAWS
internal import SSOSyncCore

/// Makes the notifiers.
///
/// What is missing for one is logged and keeps no run from its work: nobody is to keep access because nobody can be told.
struct NotifierAssembler {
    let configuration: ConfigurationFile
    let aws: AWSAccess
    let environment: [String: String]
    let logger: Logger

    /// All of them as one; nil for none.
    func notifier() -> (any Notifier)? {
        let notifiers = notifiers()
        return notifiers.isEmpty ? nil : CompositeNotifier(notifiers)
    }

    /// All of them.
    func notifiers() -> [any Notifier] {
        let memory: (any TroubleMemoryStore)? = configuration.notifyMemory.map {
            TroubleMemoryFile(path: configuration.resolved($0))
        }
        return configuration.notify.enumerated().map { index, notifier in
            do {
                return try self.notifier(notifier, memory ?? ProcessTroubleMemory())
            } catch {
                let problem = Self.problem(error)
                logger.warning("notify[\(index)] cannot be told anything: \(problem)")
                return UnavailableNotifier(problem: "notify[\(index)]: \(problem)")
            }
        }
    }

    /// What keeps the report of each run, as one that somebody has made; nil for nothing.
    func archive(madeBy maker: ReportMaker) -> (any Notifier)? {
        guard let reports = configuration.reports else { return nil }
        do {
            // A bucket in trouble must not keep a run from its end for long.
            let settings = AWSClient.Configuration(
                retryPolicy: aws.retryPolicy ?? RetryPolicy(maximumAttempts: 3),
                attemptTimeout: .seconds(10)
            )
            let client = try client(.s3, region: reports.region ?? aws.regions.first, settings)
            return ReportArchive(
                reports,
                owner: configuration.owner,
                madeBy: maker,
                accountOf: Set(configuration.targets.filter(\.isInCallersAccount).map(\.name.configured)),
                is: { [aws] in await aws.account(region: aws.regions.first ?? client.region) },
                client: S3Client(client)
            )
        } catch {
            let problem = "reports: \(Self.problem(error))"
            logger.warning("no report is kept: \(problem)")
            return UnavailableNotifier(problem: problem)
        }
    }

    /// What can be looked at of each of them.
    func checks() -> [NotifierCheck] {
        configuration.notify.enumerated().map { index, notifier in
            do {
                return NotifierCheck(index: index, probe: try probe(notifier))
            } catch {
                return NotifierCheck(index: index, probe: .unavailable(Self.problem(error)))
            }
        }
    }

    private static func problem(_ error: any Error) -> String {
        (error as? AWSError)?.message ?? (error as? SyncError)?.message ?? "\(error)"
    }

    private func probe(_ notifier: NotifierConfiguration) throws -> NotifierCheck.Probe {
        switch notifier {
        case .log: return .log
        case .sns(let topicArn, _):
            return .topic(arn: topicArn, SNSClient(try client(.sns, region: ARN(topicArn)?.region)))
        case .eventBridge(let bus, let region, _):
            return .bus(bus, EventBridgeClient(try client(.eventBridge, region: self.region(of: bus, region))))
        case .webhook(let webhook, _):
            _ = try webhook.secret.map(text)?.read().get()
            return .webhook(try endpoint(webhook.url), transport(webhook))
        }
    }

    private func region(of bus: String, _ region: String?) -> String? {
        ARN(bus)?.region ?? region ?? aws.regions.first
    }

    private func notifier(
        _ notifier: NotifierConfiguration,
        _ memory: any TroubleMemoryStore
    ) throws -> any Notifier {
        switch notifier {
        case .log: return LogNotifier(logger: logger)
        case .sns(let topicArn, let notices):
            let client = try client(.sns, region: ARN(topicArn)?.region)
            return SNSNotifier(topicArn: topicArn, client: client, settings: settings(notices), memory: memory)
        case .eventBridge(let bus, let region, let notices):
            let client = try client(.eventBridge, region: self.region(of: bus, region))
            return EventBridgeNotifier(bus: bus, client: client, settings: settings(notices), memory: memory)
        case .webhook(let webhook, let notices):
            return try self.webhook(webhook, settings(notices), memory)
        }
    }

    private func settings(_ notices: NoticeConfiguration) -> NoticeSettings {
        NoticeSettings(owner: configuration.owner, kinds: Set(notices.kinds), detail: notices.detail)
    }

    private func client(
        _ service: AWSService,
        region: String?,
        _ settings: AWSClient.Configuration? = nil
    ) throws -> AWSClient {
        guard let region else {
            throw AWSError(.invalidArgument, "the Region is not known: give region, or set AWS_REGION")
        }
        return try aws.client(service, region: region, settings: settings)
    }

    // MARK: Webhooks

    private func transport(_ webhook: WebhookConfiguration) -> CurlTransport {
        guard let file = webhook.certificateFile else { return aws.transport }
        var curl = CurlTransport.Configuration(environment: environment)
        curl.authorityFile = configuration.resolved(file)
        return CurlTransport(curl)
    }

    private func webhook(
        _ webhook: WebhookConfiguration,
        _ settings: NoticeSettings,
        _ memory: any TroubleMemoryStore
    ) throws -> WebhookNotifier {
        let secret = webhook.secret.map(text)
        if case .failure(let error) = secret?.read() {
            logger.warning("a webhook cannot be signed, and so not be sent: \(error.message)")
        }
        return WebhookNotifier(
            try endpoint(webhook.url),
            secret: secret.map { secret in { @Sendable in try secret.read().get() } },
            transport: transport(webhook),
            settings: settings,
            memory: memory,
            retryPolicy: aws.retryPolicy ?? RetryPolicy()
        )
    }

    private func endpoint(_ place: WebhookConfiguration.Place) throws -> WebhookNotifier.Endpoint {
        try WebhookNotifier.Endpoint(try text(place).read().get().exposed)
    }

    private func text(_ place: WebhookConfiguration.Place) -> SecretText {
        switch place {
        case .text(let text): SecretText { .success(Secret(text)) }
        case .file(let file): SecretText(read: PasswordFile(path: configuration.resolved(file), of: "webhook's").read)
        case .variable(let name): SecretText(read: PasswordVariable(name: name, environment: environment).read)
        }
    }
}

/// A text that may be secret, read anew each time, so that it may be changed meanwhile.
private struct SecretText: Sendable {
    let read: @Sendable () -> Result<Secret, SyncError>
}

/// Stands for a notifier that cannot be made, so that the report of each run that could have told something says so.
private struct UnavailableNotifier: Notifier {
    let problem: String

    func notify(_ report: SyncReport) async throws {
        if report.kind == .apply { throw SyncError(.unsupported, problem) }
    }
}
