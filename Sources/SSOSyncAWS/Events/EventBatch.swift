// SPDX-License-Identifier: Apache-2.0

/// What the events in a batch of messages come to: one scope for one run.
public struct EventBatch: Sendable, Hashable {
    /// Whom the events of the batch may concern.
    public private(set) var scope = EventScope()
    /// The messages that the scope is made of: if the run fails, they have to come again.
    public private(set) var messages: Set<String> = []
    /// How many events concern nobody, by the reason.
    public private(set) var dropped: [EventVerdict.Reason: Int] = [:]
    /// How many events are not known, by their shape; they are not to come again, since they would not be known then either.
    public private(set) var unknown: [String: Int] = [:]

    /// Reads the events in a batch.
    public init(_ batch: QueueBatch, decoder: DirectoryEventDecoder) {
        for message in batch.messages {
            switch decoder.verdict(Array(message.body.utf8)) {
            case .change(let event):
                scope.formUnion(event.scope)
                messages.insert(message.id)
            case .dropped(let reason): dropped[reason, default: 0] += 1
            case .unknown(let shape): unknown[shape, default: 0] += 1
            }
        }
    }
}
