// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncCore

/// Whether somebody who is to be told is there, without telling anything.
struct NotifierCheck: Sendable {
    /// What of a notifier can be asked without anybody seeing it.
    enum Probe: Sendable {
        /// A topic is asked for, and nothing is published.
        case topic(arn: String, SNSClient)
        /// A bus is asked for, and no event is put.
        case bus(String, EventBridgeClient)
        /// A connection is made to a webhook's server, and no request is sent.
        case webhook(WebhookNotifier.Endpoint, CurlTransport)
        /// The log is always there.
        case log
        /// Something is missing for the notifier.
        case unavailable(String)
    }

    /// Its place in the configuration, from 0 on.
    let index: Int
    let probe: Probe

    private static let missingCodes: Set = ["NotFound", "NotFoundException", "ResourceNotFoundException"]
    private static let timeLimit = Duration.seconds(5)

    /// What is found out; nil for what needs no looking at.
    func check() async -> HealthCheck? {
        let deadline = ContinuousClock.now + Self.timeLimit
        do {
            switch probe {
            case .log: return nil
            case .unavailable(let problem): return HealthCheck(name, .failed, problem)
            case .topic(let arn, let client):
                return subscriptions(try await client.confirmedSubscriptions(of: arn, deadline: deadline), of: arn)
            case .bus(let bus, let client):
                try await client.checkBus(bus, deadline: deadline)
                return HealthCheck(name, .good, "the bus \(bus) is there")
            case .webhook(let endpoint, let transport):
                try await endpoint.connect(transport, deadline: deadline)
                let proof = endpoint.isVerified ? "certificate verified" : "in clear, on this machine"
                return HealthCheck(name, .good, "\(endpoint) can be reached, \(proof)")
            }
        } catch {
            return failure(error)
        }
    }

    private func subscriptions(_ count: Int?, of topic: String) -> HealthCheck {
        guard count == 0 else { return HealthCheck(name, .good, "the topic \(topic) is there") }
        return HealthCheck(
            name,
            .warning,
            "nobody hears of what is told to the topic \(topic): it has no subscription that was confirmed\(place)",
            remedy: ["aws sns subscribe --topic-arn \(topic) --protocol email --notification-endpoint ADDRESS"]
        )
    }

    private var name: String { "notify[\(index)]" }

    /// Who may not ask may still be allowed to tell.
    private func failure(_ error: any Error) -> HealthCheck {
        let error = error as? AWSError
        let reason = error?.message ?? "it cannot be asked"
        if Self.missingCodes.contains(error?.response?.errorCode ?? "") {
            return HealthCheck(name, .failed, reason + place, remedy: creation)
        }
        guard error?.code == .accessDenied else { return HealthCheck(name, .failed, reason) }
        return HealthCheck(name, .warning, "whether it is there is not known: \(reason)", remedy: policy)
    }

    /// Where what the remedy says has to be done, which need not be the account of whoever asks.
    private var place: String {
        guard case .topic(let arn, _) = probe, let topic = ARN(arn) else { return "" }
        return "; the topic is account \(topic.account)'s, so what mends it is done there"
    }

    private var creation: [String] {
        switch probe {
        case .topic(let arn, _):
            guard let topic = ARN(arn), !topic.resource.hasSuffix(".fifo") else { return [] }
            return ["aws sns create-topic --name \(topic.resource) --region \(topic.region)"]
        case .bus(let bus, let client):
            // An ARN may be another account's, where nothing can be made from here.
            guard !bus.hasPrefix("arn:") else { return [] }
            return ["aws events create-event-bus --name \(bus) --region \(client.region)"]
        case .webhook, .log, .unavailable: return []
        }
    }

    private var policy: [String] {
        switch probe {
        case .topic(let arn, _):
            [#"{ "Effect": "Allow", "Action": "sns:GetTopicAttributes", "Resource": "\#(arn)" }"#]
        case .bus(let bus, let client):
            [#"{ "Effect": "Allow", "Action": "events:DescribeEventBus", "Resource": "\#(client.arn(of: bus))" }"#]
        case .webhook, .log, .unavailable: []
        }
    }
}
