// SPDX-License-Identifier: Apache-2.0

public import FoundationEssentials

/// An event that is put on a bus.
public struct EventBridgeEvent: Sendable, Hashable {
    /// Who sends it.
    public var source: String
    /// What kind of event it is.
    public var detailType: String
    /// A JSON object.
    public var detail: String
    /// What it concerns.
    public var resources: [String]
    /// When it happened; nil for when it is put there.
    public var time: Date?

    /// Puts an event together.
    public init(
        source: String,
        detailType: String,
        detail: String,
        resources: [String] = [],
        time: Date? = nil
    ) {
        self.source = source
        self.detailType = detailType
        self.detail = detail
        self.resources = resources
        self.time = time
    }

    /// What the service counts
    /// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevents-size>): 14 bytes for the
    /// time, and the texts.
    public var byteCount: Int {
        let texts = [source, detailType, detail] + resources
        return texts.reduce(time == nil ? 0 : 14) { $0 + $1.utf8.count }
    }
}

extension EventBridgeEvent {
    /// The events in batches that one call takes, in their order.
    static func batches(_ events: [EventBridgeEvent]) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var (start, size) = (0, 0)
        for (index, event) in events.enumerated() {
            let isFull =
                index - start == EventBridgeClient.batchSize
                || size + event.byteCount > EventBridgeClient.byteLimit
            if isFull, index > start {
                batches.append(start..<index)
                (start, size) = (index, 0)
            }
            size += event.byteCount
        }
        if start < events.count { batches.append(start..<events.count) }
        return batches
    }
}
