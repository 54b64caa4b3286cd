// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// Puts events on a bus of EventBridge: one for a run about which there is something to say, and one for each change.
public struct EventBridgeNotifier: Notifier {
    /// The events' source.
    public static let source = "sso-sync"
    /// What an event about a run is called.
    public static let runDetailType = "SSOSync Run"
    /// What an event about a change is called.
    public static let changeDetailType = "SSOSync Change"

    private let bus: String
    private let client: EventBridgeClient
    private let delivery: NoticeDelivery
    var timeLimit = NotifierLimits.time

    /// Somebody to tell.
    ///
    /// - Parameters:
    ///   - bus: The bus: a name, or an ARN.
    ///   - client: A client for ``AWSService/eventBridge`` in the bus's Region.
    ///   - settings: What is told; there are events about changes only if it includes ``NoticeKind/changes``.
    ///   - memory: Keeps what has been told.
    public init(
        bus: String,
        client: AWSClient,
        settings: NoticeSettings,
        memory: any TroubleMemoryStore = ProcessTroubleMemory()
    ) {
        self.bus = bus
        self.client = EventBridgeClient(client)
        delivery = NoticeDelivery(name: "\(client.region) \(bus)", settings: settings, memory: memory)
    }

    /// Puts what there is to say on the bus, if anything.
    ///
    /// - Throws: ``AWSError``, or what the memory throws.
    public func notify(_ report: SyncReport) async throws {
        try await delivery.deliver(report) { notice in
            let events = Self.events(notice)
            let limit = timeLimit + NotifierLimits.timePerEvent * events.count
            try await client.putEvents(events, on: bus, deadline: .now + limit)
        }
    }
}

extension EventBridgeNotifier {
    /// A notice as events, each within the service's limit.
    static func events(_ notice: Notice) -> [EventBridgeEvent] {
        let time = notice.finishedAt.date
        func event(_ detailType: String, _ detail: some Encodable) -> EventBridgeEvent {
            EventBridgeEvent(
                source: source,
                detailType: detailType,
                detail: CanonicalJSON.asciiText(detail),
                time: time
            )
        }
        let run = notice.withoutChanges.fitted {
            event(runDetailType, $0)
        } where: {
            $0.byteCount <= EventBridgeClient.byteLimit
        }
        let changes = notice.targets.flatMap { target in
            target.changes.map { change in
                event(changeDetailType, ChangeDetail(notice, target.target, change))
            }
        }
        return [run] + changes
    }

    /// What is in an event about a change.
    private struct ChangeDetail: Encodable {
        let version: Int
        let owner: DeploymentOwner
        let run: String
        let target: TargetName
        let change: Notice.Change

        init(_ notice: Notice, _ target: TargetName, _ change: Notice.Change) {
            (version, owner, run) = (notice.version, notice.owner, notice.run)
            (self.target, self.change) = (target, change)
        }
    }
}
