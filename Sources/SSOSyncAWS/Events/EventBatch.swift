// SPDX-License-Identifier: Apache-2.0

public import SSOSyncCore

/// What the events in a batch of messages come to: one scope for one run.
public struct EventBatch: Sendable, Hashable {
    /// A message that concerns somebody.
    public struct Item: Sendable, Hashable {
        /// The message's id.
        public let id: String
        /// Whom it may concern.
        public let scope: EventScope
        /// When what it tells of happened; nil if it does not say.
        public let time: Timestamp?
        /// Whether it is a ``SecondReading``, or a ``WideReading`` because of some, and no event.
        public let isSecond: Bool
    }

    /// The messages that the scope is made of, as they came.
    public private(set) var items: [Item] = []
    /// Whom the events of the batch may concern.
    public private(set) var scope = EventScope()
    /// How many events concern nobody, by the reason.
    public private(set) var dropped: [EventVerdict.Reason: Int] = [:]
    /// How many events are not known, by their shape; they are not to come again, since they would not be known then either.
    public private(set) var unknown: [String: Int] = [:]

    /// The ids of ``items``: if the run fails, they have to come again.
    public var messages: Set<String> { Set(items.map(\.id)) }

    /// Reads the events in a batch.
    public init(_ batch: QueueBatch, decoder: DirectoryEventDecoder) {
        for message in batch.messages {
            if let second = SecondReading(text: message.body) {
                add(Item(id: message.id, scope: second.scope, time: nil, isSecond: true))
                continue
            }
            if let wide = WideReading(text: message.body) {
                add(Item(id: message.id, scope: wide.scope, time: wide.time, isSecond: wide.isSecond))
                continue
            }
            switch decoder.verdict(Array(message.body.utf8)) {
            case .change(let event):
                add(Item(id: message.id, scope: event.scope, time: event.time, isSecond: false))
            case .dropped(let reason): dropped[reason, default: 0] += 1
            case .unknown(let shape): unknown[shape, default: 0] += 1
            }
        }
    }

    /// Whom those of them may concern whose scope is such a one.
    package func scope(where isWanted: (EventScope) -> Bool) -> EventScope {
        items.map(\.scope).filter(isWanted).reduce(into: EventScope()) { $0.formUnion($1) }
    }

    private mutating func add(_ item: Item) {
        items.append(item)
        scope.formUnion(item.scope)
    }
}
